// SPDX-License-Identifier: BSD-3-Clause
//
// A hierarchical timing wheel in two parts. WheelGeometry is the arithmetic alone: which slot holds a
// deadline, which occupied slot comes next, what moving on or going back means. TimingWheel puts intrusive
// nodes into such slots; another owner (the expiry index of a database) may put whatever it likes into its
// own array of kSlots.
//
// A tick is a number that grows, for us a millisecond. The place of a deadline is its first 6-bit digit, from
// the top, in which it differs from the current tick: that digit's position is the level, its value the slot.
//
//      level 2   [ ][ ][x]...  one slot = 4096 ticks     x: deadlines in one range of 4096 ticks
//      level 1   [ ][y][ ]...  one slot =   64 ticks     moved down (cascaded) when the range begins
//      level 0   [ ][ ][z]...  one slot =    1 tick      fired when the tick is reached
//
// Invariants: slots at or before the current digit of their level are empty (level 0: before); so every
// occupied slot of a level is due before any of a higher level, and the next one is found by looking at one
// bitmap. Eleven levels span all 64 bits: there is no horizon to clamp to, and gaps of any length are jumped
// over, never walked.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "aerie/base/assert.h"

namespace aerie {

class WheelGeometry {
 public:
  static constexpr uint32_t kBitsPerLevel = 6;
  static constexpr uint32_t kSlotsPerLevel = 64;
  static constexpr uint32_t kLevels = 11;
  // Ten full levels, and the four bits that are left on the top one.
  static constexpr uint32_t kSlots = 10 * kSlotsPerLevel + 16;

  // An occupied slot: `tick` is its first deadline, reached when the current tick gets there. A slot of level
  // 0 holds deadlines of exactly this tick; one of a higher level has to be placed again, slot by slot
  // further down.
  struct Due {
    uint64_t tick;
    uint32_t slot;
    uint32_t level;
  };

  explicit WheelGeometry(uint64_t now = 0) : now_(now) {}

  // The current tick: everything before it has been handled.
  uint64_t now() const { return now_; }

  // The slot for a deadline; one that has passed goes where the current tick is.
  uint32_t slot_of(uint64_t tick) const {
    if (tick <= now_) return slot_at(0, now_);
    const auto highest_bit = static_cast<uint32_t>(63 - std::countl_zero(tick ^ now_));
    return slot_at(highest_bit / kBitsPerLevel, tick);
  }

  bool occupied(uint32_t slot) const {
    return ((bitmap_[slot / kSlotsPerLevel] >> (slot % kSlotsPerLevel)) & 1) != 0;
  }
  void set_occupied(uint32_t slot) {
    const uint32_t level = slot / kSlotsPerLevel;
    bitmap_[level] |= bit_of(slot);
    occupied_levels_ |= 1U << level;
  }
  void clear_occupied(uint32_t slot) {
    const uint32_t level = slot / kSlotsPerLevel;
    bitmap_[level] &= ~bit_of(slot);
    if (bitmap_[level] == 0) occupied_levels_ &= ~(1U << level);
  }

  // The first occupied slot in order of time.
  std::optional<Due> next() const {
    if (occupied_levels_ == 0) return std::nullopt;
    const auto level = static_cast<uint32_t>(std::countr_zero(occupied_levels_));
    const auto digit = static_cast<uint32_t>(std::countr_zero(bitmap_[level]));
    return Due{first_tick(level, digit), level * kSlotsPerLevel + digit, level};
  }

  // Makes `tick` the current one, however far away it is; an earlier one changes nothing.
  // REQUIRES: no occupied slot begins before `tick`, nor at it unless it is of level 0 or is emptied right
  // after.
  void move_to(uint64_t tick) {
    if (tick > now_) now_ = tick;
  }

  // Goes back to an earlier tick (the wall clock was set back). Calls relocate(from_slot, to_slot) for each
  // occupied slot that must move as a whole, in an order in which the destination's former content has
  // already moved; the caller appends what `from` holds to `to`. At most kSlots calls, however many deadlines
  // there are.
  template <typename Relocate>
  void rewind(uint64_t tick, Relocate relocate) {
    if (tick >= now_) return;
    const WheelGeometry old = *this;
    now_ = tick;
    // A slot's whole range still falls into one slot, on the same level or above: only the digits in front
    // matter.
    for (uint32_t level = kLevels; level-- > 0;) {
      for (uint64_t left = old.bitmap_[level]; left != 0; left &= left - 1) {
        const auto digit = static_cast<uint32_t>(std::countr_zero(left));
        const uint32_t from = level * kSlotsPerLevel + digit;
        const uint32_t to = slot_of(old.first_tick(level, digit));
        if (to == from) continue;
        clear_occupied(from);
        set_occupied(to);
        relocate(from, to);
      }
    }
  }

 private:
  static constexpr uint64_t bit_of(uint32_t slot) { return uint64_t{1} << (slot % kSlotsPerLevel); }
  static constexpr uint32_t slot_at(uint32_t level, uint64_t tick) {
    return level * kSlotsPerLevel + static_cast<uint32_t>((tick >> (level * kBitsPerLevel)) % kSlotsPerLevel);
  }
  // The first tick of the slot `digit` of `level`, given the current tick's digits above it.
  uint64_t first_tick(uint32_t level, uint32_t digit) const {
    const uint32_t shift = level * kBitsPerLevel;
    const uint64_t above =
        level + 1 == kLevels ? 0 : now_ >> (shift + kBitsPerLevel) << (shift + kBitsPerLevel);
    return above | static_cast<uint64_t>(digit) << shift;
  }

  uint64_t now_;
  uint32_t occupied_levels_ = 0;  // bit n: level n has an occupied slot
  std::array<uint64_t, kLevels> bitmap_{};
};

// A place in one of the wheel's circular lists.
struct WheelLink {
  WheelLink* prev = nullptr;
  WheelLink* next = nullptr;
};

// What a TimingWheel holds: embed it, or derive from it. REQUIRES: not armed when it is destroyed.
class WheelNode : private WheelLink {
 public:
  WheelNode() = default;
  WheelNode(const WheelNode&) = delete;
  WheelNode& operator=(const WheelNode&) = delete;
  ~WheelNode() { AERIE_ASSERT(!armed()); }

  bool armed() const { return next != nullptr; }
  // The tick it was last armed for.
  uint64_t deadline() const { return deadline_; }

 private:
  friend class TimingWheel;
  uint64_t deadline_ = 0;
};

// Nodes in slots. arm and cancel are O(1). Owns no node; its destructor disarms those that are left. Nodes of
// one deadline fire in the order in which they were armed, unless a budget cut a cascade short between them.
class TimingWheel {
 public:
  explicit TimingWheel(uint64_t now = 0);
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;
  ~TimingWheel();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Arms the node for `deadline`, first disarming it where needed. A deadline that has passed fires at the
  // next advance.
  void arm(WheelNode& node, uint64_t deadline);
  // Does nothing when the node is not armed.
  void cancel(WheelNode& node);

  // A tick at which advance has something to do, none when nothing is armed. Never later than the first
  // deadline; earlier when a slot has to be cascaded before it.
  std::optional<uint64_t> next_deadline() const;

  struct Progress {
    size_t fired = 0;
    size_t moved = 0;
    bool more = false;  // the budget ended before the work: call again
  };
  // Fires the nodes whose deadline is at most `now`, in order of their deadlines: disarms one and calls
  // fire(node), which may arm, cancel and destroy any node. Fires and cascades at most `budget` nodes in all,
  // so that a slot full of deadlines never makes a long turn.
  template <typename Fire>
  Progress advance(uint64_t now, size_t budget, Fire fire) {
    Progress progress;
    while (prepare_due(now, budget, progress)) {
      WheelNode& node = take_first_due();
      ++progress.fired;
      fire(node);
    }
    return progress;
  }

 private:
  // Cascades until a node of level 0 is due at `now`; false when none is, or when the budget is used up.
  bool prepare_due(uint64_t now, size_t budget, Progress& progress);
  WheelNode& take_first_due();
  void place(WheelNode& node);
  // Takes the node out of its list and keeps the occupancy of its slot right.
  void unlink(WheelNode& node);
  void begin_cascade(uint32_t slot);

  WheelGeometry geometry_;
  size_t size_ = 0;
  std::array<WheelLink, WheelGeometry::kSlots> slots_;
  WheelLink cascading_;  // what the current cascade has not placed again yet
};

}  // namespace aerie

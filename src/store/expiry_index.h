// SPDX-License-Identifier: BSD-3-Clause
//
// The deadlines of one database: a timing wheel whose slots hold key hashes, eight bytes each, in chunks. It
// names no entry, so entries may move and die without telling it. The truth stands in the entry: when a hash
// comes due, the database looks up whose deadline that is. Hence
//   - a deadline that moves later costs nothing now: the hash is placed again when the old time comes;
//   - a deadline that moves earlier, or a new one, adds a hash; the older one is stale and dies when it is
//   reached;
//   - when stale hashes outnumber live keys the wheel is rebuilt from the table in slices (begin_rebuild), so
//   its size
//     stays below twice the live deadlines plus a constant.
// One tick is one millisecond of wall time. Gaps and clock steps are jumped over, never walked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aerie/base/timing_wheel.h"
#include "aerie/ds/slab.h"
#include "aerie/store/types.h"

namespace aerie {

// What the indexes of all databases of a keyspace have to do, summed up, so that a turn in which there is
// nothing to do looks here and nowhere else.
struct ExpiryAgenda {
  // No index has a deadline before this; what was forgotten meanwhile may make it too early.
  int64_t earliest_ms = kNever;
  // Chains of chunks that wait to be freed, and rebuilds under way.
  size_t unfinished = 0;
};

class ExpiryIndex {
 public:
  // Both outlive this object.
  ExpiryIndex(SlabAllocator& slab, ExpiryAgenda& agenda) : slab_(slab), agenda_(agenda) {}
  ~ExpiryIndex();
  ExpiryIndex(const ExpiryIndex&) = delete;
  ExpiryIndex& operator=(const ExpiryIndex&) = delete;

  // A key with this hash has a deadline at `deadline_ms`. `now_ms` is the current wall time.
  void arm(uint64_t hash, int64_t deadline_ms, int64_t now_ms);

  // Brings the wheel to `now_ms` (also backwards) and takes at most `budget` hashes out of slots that are
  // reached. handle(hash) removes what is due and returns the deadline to place the hash at again, or
  // kNoDeadline to forget it. Returns true when more is reached than the budget allowed.
  template <typename Handle>
  bool advance(int64_t now_ms, size_t* budget, Handle&& handle) {
    bool more = false;
    for (std::unique_ptr<Wheel>* wheel : {&current_, &old_}) {
      if (*wheel != nullptr) more |= advance_wheel(**wheel, now_ms, budget, handle);
    }
    return more;
  }

  // Calls visit(hash) for some of the hashes whose deadlines are nearest, a chunk of them, stale ones among
  // them.
  template <typename Visit>
  void for_nearest(Visit&& visit) const {
    const Chunk* const chunk = nearest_chunk();
    if (chunk == nullptr) return;
    for (size_t i = 0; i < chunk->count; ++i) visit(chunk->hashes[i]);
  }

  // The earliest millisecond at which advance() has something to do; kNever when there is nothing.
  int64_t next_ms() const;

  // Hashes held, stale ones included.
  size_t held() const { return held_; }
  size_t memory_bytes() const;

  // A rebuild: the old wheel stays in force while the owner arms every live deadline in a new one, slice by
  // slice.
  bool rebuilding() const { return rebuilding_; }
  void begin_rebuild();
  // All live deadlines are in the new wheel: the old one is dropped slice by slice, by free_some().
  void end_rebuild();
  // Forgets every hash; memory is left to free_some().
  void clear();
  // Frees at most `budget` chunks of a dropped wheel. Returns true when more is left.
  bool free_some(size_t budget);

 private:
  static constexpr size_t kHashesPerChunk = 62;
  // Chunks form circular chains, which are named by their last one: so two chains join in O(1).
  struct Chunk {
    Chunk* next;
    size_t count;
    uint64_t hashes[kHashesPerChunk];
  };
  // Slots of chains; only the first chunk of a slot is filled up. A slot that is reached moves to `reached`
  // as a whole and is worked off from there, so a budget may end in the middle of it.
  struct Wheel {
    explicit Wheel(uint64_t now) : geometry(now) {}
    WheelGeometry geometry;
    std::array<Chunk*, WheelGeometry::kSlots> slots{};
    Chunk* reached = nullptr;
    size_t held = 0;
  };

  void place(Wheel& wheel, uint64_t hash, int64_t deadline_ms);
  // Brings the wheel to `tick`, or to the first occupied slot before it, which then is `reached`. False when
  // it got to `tick` with nothing reached.
  bool reach_next_slot(Wheel& wheel, uint64_t tick);
  void rewind(Wheel& wheel, uint64_t tick);
  // Puts `first` in front of the chain, and takes the first chunk out of it. REQUIRES: pop of a chain that is
  // not empty.
  static void push(Chunk** chain, Chunk* first);
  static void pop(Chunk** chain);
  // REQUIRES: wheel.reached != nullptr.
  uint64_t take_reached(Wheel& wheel);
  void drop_chain(Chunk* chain);
  const Chunk* nearest_chunk() const;
  static int64_t next_of(const Wheel& wheel);

  template <typename Handle>
  bool advance_wheel(Wheel& wheel, int64_t now_ms, size_t* budget, Handle&& handle) {
    const uint64_t tick = static_cast<uint64_t>(now_ms);
    if (tick < wheel.geometry.now()) rewind(wheel, tick);
    while (wheel.reached != nullptr || reach_next_slot(wheel, tick)) {
      if (*budget == 0) return true;
      --*budget;
      const uint64_t hash = take_reached(wheel);
      const int64_t again = handle(hash);
      if (again != kNoDeadline) place(*current_, hash, again);
    }
    return false;
  }

  SlabAllocator& slab_;
  ExpiryAgenda& agenda_;
  std::unique_ptr<Wheel> current_;  // nullptr until the first deadline
  std::unique_ptr<Wheel> old_;      // in force during a rebuild
  std::vector<Chunk*> dropped_;     // chains to be freed
  size_t held_ = 0;                 // of current_ and old_
  size_t chunks_ = 0;
  bool rebuilding_ = false;
};

}  // namespace aerie

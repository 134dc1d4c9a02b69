// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory: before a command runs that may need memory, what waits to be freed is freed, and then keys are
// evicted as maxmemory-policy says, until there is room. A command is refused only when nothing of that
// helps. While memory is over the limit by more than one command may work off, the loop goes on with it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aerie {

class Engine;
struct Settings;

class MemoryLimit {
 public:
  // Keys that a command evicts at most, some 100 us; others follow between the commands.
  static constexpr size_t kKeysPerCommand = 64;
  static constexpr size_t kKeysPerStep = 16;

  explicit MemoryLimit(Engine& engine) : engine_(engine) {}
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  bool is_on() const { return limit_ != 0; }
  // False when memory is over the limit and nothing can be done about it. Records key events.
  bool make_room() { return make_room(kKeysPerCommand); }
  // Goes on where commands left off. REQUIRES: has_more_to_evict().
  void evict_some() { make_room(kKeysPerStep); }
  // Memory is over the limit, and there is something to evict: call evict_some() in each turn.
  bool has_more_to_evict() const { return more_; }

  // Bytes that count: all but what the slab keeps for new entries, and what is about to be freed.
  size_t counted_bytes() const;
  // How long memory has been over the limit while keys could still be evicted, in microseconds; now, and in
  // all.
  uint64_t exceeded_us() const;
  uint64_t total_exceeded_us() const { return total_exceeded_us_ + exceeded_us(); }

  // Takes over maxmemory, maxmemory-policy and maxmemory-samples.
  void apply(const Settings& now);

 private:
  bool make_room(size_t keys);
  bool is_over() const { return counted_bytes() > limit_; }
  void note_over(bool over);

  Engine& engine_;
  size_t limit_ = 0;
  bool more_ = false;
  int64_t over_since_us_ = 0;  // 0: it is not
  uint64_t total_exceeded_us_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// MemoryLimit. What is about to be freed does not count: it is worked off first, a slice with every command
// that comes meanwhile, so that it shrinks faster than commands can fill memory; evicting keys for its sake
// would lose them for nothing.
#include "aerie/engine/memory_limit.h"

#include "aerie/base/clock.h"
#include "aerie/base/log.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/turn_buffer.h"

namespace aerie {

namespace {

// Blocks that a command frees while memory is over the limit, some 50 us.
constexpr size_t kBlocksFreed = 512;

EvictionPolicy policy_of(std::string_view name) {
  EvictionPolicy policy;
  policy.with_deadline_only = name.starts_with("volatile-");
  if (name.ends_with("-lru")) policy.order = EvictionOrder::kLru;
  if (name.ends_with("-lfu")) policy.order = EvictionOrder::kLfu;
  if (name.ends_with("-random")) policy.order = EvictionOrder::kRandom;
  if (name.ends_with("-ttl")) policy.order = EvictionOrder::kDeadline;
  return policy;
}

}  // namespace

size_t MemoryLimit::counted_bytes() const {
  const KeyspaceMemory keyspace = engine_.keyspace.memory();
  const SessionDirectory& sessions = engine_.sessions;
  const size_t clients = sessions.size() * sessions.bytes_per_session + sessions.input_bytes() +
                         OutputBlock::bytes_alive() + engine_.executor.queued_bytes() +
                         engine_.blocked.memory_bytes() + engine_.subscriptions.bytes_in_use();
  return keyspace.entries + keyspace.blobs + keyspace.tables + keyspace.expiry + clients;
}

bool MemoryLimit::make_room(size_t keys) {
  more_ = false;
  if (!is_over()) {
    note_over(false);
    // Growth meets what a FLUSHALL left behind: room that is only promised is made real.
    if (engine_.any_to_free() && counted_bytes() + engine_.keyspace.memory().to_be_freed > limit_)
      engine_.free_some(kBlocksFreed);
    return true;
  }
  if (engine_.any_to_free()) engine_.free_some(kBlocksFreed);
  for (; keys > 0 && is_over(); --keys) {
    if (engine_.keyspace.evict_one()) continue;
    note_over(false);
    return false;
  }
  more_ = is_over();
  note_over(more_);
  return true;
}

void MemoryLimit::note_over(bool over) {
  if (over == (over_since_us_ != 0)) return;
  if (!over) total_exceeded_us_ += exceeded_us();
  over_since_us_ = over ? engine_.clock.monotonic_us() : 0;
}

uint64_t MemoryLimit::exceeded_us() const {
  return over_since_us_ == 0 ? 0 : static_cast<uint64_t>(engine_.clock.monotonic_us() - over_since_us_);
}

void MemoryLimit::apply(const Settings& now) {
  const bool lowered = now.maxmemory != 0 && (limit_ == 0 || now.maxmemory < limit_);
  limit_ = now.maxmemory;
  engine_.keyspace.set_eviction(policy_of(now.maxmemory_policy), static_cast<size_t>(now.maxmemory_samples));
  more_ = limit_ != 0 && is_over();
  if (lowered && more_) {
    log_warning(
        "maxmemory (%zu) is less than what is in use (%zu): keys will be evicted, or commands refused that "
        "need "
        "memory, as maxmemory-policy says",
        limit_, counted_bytes());
  }
}

}  // namespace aerie

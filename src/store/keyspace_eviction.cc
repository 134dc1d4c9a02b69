// SPDX-License-Identifier: BSD-3-Clause
//
// Eviction: which key goes when memory is short. Keys are judged by what their entries say (access.h), a few
// dozen for each one that goes. Where only keys with a deadline may go, and few have one, the timing wheel
// names some of them, those whose deadline is nearest.
#include <algorithm>

#include "store/database_impl.h"

namespace aerie {

namespace {

// Buckets looked at for one eviction at most, when hardly a key in them may go.
constexpr int kMaxBuckets = 64;
// Candidates taken that turn out to be gone or used, until the pool is filled anew.
constexpr int kMaxAttempts = 4;

}  // namespace

void Keyspace::set_eviction(EvictionPolicy policy, size_t samples) {
  shared_->eviction = policy;
  shared_->eviction_samples = samples;
  shared_->candidates.clear();
}

EvictionPolicy Keyspace::eviction() const {
  return shared_->eviction;
}

// The longer unused, the less often used, the nearer its deadline, the higher; nothing: it must stay.
std::optional<int64_t> Keyspace::eviction_score(const Entry& entry) const {
  const EvictionPolicy policy = shared_->eviction;
  if (policy.with_deadline_only && !entry.has(Entry::kHasDeadline)) return std::nullopt;
  switch (policy.order) {
    case EvictionOrder::kNone:
      return std::nullopt;
    case EvictionOrder::kLru:
      return lru_idle_seconds(entry.access, now_ms_);
    case EvictionOrder::kLfu:
      return -static_cast<int64_t>(lfu_decayed(entry.access, now_ms_, shared_->lfu));
    case EvictionOrder::kDeadline:
      return -entry.deadline();
    case EvictionOrder::kRandom:
      return static_cast<int64_t>(shared_->random.next() >> 1);
  }
  AERIE_UNREACHABLE();
}

void Database::offer_victims(size_t samples) {
  EvictionPool& pool = keyspace_.shared_->candidates;
  const auto offer = [&](const Entry* entry) {
    const std::optional<int64_t> score = keyspace_.eviction_score(*entry);
    if (!score) return false;
    pool.offer({*score, keyspace_.hash(entry->key()), index_});
    return true;
  };
  size_t found = 0;
  for (int bucket = 0; bucket < kMaxBuckets && found < samples; ++bucket) {
    impl_->eviction_cursor =
        impl_->table.scan(impl_->eviction_cursor, [&](const Entry* entry) { found += offer(entry) ? 1 : 0; });
  }
  if (found >= samples || impl_->deadlines == 0) return;
  impl_->expiry.for_nearest([&](uint64_t hash) {
    const EntryTable::Slot slot = find_by_hash(hash);
    if (slot) offer(EntryTable::entry(slot));
  });
}

TableSlot Database::find_by_hash(uint64_t hash) const {
  return impl_->table.find_first_matching(
      hash, [this, hash](const Entry* entry) { return keyspace_.hash(entry->key()) == hash; });
}

// False when the key is gone, or is no such good victim any more.
bool Database::evict(uint64_t hash, int64_t score) {
  const EntryTable::Slot slot = find_by_hash(hash);
  if (!slot) return false;
  Entry* const entry = EntryTable::entry(slot);
  const bool random = keyspace_.shared_->eviction.order == EvictionOrder::kRandom;
  const std::optional<int64_t> now = keyspace_.eviction_score(*entry);
  if (!now || (!random && *now < score)) return false;
  remove_at(slot, hash);
  ++keyspace_.stats_.evicted_keys;
  // The name lies in the entry itself: announce before freeing.
  keyspace_.events_.record(index_, Key{entry->key(), hash}, EventClass::kEvicted, "evicted");
  keyspace_.shared_->pool.destroy(entry);
  return true;
}

bool Keyspace::evict_one() {
  if (shared_->eviction.order == EvictionOrder::kNone) return false;
  EvictionPool& pool = shared_->candidates;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    for (const auto& db : databases_) {
      if (db->size() > 0) db->offer_victims(shared_->eviction_samples);
    }
    while (const std::optional<EvictionPool::Candidate> best = pool.take_best()) {
      if (databases_[best->db]->evict(best->hash, best->score)) return true;
    }
  }
  return false;
}

}  // namespace aerie

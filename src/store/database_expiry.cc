// SPDX-License-Identifier: BSD-3-Clause
//
// Deadlines of a database's keys: setting and clearing them, and removing what they end. The wheel holds
// hashes only; the deadline in the entry is the truth (expiry_index.h).
#include <algorithm>

#include "store/database_impl.h"

namespace aerie {

namespace {

// Stale hashes tolerated beyond one per live deadline before the wheel is rebuilt.
constexpr size_t kStaleAllowance = 1024;
// Buckets that each new deadline contributes to a rebuild under way, so that it ends however fast they come.
constexpr int kRebuildBucketsPerArm = 4;

}  // namespace

size_t Database::deadline_count() const {
  return impl_->deadlines;
}

int64_t Database::average_ttl_ms() const {
  if (impl_->deadlines == 0) return 0;
  const int64_t mean = static_cast<int64_t>(impl_->deadline_sum / static_cast<int64_t>(impl_->deadlines));
  return std::max<int64_t>(0, mean - keyspace_.now_ms_);
}

void Database::deadline_changed(uint64_t hash, int64_t before, int64_t after) {
  if (before == after) return;
  if (before != kNoDeadline) {
    --impl_->deadlines;
    impl_->deadline_sum -= before;
  }
  ExpiryIndex& expiry = impl_->expiry;
  bool armed = false;
  if (after != kNoDeadline) {
    ++impl_->deadlines;
    impl_->deadline_sum += after;
    // One that moves later is found when the old time comes.
    armed = after < before || before == kNoDeadline;
    if (armed) expiry.arm(hash, after, keyspace_.now_ms_);
  }
  if (!expiry.rebuilding() && expiry.held() > 2 * impl_->deadlines + kStaleAllowance) expiry.begin_rebuild();
  // A deadline that goes may be going while the index itself is walked: the rest of a rebuild is for
  // free_some.
  if (!armed) return;
  for (int i = 0; i < kRebuildBucketsPerArm && expiry.rebuilding(); ++i) rebuild_expiry_step();
}

void Database::rebuild_expiry_step() {
  impl_->rebuild_cursor = impl_->table.scan(impl_->rebuild_cursor, [this](const Entry* entry) {
    if (!entry->has(Entry::kHasDeadline)) return;
    impl_->expiry.arm(keyspace_.hash(entry->key()), entry->deadline(), keyspace_.now_ms_);
  });
  if (impl_->rebuild_cursor == 0) impl_->expiry.end_rebuild();
}

void Database::expire_found(const Key& key, Entry* entry) {
  ++keyspace_.stats_.expired_by_access;
  expire(key, entry);
}

void Database::expire(const Key& key, Entry* entry) {
  const EntryTable::Slot slot = impl_->table.find_first_matching(
      key.hash, [entry](const Entry* candidate) { return candidate == entry; });
  remove_at(slot, key.hash);
  ++keyspace_.stats_.expired_keys;
  // The key's name may lie in the entry itself: announce before freeing.
  keyspace_.events_.record(index_, key, EventClass::kExpired, "expired", KeyEffect::kShrank);
  keyspace_.shared_->pool.destroy(entry);
}

bool Database::set_deadline(const Key& key, int64_t deadline_ms, std::string_view event) {
  Entry* entry = find_entry(key, Access::kTouch);
  if (entry == nullptr) return false;
  if (deadline_ms <= keyspace_.now_ms_) return erase(key);
  store_deadline(key, entry, deadline_ms);
  keyspace_.events_.record(index_, key, EventClass::kGeneric, event);
  return true;
}

bool Database::clear_deadline(const Key& key, std::string_view event) {
  Entry* entry = find_entry(key, Access::kTouch);
  if (entry == nullptr || !entry->has(Entry::kHasDeadline)) return false;
  store_deadline(key, entry, kNoDeadline);
  keyspace_.events_.record(index_, key, EventClass::kGeneric, event);
  return true;
}

// An entry without a deadline has no room for one, and one that loses it gives the room back: both move the
// entry.
void Database::store_deadline(const Key& key, Entry* entry, int64_t deadline_ms) {
  const int64_t before = entry->deadline();
  if (before != kNoDeadline && deadline_ms != kNoDeadline) {
    entry->set_deadline(deadline_ms);
    impl_->table.mark_changed(key.hash);
  } else {
    const EntryTable::Slot slot = impl_->table.find_first_matching(
        key.hash, [entry](const Entry* candidate) { return candidate == entry; });
    impl_->uncount(*entry);
    Entry* moved = keyspace_.shared_->pool.rename(entry, entry->key(), deadline_ms);
    impl_->table.replace(slot, moved);
    impl_->count(*moved);
  }
  deadline_changed(key.hash, before, deadline_ms);
}

int64_t Database::handle_due(uint64_t hash) {
  const auto may_be_due = [this, hash](const Entry* entry) {
    return entry->has(Entry::kHasDeadline) && keyspace_.hash(entry->key()) == hash;
  };
  for (;;) {
    const EntryTable::Slot slot = impl_->table.find_first_matching(hash, may_be_due);
    if (!slot) return kNoDeadline;
    Entry* entry = EntryTable::entry(slot);
    if (entry->deadline() > keyspace_.now_ms_) return entry->deadline();
    expire(Key{entry->key(), hash}, entry);
  }
}

bool Database::expire_due(size_t* budget) {
  return impl_->expiry.advance(keyspace_.now_ms_, budget, [this](uint64_t hash) { return handle_due(hash); });
}

}  // namespace aerie

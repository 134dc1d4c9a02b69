// SPDX-License-Identifier: BSD-3-Clause
//
// Database: finding, storing, removing. Deadlines and their wheel are in database_expiry.cc, in-place changes
// in value_edit.cc and the files of the types.
#include "aerie/store/database.h"

#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "store/database_impl.h"

namespace aerie {

namespace {

// An entry's part of buckets and directory: 64 bytes for 7 slots, some 85 % of them used.
constexpr size_t kTableShare = 11;

// RANDOMKEY removes at most so many keys that turn out to be past their deadline: some 500 us.
constexpr int kRandomKeyTries = 1000;

Encoding encoding_of(const Entry* entry) {
  switch (entry->value_type()) {
    case Type::kString:
      return StringValue(entry).encoding();
    case Type::kList:
      return ListValue(entry).encoding();
  }
  AERIE_UNREACHABLE();
}

// What it means to those who wait when a key comes to hold a value of this type.
KeyEffect effect_of_arrival(Type type) {
  switch (type) {
    case Type::kString:
      return KeyEffect::kShrank;
    case Type::kList:
      return KeyEffect::kGrew;
  }
  AERIE_UNREACHABLE();
}

// SCAN looks at no more than so many buckets per key asked for.
constexpr size_t kBucketsPerScannedKey = 10;

}  // namespace

Database::Database(Keyspace& keyspace, uint32_t index)
    : keyspace_(keyspace), index_(index), impl_(keyspace.shared_->new_contents(keyspace.seed_)) {}

Database::~Database() {
  EntryPool& pool = keyspace_.shared_->pool;
  impl_->table.drain_some(SIZE_MAX, [&pool](Entry* entry) { pool.destroy(entry); });
}

size_t Database::size() const {
  return impl_->table.size();
}

Type Database::entry_type(const Entry* entry) {
  return entry->value_type();
}

uint32_t Database::new_access() const {
  return keyspace_.access_policy_ == AccessPolicy::kLru ? lru_now(keyspace_.now_ms_)
                                                        : lfu_new(keyspace_.now_ms_);
}

void Database::touch(Entry& entry) const {
  if (keyspace_.untouched_) [[unlikely]]
    return;
  if (keyspace_.access_policy_ == AccessPolicy::kLru) {
    entry.access = lru_now(keyspace_.now_ms_);
  } else {
    Keyspace::Shared& shared = *keyspace_.shared_;
    entry.access = lfu_touched(entry.access, keyspace_.now_ms_, shared.lfu, shared.random);
  }
}

Entry* Database::find_entry(const Key& key, Access access) {
  Entry* entry = impl_->table.find(key.name, key.hash);
  if (entry != nullptr && entry->is_past_deadline(keyspace_.now_ms_)) [[unlikely]] {
    expire_found(key, entry);
    entry = nullptr;
  }
  if (access == Access::kRead || access == Access::kInspect || access == Access::kDescribe) {
    ++(entry != nullptr ? keyspace_.stats_.hits : keyspace_.stats_.misses);
    if (entry == nullptr && access != Access::kDescribe)
      keyspace_.events_.note(index_, key, EventClass::kKeyMiss, "keymiss");
  }
  if (entry != nullptr && (access == Access::kRead || access == Access::kTouch)) touch(*entry);
  return entry;
}

bool Database::exists(const Key& key, Access access) {
  return find_entry(key, access) != nullptr;
}

std::optional<Type> Database::type_of(const Key& key) {
  const Entry* entry = find_entry(key, Access::kPeek);
  if (entry == nullptr) return std::nullopt;
  return entry->value_type();
}

std::optional<KeyFacts> Database::facts(const Key& key, Access access) {
  const Entry* entry = find_entry(key, access);
  if (entry == nullptr) return std::nullopt;
  KeyFacts facts;
  facts.type = entry->value_type();
  facts.encoding = encoding_of(entry);
  facts.deadline_ms = entry->deadline();
  facts.idle_seconds = lru_idle_seconds(entry->access, keyspace_.now_ms_);
  facts.access_frequency =
      static_cast<uint8_t>(lfu_decayed(entry->access, keyspace_.now_ms_, keyspace_.shared_->lfu));
  facts.memory_bytes = EntryPool::footprint(*entry).total() + kTableShare;
  return facts;
}

std::optional<std::string_view> Database::random_key(Random& random) {
  for (int tries = 0; size() > 0; ++tries) {
    Entry* entry = impl_->table.random(random);
    if (!entry->is_past_deadline(keyspace_.now_ms_) || tries == kRandomKeyTries) return entry->key();
    expire_found(keyspace_.key(entry->key()), entry);
  }
  return std::nullopt;
}

uint64_t Database::scan(uint64_t cursor, size_t count, KeyVisitor visit, void* context) {
  const int64_t now_ms = keyspace_.now_ms_;
  size_t visited = 0;
  size_t buckets_left = count > SIZE_MAX / kBucketsPerScannedKey ? SIZE_MAX : count * kBucketsPerScannedKey;
  do {
    cursor = impl_->table.scan(cursor, [&](const Entry* entry) {
      ++visited;
      if (!entry->is_past_deadline(now_ms)) visit(context, entry->key(), entry->value_type());
    });
  } while (cursor != 0 && visited < count && --buckets_left > 0);
  return cursor;
}

void Database::for_each_key(KeyVisitor visit, void* context) {
  const int64_t now_ms = keyspace_.now_ms_;
  impl_->table.for_each([&](const Entry* entry) {
    if (!entry->is_past_deadline(now_ms)) visit(context, entry->key(), entry->value_type());
  });
}

void Database::insert_entry(const Key& key, Entry* entry) {
  impl_->table.insert(key.hash, entry);
  impl_->count(*entry);
  deadline_changed(key.hash, kNoDeadline, entry->deadline());
  keyspace_.events_.note(index_, key, EventClass::kNew, "new");
}

Entry* Database::take_entry(const Key& key) {
  const EntryTable::Slot slot = impl_->table.find_slot(key.name, key.hash);
  if (!slot) return nullptr;
  Entry* entry = EntryTable::entry(slot);
  if (entry->is_past_deadline(keyspace_.now_ms_)) [[unlikely]] {
    expire_found(key, entry);
    return nullptr;
  }
  remove_at(slot, key.hash);
  return entry;
}

void Database::remove_at(const TableSlot& slot, uint64_t hash) {
  const Entry* entry = impl_->table.erase(slot);
  impl_->uncount(*entry);
  deadline_changed(hash, entry->deadline(), kNoDeadline);
}

void Database::replace_entry(const Key& key, Entry* old, Entry* fresh) {
  const EntryTable::Slot slot =
      impl_->table.find_first_matching(key.hash, [old](const Entry* entry) { return entry == old; });
  AERIE_ASSERT(slot);
  replace_at(slot, key.hash, fresh);
}

void Database::replace_at(const TableSlot& slot, uint64_t hash, Entry* fresh) {
  Entry* old = EntryTable::entry(slot);
  impl_->table.replace(slot, fresh);
  impl_->uncount(*old);
  impl_->count(*fresh);
  deadline_changed(hash, old->deadline(), fresh->deadline());
  keyspace_.shared_->pool.destroy(old);
}

void Database::set_string(const Key& key, const StringSource& value, Deadline deadline, int64_t deadline_ms,
                          std::string_view event) {
  EntryPool& pool = keyspace_.shared_->pool;
  const StringForm form = EntryPool::form_of(value.bytes);
  EntryTable::Slot slot = impl_->table.find_slot(key.name, key.hash);
  Entry* old = slot ? EntryTable::entry(slot) : nullptr;
  if (old != nullptr && old->is_past_deadline(keyspace_.now_ms_)) [[unlikely]] {
    expire_found(key, old);
    old = nullptr;
  }
  if (deadline == Deadline::kClear) deadline_ms = kNoDeadline;
  if (deadline == Deadline::kKeep) deadline_ms = old != nullptr ? old->deadline() : kNoDeadline;
  if (old == nullptr) {
    insert_entry(key, pool.create(key.name, value, form, deadline_ms, new_access()));
  } else {
    touch(*old);
    if (EntryPool::fits(*old, form.form, form.inline_length, deadline_ms != kNoDeadline)) {
      overwrite(key, *old, value, form, deadline_ms);
    } else {
      replace_at(slot, key.hash, pool.create(key.name, value, form, deadline_ms, old->access));
    }
  }
  keyspace_.events_.record(index_, key, EventClass::kString, event);
  if (deadline == Deadline::kSet) keyspace_.events_.record(index_, key, EventClass::kGeneric, "expire");
}

void Database::overwrite(const Key& key, Entry& entry, const StringSource& value, const StringForm& form,
                         int64_t deadline_ms) {
  const size_t blob_before = form.form == ValueForm::kBlob ? entry.blob().capacity() : 0;
  if (form.form == ValueForm::kInline) entry.set_inline_length(form.inline_length);
  keyspace_.shared_->pool.fill(entry, value, form);
  if (form.form == ValueForm::kBlob) impl_->blob_bytes += entry.blob().capacity() - blob_before;
  impl_->table.mark_changed(key.hash);
  entry.type = static_cast<uint8_t>(Type::kString) & 15;
  entry.flags &= static_cast<uint8_t>(~Entry::kValueFlags);
  if (deadline_ms != kNoDeadline) {
    const int64_t before = entry.deadline();
    entry.set_deadline(deadline_ms);
    deadline_changed(key.hash, before, deadline_ms);
  }
}

StringEdit Database::edit_string(const Key& key) {
  Entry* entry = find_entry(key, Access::kTouch);
  const bool wrong_type = entry != nullptr && entry->value_type() != Type::kString;
  return StringEdit(*this, key, entry, wrong_type);
}

ListEdit Database::edit_list(const Key& key) {
  Entry* entry = find_entry(key, Access::kTouch);
  const bool wrong_type = entry != nullptr && entry->value_type() != Type::kList;
  return ListEdit(*this, key, entry, wrong_type, keyspace_.shared_->list_limits);
}

bool Database::erase_quietly(const Key& key) {
  Entry* entry = take_entry(key);
  if (entry == nullptr) return false;
  keyspace_.shared_->pool.destroy(entry);
  return true;
}

bool Database::erase(const Key& key, std::string_view event) {
  if (!erase_quietly(key)) return false;
  keyspace_.events_.record(index_, key, EventClass::kGeneric, event, KeyEffect::kShrank);
  return true;
}

bool Database::move_key(const Key& from, Database& target, const Key& to, std::string_view from_event,
                        std::string_view to_event) {
  AERIE_ASSERT(this != &target || from.name != to.name);
  Entry* entry = take_entry(from);
  if (entry == nullptr) return false;
  const KeyEffect effect = effect_of_arrival(entry->value_type());
  target.erase_quietly(to);
  target.insert_entry(to, keyspace_.shared_->pool.rename(entry, to.name, entry->deadline()));
  keyspace_.events_.record(index_, from, EventClass::kGeneric, from_event, KeyEffect::kShrank);
  keyspace_.events_.record(target.index_, to, EventClass::kGeneric, to_event, effect);
  return true;
}

bool Database::copy_key(const Key& from, Database& target, const Key& to) {
  AERIE_ASSERT(this != &target || from.name != to.name);
  const Entry* entry = find_entry(from, Access::kPeek);
  if (entry == nullptr) return false;
  target.erase_quietly(to);
  Entry* copy = keyspace_.shared_->pool.clone(*entry, to.name);
  copy->access = new_access();
  target.insert_entry(to, copy);
  keyspace_.events_.record(target.index_, to, EventClass::kGeneric, "copy_to",
                           effect_of_arrival(copy->value_type()));
  return true;
}

size_t Database::flush() {
  const size_t removed = size();
  if (removed > 0) {
    Keyspace::Shared& shared = *keyspace_.shared_;
    shared.detached.push_back(std::exchange(impl_, shared.new_contents(keyspace_.seed_)));
    keyspace_.find_next_expiry();
  }
  keyspace_.events_.record_database(index_, "flushdb", KeyEffect::kShrank);
  return removed;
}

uint64_t Database::segment_version(uint64_t key_hash) const {
  return impl_->table.version_at(key_hash);
}

void Database::prefetch(uint64_t key_hash) const {
  impl_->table.prefetch(key_hash);
}
void Database::prefetch_entry(uint64_t key_hash) const {
  impl_->table.prefetch_entry(key_hash);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// One numbered database: the only place where its keys are born, touched, given a deadline and die. Reads see
// a key whose deadline has passed as missing and remove it. Every change names its key event, which is
// recorded before the call returns; a call that changes nothing records nothing and so dirties no WATCH. Made
// and owned by Keyspace. Time is the keyspace's frozen now_ms().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "aerie/store/list_value.h"
#include "aerie/store/lookup.h"
#include "aerie/store/string_value.h"
#include "aerie/store/types.h"

namespace aerie {

class Keyspace;
class Random;
struct StringForm;
struct TableSlot;

// Plain facts about a key, for TYPE, TTL, OBJECT, MEMORY USAGE.
struct KeyFacts {
  Type type = Type::kString;
  Encoding encoding = Encoding::kRaw;
  int64_t deadline_ms = kNoDeadline;
  int64_t idle_seconds = 0;      // since the last access; meaningless under an LFU policy
  uint8_t access_frequency = 0;  // logarithmic counter; meaningless under an LRU policy
  size_t memory_bytes = 0;       // entry, value and its share of the table
};

// What SET does with the deadline of a key that it overwrites.
enum class Deadline : uint8_t { kClear, kKeep, kSet };

class Database {
 public:
  Database(Keyspace& keyspace, uint32_t index);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  uint32_t index() const { return index_; }
  size_t size() const;
  // Keys that have a deadline.
  size_t deadline_count() const;
  // Mean remaining time of keys with a deadline, in ms, estimated as INFO keyspace does; 0 without such keys.
  int64_t average_ttl_ms() const;

  // --- reading
  template <typename T>
  Lookup<T> find(const Key& key, Access access = Access::kRead) {
    Entry* entry = find_entry(key, access);
    if (entry == nullptr) return Lookup<T>::missing();
    if (entry_type(entry) != T::kType) [[unlikely]]
      return Lookup<T>::wrong_type();
    return Lookup<T>::found(T(entry));
  }
  bool exists(const Key& key, Access access);
  // What the key holds, without a trace; nothing when it is missing.
  std::optional<Type> type_of(const Key& key);
  std::optional<KeyFacts> facts(const Key& key, Access access);
  // A random key, every one as likely as any other; nothing when there is none. Keys past their deadline that
  // it comes upon are removed, as reading does; where almost all are, and wait for expire_due(), it returns
  // one of them rather than remove them all at once. The view is valid until the next change.
  std::optional<std::string_view> random_key(Random& random);
  // One step of SCAN: calls visit(name, type) for all live keys of at least one bucket and goes on until
  // about `count` keys were visited; returns the next cursor, 0 at the end. Any key that is present
  // throughout the scan is visited at least once, whatever grows, shrinks or is deleted between steps. A
  // bucket without keys counts too, so the work is bounded by a small multiple of `count`. `visit` must not
  // change the keyspace.
  using KeyVisitor = void (*)(void* context, std::string_view name, Type type);
  uint64_t scan(uint64_t cursor, size_t count, KeyVisitor visit, void* context);
  // All live keys, for KEYS.
  void for_each_key(KeyVisitor visit, void* context);

  // --- writing
  // Stores a string under `key`, whatever was there. `deadline` says what becomes of the key's deadline; kSet
  // uses `deadline_ms`; with one that is already past the key is stored and expires at once. Records `event`
  // ("set"), and "expire" after it for kSet.
  void set_string(const Key& key, const StringSource& value, Deadline deadline = Deadline::kClear,
                  int64_t deadline_ms = kNoDeadline, std::string_view event = "set");
  // In-place changes; see StringEdit and ListEdit.
  StringEdit edit_string(const Key& key);
  ListEdit edit_list(const Key& key);
  // Removes the key. Returns whether it was there. Large values are freed later, in slices.
  bool erase(const Key& key, std::string_view event = "del");
  // Sets or moves the deadline of an existing key and records `event`; a deadline in the past deletes the key
  // (event "del"). Returns false when the key is missing.
  bool set_deadline(const Key& key, int64_t deadline_ms, std::string_view event = "expire");
  // Changes a deadline without an event (GETEX and others that record their own). See set_deadline.
  bool clear_deadline(const Key& key, std::string_view event = "persist");
  // Moves the value and deadline of `from` to `to` in `target` (this or another database), replacing what is
  // there; records from_event here and to_event there. Returns false when `from` is missing.
  // REQUIRES: `from` in this database and `to` in `target` are different keys.
  bool move_key(const Key& from, Database& target, const Key& to, std::string_view from_event,
                std::string_view to_event);
  // Copies value and deadline; records "copy_to". Returns false when `from` is missing. REQUIRES as move_key.
  bool copy_key(const Key& from, Database& target, const Key& to);
  // Removes all keys; memory is given back in slices. Records one database event ("flushdb"). Returns how
  // many.
  size_t flush();

  // The version of the part of the table that this hash belongs to: grows with every change of a key there,
  // of its value and of its deadline; not with its access time.
  uint64_t segment_version(uint64_t key_hash) const;

  // --- hints: no effect but to bring memory closer
  void prefetch(uint64_t key_hash) const;
  void prefetch_entry(uint64_t key_hash) const;

 private:
  friend class Keyspace;
  friend class ValueEdit;
  struct Impl;

  Entry* find_entry(const Key& key, Access access);
  static Type entry_type(const Entry* entry);
  uint32_t new_access() const;
  void touch(Entry& entry) const;
  // Puts a new entry into the table and the expiry index. REQUIRES: its key is absent.
  void insert_entry(const Key& key, Entry* entry);
  // Takes an entry out of the table and the accounts; the caller owns it then. nullptr when missing or
  // expired.
  Entry* take_entry(const Key& key);
  // Puts `fresh` where `old` is, frees `old`.
  void replace_entry(const Key& key, Entry* old, Entry* fresh);
  // The same at a known place.
  void replace_at(const TableSlot& slot, uint64_t hash, Entry* fresh);
  // Takes what is at the place out of the table and the accounts; the caller frees it.
  void remove_at(const TableSlot& slot, uint64_t hash);
  void overwrite(const Key& key, Entry& entry, const StringSource& value, const StringForm& form,
                 int64_t deadline_ms);
  // Accounts for a deadline that came, moved or went, and tells the wheel where needed.
  void deadline_changed(uint64_t hash, int64_t before, int64_t after);
  void store_deadline(const Key& key, Entry* entry, int64_t deadline_ms);
  bool erase_quietly(const Key& key);
  void expire(const Key& key, Entry* entry);
  // A command came upon a key that is past its deadline.
  void expire_found(const Key& key, Entry* entry);
  void rebuild_expiry_step();
  // Looks at some keys, at least `samples` that may be evicted where there are any, and offers them to the
  // pool.
  void offer_victims(size_t samples);
  TableSlot find_by_hash(uint64_t hash) const;
  bool evict(uint64_t hash, int64_t score);
  // One hash of the expiry index came due. Returns the deadline to come back for, or kNoDeadline.
  int64_t handle_due(uint64_t hash);
  bool expire_due(size_t* budget);

  Keyspace& keyspace_;
  uint32_t index_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aerie

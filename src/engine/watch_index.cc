// SPDX-License-Identifier: BSD-3-Clause
//
// The index of watched keys: two tables over the same watches, one by (database, name) for changes, one by
// (set, key) for repeats. A watch of a set that has ended stays linked until it is freed or until a change of
// its key meets it; so each watch is unlinked once, whatever clients do. Each new watch frees two old ones:
// what is forgotten never outgrows what was once watched.
#include "aerie/engine/watch_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/intrusive_list.h"
#include "engine/chain_table.h"

namespace aerie {

namespace {

constexpr uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
constexpr size_t kFreedPerWatch = 2;
// A watch leaves two tables and a list: that much of the budget, in blocks. Giving back the name of its key
// is one more for so many bytes.
constexpr size_t kBlocksPerWatch = 4;
constexpr size_t kBytesPerBlock = 1024;

// Databases beyond the number of bits share them; then the set is looked at watch by watch.
constexpr uint32_t kDatabaseBits = 64;
constexpr uint64_t bit_of(uint32_t db) {
  return uint64_t{1} << (db % kDatabaseBits);
}

uint32_t hash_in_database(uint64_t key_hash, uint32_t db) {
  return static_cast<uint32_t>((key_hash + db * kGolden) >> 16);
}

uint32_t hash_in_set(uint64_t key_hash, uint64_t salt) {
  return static_cast<uint32_t>(((key_hash ^ salt) * kGolden) >> 32);
}

size_t allocated(size_t bytes) {
  return (bytes + 15) & ~size_t{15};
}

}  // namespace

struct WatchIndex::WatchedKey {
  WatchedKey* next = nullptr;  // in its bucket
  Watch* watches = nullptr;
  uint64_t key_hash;
  uint32_t hash;
  uint32_t db;
  size_t length;
  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), length}; }
  static size_t bytes_for(size_t length) { return allocated(sizeof(WatchedKey) + length); }
};

struct WatchIndex::Watch {
  Watch* next = nullptr;  // in its bucket
  WatchedKey* key;        // nullptr: a change has met it, and its set has ended
  Watch* next_of_key = nullptr;
  Watch* previous_of_key = nullptr;
  std::unique_ptr<Watch> next_of_set;
  WatchSet* set;
  size_t bytes;  // what it added to its set
  uint32_t hash;
  bool existed;
};

struct WatchSet : ListNode<> {
  uint64_t session_id = 0;
  uint64_t salt = 0;
  std::unique_ptr<WatchIndex::Watch> first;
  size_t count = 0;
  size_t bytes = 0;
  uint64_t existing_in = 0;  // databases with watched keys that existed, and with ones that did not
  uint64_t absent_in = 0;
  int64_t earliest_deadline_ms = kNever;
  bool live = true;
};

struct WatchIndex::Tables {
  ChainTable<WatchedKey> keys;
  ChainTable<Watch> watches;
  IntrusiveList<WatchSet> live;
  IntrusiveList<WatchSet> forgotten;
  // Live sets by bit of existing_in and of absent_in.
  std::array<size_t, kDatabaseBits> sets_with_existing{};
  std::array<size_t, kDatabaseBits> sets_with_absent{};
  uint64_t sets_made = 0;

  void uncount(const WatchSet& set) {
    for (uint64_t bits = set.existing_in; bits != 0; bits &= bits - 1)
      --sets_with_existing[static_cast<size_t>(std::countr_zero(bits))];
    for (uint64_t bits = set.absent_in; bits != 0; bits &= bits - 1)
      --sets_with_absent[static_cast<size_t>(std::countr_zero(bits))];
  }

  // Takes the watch off its key, and the key away with its last watch.
  void unlink(Watch* watch) {
    WatchedKey* const key = std::exchange(watch->key, nullptr);
    if (watch->next_of_key != nullptr) watch->next_of_key->previous_of_key = watch->previous_of_key;
    (watch->previous_of_key != nullptr ? watch->previous_of_key->next_of_key : key->watches) =
        watch->next_of_key;
    if (key->watches != nullptr) return;
    keys.erase(key);
    ::operator delete(key);
  }
};

WatchIndex::WatchIndex(uint32_t databases)
    : bits_are_exact_(databases <= kDatabaseBits), tables_(std::make_unique<Tables>()) {}

WatchIndex::~WatchIndex() {
  tables_->forgotten.append(tables_->live);
  while (!tables_->forgotten.empty()) free_one();
}

WatchSet* WatchIndex::make_set(uint64_t session_id) {
  // The lists own their sets: see free_one.
  WatchSet* const set = std::make_unique<WatchSet>().release();
  set->session_id = session_id;
  set->salt = ++tables_->sets_made * kGolden;
  set->bytes = allocated(sizeof(WatchSet));
  tables_->live.push_back(*set);
  return set;
}

WatchIndex::WatchedKey* WatchIndex::find_key(uint32_t db, std::string_view name, uint64_t hash) const {
  return tables_->keys.find(hash_in_database(hash, db),
                            [&](const WatchedKey& key) { return key.db == db && key.name() == name; });
}

bool WatchIndex::contains(const WatchSet& set, uint32_t db, const Key& key) const {
  return tables_->watches.find(hash_in_set(key.hash + db, set.salt), [&](const Watch& watch) {
    return watch.set == &set && watch.key->db == db && watch.key->name() == key.name;
  }) != nullptr;
}

WatchIndex::WatchedKey* WatchIndex::make_key(uint32_t db, const Key& key) {
  auto* watched = new (::operator new(sizeof(WatchedKey) + key.name.size())) WatchedKey;
  watched->key_hash = key.hash;
  watched->hash = hash_in_database(key.hash, db);
  watched->db = db;
  watched->length = key.name.size();
  if (!key.name.empty()) std::memcpy(watched + 1, key.name.data(), key.name.size());
  tables_->keys.insert(watched);
  return watched;
}

void WatchIndex::add(WatchSet& set, uint32_t db, const Key& key, const KeyState& state) {
  AERIE_ASSERT(set.live);
  for (size_t i = 0; i < kFreedPerWatch && !tables_->forgotten.empty(); ++i) free_one();
  WatchedKey* watched = find_key(db, key.name, key.hash);
  if (watched == nullptr) watched = make_key(db, key);
  auto made = std::make_unique<Watch>();
  Watch* const watch = made.get();
  made->next_of_set = std::exchange(set.first, nullptr);
  set.first = std::move(made);
  watch->key = watched;
  watch->next_of_key = watched->watches;
  if (watched->watches != nullptr) watched->watches->previous_of_key = watch;
  watched->watches = watch;
  watch->set = &set;
  watch->hash = hash_in_set(key.hash + db, set.salt);
  watch->existed = state.existed;
  tables_->watches.insert(watch);

  watch->bytes = allocated(sizeof(Watch)) + WatchedKey::bytes_for(key.name.size()) +
                 ChainTable<Watch>::kBytesPerNode + ChainTable<WatchedKey>::kBytesPerNode;

  ++set.count;
  ++live_;
  set.bytes += watch->bytes;
  uint64_t& databases = state.existed ? set.existing_in : set.absent_in;
  if ((databases & bit_of(db)) == 0) {
    databases |= bit_of(db);
    ++(state.existed ? tables_->sets_with_existing : tables_->sets_with_absent)[db % kDatabaseBits];
  }
  if (state.deadline_ms != kNoDeadline)
    set.earliest_deadline_ms = std::min(set.earliest_deadline_ms, state.deadline_ms);
}

void WatchIndex::forget(WatchSet* set) {
  AERIE_ASSERT(set->live);
  set->live = false;
  live_ -= set->count;
  forgotten_bytes_ += set->bytes;
  tables_->uncount(*set);
  set->unlink();
  tables_->forgotten.push_back(*set);
}

std::vector<uint64_t> WatchIndex::take_watchers(uint32_t db, std::string_view name, uint64_t hash) {
  std::vector<uint64_t> sessions;
  WatchedKey* const key = find_key(db, name, hash);
  if (key == nullptr) return sessions;
  // The last one takes the key with it.
  for (Watch* watch = key->watches; watch != nullptr;) {
    Watch* const next = watch->next_of_key;
    if (watch->set->live) {
      sessions.push_back(watch->set->session_id);
      forget(watch->set);
    }
    tables_->unlink(watch);
    watch = next;
  }
  return sessions;
}

bool WatchIndex::concerns(const WatchSet& set, uint32_t db, Exists exists, void* context) const {
  const uint64_t bit = bit_of(db);
  const bool existing = (set.existing_in & bit) != 0;
  if (existing && bits_are_exact_) return true;
  const bool absent = exists != nullptr && (set.absent_in & bit) != 0;
  if (!existing && !absent) return false;
  for (const Watch* watch = set.first.get(); watch != nullptr; watch = watch->next_of_set.get()) {
    if (watch->key->db != db) continue;
    if (watch->existed) return true;
    if (absent && exists(context, Key{watch->key->name(), watch->key->key_hash})) return true;
  }
  return false;
}

std::vector<uint64_t> WatchIndex::take_watchers_of_database(uint32_t db, Exists exists, void* context) {
  std::vector<uint64_t> sessions;
  const size_t bit = db % kDatabaseBits;
  if (tables_->sets_with_existing[bit] == 0 && (exists == nullptr || tables_->sets_with_absent[bit] == 0))
    return sessions;
  for (auto place = tables_->live.begin(); place != tables_->live.end();) {
    WatchSet& set = *place;
    ++place;
    if (!concerns(set, db, exists, context)) continue;
    sessions.push_back(set.session_id);
    forget(&set);
  }
  return sessions;
}

int64_t WatchIndex::earliest_deadline_ms(const WatchSet& set) {
  return set.earliest_deadline_ms;
}

size_t WatchIndex::memory_bytes(const WatchSet& set) {
  return set.bytes;
}

void WatchIndex::free_one() {
  WatchSet& set = tables_->forgotten.front();
  if (set.first == nullptr) {
    forgotten_bytes_ -= set.bytes;
    std::unique_ptr<WatchSet>(&set).reset();
    return;
  }
  const std::unique_ptr<Watch> watch = std::move(set.first);
  set.first = std::move(watch->next_of_set);
  set.bytes -= watch->bytes;
  forgotten_bytes_ -= watch->bytes;
  tables_->watches.erase(watch.get());
  if (watch->key != nullptr) tables_->unlink(watch.get());
}

bool WatchIndex::free_some(size_t* budget) {
  while (*budget != 0 && !tables_->forgotten.empty()) {
    const size_t before = forgotten_bytes_;
    free_one();
    *budget -= std::min(*budget, kBlocksPerWatch + (before - forgotten_bytes_) / kBytesPerBlock);
  }
  return !tables_->forgotten.empty();
}

}  // namespace aerie

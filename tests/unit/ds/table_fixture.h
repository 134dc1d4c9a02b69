// SPDX-License-Identifier: BSD-3-Clause
//
// Entries for the tests of the hash table. They carry their hash, so a test chooses collisions freely. An
// entry is owned by the fixture's set of live entries, which is the model that the table is compared with.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aerie/base/hash.h"
#include "aerie/base/random.h"
#include "aerie/ds/hash_table.h"

namespace aerie::test {

struct TestEntry {
  uint64_t hash;
  uint64_t id;
};

inline std::string_view id_key(const uint64_t& id) {
  return {reinterpret_cast<const char*>(&id), sizeof id};
}

struct TestTraits {
  using Entry = TestEntry;
  static std::string_view key(const TestEntry* entry) { return id_key(entry->id); }
  static uint64_t hash(const TestEntry* entry, const HashSeed&) { return entry->hash; }
};

using TestTable = HashTable<TestTraits>;

class Model {
 public:
  explicit Model(SegmentArena& arena) : seed_(HashSeed::fixed(42)), table_(seed_, arena) {}

  TestTable& table() { return table_; }
  size_t size() const { return live_.size(); }
  const std::unordered_map<uint64_t, std::unique_ptr<TestEntry>>& live() const { return live_; }
  uint64_t spread_hash(uint64_t id) const { return hash_bytes(id_key(id), seed_); }

  TestEntry* find(uint64_t id, uint64_t hash) const { return table_.find(id_key(id), hash); }
  TestEntry* add(uint64_t id, uint64_t hash) {
    auto owned = std::make_unique<TestEntry>(TestEntry{hash, id});
    TestEntry* entry = owned.get();
    table_.insert(hash, entry);
    live_.emplace(id, std::move(owned));
    return entry;
  }
  void add(uint64_t id) { add(id, spread_hash(id)); }
  // False when the table did not have it, or gave another entry.
  bool remove(uint64_t id) {
    const auto it = live_.find(id);
    const bool same = table_.erase(id_key(id), it->second->hash) == it->second.get();
    live_.erase(it);
    return same;
  }
  // Every live entry is found as itself.
  bool all_found() const {
    for (const auto& [id, entry] : live_) {
      if (table_.find(id_key(id), entry->hash) != entry.get()) return false;
    }
    return true;
  }

 private:
  HashSeed seed_;
  std::unordered_map<uint64_t, std::unique_ptr<TestEntry>> live_;
  TestTable table_;
};

}  // namespace aerie::test

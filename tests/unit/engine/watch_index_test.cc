// SPDX-License-Identifier: BSD-3-Clause
//
// The index of watched keys: who is told of what, that a set ends as a whole and at once, that its memory
// goes in slices and is counted, and the same against a model of plain containers.
#include "aerie/engine/watch_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "aerie/base/hash.h"
#include "aerie/base/random.h"

namespace aerie {
namespace {

using Ids = std::vector<uint64_t>;
constexpr WatchIndex::KeyState kExisting{true, kNoDeadline};
constexpr WatchIndex::KeyState kAbsent{false, kNoDeadline};

Key key_of(std::string_view name) {
  static const HashSeed seed = HashSeed::fixed(1);
  return Key{name, hash_bytes(name, seed)};
}

Ids take(WatchIndex& index, uint32_t db, std::string_view name) {
  Ids ids = index.take_watchers(db, name, key_of(name).hash);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void free_all(WatchIndex& index) {
  size_t budget = SIZE_MAX;
  EXPECT_FALSE(index.free_some(&budget));
  EXPECT_EQ(index.forgotten_bytes(), 0u);
}

TEST(WatchIndex, KnowsTheWatchersOfAKeyByDatabase) {
  WatchIndex index(2);
  WatchSet* one = index.make_set(1);
  WatchSet* two = index.make_set(2);
  WatchSet* three = index.make_set(3);
  index.add(*one, 0, key_of("a"), kExisting);
  index.add(*one, 0, key_of("b"), kExisting);
  index.add(*two, 0, key_of("a"), kAbsent);
  index.add(*three, 1, key_of("a"), kExisting);
  EXPECT_TRUE(index.contains(*one, 0, key_of("a")));
  EXPECT_FALSE(index.contains(*one, 1, key_of("a")));
  EXPECT_FALSE(index.contains(*two, 0, key_of("b")));
  EXPECT_EQ(index.size(), 4u);
  EXPECT_EQ(take(index, 0, "c"), Ids{});
  EXPECT_EQ(take(index, 0, "a"), (Ids{1, 2}));
  // Both sets ended, so a change of another of their keys concerns nobody.
  EXPECT_EQ(take(index, 0, "b"), Ids{});
  EXPECT_EQ(index.size(), 1u);
  index.forget(three);
  EXPECT_EQ(take(index, 1, "a"), Ids{});
  EXPECT_TRUE(index.empty());
  free_all(index);
}

TEST(WatchIndex, EmptiedDatabaseConcernsThoseWhoseKeysExisted) {
  WatchIndex index(16);
  index.add(*index.make_set(1), 0, key_of("k"), kExisting);
  index.add(*index.make_set(2), 0, key_of("k"), kAbsent);
  index.add(*index.make_set(3), 1, key_of("k"), kExisting);
  EXPECT_EQ(index.take_watchers_of_database(2, nullptr, nullptr), Ids{});
  EXPECT_EQ(index.take_watchers_of_database(0, nullptr, nullptr), Ids{1});
  EXPECT_EQ(index.take_watchers_of_database(0, nullptr, nullptr), Ids{});
  EXPECT_EQ(index.size(), 2u);
}

TEST(WatchIndex, ExchangedDatabaseConcernsThoseWhoseKeysAppear) {
  WatchIndex index(16);
  index.add(*index.make_set(1), 0, key_of("existed"), kExisting);
  index.add(*index.make_set(2), 0, key_of("appears"), kAbsent);
  index.add(*index.make_set(3), 0, key_of("stays away"), kAbsent);
  index.add(*index.make_set(4), 1, key_of("appears"), kAbsent);
  Ids asked;
  const auto exists = [](void* context, const Key& key) {
    static_cast<Ids*>(context)->push_back(key.hash);
    return key.name == "appears";
  };
  EXPECT_EQ(index.take_watchers_of_database(0, exists, &asked), (Ids{1, 2}));
  EXPECT_EQ(asked, (Ids{key_of("appears").hash, key_of("stays away").hash}));
  EXPECT_EQ(index.size(), 2u);
}

// With more databases than a set has bits for, two of them share one.
TEST(WatchIndex, ManyDatabases) {
  WatchIndex index(1000);
  index.add(*index.make_set(1), 3, key_of("k"), kExisting);
  EXPECT_EQ(index.take_watchers_of_database(67, nullptr, nullptr), Ids{});
  EXPECT_EQ(index.take_watchers_of_database(3, nullptr, nullptr), Ids{1});
}

TEST(WatchIndex, KnowsTheEarliestDeadline) {
  WatchIndex index(1);
  WatchSet* set = index.make_set(1);
  index.add(*set, 0, key_of("a"), kExisting);
  EXPECT_EQ(WatchIndex::earliest_deadline_ms(*set), kNever);
  index.add(*set, 0, key_of("b"), {true, 500});
  index.add(*set, 0, key_of("c"), {true, 700});
  EXPECT_EQ(WatchIndex::earliest_deadline_ms(*set), 500);
}

// Forgetting does nothing but forget; what is left of the set goes in steps of the budget.
TEST(WatchIndex, ForgetsAtOnceAndFreesInSlices) {
  constexpr size_t kWatches = 100000;
  WatchIndex index(1);
  WatchSet* set = index.make_set(1);
  for (size_t i = 0; i < kWatches; ++i) index.add(*set, 0, key_of(std::to_string(i)), kExisting);
  const size_t bytes = WatchIndex::memory_bytes(*set);
  EXPECT_GT(bytes, kWatches * 100);  // two blocks each, of 64 and of at least 48 bytes
  index.forget(set);
  EXPECT_TRUE(index.empty());
  EXPECT_EQ(index.forgotten_bytes(), bytes);
  size_t slices = 0;
  for (bool more = true; more; ++slices) {
    size_t budget = 1000;
    more = index.free_some(&budget);
    EXPECT_EQ(budget == 0, more);
  }
  EXPECT_GE(slices, kWatches / 1000);
  EXPECT_EQ(index.forgotten_bytes(), 0u);
}

// A client that watches and forgets faster than anybody frees must not pile up what it forgot.
TEST(WatchIndex, NewWatchesPayForForgottenOnes) {
  WatchIndex index(1);
  size_t most = 0;
  size_t one_round = 0;
  for (int round = 0; round < 20; ++round) {
    WatchSet* set = index.make_set(1);
    for (int i = 0; i < 1000; ++i) index.add(*set, 0, key_of(std::to_string(i)), kExisting);
    one_round = WatchIndex::memory_bytes(*set);
    index.forget(set);
    most = std::max(most, index.forgotten_bytes());
  }
  EXPECT_LE(most, 2 * one_round);
}

// A hot key: what was forgotten is met once.
TEST(WatchIndex, AChangeUnlinksWhatWasForgotten) {
  WatchIndex index(1);
  WatchSet* other = index.make_set(1000);
  index.add(*other, 0, key_of("other"), kExisting);
  for (uint64_t id = 1; id <= 100; ++id) {
    WatchSet* set = index.make_set(id);
    index.add(*set, 0, key_of("hot"), kExisting);
    if (id % 2 == 0) index.forget(set);
  }
  EXPECT_EQ(take(index, 0, "hot").size(), 50u);
  EXPECT_EQ(take(index, 0, "hot"), Ids{});
  free_all(index);
  WatchSet* again = index.make_set(7);
  index.add(*again, 0, key_of("hot"), kExisting);
  EXPECT_EQ(take(index, 0, "hot"), Ids{7});
  EXPECT_EQ(take(index, 0, "other"), Ids{1000});
}

// Random operations against sets of names, with tables that grow and shrink meanwhile.
TEST(WatchIndex, AgainstAModel) {
  WatchIndex index(2);
  Random random(20);
  std::map<uint64_t, WatchSet*> sets;
  std::map<uint64_t, std::set<std::pair<uint32_t, std::string>>> model;
  uint64_t next_id = 0;
  for (int step = 0; step < 60000; ++step) {
    const bool growing = step % 20000 < 12000;
    const auto db = static_cast<uint32_t>(random.below(2));
    const std::string name = std::to_string(random.below(3000));
    const uint64_t what = random.below(100);
    if (what < 5 || sets.empty()) {
      ++next_id;
      sets[next_id] = index.make_set(next_id);
      model[next_id] = {};
    } else if (what < (growing ? 97u : 40u)) {
      const auto chosen = std::next(sets.begin(), static_cast<std::ptrdiff_t>(random.below(sets.size())));
      const bool repeated = !model[chosen->first].emplace(db, name).second;
      ASSERT_EQ(index.contains(*chosen->second, db, key_of(name)), repeated);
      if (!repeated) index.add(*chosen->second, db, key_of(name), kExisting);
    } else if (what < (growing ? 98u : 70u)) {
      const auto chosen = std::next(sets.begin(), static_cast<std::ptrdiff_t>(random.below(sets.size())));
      index.forget(chosen->second);
      model.erase(chosen->first);
      sets.erase(chosen);
    } else if (what < (growing ? 99u : 90u)) {
      Ids expected;
      for (const auto& [id, names] : model) {
        if (names.contains({db, name})) expected.push_back(id);
      }
      ASSERT_EQ(take(index, db, name), expected);
      for (const uint64_t id : expected) {
        model.erase(id);
        sets.erase(id);
      }
    } else {
      size_t budget = random.below(2000);
      index.free_some(&budget);
    }
    if (step % 100 == 0) {
      size_t watches = 0;
      for (const auto& [id, names] : model) watches += names.size();
      ASSERT_EQ(index.size(), watches);
    }
  }
  free_all(index);
}

}  // namespace
}  // namespace aerie

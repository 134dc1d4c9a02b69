// SPDX-License-Identifier: BSD-3-Clause
//
// The registry of blocked clients alone: order of arrival per key, keys that are ready once, several keys and
// types, deadlines, what is forgotten in slices, what a waiter weighs, and all of it against a model of plain
// containers.
#include "aerie/engine/block_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "aerie/base/hash.h"
#include "aerie/base/random.h"

namespace aerie {
namespace {

using Ids = std::vector<uint64_t>;
constexpr int64_t kNow = 5'000'000;

Key key_of(std::string_view name) {
  static const HashSeed seed = HashSeed::fixed(1);
  return Key{name, hash_bytes(name, seed)};
}

class BlockRegistryTest : public ::testing::Test {
 protected:
  Waiter* park(uint64_t id, const std::vector<std::string>& names, int64_t deadline_us = Waiter::kNoDeadline,
               uint32_t db = 0) {
    std::vector<Key> keys;
    std::vector<std::string_view> args{"brpop"};
    for (const std::string& name : names) {
      keys.push_back(key_of(name));
      args.push_back(name);
    }
    args.emplace_back("0");
    return registry_.park({id, nullptr, args, db, keys, Type::kString, deadline_us});
  }
  // The waiters of the ready queues, in the order in which they would be served.
  Ids ready() {
    Ids ids;
    while (BlockRegistry::Queue* queue = registry_.next_ready()) {
      BlockRegistry::Walk walk(*queue);
      while (Waiter* waiter = walk.next()) ids.push_back(waiter->session_id());
      registry_.done(queue);
    }
    return ids;
  }
  Ids due(int64_t now_us, size_t budget = 1000) {
    Ids ids;
    registry_.expire(now_us, budget, [&](Waiter& waiter) {
      ids.push_back(waiter.session_id());
      registry_.forget(&waiter);
    });
    return ids;
  }
  void expect_empty() {
    EXPECT_EQ(registry_.waiters(), 0u);
    EXPECT_EQ(registry_.keys(), 0u);
    EXPECT_EQ(registry_.memory_bytes(), 0u);
    EXPECT_FALSE(registry_.any_ready());
    EXPECT_EQ(registry_.next_deadline_us(), std::nullopt);
  }

  BlockRegistry registry_{kNow};
};

TEST_F(BlockRegistryTest, WaitersOfAKeyStandInOrderOfArrival) {
  Waiter* first = park(1, {"k"});
  Waiter* second = park(2, {"k"});
  Waiter* third = park(3, {"k"});
  registry_.key_ready(0, key_of("k"));
  registry_.key_ready(0, key_of("k"));  // counts once
  EXPECT_EQ(ready(), (Ids{1, 2, 3}));
  EXPECT_EQ(ready(), Ids{});
  registry_.forget(second);
  registry_.key_ready(0, key_of("k"));
  EXPECT_EQ(ready(), (Ids{1, 3}));
  registry_.forget(first);
  registry_.forget(third);
  expect_empty();
}

TEST_F(BlockRegistryTest, KeysBecomeReadyInOrderAndOnlyWhereSomebodyWaits) {
  Waiter* both = park(1, {"a", "b"});
  Waiter* other = park(2, {"b"});
  Waiter* elsewhere = park(3, {"a"}, Waiter::kNoDeadline, 1);
  EXPECT_EQ(registry_.keys(), 3u);
  registry_.key_ready(0, key_of("nobody"));
  EXPECT_FALSE(registry_.any_ready());
  registry_.key_ready(0, key_of("b"));
  registry_.key_ready(0, key_of("a"));
  EXPECT_EQ(ready(), (Ids{1, 2, 1}));
  registry_.database_ready(1);
  size_t budget = 10;
  EXPECT_FALSE(registry_.look_through(&budget));
  EXPECT_EQ(budget, 9u);
  EXPECT_EQ(ready(), (Ids{3}));
  for (Waiter* waiter : {both, other, elsewhere}) registry_.forget(waiter);
  expect_empty();
}

TEST_F(BlockRegistryTest, AKeyThatIsNamedTwiceCountsOnce) {
  Waiter* waiter = park(1, {"k", "k", "x", "k"});
  EXPECT_EQ(registry_.keys(), 2u);
  registry_.key_ready(0, key_of("k"));
  EXPECT_EQ(ready(), (Ids{1}));
  registry_.forget(waiter);
  expect_empty();
}

TEST_F(BlockRegistryTest, TheCommandIsKeptWithAllItsArguments) {
  const std::string binary("\0\r\n\xff", 4);
  Waiter* waiter = park(7, {"", binary});
  std::vector<std::string_view> args;
  waiter->copy_args(&args);
  EXPECT_EQ(args, (std::vector<std::string_view>{"brpop", "", binary, "0"}));
  registry_.forget(waiter);
  // Lengths about the one from which on a length takes more room; some twice.
  std::vector<std::string> names;
  for (const size_t length : {252, 253, 254, 255, 256, 257, 255, 70'000, 70'000})
    names.emplace_back(length, 'x');
  waiter = park(8, names);
  waiter->copy_args(&args);
  ASSERT_EQ(args.size(), names.size() + 2);
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(args[i + 1], names[i]);
  EXPECT_EQ(args.back(), "0");
  registry_.forget(waiter);
  // Long arguments that are no keys.
  const std::string key(300, 'k');
  const std::vector<std::string_view> mixed{names[3], key, names[4], "", names[7]};
  const Key only = key_of(mixed[1]);
  waiter = registry_.park({9, nullptr, mixed, 0, {&only, 1}, Type::kString, Waiter::kNoDeadline});
  waiter->copy_args(&args);
  EXPECT_EQ(args, mixed);
  registry_.forget(waiter);
  expect_empty();
}

TEST_F(BlockRegistryTest, ALongNameIsKeptOnce) {
  const std::string name(1'000'000, 'k');
  Waiter* one = park(1, {name});
  Waiter* two = park(2, {name, name});
  EXPECT_LE(registry_.memory_bytes(), 1'001'000u);
  registry_.forget(one);
  std::vector<std::string_view> args;
  two->copy_args(&args);
  EXPECT_EQ(args[2], name);
  registry_.forget(two);
  EXPECT_GE(registry_.forgotten_bytes(), 1'000'000u);
  for (size_t budget = 1; registry_.free_some(&budget); budget = 1) {
  }
  expect_empty();
}

// Waiters with many keys that are forgotten stand in front of the others until they are freed; whoever walks
// the queue passes each of them once.
TEST_F(BlockRegistryTest, WhoeverMeetsThePlaceOfAForgottenWaiterTakesItOut) {
  std::vector<std::string> names{"hot"};
  for (int i = 0; i < 100; ++i) names.push_back("k" + std::to_string(i));
  std::vector<Waiter*> forgotten;
  for (uint64_t id = 1; id <= 50; ++id) forgotten.push_back(park(id, names));
  Waiter* last = park(51, {"hot"});
  for (Waiter* waiter : forgotten) registry_.forget(waiter);
  registry_.key_ready(0, key_of("hot"));
  EXPECT_EQ(ready(), (Ids{51}));
  registry_.forget(last);
  Waiter* other = park(52, {"hot", "k5"});
  for (const char* key : {"k5", "hot"}) registry_.key_ready(0, key_of(key));
  EXPECT_EQ(ready(), (Ids{52, 52}));
  registry_.forget(other);
  for (size_t budget = 7; registry_.free_some(&budget); budget = 7) {
  }
  expect_empty();
}

// Even a forgotten waiter that is in no queue any more goes with the registry (AddressSanitizer says when
// not).
TEST_F(BlockRegistryTest, NothingOutlivesTheRegistry) {
  std::vector<std::string> names{std::string(1'000'000, 'l')};
  for (int i = 0; i < 100; ++i) names.push_back("k" + std::to_string(i));
  Waiter* forgotten = park(1, names);
  park(2, names);
  registry_.forget(forgotten);
  for (const std::string& name : names) registry_.key_ready(0, key_of(name));
  EXPECT_EQ(ready(), Ids(names.size(), 2));
  EXPECT_TRUE(registry_.any_to_free());
}

TEST_F(BlockRegistryTest, AQueueMayBecomeReadyWhileItIsServed) {
  Waiter* waiter = park(1, {"k"});
  registry_.key_ready(0, key_of("k"));
  BlockRegistry::Queue* queue = registry_.next_ready();
  registry_.forget(waiter);
  EXPECT_EQ(registry_.keys(), 0u);
  EXPECT_EQ(BlockRegistry::key_of(*queue).name, "k");  // still there for who serves it
  Waiter* again = park(2, {"k"});
  registry_.key_ready(0, key_of("k"));
  registry_.done(queue);
  EXPECT_EQ(ready(), (Ids{2}));
  registry_.forget(again);
  expect_empty();
}

TEST_F(BlockRegistryTest, DeadlinesFireInOrderAndNeverEarly) {
  park(1, {"k"}, kNow + 2'500);
  park(2, {"k"}, kNow + 1);
  Waiter* forever = park(3, {"k"});
  ASSERT_TRUE(registry_.next_deadline_us().has_value());
  EXPECT_LE(*registry_.next_deadline_us(), kNow + 1'000);
  EXPECT_EQ(due(kNow), Ids{});
  EXPECT_EQ(due(kNow + 1'000), (Ids{2}));
  EXPECT_EQ(due(kNow + 2'499), Ids{});
  EXPECT_EQ(due(kNow + 2'999), Ids{});  // a tick is a millisecond; early it is never
  EXPECT_EQ(due(kNow + 3'000), (Ids{1}));
  EXPECT_EQ(registry_.next_deadline_us(), std::nullopt);
  registry_.forget(forever);
  expect_empty();
}

TEST_F(BlockRegistryTest, ManyDeadlinesAtOnceComeInSlices) {
  for (uint64_t id = 1; id <= 100; ++id) park(id, {"k"}, kNow + 1'000);
  size_t rounds = 0;
  for (size_t fired = 0; fired < 100; ++rounds) fired += due(kNow + 1'000, 10).size();
  EXPECT_GE(rounds, 10u);
  expect_empty();
}

TEST_F(BlockRegistryTest, AWaiterWithVeryManyKeysIsForgottenAtOnceAndFreedInSlices) {
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back("k" + std::to_string(i));
  Waiter* large = park(1, names, kNow + 1'000);
  Waiter* small = park(2, {"k5"});
  registry_.forget(large);
  EXPECT_EQ(registry_.waiters(), 1u);
  EXPECT_EQ(due(kNow + 2'000), Ids{});
  registry_.key_ready(0, key_of("k5"));
  registry_.key_ready(0, key_of("k6"));
  EXPECT_EQ(ready(), (Ids{2}));
  size_t slices = 0;
  for (bool more = true; more; ++slices) {
    size_t budget = 1'000;
    more = registry_.free_some(&budget);
  }
  EXPECT_GE(slices, 100u);
  registry_.forget(small);
  expect_empty();
}

TEST_F(BlockRegistryTest, WhatIsForgottenNeverOutgrowsWhatWaits) {
  std::vector<std::string> names;
  for (int i = 0; i < 1'000; ++i) names.push_back("k" + std::to_string(i));
  Waiter* last = park(1, names);
  const size_t one = registry_.memory_bytes();
  for (uint64_t id = 2; id < 100; ++id) {
    registry_.forget(last);
    EXPECT_GT(registry_.forgotten_bytes(), 0u);
    last = park(id, names);
    ASSERT_LE(registry_.memory_bytes(), 2 * one);
    ASSERT_EQ(registry_.forgotten_bytes(), 0u);
  }
  registry_.forget(last);
  EXPECT_GT(registry_.forgotten_bytes(), 0u);
  size_t budget = 1'000;
  EXPECT_FALSE(registry_.free_some(&budget));
  EXPECT_EQ(registry_.forgotten_bytes(), 0u);
  expect_empty();
}

// Keys with large names, or other large arguments.
TEST_F(BlockRegistryTest, AWaiterWithLargeArgumentsIsFreedInSlices) {
  constexpr size_t kBytes = 10'000'000;
  const std::string large(kBytes, 'k');
  const auto park_large = [&](uint64_t id) {
    const std::vector<std::string_view> args{large, id % 2 == 0 ? std::string_view(large) : "k"};
    const Key key = key_of(args[1]);
    return registry_.park({id, nullptr, args, 0, {&key, 1}, Type::kString, Waiter::kNoDeadline});
  };
  Waiter* last = park_large(2);
  const size_t one = registry_.memory_bytes();
  ASSERT_GE(one, 2 * kBytes);
  for (uint64_t id = 3; id < 20; ++id) {
    registry_.forget(last);
    last = park_large(id);
    ASSERT_LE(registry_.memory_bytes(), 2 * one);
    ASSERT_EQ(registry_.forgotten_bytes(), 0u);
  }
  registry_.forget(last);
  last = park_large(20);
  registry_.forget(last);
  EXPECT_GE(registry_.forgotten_bytes() + registry_.queue_bytes(), 2 * kBytes);
  size_t slices = 0;
  for (bool more = true; more; ++slices) {
    size_t budget = 1;
    const size_t before = registry_.memory_bytes();
    more = registry_.free_some(&budget);
    ASSERT_LE(before - registry_.memory_bytes(), 600'000u);
  }
  EXPECT_GE(slices, 70u);
  expect_empty();
}

TEST_F(BlockRegistryTest, ADatabaseIsLookedThroughInSlicesAndInOrder) {
  Ids all;
  std::vector<Waiter*> waiters;
  for (uint64_t id = 0; id < 1'000; ++id) {
    waiters.push_back(park(id, {"k" + std::to_string(id)}));
    all.push_back(id);
  }
  Waiter* elsewhere = park(5'000, {"k1"}, Waiter::kNoDeadline, 7);
  registry_.database_ready(3);  // nobody ever waited there
  registry_.database_ready(9);
  EXPECT_FALSE(registry_.any_to_look_through());
  registry_.database_ready(0);
  EXPECT_TRUE(registry_.any_to_look_through());
  EXPECT_FALSE(registry_.any_ready());
  Ids seen;
  for (size_t slices = 1;; ++slices) {
    size_t budget = 100;
    const bool more = registry_.look_through(&budget);
    const Ids these = ready();
    EXPECT_LE(these.size(), 100u);
    seen.insert(seen.end(), these.begin(), these.end());
    if (more) continue;
    EXPECT_GE(slices, 10u);
    break;
  }
  EXPECT_EQ(seen, all);
  EXPECT_FALSE(registry_.any_to_look_through());
  for (Waiter* waiter : waiters) registry_.forget(waiter);
  registry_.forget(elsewhere);
  expect_empty();
}

// Whoever exchanges databases again and again does not keep the last of the queues from their turn.
TEST_F(BlockRegistryTest, ADatabaseThatIsExchangedMeanwhileGoesOnWhereItWas) {
  std::vector<Waiter*> waiters;
  for (uint64_t id = 0; id < 100; ++id) waiters.push_back(park(id, {"k" + std::to_string(id)}));
  Ids seen;
  for (int i = 0; i < 10; ++i) {
    registry_.database_ready(0);
    size_t budget = 10;
    registry_.look_through(&budget);
    const Ids these = ready();
    seen.insert(seen.end(), these.begin(), these.end());
  }
  EXPECT_EQ(seen.size(), 100u);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()) - seen.begin(), 100);
  // One that is forgotten, one that becomes ready by itself, and one that comes meanwhile.
  registry_.forget(waiters[50]);
  registry_.key_ready(0, key_of("k51"));
  EXPECT_EQ(ready(), Ids{51});
  Waiter* late = park(200, {"k52"});
  Waiter* new_one = park(201, {"new"});
  size_t budget = 1'000;
  EXPECT_FALSE(registry_.look_through(&budget));
  const Ids rest = ready();
  EXPECT_EQ(std::count(rest.begin(), rest.end(), 200), 1);
  for (const uint64_t absent : {50, 51, 201}) EXPECT_EQ(std::count(rest.begin(), rest.end(), absent), 0);
  registry_.forget(late);
  registry_.forget(new_one);
  for (size_t i = 0; i < waiters.size(); ++i) {
    if (i != 50) registry_.forget(waiters[i]);
  }
  expect_empty();
}

TEST_F(BlockRegistryTest, AWaiterIsSmall) {
  const std::string key = "key:000000000001";
  for (uint64_t id = 1; id <= 1'000; ++id) park(id, {key}, kNow + 30'000'000);
  EXPECT_LE(registry_.memory_bytes() / 1'000, 136u);  // all on one key
  for (uint64_t id = 1'001; id <= 2'000; ++id)
    park(id, {"key:" + std::to_string(100'000'000'000 + id)}, kNow);
  EXPECT_LE(registry_.memory_bytes() / 2'000, (136u + 136u + 88u) / 2);  // half of them each on its own
  while (registry_.waiters() != 0) due(kNow + 60'000'000);
  expect_empty();
}

// Random parks, wake-ups and deadlines against plain containers.
TEST_F(BlockRegistryTest, BehavesAsItsModel) {
  struct Entry {
    Waiter* waiter;
    std::vector<std::string> names;
    int64_t deadline_us;
  };
  std::map<uint64_t, Entry> entries;
  std::map<std::string, std::deque<uint64_t>> queues;
  const auto drop = [&](uint64_t id) {
    for (const std::string& name : entries.at(id).names) std::erase(queues[name], id);
    entries.erase(id);
  };
  Random random(42);
  int64_t now_us = kNow;
  uint64_t last_id = 0;
  for (int step = 0; step < 100'000; ++step) {
    switch (random.below(5)) {
      case 0:
      case 1: {
        Entry entry;
        const size_t count = 1 + random.below(3);
        for (size_t i = 0; i < count; ++i) entry.names.push_back("k" + std::to_string(random.below(8)));
        entry.deadline_us =
            random.below(3) == 0 ? Waiter::kNoDeadline : now_us + static_cast<int64_t>(random.below(80'000));
        const uint64_t id = ++last_id;
        entry.waiter = park(id, entry.names, entry.deadline_us);
        for (const std::string& name : entry.names) {
          if (std::find(queues[name].begin(), queues[name].end(), id) == queues[name].end())
            queues[name].push_back(id);
        }
        entries.emplace(id, entry);
        break;
      }
      case 2: {
        const std::string name = "k" + std::to_string(random.below(8));
        registry_.key_ready(0, key_of(name));
        EXPECT_EQ(ready(), Ids(queues[name].begin(), queues[name].end()));
        break;
      }
      case 3: {
        if (entries.empty()) break;
        auto chosen = entries.lower_bound(random.below(last_id + 1));
        if (chosen == entries.end()) chosen = entries.begin();
        registry_.forget(chosen->second.waiter);
        drop(chosen->first);
        break;
      }
      default: {
        now_us += static_cast<int64_t>(random.below(5'000));
        for (const uint64_t id : due(now_us)) {
          ASSERT_NE(entries.at(id).deadline_us, Waiter::kNoDeadline);
          ASSERT_LE(entries.at(id).deadline_us, now_us);
          drop(id);
        }
        for (const auto& [id, entry] : entries) {
          const bool waits_for_ever = entry.deadline_us == Waiter::kNoDeadline;
          ASSERT_TRUE(waits_for_ever || entry.deadline_us > now_us - 1'000) << id;
        }
      }
    }
    ASSERT_EQ(registry_.waiters(), entries.size());
  }
  for (auto& [id, entry] : entries) registry_.forget(entry.waiter);
  expect_empty();
}

}  // namespace
}  // namespace aerie

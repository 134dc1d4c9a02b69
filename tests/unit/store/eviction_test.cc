// SPDX-License-Identifier: BSD-3-Clause
//
// Which key goes when memory is short: by each order, among all keys or those with a deadline, across
// databases. Orders are followed approximately, so that most of what goes must be what should go first;
// what may not go at all never does.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/store/keyspace.h"

namespace aerie {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr size_t kSamples = 5;

class Eviction : public testing::Test {
 protected:
  Eviction() : keyspace_(4, HashSeed::fixed(7)) { keyspace_.set_now_ms(kNowMs); }

  void set(const std::string& name, int64_t deadline_ms = kNoDeadline, uint32_t db = 0) {
    const StringSource value(std::string_view("value"));
    if (deadline_ms == kNoDeadline) {
      keyspace_.db(db).set_string(keyspace_.key(name), value);
    } else {
      keyspace_.db(db).set_string(keyspace_.key(name), value, Deadline::kSet, deadline_ms);
    }
  }
  void fill(int first, int end) {
    for (int i = first; i < end; ++i) set("key" + std::to_string(i));
  }
  bool has(const std::string& name, uint32_t db = 0) {
    return keyspace_.db(db).exists(keyspace_.key(name), Access::kPeek);
  }
  int count(int first, int end) {
    int found = 0;
    for (int i = first; i < end; ++i) found += has("key" + std::to_string(i)) ? 1 : 0;
    return found;
  }
  void read(const std::string& name) { keyspace_.db(0).exists(keyspace_.key(name), Access::kRead); }
  void later_ms(int64_t ms) { keyspace_.set_now_ms(keyspace_.now_ms() + ms); }
  void use(EvictionOrder order, bool with_deadline_only = false) {
    keyspace_.set_access_policy(order == EvictionOrder::kLfu ? AccessPolicy::kLfu : AccessPolicy::kLru);
    keyspace_.set_eviction({order, with_deadline_only}, kSamples);
  }
  void evict(int keys) {
    for (int i = 0; i < keys; ++i) ASSERT_TRUE(keyspace_.evict_one()) << i;
  }

  Keyspace keyspace_;
};

TEST_F(Eviction, NothingGoesWithoutAnOrder) {
  fill(0, 100);
  EXPECT_FALSE(keyspace_.evict_one());
  EXPECT_EQ(keyspace_.db(0).size(), 100U);
}

TEST_F(Eviction, NothingGoesWhereNothingIs) {
  for (const EvictionOrder order : {EvictionOrder::kLru, EvictionOrder::kLfu, EvictionOrder::kRandom}) {
    use(order);
    EXPECT_FALSE(keyspace_.evict_one());
  }
}

TEST_F(Eviction, WhatWasNotUsedForLongestGoesFirst) {
  use(EvictionOrder::kLru);
  fill(0, 1'000);
  later_ms(100'000);
  fill(1'000, 2'000);
  evict(1'000);
  EXPECT_LT(count(0, 1'000), 50) << "old ones";
  EXPECT_GT(count(1'000, 2'000), 950) << "new ones";
  EXPECT_EQ(keyspace_.stats().evicted_keys, 1'000U);
}

TEST_F(Eviction, WhatIsReadStays) {
  use(EvictionOrder::kLru);
  fill(0, 2'000);
  later_ms(100'000);
  for (int i = 0; i < 2'000; i += 2) read("key" + std::to_string(i));
  evict(1'000);
  int read_ones = 0;
  for (int i = 0; i < 2'000; i += 2) read_ones += has("key" + std::to_string(i)) ? 1 : 0;
  EXPECT_GT(read_ones, 950);
}

TEST_F(Eviction, WhatIsSeldomUsedGoesFirst) {
  use(EvictionOrder::kLfu);
  fill(0, 2'000);
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 1'000; ++i) read("key" + std::to_string(i));
  }
  evict(1'000);
  EXPECT_GT(count(0, 1'000), 950) << "often used";
  EXPECT_LT(count(1'000, 2'000), 50);
}

TEST_F(Eviction, TheNearestDeadlineGoesFirst) {
  use(EvictionOrder::kDeadline, true);
  for (int i = 0; i < 2'000; ++i) set("key" + std::to_string(i), kNowMs + 1'000'000 + i * 1'000);
  set("stays");
  evict(1'000);
  EXPECT_LT(count(0, 1'000), 50);
  evict(1'000);
  EXPECT_FALSE(keyspace_.evict_one());
  EXPECT_TRUE(has("stays"));
}

TEST_F(Eviction, AnyKeyMayGoAtRandom) {
  use(EvictionOrder::kRandom);
  fill(0, 2'000);
  evict(1'000);
  EXPECT_NEAR(count(0, 1'000), 500, 120);
  evict(1'000);
  EXPECT_EQ(keyspace_.db(0).size(), 0U);
}

// A few among very many: they are found, and nothing else goes.
TEST_F(Eviction, OnlyKeysWithADeadlineGo) {
  for (const EvictionOrder order :
       {EvictionOrder::kLru, EvictionOrder::kLfu, EvictionOrder::kRandom, EvictionOrder::kDeadline}) {
    use(order, true);
    fill(0, 50'000);
    for (int i = 0; i < 20; ++i) set("volatile" + std::to_string(i), kNowMs + 1'000'000 + i);
    evict(20);
    EXPECT_FALSE(keyspace_.evict_one());
    EXPECT_EQ(keyspace_.db(0).size(), 50'000U);
    keyspace_.flush_all();
  }
}

TEST_F(Eviction, AllDatabasesAreLookedAt) {
  use(EvictionOrder::kLru);
  set("old", kNoDeadline, 3);
  later_ms(100'000);
  fill(0, 100);
  later_ms(100'000);
  evict(1);
  EXPECT_FALSE(has("old", 3));
  EXPECT_EQ(keyspace_.db(0).size(), 100U);
}

TEST_F(Eviction, IsAnEvent) {
  use(EvictionOrder::kRandom);
  keyspace_.events().add_interest();
  set("k", kNoDeadline, 2);
  keyspace_.events().take();
  keyspace_.events().forget_taken();
  evict(1);
  const auto events = keyspace_.events().take();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "evicted");
  EXPECT_EQ(events[0].key, "k");
  EXPECT_EQ(events[0].db, 2U);
  EXPECT_TRUE(events[0].modified);
  keyspace_.events().forget_taken();
  keyspace_.events().drop_interest();
}

// What waits as a candidate may be gone, or have got another value or deadline, when its turn comes.
TEST_F(Eviction, CandidatesAreLookedAtAgain) {
  use(EvictionOrder::kLru);
  for (int round = 0; round < 50; ++round) {
    fill(0, 200);
    later_ms(1'000);
    evict(20);
    for (int i = 0; i < 200; i += 3) keyspace_.db(0).erase(keyspace_.key("key" + std::to_string(i)));
    keyspace_.swap(0, 1);
    if (round % 7 == 0) keyspace_.flush_all();
  }
}

}  // namespace
}  // namespace aerie

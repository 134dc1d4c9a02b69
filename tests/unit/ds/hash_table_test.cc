// SPDX-License-Identifier: BSD-3-Clause
//
// The hash table against a model: random operations at sizes that cross every change of shape, chosen hashes,
// memory at every count, uniformity of random picks, draining and moving. SCAN has its own file.
#include "aerie/ds/hash_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

#include "aerie/base/clock.h"
#include "unit/ds/table_fixture.h"

namespace aerie::test {
namespace {

class HashTableTest : public ::testing::Test {
 protected:
  SegmentArena arena_;
};

TEST_F(HashTableTest, EmptyTableAnswersEverything) {
  Model model(arena_);
  TestTable& table = model.table();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_EQ(model.find(1, 99), nullptr);
  EXPECT_FALSE(table.find_slot(id_key(1), 99));
  Random random(1);
  EXPECT_EQ(table.random(random), nullptr);
  EXPECT_EQ(table.scan(0, [](TestEntry*) { FAIL(); }), 0u);
  EXPECT_EQ(table.scan(~uint64_t{0}, [](TestEntry*) { FAIL(); }), 0u);
  table.prefetch(99);
  table.prefetch_entry(99);
  EXPECT_TRUE(table.drain_some(10, [](TestEntry*) { FAIL(); }));
  EXPECT_TRUE(table.consistent());
}

TEST_F(HashTableTest, EverySizeUpToTheFirstSplitsAndBack) {
  Model model(arena_);
  constexpr uint64_t kCount = 9000;
  for (uint64_t id = 0; id < kCount; ++id) {
    model.add(id);
    ASSERT_EQ(model.table().size(), id + 1);
    if (id < 300 || id % 97 == 0) {
      ASSERT_TRUE(model.table().consistent()) << id;
      ASSERT_TRUE(model.all_found()) << id;
    }
  }
  EXPECT_GE(model.table().directory_depth(), 2u);
  for (uint64_t id = 0; id < kCount; ++id) {
    ASSERT_TRUE(model.remove(id));
    if (id > kCount - 300 || id % 97 == 0) {
      ASSERT_TRUE(model.table().consistent()) << id;
      ASSERT_TRUE(model.all_found()) << id;
    }
  }
  EXPECT_EQ(model.table().directory_depth(), 0u);
  EXPECT_EQ(model.table().memory_bytes(), 0u);
}

TEST_F(HashTableTest, RandomOperationsMatchTheModel) {
  Random random(7);
  Model model(arena_);
  uint64_t range = 40;
  for (int step = 0; step < 600'000; ++step) {
    // The range of ids swings between tiny and large, so that every shape is entered from both sides.
    if (step % 40'000 == 0) range = uint64_t{1} << (4 + random.below(14));
    const uint64_t id = random.below(range);
    const uint64_t hash = model.spread_hash(id);
    const auto it = model.live().find(id);
    TestEntry* expected = it == model.live().end() ? nullptr : it->second.get();
    ASSERT_EQ(model.find(id, hash), expected);
    const bool removing = random.below(100) < (step % 80'000 < 40'000 ? 35 : 65);
    if (expected != nullptr && removing) {
      ASSERT_TRUE(model.remove(id));
    } else if (expected == nullptr && !removing) {
      model.add(id);
    }
    ASSERT_EQ(model.table().size(), model.size());
    if (step % 5'000 == 0) {
      ASSERT_TRUE(model.table().consistent());
      ASSERT_TRUE(model.all_found());
    }
  }
}

TEST_F(HashTableTest, DeepTableGrowsAndShrinksThroughRenewedTags) {
  // Above 2^5 segments tags are taken again from the entries; 400,000 entries have some 2^7.
  Model model(arena_);
  constexpr uint64_t kCount = 400'000;
  for (uint64_t id = 0; id < kCount; ++id) model.add(id);
  EXPECT_GE(model.table().directory_depth(), 7u);
  ASSERT_TRUE(model.table().consistent());
  ASSERT_TRUE(model.all_found());
  for (uint64_t id = 0; id < kCount; ++id) {
    ASSERT_TRUE(model.remove(id));
    if (id % 50'000 == 0) {
      ASSERT_TRUE(model.table().consistent());
    }
  }
  EXPECT_EQ(model.table().memory_bytes(), 0u);
}

// Erasing in the order of hashes empties segments one after the other: neighbours must merge all the same.
TEST_F(HashTableTest, ErasingInHashOrderGivesMemoryBack) {
  Model model(arena_);
  for (uint64_t id = 0; id < 200'000; ++id) model.add(id);
  std::vector<std::pair<uint64_t, uint64_t>> order;
  for (const auto& [id, entry] : model.live()) order.emplace_back(entry->hash, id);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    ASSERT_TRUE(model.remove(order[i].second));
    if (i % 20'000 == 0) {
      ASSERT_TRUE(model.table().consistent());
      EXPECT_LE(model.table().memory_bytes(), model.size() * 18 + 200'000);
    }
  }
  EXPECT_EQ(model.table().memory_bytes(), 0u);
}

TEST_F(HashTableTest, ReplaceAndVersions) {
  Model model(arena_);
  for (uint64_t id = 0; id < 5000; ++id) model.add(id);
  TestTable& table = model.table();
  const uint64_t hash = model.spread_hash(17);
  uint64_t version = table.version_at(hash);
  const TestTable::Slot slot = table.find_slot(id_key(17), hash);
  ASSERT_TRUE(slot);
  TestEntry other{hash, 17};
  TestEntry* original = TestTable::entry(slot);
  table.replace(slot, &other);
  EXPECT_EQ(model.find(17, hash), &other);
  EXPECT_GT(table.version_at(hash), version);
  version = table.version_at(hash);
  EXPECT_EQ(model.find(17, hash), &other);
  EXPECT_EQ(table.version_at(hash), version) << "a search changes nothing";
  table.mark_changed(hash);
  EXPECT_GT(table.version_at(hash), version);
  table.replace(table.find_slot(id_key(17), hash), original);
  EXPECT_EQ(table.erase(table.find_slot(id_key(17), hash)), original);
  EXPECT_EQ(model.find(17, hash), nullptr);
  EXPECT_GT(table.version_at(hash), version + 1);
  table.insert(hash, original);
  EXPECT_TRUE(table.consistent());
}

// The version of a hash's segment never repeats, whatever the table goes through.
TEST_F(HashTableTest, VersionsOnlyGrow) {
  Model model(arena_);
  const uint64_t watched = 0x1234'5678'9abc'def0;
  uint64_t version = model.table().version_at(watched);
  const auto check = [&](uint64_t id) {
    const uint64_t now = model.table().version_at(watched);
    ASSERT_GE(now, version) << id;
    version = now;
  };
  for (int round = 0; round < 2; ++round) {
    for (uint64_t id = 0; id < 20'000; ++id) model.add(id), check(id);
    for (uint64_t id = 0; id < 20'000; ++id) ASSERT_TRUE(model.remove(id)), check(id);
  }
}

TEST_F(HashTableTest, FindFirstMatching) {
  Model model(arena_);
  TestTable& table = model.table();
  TestEntry first{77, 1};
  table.insert(77, &first);
  TestEntry second{77, 2};
  table.insert(77, &second);
  int seen = 0;
  const TestTable::Slot slot = table.find_first_matching(77, [&](const TestEntry* entry) {
    seen++;
    return entry->id == 2;
  });
  ASSERT_TRUE(slot);
  EXPECT_EQ(TestTable::entry(slot), &second);
  EXPECT_EQ(seen, 2);
  EXPECT_FALSE(table.find_first_matching(78, [](const TestEntry*) { return true; }));
}

TEST_F(HashTableTest, MoveAndSwapKeepEntries) {
  for (const uint64_t count : {0, 3, 1000, 30'000}) {
    Model model(arena_);
    Model other(arena_);
    for (uint64_t id = 0; id < count; ++id) model.add(id);
    other.add(1'000'000);
    std::swap(model.table(), other.table());
    EXPECT_EQ(other.table().size(), count);
    EXPECT_EQ(model.table().size(), 1u);
    EXPECT_NE(model.find(1'000'000, model.spread_hash(1'000'000)), nullptr);
    EXPECT_TRUE(other.table().consistent());
    TestTable moved = std::move(other.table());
    EXPECT_EQ(moved.size(), count);
    EXPECT_EQ(other.table().size(), 0u);
    EXPECT_TRUE(moved.consistent());
    EXPECT_TRUE(other.table().consistent());
    other.add(5);
    EXPECT_EQ(other.table().size(), 1u);
  }
  arena_.release();
  EXPECT_LE(arena_.bytes_held(), 4096u) << "tables gave their segments back";
}

TEST_F(HashTableTest, DrainHandsOutEveryEntryOnceInSlices) {
  for (const uint64_t count : {1, 7, 500, 60'000}) {
    Model model(arena_);
    for (uint64_t id = 0; id < count; ++id) model.add(id);
    TestTable detached = std::move(model.table());
    std::unordered_set<uint64_t> drained;
    int slices = 0;
    size_t memory = detached.memory_bytes();
    bool done = false;
    while (!done) {
      const size_t before = drained.size();
      done = detached.drain_some(100, [&](TestEntry* entry) { drained.insert(entry->id); });
      EXPECT_LE(drained.size() - before, 107u);
      EXPECT_EQ(detached.size(), count - drained.size());
      EXPECT_LE(detached.memory_bytes(), memory);
      memory = detached.memory_bytes();
      slices++;
    }
    EXPECT_EQ(drained.size(), count);
    EXPECT_GE(slices, static_cast<int>(count / 107));
    EXPECT_EQ(detached.memory_bytes(), 0u);
    EXPECT_TRUE(detached.consistent());
  }
  // A table that dies in the middle of a drain frees the rest of its segments.
  Model model(arena_);
  for (uint64_t id = 0; id < 60'000; ++id) model.add(id);
  {
    TestTable detached = std::move(model.table());
    EXPECT_FALSE(detached.drain_some(20'000, [](TestEntry*) {}));
  }
  arena_.release();
  EXPECT_LE(arena_.bytes_held(), 4096u);
}

TEST_F(HashTableTest, ForEachVisitsEveryEntryOnce) {
  for (const uint64_t count : {0, 5, 300, 20'000}) {
    Model model(arena_);
    for (uint64_t id = 0; id < count; ++id) model.add(id);
    std::unordered_set<uint64_t> seen;
    model.table().for_each([&](TestEntry* entry) { EXPECT_TRUE(seen.insert(entry->id).second); });
    EXPECT_EQ(seen.size(), count);
  }
}

// ---- chosen hashes ----

// Fills a table with hashes that agree in their leading bits, then empties it.
void flood(SegmentArena& arena, uint64_t count, unsigned equal_bits, uint64_t prefix) {
  Model model(arena);
  Random random(equal_bits + 1);
  const auto chosen = [&] {
    const uint64_t rest = equal_bits == 0 ? random.next() : random.next() >> equal_bits;
    return (equal_bits == 0 ? 0 : prefix << (64 - equal_bits)) | rest;
  };
  for (uint64_t id = 0; id < count; ++id) model.add(id, chosen());
  ASSERT_TRUE(model.table().consistent()) << equal_bits;
  ASSERT_TRUE(model.all_found()) << equal_bits;
  EXPECT_LE(model.table().memory_bytes(), count * 16 + 300'000) << equal_bits;
  EXPECT_LE(size_t{1} << model.table().directory_depth(), std::max<size_t>(16, count / 128));
  std::unordered_set<uint64_t> scanned;
  uint64_t cursor = 0;
  do {
    cursor = model.table().scan(cursor, [&](TestEntry* entry) { scanned.insert(entry->id); });
  } while (cursor != 0);
  EXPECT_EQ(scanned.size(), count);
  for (uint64_t id = 0; id < count; ++id) {
    ASSERT_TRUE(model.remove(id));
    if (id % (count / 8) == 0) {
      ASSERT_TRUE(model.table().consistent()) << equal_bits << " " << id;
    }
  }
  EXPECT_EQ(model.table().memory_bytes(), 0u);
}

TEST_F(HashTableTest, FloodsOfEqualLeadingBitsStayBoundedAndCorrect) {
  for (const unsigned equal_bits : {0u, 1u, 5u, 8u, 13u, 20u, 37u, 38u, 39u, 45u, 52u, 56u}) {
    flood(arena_, 20'000, equal_bits, 0x0012'3456'789a'bcde & ((uint64_t{1} << equal_bits) - 1));
  }
}

TEST_F(HashTableTest, EqualHashesAreSlowButCorrect) {
  Model model(arena_);
  const uint64_t hash = 0xfeed'0000'1111'2222;
  for (uint64_t id = 0; id < 9'000; ++id) model.add(id, hash);
  EXPECT_TRUE(model.table().consistent());
  EXPECT_EQ(model.find(1'000'000, hash), nullptr);
  for (uint64_t id = 0; id < 9'000; id += 500) EXPECT_NE(model.find(id, hash), nullptr);
  Random random(3);
  EXPECT_NE(model.table().random(random), nullptr);
  TestTable detached = std::move(model.table());
  size_t drained = 0;
  while (!detached.drain_some(1000, [&](TestEntry*) { drained++; })) {
  }
  EXPECT_EQ(drained, 9'000u);
}

// A million keys that share 20 leading bits: no insertion takes long, the directory stays small. What one run
// shows may be the machine's doing; what the same insertion shows in every run is ours.
TEST_F(HashTableTest, MillionKeyFloodHasNoSlowOperation) {
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
  constexpr int64_t kLimitNs = 1'000'000;
#else
  constexpr int64_t kLimitNs = 10'000'000;
#endif
  const HashSeed seed = HashSeed::fixed(5);
  constexpr uint64_t kCount = 1'000'000;
  std::vector<TestEntry> entries(kCount);
  Random random(11);
  for (uint64_t id = 0; id < kCount; ++id)
    entries[id] = {(uint64_t{0xabcde} << 44) | (random.next() >> 20), id};
  std::vector<int64_t> fastest(kCount, INT64_MAX);
  for (int run = 0; run < 3; ++run) {
    TestTable table(seed, arena_);
    for (uint64_t id = 0; id < kCount; ++id) {
      const int64_t start = thread_cpu_ns();
      table.insert(entries[id].hash, &entries[id]);
      fastest[id] = std::min(fastest[id], thread_cpu_ns() - start);
    }
    EXPECT_LE(size_t{1} << table.directory_depth(), kCount / 128);
    EXPECT_LE(table.memory_bytes(), kCount * 13);
    for (uint64_t id = 0; id < kCount; id += 100)
      ASSERT_EQ(table.find(id_key(id), entries[id].hash), &entries[id]);
  }
  EXPECT_LE(std::ranges::count_if(fastest, [](int64_t ns) { return ns > kLimitNs; }), 1);
}

// ---- memory and chance ----

TEST_F(HashTableTest, MemoryPerItemHoldsAtEveryCount) {
  const HashSeed seed = HashSeed::fixed(9);
  TestTable table(seed, arena_);
  constexpr uint64_t kCount = 1'400'000;
  std::vector<TestEntry> entries(kCount);
  size_t peak = 0;
  double worst = 0;
  for (uint64_t id = 0; id < kCount; ++id) {
    entries[id] = {hash_bytes(id_key(id), seed), id};
    table.insert(entries[id].hash, &entries[id]);
    if (id < 100'000) continue;
    const size_t bytes = table.memory_bytes();
    worst = std::max(worst, static_cast<double>(bytes) / static_cast<double>(id + 1));
    peak = std::max(peak, arena_.bytes_held());
  }
  EXPECT_LE(worst, 13.0);
  EXPECT_LE(static_cast<double>(peak), 1.05 * static_cast<double>(arena_.bytes_held()));
  EXPECT_LE(arena_.bytes_held(), table.memory_bytes() + table.memory_bytes() / 100);
}

TEST_F(HashTableTest, SmallTablesAreSmall) {
  Model model(arena_);
  for (uint64_t id = 0; id < 2000; ++id) {
    model.add(id);
    if (id == 0) {
      EXPECT_LE(model.table().memory_bytes(), 128u);
    }
    if (id >= 128) {
      EXPECT_LE(model.table().memory_bytes(), (id + 1) * 17) << id;
    }
  }
}

// Chi-square over picks from tables of several shapes; the bound is 5 standard deviations above the mean.
TEST_F(HashTableTest, RandomIsUniform) {
  for (const uint64_t count : {3, 50, 700, 12'000}) {
    Model model(arena_);
    Random random(count);
    for (uint64_t id = 0; id < count; ++id) model.add(id);
    // Segments of unequal depth: most keys of one half of the hash space go.
    if (count == 12'000) {
      for (uint64_t id = 0; id < count; ++id) {
        if (model.spread_hash(id) >> 63 == 0 && id % 8 != 0) {
          ASSERT_TRUE(model.remove(id));
        }
      }
    }
    const auto items = static_cast<double>(model.size());
    std::unordered_map<uint64_t, double> hits;
    const double picks = items * 100;
    for (double i = 0; i < picks; ++i) hits[model.table().random(random)->id]++;
    double chi_square = 0;
    for (const auto& [id, entry] : model.live()) chi_square += std::pow(hits[id] - 100, 2) / 100;
    EXPECT_LE(chi_square, items - 1 + 5 * std::sqrt(2 * items)) << count;
  }
}

TEST_F(HashTableTest, RandomIsUniformWhenChained) {
  Model model(arena_);
  Random random(8);
  for (uint64_t id = 0; id < 9'000; ++id) model.add(id, random.next() >> 40);
  for (uint64_t id = 9'000; id < 10'000; ++id) model.add(id, model.spread_hash(id));
  std::unordered_map<uint64_t, double> hits;
  for (int i = 0; i < 200'000; ++i) hits[model.table().random(random)->id]++;
  double chi_square = 0;
  for (const auto& [id, entry] : model.live()) chi_square += std::pow(hits[id] - 20, 2) / 20;
  EXPECT_LE(chi_square, 9'999 + 5 * std::sqrt(20'000.0));
}

}  // namespace
}  // namespace aerie::test

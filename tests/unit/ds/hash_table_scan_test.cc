// SPDX-License-Identifier: BSD-3-Clause
//
// SCAN's guarantee as a property: whatever is inserted and erased between the calls of a scan, each entry
// that was there from its first call to its last is visited. Schedules are random and seeded; they grow and
// shrink tables through every change of shape while a scan is under way.
#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "unit/ds/table_fixture.h"

namespace aerie::test {
namespace {

struct Schedule {
  const char* name;
  uint64_t start;       // entries before the scan
  uint64_t limit;       // entries beyond which nothing is inserted
  int insert_percent;   // of the changes between calls; the others erase
  uint64_t changes;     // per call of scan
  unsigned equal_bits;  // leading bits that most hashes share
};

class ScanTest : public ::testing::TestWithParam<Schedule> {
 protected:
  uint64_t hash_of(uint64_t id) const {
    const unsigned bits = GetParam().equal_bits;
    const uint64_t spread = model_.spread_hash(id);
    if (bits == 0 || id % 16 == 0) return spread;
    return (uint64_t{0x5a5a5a5a5a5a5a5a} & (~uint64_t{0} << (64 - bits))) | spread >> bits;
  }
  void insert() {
    ids_.push_back(next_id_);
    model_.add(next_id_, hash_of(next_id_));
    next_id_++;
  }
  void erase(Random& random) {
    if (ids_.empty()) return;
    const size_t at = random.below(ids_.size());
    EXPECT_TRUE(model_.remove(ids_[at]));
    present_.erase(ids_[at]);
    ids_[at] = ids_.back();
    ids_.pop_back();
  }

  SegmentArena arena_;
  Model model_{arena_};
  std::vector<uint64_t> ids_;
  std::unordered_set<uint64_t> present_;  // entries that were there since the scan began
  uint64_t next_id_ = 0;
};

TEST_P(ScanTest, EntriesPresentThroughoutAreVisited) {
  const Schedule& schedule = GetParam();
  Random random(schedule.start * 31 + schedule.changes);
  while (ids_.size() < schedule.start) insert();
  for (int round = 0; round < 6; ++round) {
    present_ = {ids_.begin(), ids_.end()};
    std::unordered_set<uint64_t> visited;
    uint64_t cursor = 0;
    size_t calls = 0;
    const int insert_percent = round % 2 == 0 ? schedule.insert_percent : 100 - schedule.insert_percent;
    do {
      const uint64_t before = cursor;
      cursor = model_.table().scan(cursor, [&](TestEntry* entry) {
        EXPECT_EQ(model_.live().at(entry->id).get(), entry);
        visited.insert(entry->id);
      });
      ASSERT_TRUE(cursor == 0 || cursor > before);
      ASSERT_LT(cursor, uint64_t{1} << 53);
      for (uint64_t i = random.below(2 * schedule.changes + 1); i > 0; --i) {
        if (random.below(100) < static_cast<uint64_t>(insert_percent)) {
          if (ids_.size() < schedule.limit) insert();
        } else {
          erase(random);
        }
      }
      calls++;
    } while (cursor != 0);
    for (const uint64_t id : present_) ASSERT_TRUE(visited.contains(id)) << schedule.name << " " << id;
    ASSERT_TRUE(model_.table().consistent()) << schedule.name << " after " << calls << " calls";
  }
}

INSTANTIATE_TEST_SUITE_P(Schedules, ScanTest,
                         ::testing::Values(Schedule{"quiet", 3000, 3000, 50, 0, 0},
                                           Schedule{"tiny grows", 3, 400, 90, 3, 0},
                                           Schedule{"small grows", 40, 4000, 95, 20, 0},
                                           Schedule{"small churns", 200, 400, 50, 10, 0},
                                           Schedule{"one segment splits", 3400, 12'000, 90, 10, 0},
                                           Schedule{"many split", 10'000, 60'000, 90, 40, 0},
                                           Schedule{"many merge", 60'000, 60'000, 5, 25, 0},
                                           Schedule{"storm", 5000, 40'000, 50, 250, 0},
                                           Schedule{"clustered", 20'000, 40'000, 80, 40, 7},
                                           Schedule{"clustered empties", 40'000, 40'000, 5, 40, 9},
                                           Schedule{"chained grows", 3000, 30'000, 90, 30, 30},
                                           Schedule{"chained empties", 30'000, 30'000, 5, 80, 30},
                                           Schedule{"beyond the cursor", 9'000, 12'000, 70, 20, 54}),
                         [](const auto& instance) {
                           std::string name = instance.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

// Without changes every entry is visited exactly once, in order of hashes, whatever the size.
TEST(ScanOrderTest, QuietScanVisitsEachEntryOnce) {
  SegmentArena arena;
  for (const uint64_t count : {1, 6, 7, 8, 15, 64, 333, 1254, 1613, 2017, 3629, 25'000}) {
    Model model(arena);
    for (uint64_t id = 0; id < count; ++id) model.add(id);
    std::unordered_set<uint64_t> seen;
    uint64_t cursor = 0;
    do {
      const uint64_t from = cursor;
      std::vector<uint64_t> hashes;
      cursor = model.table().scan(cursor, [&](TestEntry* entry) {
        EXPECT_TRUE(seen.insert(entry->id).second);
        hashes.push_back(entry->hash >> 11);
      });
      for (const uint64_t hash : hashes) {
        EXPECT_GE(hash, from);
        if (cursor != 0) {
          EXPECT_LT(hash, cursor);
        }
      }
    } while (cursor != 0);
    EXPECT_EQ(seen.size(), count);
  }
}

TEST(ScanOrderTest, AnyNumberIsACursor) {
  SegmentArena arena;
  Model model(arena);
  for (uint64_t id = 0; id < 20'000; ++id) model.add(id);
  Random random(4);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t cursor = random.next() >> random.below(64);
    size_t visited = 0;
    const uint64_t next = model.table().scan(cursor, [&](TestEntry*) { visited++; });
    ASSERT_LT(next, uint64_t{1} << 53);
    ASSERT_LE(visited, 40u);
  }
}

}  // namespace
}  // namespace aerie::test

// SPDX-License-Identifier: BSD-3-Clause
//
// The keyspace: encodings, deadlines to the millisecond, events, statistics, slices of freeing, and the ways
// in which clients might try to make it grow.
#include "aerie/store/keyspace.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aerie/base/random.h"

namespace aerie {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

class KeyspaceTest : public ::testing::Test {
 protected:
  KeyspaceTest() : keyspace_(16, HashSeed::fixed(7)) { keyspace_.set_now_ms(kNow); }

  Database& db() { return keyspace_.db(0); }
  Key key(std::string_view name) { return keyspace_.key(name); }
  std::string get(std::string_view name) {
    const auto found = db().find<StringValue>(key(name));
    if (!found) return "(none)";
    NumberText scratch;
    return std::string(found->bytes(&scratch));
  }
  Encoding encoding(std::string_view name) { return db().facts(key(name), Access::kPeek)->encoding; }
  std::vector<std::string> event_names() {
    std::vector<std::string> names;
    for (const KeyEvent& event : keyspace_.events().take()) names.emplace_back(event.name);
    return names;
  }

  Keyspace keyspace_;
};

TEST_F(KeyspaceTest, EncodingsFollowTheValue) {
  db().set_string(key("i"), "9223372036854775807");
  db().set_string(key("n"), "9223372036854775808");
  db().set_string(key("e"), std::string(44, 'e'));
  db().set_string(key("r"), std::string(45, 'r'));
  db().set_string(key("b"), std::string(100'000, 'b'));
  EXPECT_EQ(encoding("i"), Encoding::kInt);
  EXPECT_EQ(encoding("n"), Encoding::kEmbstr);
  EXPECT_EQ(encoding("e"), Encoding::kEmbstr);
  EXPECT_EQ(encoding("r"), Encoding::kRaw);
  EXPECT_EQ(encoding("b"), Encoding::kRaw);
}

TEST_F(KeyspaceTest, AChangedStringIsRawWhateverItsLength) {
  db().set_string(key("k"), "7");
  {
    StringEdit edit = db().edit_string(key("k"));
    EXPECT_EQ(edit.append("5"), 2u);
    edit.changed("append");
  }
  EXPECT_EQ(get("k"), "75");
  EXPECT_EQ(encoding("k"), Encoding::kRaw);
  db().set_string(key("k"), "ab");
  EXPECT_EQ(encoding("k"), Encoding::kEmbstr);
}

// A snapshot tells by the version whether a part of the table changed since: changes in place count too.
TEST_F(KeyspaceTest, EveryChangeOfAKeyShowsInItsVersion) {
  const Key k = key("k");
  uint64_t version = db().segment_version(k.hash);
  const auto changed = [&] {
    const uint64_t before = std::exchange(version, db().segment_version(k.hash));
    return version > before;
  };
  db().set_string(k, "some text");
  EXPECT_TRUE(changed());
  db().set_string(k, "same size");
  EXPECT_TRUE(changed());
  get("k");
  db().exists(k, Access::kTouch);
  EXPECT_FALSE(changed());
  db().set_deadline(k, kNow + 10);
  EXPECT_TRUE(changed());
  db().set_deadline(k, kNow + 20);
  EXPECT_TRUE(changed());
  db().set_string(k, "same size", Deadline::kSet, kNow + 30);
  EXPECT_TRUE(changed());
  db().clear_deadline(k);
  EXPECT_TRUE(changed());
  const auto edit = [&](auto change) {
    StringEdit edited = db().edit_string(k);
    change(edited);
    edited.changed("test");
  };
  edit([](StringEdit& e) { e.set_integer(1); });
  EXPECT_TRUE(changed());
  edit([](StringEdit& e) { e.set_integer(2); });
  EXPECT_TRUE(changed());
  edit([](StringEdit& e) { e.append("x"); });
  EXPECT_TRUE(changed());
  edit([](StringEdit& e) { e.write_at(0, "y"); });
  EXPECT_TRUE(changed());
  edit([](StringEdit& e) { e.assign("z"); });
  EXPECT_TRUE(changed());
  db().erase(k);
  EXPECT_TRUE(changed());
}

// Keys that came due together and wait for their slice must not hide those that live, nor make one command
// remove them all.
TEST_F(KeyspaceTest, RandomKeyAmongManyThatAreDue) {
  Random random(5);
  const auto fill = [this](int due, int alive) {
    keyspace_.set_now_ms(kNow);
    for (int i = 0; i < due; ++i) {
      db().set_string(key("due:" + std::to_string(i)), "v", Deadline::kSet, kNow + 10);
    }
    for (int i = 0; i < alive; ++i) db().set_string(key("alive:" + std::to_string(i)), "v");
    keyspace_.set_now_ms(kNow + 10);
  };
  fill(900, 1);
  EXPECT_EQ(db().random_key(random), "alive:0");
  fill(50'000, 5'000);
  for (int i = 0; i < 1000; ++i) {
    const auto found = db().random_key(random);
    ASSERT_TRUE(found.has_value() && found->starts_with("alive:")) << i;
  }
  db().flush();
  fill(50'000, 1);
  EXPECT_TRUE(db().random_key(random).has_value());
  EXPECT_GT(db().size(), 48'000u);
  db().flush();
  fill(500, 0);
  EXPECT_FALSE(db().random_key(random).has_value());
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(KeyspaceTest, AKeyIsGoneFromItsDeadlineOn) {
  db().set_string(key("k"), "v", Deadline::kSet, kNow + 10);
  keyspace_.set_now_ms(kNow + 9);
  EXPECT_EQ(get("k"), "v");
  EXPECT_FALSE(keyspace_.expire_due(100));
  EXPECT_EQ(db().size(), 1u);
  keyspace_.set_now_ms(kNow + 10);
  EXPECT_FALSE(keyspace_.expire_due(100));
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.stats().expired_keys, 1u);
  EXPECT_EQ(keyspace_.stats().expired_by_access, 0u);
}

TEST_F(KeyspaceTest, ReadingAKeyPastItsDeadlineRemovesIt) {
  keyspace_.events().add_interest();
  db().set_string(key("k"), "v", Deadline::kSet, kNow + 10);
  keyspace_.set_now_ms(kNow + 10);
  EXPECT_EQ(get("k"), "(none)");
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.stats().expired_by_access, 1u);
  EXPECT_EQ(event_names(), (std::vector<std::string>{"new", "set", "expire", "expired", "keymiss"}));
}

TEST_F(KeyspaceTest, TheNextExpiryIsNeverLaterThanTheFirstDeadline) {
  EXPECT_EQ(keyspace_.next_expiry_ms(), kNever);
  db().set_string(key("a"), "v", Deadline::kSet, kNow + 100'000);
  db().set_string(key("b"), "v", Deadline::kSet, kNow + 50);
  int64_t now = kNow;
  int wakeups = 0;
  while (db().size() > 1) {
    now = std::max(now, keyspace_.next_expiry_ms());
    keyspace_.set_now_ms(now);
    keyspace_.expire_due(100);
    ++wakeups;
  }
  EXPECT_EQ(now, kNow + 50);
  EXPECT_LE(wakeups, 4);  // at most one per level of the wheel
}

TEST_F(KeyspaceTest, ADeadlineThatMovedLaterHolds) {
  db().set_string(key("k"), "v", Deadline::kSet, kNow + 10);
  EXPECT_TRUE(db().set_deadline(key("k"), kNow + 1000));
  keyspace_.set_now_ms(kNow + 999);
  keyspace_.expire_due(100);
  EXPECT_EQ(get("k"), "v");
  keyspace_.set_now_ms(kNow + 1000);
  keyspace_.expire_due(100);
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(KeyspaceTest, ADeadlineThatMovedEarlierHolds) {
  db().set_string(key("k"), "v", Deadline::kSet, kNow + 100'000);
  EXPECT_TRUE(db().set_deadline(key("k"), kNow + 10));
  keyspace_.set_now_ms(kNow + 10);
  keyspace_.expire_due(100);
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(KeyspaceTest, WallClockStepsNeitherLoseNorWalk) {
  db().set_string(key("soon"), "v", Deadline::kSet, kNow + 1000);
  db().set_string(key("late"), "v", Deadline::kSet, kNow + 10 * 86'400'000ll);
  keyspace_.set_now_ms(kNow - 86'400'000);  // a day back: both live longer
  keyspace_.expire_due(100);
  EXPECT_EQ(db().size(), 2u);
  keyspace_.set_now_ms(kNow + 86'400'000);  // two days forward
  keyspace_.expire_due(100);
  EXPECT_EQ(db().size(), 1u);
  EXPECT_EQ(get("late"), "v");
}

// Of three attempts the shortest, in ns of CPU: the clock is set back with so many deadlines ahead of it.
int64_t ns_to_set_the_clock_back(int deadlines) {
  int64_t best = std::numeric_limits<int64_t>::max();
  for (int attempt = 0; attempt < 3; ++attempt) {
    Keyspace keyspace(1, HashSeed::fixed(7));
    keyspace.set_now_ms(kNow);
    for (int i = 0; i < deadlines; ++i) {
      keyspace.db(0).set_string(keyspace.key(std::to_string(i)), "v", Deadline::kSet, kNow + 86'400'000);
    }
    keyspace.set_now_ms(1);
    timespec begin;
    timespec end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    keyspace.expire_due(100);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    best = std::min(best, (end.tv_sec - begin.tv_sec) * 1'000'000'000 + end.tv_nsec - begin.tv_nsec);
    keyspace.set_now_ms(kNow + 86'400'000);
    while (keyspace.expire_due(1000)) {
    }
    EXPECT_EQ(keyspace.db(0).size(), 0u);
  }
  return best;
}

TEST_F(KeyspaceTest, AClockSetBackMovesSlotsAndNotDeadlines) {
  const int64_t few = ns_to_set_the_clock_back(1000);
  const int64_t many = ns_to_set_the_clock_back(300'000);
  EXPECT_LT(many, 5 * few + 5'000) << few;
}

TEST_F(KeyspaceTest, DeadlinesThatComeAndGoDoNotGrowTheWheel) {
  for (int i = 0; i < 2'000'000; ++i) {
    db().set_string(key("k"), "v", Deadline::kSet, kNow + 86'400'000);
    db().erase(key("k"));
  }
  while (keyspace_.free_some(1000)) {
  }
  EXPECT_LT(keyspace_.memory().expiry, 400'000u);
  for (int i = 0; i < 1'000'000; ++i) {
    db().set_string(key("k"), "v", Deadline::kSet, kNow + 86'400'000 - i);  // ever earlier
  }
  while (keyspace_.free_some(1000)) {
  }
  EXPECT_LT(keyspace_.memory().expiry, 400'000u);
  keyspace_.set_now_ms(kNow + 86'400'000);
  while (keyspace_.expire_due(1000)) {
  }
  EXPECT_EQ(db().size(), 0u);
}

TEST_F(KeyspaceTest, ARebuildOfTheWheelLosesNoDeadline) {
  constexpr int kKeys = 20'000;
  for (int i = 0; i < kKeys; ++i) {
    db().set_string(key("live:" + std::to_string(i)), "v", Deadline::kSet, kNow + 1000 + i);
  }
  for (int i = 0; i < 200'000; ++i) {
    db().set_string(key("churn"), "v", Deadline::kSet, kNow + 500'000'000 - i);
  }
  db().erase(key("churn"));
  for (int i = 0; i < kKeys; i += 97) {
    keyspace_.set_now_ms(kNow + 1000 + i);
    while (keyspace_.expire_due(64)) {
    }
    ASSERT_EQ(db().size(), static_cast<size_t>(kKeys - i - 1));
  }
}

TEST_F(KeyspaceTest, AFlushIsImmediateAndFreesInSlices) {
  for (int i = 0; i < 50'000; ++i)
    db().set_string(key("k" + std::to_string(i)), "value", Deadline::kSet, kNow + 9999);
  const size_t before = keyspace_.memory().entries;
  EXPECT_EQ(db().flush(), 50'000u);
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.memory().entries, 0u);
  EXPECT_EQ(keyspace_.memory().to_be_freed, before);
  EXPECT_EQ(keyspace_.next_expiry_ms(), kNever);
  int slices = 0;
  while (keyspace_.free_some(500)) ++slices;
  EXPECT_GE(slices, 90);
  EXPECT_EQ(keyspace_.memory().to_be_freed, 0u);
}

TEST_F(KeyspaceTest, MemoryOfEmptiedSlabsGoesBack) {
  for (int i = 0; i < 400'000; ++i) db().set_string(key("k" + std::to_string(i)), std::string(100, 'v'));
  const size_t full = keyspace_.memory().entries + keyspace_.memory().slab_free;
  db().flush();
  while (keyspace_.free_some(1000)) {
  }
  EXPECT_GT(full, 40u << 20);
  EXPECT_LT(keyspace_.memory().slab_free, full / 3);
}

TEST_F(KeyspaceTest, ALargeValueIsFreedLater) {
  Blob blob;
  blob.resize_zeroed(64 * 1024 * 1024);
  blob.shrink_to_fit();
  const size_t size = blob.capacity();
  db().set_string(key("k"), StringSource(&blob));
  EXPECT_EQ(keyspace_.memory().blobs, size);
  EXPECT_TRUE(db().erase(key("k")));
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  EXPECT_EQ(keyspace_.memory().to_be_freed, size);
  EXPECT_TRUE(keyspace_.free_some(1));
  EXPECT_LT(keyspace_.memory().to_be_freed, size);
  EXPECT_GT(keyspace_.memory().to_be_freed, size / 2);
  while (keyspace_.free_some(1000)) {
  }
  EXPECT_EQ(keyspace_.memory().to_be_freed, 0u);
}

TEST_F(KeyspaceTest, ALargeValueThatIsOverwrittenIsFreedLater) {
  Blob blob;
  blob.resize_zeroed(64 * 1024 * 1024);
  blob.shrink_to_fit();
  const size_t size = blob.capacity();
  db().set_string(key("k"), StringSource(&blob));
  db().set_string(key("k"), std::string(2000, 'x'));
  EXPECT_EQ(keyspace_.memory().to_be_freed, size);
  EXPECT_LT(keyspace_.memory().blobs, 4096u);
  EXPECT_EQ(get("k"), std::string(2000, 'x'));
}

TEST_F(KeyspaceTest, AFlushedDatabaseIsCountedOnce) {
  for (int i = 0; i < 100; ++i) db().set_string(key("k" + std::to_string(i)), std::string(100'000, 'v'));
  const size_t before = keyspace_.memory().total();
  const size_t blobs = keyspace_.memory().blobs;
  db().flush();
  keyspace_.db(1).set_string(key("k"), std::string(100'000, 'v'));
  EXPECT_EQ(keyspace_.memory().blobs, blobs / 100);
  EXPECT_GT(keyspace_.memory().entries, 0u);
  EXPECT_GE(keyspace_.memory().to_be_freed, blobs);
  EXPECT_LE(keyspace_.memory().total(), before + before / 20);
}

TEST_F(KeyspaceTest, TheWheelShrinksWhenDeadlinesGo) {
  constexpr int kKeys = 100'000;
  for (int i = 0; i < kKeys; ++i) {
    db().set_string(key("k" + std::to_string(i)), "v", Deadline::kSet, kNow + 86'400'000 + i);
  }
  const size_t full = keyspace_.memory().expiry;
  for (int i = 0; i < kKeys; ++i) EXPECT_TRUE(db().erase(key("k" + std::to_string(i))));
  while (keyspace_.free_some(1000)) {
  }
  EXPECT_LT(keyspace_.memory().expiry, full / 10);
}

TEST_F(KeyspaceTest, ASliceOfExpiryIsForAllDatabasesTogether) {
  for (uint32_t d = 0; d < 4; ++d) {
    for (int i = 0; i < 100; ++i) {
      keyspace_.db(d).set_string(key("k" + std::to_string(i)), "v", Deadline::kSet, kNow + 10);
    }
  }
  keyspace_.set_now_ms(kNow + 10);
  EXPECT_TRUE(keyspace_.expire_due(10));
  size_t left = 0;
  for (uint32_t d = 0; d < 4; ++d) left += keyspace_.db(d).size();
  EXPECT_GE(left, size_t{390});
  while (keyspace_.expire_due(10)) {
  }
  for (uint32_t d = 0; d < 4; ++d) EXPECT_EQ(keyspace_.db(d).size(), 0u);
}

TEST_F(KeyspaceTest, EventsAreRecordedOnlyWhenWanted) {
  db().set_string(key("k"), "v");
  EXPECT_TRUE(keyspace_.events().empty());
  keyspace_.events().add_interest();
  db().set_string(key("k"), "v");
  EXPECT_TRUE(db().erase(key("k")));
  EXPECT_FALSE(db().erase(key("k")));
  EXPECT_FALSE(db().clear_deadline(key("k")));
  db().set_string(key("a"), "v");
  EXPECT_TRUE(db().move_key(key("a"), keyspace_.db(1), key("b"), "move_from", "move_to"));
  EXPECT_EQ(event_names(),
            (std::vector<std::string>{"set", "del", "new", "set", "new", "move_from", "move_to"}));
}

TEST_F(KeyspaceTest, EventsAreShownOnceAndTakenAllTheSame) {
  KeyEvents& events = keyspace_.events();
  events.add_interest();
  using Lines = std::vector<std::string>;
  Lines shown;
  const auto look = [&] {
    events.look_at_new([&](const KeyEvent& event) {
      shown.push_back(std::string(event.name) + " " + std::string(event.key));
    });
    return std::exchange(shown, {});
  };
  db().set_string(key("first"), "1");
  EXPECT_EQ(look(), (Lines{"new first", "set first"}));
  EXPECT_EQ(look(), Lines{});
  db().set_string(key("second"), "1");
  db().set_string(key(""), "1");
  EXPECT_EQ(look(), (Lines{"new second", "set second", "new ", "set "}));
  EXPECT_EQ(events.take().size(), 6u);
  db().set_string(key("first"), "2");
  EXPECT_EQ(look(), (Lines{"set first"}));
  events.drop_interest();
}

TEST_F(KeyspaceTest, ScanReturnsWhatIsThereThroughout) {
  std::set<std::string> stable;
  for (int i = 0; i < 3000; ++i) {
    stable.insert("stable:" + std::to_string(i));
    db().set_string(key("stable:" + std::to_string(i)), "v");
  }
  for (int round = 0; round < 20; ++round) {
    std::set<std::string> seen;
    uint64_t cursor = 0;
    int added = 0;
    do {
      cursor = db().scan(
          cursor, 10,
          [](void* set, std::string_view name, Type) {
            static_cast<std::set<std::string>*>(set)->emplace(name);
          },
          &seen);
      // Between steps the table grows in even rounds and shrinks in odd ones.
      for (int i = 0; i < 4; ++i, ++added) {
        const std::string name = "passing:" + std::to_string(added);
        round % 2 == 0 ? db().set_string(key(name), "v") : static_cast<void>(db().erase(key(name)));
      }
    } while (cursor != 0);
    for (const std::string& name : stable) ASSERT_TRUE(seen.count(name)) << name;
  }
}

TEST_F(KeyspaceTest, LfuCountsLogarithmicallyAndDecays) {
  keyspace_.set_access_policy(AccessPolicy::kLfu);
  db().set_string(key("k"), "v");
  EXPECT_EQ(db().facts(key("k"), Access::kPeek)->access_frequency, 5);
  for (int i = 0; i < 10'000; ++i) get("k");
  const int used = db().facts(key("k"), Access::kPeek)->access_frequency;
  EXPECT_GT(used, 20);
  EXPECT_LT(used, 100);
  keyspace_.set_now_ms(kNow + 10 * 60'000);
  EXPECT_EQ(db().facts(key("k"), Access::kPeek)->access_frequency, used - 10);
}

TEST_F(KeyspaceTest, IdleTimeIsCountedFromTheLastTouch) {
  db().set_string(key("k"), "v");
  keyspace_.set_now_ms(kNow + 5000);
  EXPECT_EQ(db().facts(key("k"), Access::kPeek)->idle_seconds, 5);
  get("k");
  EXPECT_EQ(db().facts(key("k"), Access::kPeek)->idle_seconds, 0);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The index of watched keys: who is told of what,
// and that nothing is left behind.
#include "aerie/engine/watch_index.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace aerie {
namespace {

std::set<uint64_t> watchers(const WatchIndex& index, uint32_t db, std::string_view key) {
  std::set<uint64_t> ids;
  index.for_each_watcher(db, key, [&ids](uint64_t id) { ids.insert(id); });
  return ids;
}

TEST(WatchIndex, KnowsTheWatchersOfAKeyByDatabase) {
  WatchIndex index(2);
  index.add(0, "a", 1, true);
  index.add(0, "a", 2, false);
  index.add(1, "a", 3, true);
  EXPECT_EQ(watchers(index, 0, "a"), (std::set<uint64_t>{1, 2}));
  EXPECT_EQ(watchers(index, 1, "a"), (std::set<uint64_t>{3}));
  EXPECT_EQ(watchers(index, 0, "b"), (std::set<uint64_t>{}));
  index.remove(0, "a", 1);
  EXPECT_EQ(watchers(index, 0, "a"), (std::set<uint64_t>{2}));
  EXPECT_EQ(index.size(), 2u);
  index.remove(0, "a", 2);
  index.remove(1, "a", 3);
  EXPECT_TRUE(index.empty());
}

TEST(WatchIndex, RemembersWhetherTheKeyExisted) {
  WatchIndex index(1);
  index.add(0, "there", 1, true);
  index.add(0, "absent", 1, false);
  int seen = 0;
  index.for_each_watch(0, [&seen](std::string_view key, uint64_t id, bool existed) {
    ++seen;
    EXPECT_EQ(id, 1u);
    EXPECT_EQ(existed, key == "there");
  });
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace aerie

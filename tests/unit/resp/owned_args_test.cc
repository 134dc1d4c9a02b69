// SPDX-License-Identifier: BSD-3-Clause
//
// OwnedArgs: independent of its source, stable across moves, one allocation beside large arguments. What lies
// in the queue of a transaction or with a parked command must outlive the read buffer, so the source is
// overwritten before the copy is looked at.
#include "aerie/resp/owned_args.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aerie {
namespace {

TEST(OwnedArgs, EmptyOwnsNothing) {
  const OwnedArgs none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.args().empty());
  EXPECT_EQ(none.memory_bytes(), 0u);
  EXPECT_TRUE(OwnedArgs::copy_of({}).empty());
}

TEST(OwnedArgs, CopiesAndSurvivesItsSource) {
  std::vector<std::string> source{"SET", "", std::string("k\0y", 3), std::string(10000, 'v')};
  const std::vector<std::string> expected = source;
  const std::vector<std::string_view> views(source.begin(), source.end());
  const OwnedArgs owned = OwnedArgs::copy_of(views);
  for (std::string& text : source) text.assign(text.size(), '!');
  ASSERT_EQ(owned.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(owned.args()[i], expected[i]);
  EXPECT_GE(owned.memory_bytes(), 4 * sizeof(std::string_view) + 3 + 3 + 10000);
}

TEST(OwnedArgs, LargeArgumentsBringTheirMemory) {
  const std::string text(100'000, 'v');
  std::vector<LargeArg> large;
  large.push_back({1, Blob::copy_of(text)});
  large.push_back({3, Blob::copy_of(text)});
  const char* const first = large[0].memory.data();
  const std::vector<std::string_view> views{"MSET", large[0].memory.view(), "small", large[1].memory.view()};
  OwnedArgs owned = OwnedArgs::take(views, large);
  EXPECT_TRUE(large[0].memory.empty());
  ASSERT_EQ(owned.args().size(), 4u);
  EXPECT_EQ(owned.args()[1].data(), first);
  EXPECT_EQ(owned.args()[2], "small");
  EXPECT_EQ(owned.args()[3], text);
  ASSERT_EQ(owned.large().size(), 2u);
  EXPECT_EQ(owned.large()[1].index, 3u);
  EXPECT_GE(owned.memory_bytes(), 200'000u);
  EXPECT_LT(owned.memory_bytes(), 250'000u);
  const OwnedArgs moved = std::move(owned);
  EXPECT_EQ(moved.args()[1], text);
}

TEST(OwnedArgs, GivesItsMemoryAwayPieceByPiece) {
  std::vector<LargeArg> large;
  large.push_back({1, Blob::copy_of(std::string(3 << 20, 'v'))});
  large.push_back({2, Blob::copy_of(std::string(100'000, 'w'))});
  const std::vector<std::string_view> views{"MSET", large[0].memory.view(), large[1].memory.view()};
  OwnedArgs owned = OwnedArgs::take(views, large);
  // A command has kept this one.
  const Blob kept = std::move(owned.large()[1].memory);
  EXPECT_GE(owned.take_memory().capacity(), size_t{3} << 20);
  EXPECT_TRUE(owned.has_memory());
  EXPECT_NE(owned.take_memory().capacity(), 0u);
  EXPECT_FALSE(owned.has_memory());
  EXPECT_TRUE(owned.args().empty());
}

TEST(OwnedArgs, ViewsStayValidAcrossMoves) {
  const std::vector<std::string_view> views{"a", "bc"};
  OwnedArgs first = OwnedArgs::copy_of(views);
  const std::span<const std::string_view> args = first.args();
  OwnedArgs second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT: a moved-from object is empty by contract
  EXPECT_EQ(args[1], "bc");
  EXPECT_EQ(second.args().data(), args.data());
  OwnedArgs third;
  third = std::move(second);
  EXPECT_EQ(third.args()[0], "a");
}

}  // namespace
}  // namespace aerie

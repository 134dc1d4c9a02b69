// SPDX-License-Identifier: BSD-3-Clause
//
// OwnedArgs: independent of its source, stable across moves, one exact allocation. What lies in the queue of
// a transaction or with a parked command must outlive the read buffer, so the source is overwritten before
// the copy is looked at.
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

TEST(OwnedArgs, GivesItsMemoryAway) {
  const std::string large(3 << 20, 'v');
  const std::vector<std::string_view> views{"SET", "k", large};
  OwnedArgs owned = OwnedArgs::copy_of(views);
  const size_t bytes = owned.memory_bytes();
  const Blob memory = owned.take_memory();
  EXPECT_EQ(memory.capacity(), bytes);
  EXPECT_TRUE(owned.empty());
  EXPECT_TRUE(owned.args().empty());
  EXPECT_EQ(owned.memory_bytes(), 0u);
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

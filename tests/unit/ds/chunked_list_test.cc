// SPDX-License-Identifier: BSD-3-Clause
//
// The long list, case by case: its ends, limits of chunks, large elements, what is cut off and freed in
// slices, memory. Random operations against a model are in chunked_list_model_test.cc.
#include "aerie/ds/chunked_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "aerie/base/random.h"

namespace aerie::test {
namespace {

constexpr ListFill kDefault = ListFill::from_option(-2);
constexpr ListFill kPairs = ListFill::from_option(2);

std::string text_of(ListpackElement element) {
  char scratch[kMaxInt64Chars];
  return std::string(element.text(scratch));
}

std::vector<std::string> content(const ChunkedList& list) {
  std::vector<std::string> texts;
  for (ListCursor cursor = list.seek(0); cursor.valid(); cursor.next())
    texts.push_back(text_of(cursor.element()));
  return texts;
}

std::string pop(ChunkedList* list, ListEnd end) {
  std::string text;
  list->pop(end, [&](ListpackElement element) { text = text_of(element); });
  return text;
}

// Every block has to be given back by the end of a test.
class ChunkedListTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(memory_.bytes_in_use(), 0u); }

  uint64_t erase(ChunkedList* list, const ListpackItem& item, ListEnd from, uint64_t limit,
                 const ListFill& fill) {
    ChunkedList gone(memory_);
    return list->erase_matching(item, from, limit, fill, &gone);
  }
  ChunkedList list_of(uint64_t count, size_t element_bytes, const ListFill& fill) {
    ChunkedList list(memory_);
    const std::string text(element_bytes, 'x');
    for (uint64_t i = 0; i < count; ++i) list.push(ListEnd::kBack, text, fill);
    return list;
  }

  SlabAllocator memory_;
};

class ChunkedListMemoryTest : public ChunkedListTest {};

TEST(ListFillTest, MeansWhatTheOptionMeans) {
  constexpr uint32_t kHead = sizeof(ListChunk);
  EXPECT_EQ(ListFill::from_option(-1).run_bytes, 4096 - kHead);
  EXPECT_EQ(ListFill::from_option(-2).run_bytes, 8192 - kHead);
  EXPECT_EQ(ListFill::from_option(-3).run_bytes, 16384 - kHead);
  EXPECT_EQ(ListFill::from_option(-4).run_bytes, 32768 - kHead);
  EXPECT_EQ(ListFill::from_option(-5).run_bytes, 65536 - kHead);
  EXPECT_EQ(ListFill::from_option(-6).run_bytes, 65536 - kHead);
  EXPECT_EQ(ListFill::from_option(std::numeric_limits<int64_t>::min()).run_bytes, 65536 - kHead);
  EXPECT_EQ(ListFill::from_option(-2).count, 4294967295u);
  EXPECT_EQ(ListFill::from_option(0).count, 1u);
  EXPECT_EQ(ListFill::from_option(128).count, 128u);
  EXPECT_EQ(ListFill::from_option(128).run_bytes, 8192 - kHead);
  EXPECT_EQ(ListFill::from_option(std::numeric_limits<int64_t>::max()).count, 4294967295u);
}

TEST_F(ChunkedListTest, QueuesAndStacksAtBothEnds) {
  for (const ListEnd push_end : {ListEnd::kFront, ListEnd::kBack}) {
    for (const ListEnd pop_end : {ListEnd::kFront, ListEnd::kBack}) {
      ChunkedList list(memory_);
      for (int i = 0; i < 5000; ++i) list.push(push_end, "item " + std::to_string(i), kDefault);
      ASSERT_TRUE(list.consistent());
      ASSERT_EQ(list.size(), 5000u);
      for (int i = 0; i < 5000; ++i) {
        const int expected = push_end == pop_end ? 4999 - i : i;
        ASSERT_EQ(text_of(list.peek(pop_end)), "item " + std::to_string(expected));
        ASSERT_EQ(pop(&list, pop_end), "item " + std::to_string(expected));
      }
      EXPECT_TRUE(list.empty());
      EXPECT_EQ(list.allocated_bytes(), 0u);
      EXPECT_EQ(list.chunk_count(), 0u);
    }
  }
}

TEST_F(ChunkedListTest, ElementsKeepTheirText) {
  const std::vector<std::string> texts = {"",
                                          "0",
                                          "-1",
                                          "007",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          std::string("\0\xff", 2),
                                          std::string(100, 'm'),
                                          std::string(5000, 'n'),
                                          std::string(20'000, 'p')};
  ChunkedList list(memory_);
  for (const std::string& text : texts) list.push(ListEnd::kBack, text, kDefault);
  EXPECT_EQ(content(list), texts);
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(text_of(list.seek(i).element()), texts[i]);
  EXPECT_FALSE(list.seek(texts.size()).valid());
  EXPECT_FALSE(list.seek(~uint64_t{0}).valid());
  EXPECT_TRUE(list.seek(1).element().is_integer());
  EXPECT_FALSE(list.seek(3).element().is_integer());
}

TEST_F(ChunkedListTest, ChunksKeepToTheLimits) {
  EXPECT_EQ(list_of(1000, 16, kPairs).chunk_count(), 500u);
  EXPECT_EQ(list_of(1000, 16, ListFill::from_option(0)).chunk_count(), 1000u);
  EXPECT_EQ(list_of(453, 16, kDefault).chunk_count(), 1u);
  EXPECT_EQ(list_of(454, 16, kDefault).chunk_count(), 2u);
  EXPECT_EQ(list_of(4, 4000, ListFill::from_option(128)).chunk_count(), 2u) << "8 KiB, whatever the count";
}

TEST_F(ChunkedListTest, ChunksOfARunKeepToTheLimits) {
  ChunkedList list = list_of(1000, 16, kDefault);
  std::string run(list.run_bytes().value(), '\0');
  list.copy_run(run.data());
  const ListpackView view(run.data(), static_cast<uint32_t>(run.size()), 1000);
  EXPECT_EQ(ChunkedList::from_run(memory_, view, kDefault).chunk_count(), 3u);
  EXPECT_EQ(ChunkedList::from_run(memory_, view, kPairs).chunk_count(), 500u);
  EXPECT_EQ(ChunkedList::from_run(memory_, view, {17, 1000}).chunk_count(), 1000u)
      << "all are too large for a chunk";
  EXPECT_TRUE(ChunkedList::from_run(memory_, {}, kDefault).empty());
}

TEST_F(ChunkedListTest, JoiningKeepsToTheLimits) {
  ChunkedList list = list_of(64, 3, kPairs);
  Random random(3);
  while (list.size() > 2) {
    list.erase(list.seek(random.below(list.size())), kPairs);
    ASSERT_GE(list.chunk_count() * 2, list.size());
    ASSERT_TRUE(list.consistent());
  }
}

TEST_F(ChunkedListTest, LargeElementsStandAlone) {
  ChunkedList list = list_of(3, 10, kDefault);
  // The body of 8157 bytes and its length of two just fit 8160.
  list.push(ListEnd::kBack, std::string(8153, 'f'), kDefault);
  EXPECT_EQ(list.chunk_count(), 2u);
  EXPECT_LE(list.allocated_bytes(), 512 + 8192 + 64u);
  list.push(ListEnd::kBack, std::string(8154, 'g'), kDefault);
  list.push(ListEnd::kFront, std::string(100'000, 'h'), kDefault);
  list.push(ListEnd::kFront, "small", kDefault);
  EXPECT_EQ(list.chunk_count(), 5u);
  EXPECT_TRUE(list.consistent());
  EXPECT_EQ(list.peek(ListEnd::kBack).length(), 8154u);
  EXPECT_EQ(pop(&list, ListEnd::kBack), std::string(8154, 'g'));
  EXPECT_EQ(pop(&list, ListEnd::kFront), "small");
  EXPECT_EQ(pop(&list, ListEnd::kFront), std::string(100'000, 'h'));
  EXPECT_EQ(list.size(), 4u);
  EXPECT_TRUE(list.consistent());
}

TEST_F(ChunkedListTest, VisitingGivesWhatStepsGive) {
  ChunkedList list(memory_);
  for (int i = 0; i < 3000; ++i) {
    const size_t size = i % 500 == 499 ? 9000 : static_cast<size_t>(i % 40);  // some stand alone
    list.push(ListEnd::kBack, i % 3 == 0 ? std::to_string(i) : std::string(size, 'v'), kDefault);
  }
  const std::vector<std::string> all = content(list);
  for (const uint64_t from : {0, 1, 498, 499, 500, 1700, 2999}) {
    for (const uint64_t count : {1, 2, 499, 501, 2999, 5000}) {
      std::vector<std::string> visited;
      auto note = [&visited](ListpackElement element) { visited.push_back(text_of(element)); };
      ListCursor cursor = list.seek(from);
      const uint64_t there = std::min<uint64_t>(count, all.size() - from);
      EXPECT_EQ(cursor.visit(count, note), count - there);
      ASSERT_EQ(visited.size(), there);
      EXPECT_TRUE(std::equal(visited.begin(), visited.end(), all.begin() + static_cast<ptrdiff_t>(from)));
      ASSERT_EQ(cursor.valid(), from + there < all.size());
      if (cursor.valid()) {
        EXPECT_EQ(text_of(cursor.element()), all[from + there]);
      }
    }
  }
}

TEST_F(ChunkedListTest, ABlobIsTakenOverWhenItIsLarge) {
  ChunkedList list(memory_);
  Blob large = Blob::copy_of(std::string(50'000, 'b'));
  const char* bytes = large.data();
  list.push(ListEnd::kBack, &large, kDefault);
  EXPECT_EQ(list.peek(ListEnd::kBack).string().data(), bytes) << "no copy";
  EXPECT_TRUE(large.empty());
  Blob small = Blob::copy_of("small");
  list.push(ListEnd::kFront, &small, kDefault);
  EXPECT_EQ(text_of(list.peek(ListEnd::kFront)), "small");
  EXPECT_TRUE(list.consistent());
}

TEST_F(ChunkedListTest, MovesAsAnObject) {
  ChunkedList list = list_of(2000, 16, kDefault);
  ChunkedList moved = std::move(list);
  EXPECT_TRUE(list.empty());  // NOLINT: what was moved from is an empty list
  EXPECT_EQ(moved.size(), 2000u);
  // Moving the bytes is enough.
  alignas(ChunkedList) char place[sizeof(ChunkedList)];
  std::memcpy(place, static_cast<void*>(&moved), sizeof place);
  new (&moved) ChunkedList(memory_);
  auto* there = reinterpret_cast<ChunkedList*>(place);
  EXPECT_TRUE(there->consistent());
  there->push(ListEnd::kFront, "x", kDefault);
  EXPECT_EQ(there->size(), 2001u);
  there->~ChunkedList();
}

TEST_F(ChunkedListTest, CutsWholeChunksOff) {
  ChunkedList list(memory_);
  for (int i = 0; i < 10'000; ++i) list.push(ListEnd::kBack, std::to_string(i), kDefault);
  const size_t before = list.allocated_bytes();
  ChunkedList front = list.cut(ListEnd::kFront, 4000, kDefault);
  ChunkedList back = list.cut(ListEnd::kBack, 3000, kDefault);
  EXPECT_EQ(list.size(), 3000u);
  EXPECT_EQ(text_of(list.peek(ListEnd::kFront)), "4000");
  EXPECT_EQ(text_of(list.peek(ListEnd::kBack)), "6999");
  EXPECT_TRUE(list.consistent() && front.consistent() && back.consistent());
  EXPECT_GT(front.size(), 0u);
  EXPECT_GT(back.size(), 0u);
  EXPECT_LE(front.allocated_bytes() + back.allocated_bytes() + list.allocated_bytes(), before);
  front.append(std::move(back));
  EXPECT_TRUE(front.consistent());
  EXPECT_TRUE(back.empty());  // NOLINT: what was moved from is an empty list
  EXPECT_TRUE(list.cut(ListEnd::kFront, 0, kDefault).empty());
  EXPECT_EQ(list.cut(ListEnd::kFront, 3000, kDefault).size(), 3000u) << "all chunks went as a whole";
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.allocated_bytes(), 0u);
}

TEST_F(ChunkedListTest, IsFreedInSlices) {
  ChunkedList list = list_of(200'000, 16, kDefault);
  const size_t chunks = list.chunk_count();
  size_t slices = 0;
  size_t held = list.chunk_count();
  while (list.release_some(10)) {
    ASSERT_EQ(list.chunk_count(), held - 10);
    ASSERT_TRUE(list.size() > 0 && list.allocated_bytes() > 0);
    held -= 10;
    ++slices;
  }
  EXPECT_EQ(slices, (chunks - 1) / 10);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.allocated_bytes(), 0u);
  EXPECT_FALSE(list.release_some(1));
}

TEST_F(ChunkedListTest, AVeryLargeElementIsFreedInSlices) {
  ChunkedList list(memory_);
  list.push(ListEnd::kBack, std::string(10'000'000, 'x'), kDefault);
  size_t slices = 0;
  for (size_t held = list.allocated_bytes(); list.release_some(1); held = list.allocated_bytes(), ++slices) {
    ASSERT_TRUE(list.consistent());
    ASSERT_LE(held - list.allocated_bytes(), 300'000u);
    ASSERT_GT(held, list.allocated_bytes());
  }
  EXPECT_GE(slices, 30u);
  EXPECT_EQ(list.allocated_bytes(), 0u);
}

TEST_F(ChunkedListTest, LargeBytesAreTakenOutWithoutACopy) {
  ChunkedList list = list_of(3, 10, kDefault);
  list.push(ListEnd::kFront, std::string(50'000, 'L'), kDefault);
  const char* bytes = list.peek(ListEnd::kFront).string().data();
  const Blob taken = list.take_large(list.seek(0));
  EXPECT_EQ(taken.view(), std::string(50'000, 'L'));
  EXPECT_EQ(taken.data(), bytes);
  EXPECT_TRUE(list.consistent());
  EXPECT_LE(list.allocated_bytes(), 1000u);
  list.drop(ListEnd::kFront);
  EXPECT_TRUE(list.take_large(list.seek(1)).empty());
  EXPECT_EQ(content(list), std::vector<std::string>(3, "xxxxxxxxxx"));
}

TEST_F(ChunkedListTest, WhatWasErasedAsAWholeIsFreedInSlices) {
  ChunkedList list = list_of(1000, 16, kDefault);
  list.push(ListEnd::kBack, std::string(10'000'000, 'x'), kDefault);
  ChunkedList gone(memory_);
  EXPECT_EQ(list.erase_matching(ListpackItem(std::string(16, 'x')), ListEnd::kFront, 900, kDefault, &gone),
            900u);
  EXPECT_EQ(gone.chunk_count(), 1u);
  EXPECT_EQ(
      list.erase_matching(ListpackItem(std::string(10'000'000, 'x')), ListEnd::kBack, 1, kDefault, &gone),
      1u);
  EXPECT_EQ(gone.chunk_count(), 2u);
  EXPECT_GE(gone.allocated_bytes(), 10'000'000u);
  EXPECT_EQ(list.size(), 100u);
  size_t slices = 0;
  while (gone.release_some(1)) ++slices;
  EXPECT_GE(slices, 30u);
  EXPECT_EQ(gone.allocated_bytes(), 0u);
  EXPECT_TRUE(list.consistent());
}

TEST_F(ChunkedListTest, ErasesWhatMatchesFromEitherEnd) {
  for (const ListFill& fill : {kDefault, kPairs, ListFill::from_option(3)}) {
    const auto make = [&] {
      ChunkedList list(memory_);
      for (const char* text : {"a", "7", "a", "b", "7", "a", "c", "7", "a"})
        list.push(ListEnd::kBack, text, fill);
      return list;
    };
    using Texts = std::vector<std::string>;
    ChunkedList list = make();
    EXPECT_EQ(erase(&list, ListpackItem("a"), ListEnd::kFront, 2, fill), 2u);
    EXPECT_EQ(content(list), (Texts{"7", "b", "7", "a", "c", "7", "a"}));
    EXPECT_TRUE(list.consistent());
    list = make();
    EXPECT_EQ(erase(&list, ListpackItem("7"), ListEnd::kBack, 2, fill), 2u);
    EXPECT_EQ(content(list), (Texts{"a", "7", "a", "b", "a", "c", "a"}));
    EXPECT_TRUE(list.consistent());
    list = make();
    EXPECT_EQ(erase(&list, ListpackItem("a"), ListEnd::kBack, ~uint64_t{0}, fill), 4u);
    EXPECT_EQ(content(list), (Texts{"7", "b", "7", "c", "7"}));
    EXPECT_EQ(erase(&list, ListpackItem("none"), ListEnd::kFront, ~uint64_t{0}, fill), 0u);
    EXPECT_EQ(erase(&list, ListpackItem("7"), ListEnd::kFront, 0, fill), 0u);
    EXPECT_EQ(erase(&list, ListpackItem("7"), ListEnd::kFront, 9, fill), 3u);
    EXPECT_EQ(content(list), (Texts{"b", "c"}));
  }
}

// --- Memory ---

TEST_F(ChunkedListMemoryTest, ALongListOfShortItems) {
  for (const ListEnd end : {ListEnd::kFront, ListEnd::kBack}) {
    ChunkedList list(memory_);
    const std::string text(16, 'x');
    size_t peak = 0;
    for (int i = 0; i < 500'000; ++i) {
      list.push(end, text, kDefault);
      peak = std::max(peak, list.allocated_bytes());
    }
    EXPECT_LE(static_cast<double>(list.allocated_bytes()) / 500'000, 18.3);
    EXPECT_EQ(peak, list.allocated_bytes());
  }
}

TEST_F(ChunkedListMemoryTest, ChunksLimitedByCountAreTight) {
  EXPECT_LE(list_of(100'000, 16, ListFill::from_option(100)).allocated_bytes(), 100'000u * 21);
  EXPECT_LE(list_of(10'000, 3000, kDefault).allocated_bytes(), 10'000u * 3700);
}

TEST_F(ChunkedListMemoryTest, AShortListIsSmall) {
  // malloc may give some bytes more than it was asked for.
  EXPECT_LE(list_of(1, 16, kDefault).allocated_bytes(), 512u + 64);
  EXPECT_LE(list_of(50, 16, kDefault).allocated_bytes(), 1024u + 64);
  // A queue that stays short stays small, however much goes through it.
  for (const ListEnd end : {ListEnd::kFront, ListEnd::kBack}) {
    ChunkedList list = list_of(8, 16, kDefault);
    for (int i = 0; i < 10'000; ++i) {
      list.push(end, "0123456789abcdef", kDefault);
      list.drop(end == ListEnd::kFront ? ListEnd::kBack : ListEnd::kFront);
      ASSERT_LE(list.allocated_bytes(), 512u + 64);
    }
  }
}

TEST_F(ChunkedListMemoryTest, WhatErasingLeavesIsJoined) {
  Random random(7);
  ChunkedList list(memory_);
  for (int i = 0; i < 100'000; ++i) list.push(ListEnd::kBack, std::to_string(random.below(10)), kDefault);
  for (int digit = 0; digit < 9; ++digit)
    erase(&list, ListpackItem(std::to_string(digit)), ListEnd::kFront, ~uint64_t{0}, kDefault);
  EXPECT_TRUE(list.consistent());
  EXPECT_LE(list.allocated_bytes(), list.size() * 2 * 2 + 20'000);
  // One by one, at random places.
  list = list_of(20'000, 16, kDefault);
  while (list.size() > 1000) list.erase(list.seek(random.below(list.size())), kDefault);
  EXPECT_TRUE(list.consistent());
  EXPECT_LE(list.allocated_bytes(), 1000 * 18 * 2 + 9000u);
}

// Small chunks are joined also when one of the two was walked over without a match.
TEST_F(ChunkedListMemoryTest, NoSmallNeighboursAreLeft) {
  constexpr ListFill kSmall = {64, 1000};
  constexpr ListFill kNewChunk = {64, 1};
  ChunkedList list(memory_);
  const auto add = [&](const char* text, int count, bool new_chunk) {
    for (int i = 0; i < count; ++i) list.push(ListEnd::kBack, text, i == 0 && new_chunk ? kNewChunk : kSmall);
  };
  add("k", 1, true);
  add("x", 20, false);  // full, small when the x are gone
  add("k", 1, true);    // small
  add("k", 21, true);   // full
  add("x", 1, true);
  add("k", 3, false);
  ASSERT_EQ(list.chunk_count(), 4u);
  EXPECT_EQ(erase(&list, ListpackItem("x"), ListEnd::kFront, 100, kSmall), 21u);
  EXPECT_EQ(list.chunk_count(), 3u);
  EXPECT_TRUE(list.consistent());
}

TEST_F(ChunkedListMemoryTest, AChunkThatCannotBeJoinedGetsASmallerBlock) {
  const std::string large(20'000, 'L');
  ChunkedList list(memory_);
  list.push(ListEnd::kBack, large, kDefault);
  for (int i = 0; i < 400; ++i) list.push(ListEnd::kBack, "0123456789abcdef", kDefault);
  list.push(ListEnd::kBack, large, kDefault);
  const size_t full = list.allocated_bytes();
  ASSERT_EQ(list.chunk_count(), 3u);
  for (int i = 0; i < 390; ++i) list.erase(list.seek(1 + i % 9), kDefault);
  EXPECT_LE(list.allocated_bytes() + 7000, full);
  EXPECT_TRUE(list.consistent());
}

TEST_F(ChunkedListMemoryTest, ReplacingByShorterGivesMemoryBack) {
  ChunkedList list = list_of(2000, 1000, kDefault);
  for (uint64_t i = 0; i < list.size(); ++i) list.replace(list.seek(i), "1", kDefault);
  EXPECT_TRUE(list.consistent());
  EXPECT_LE(list.allocated_bytes(), 2000u * 2 * 2 + 9000);
}

TEST_F(ChunkedListMemoryTest, InsertingInTheMiddleKeepsChunksFilled) {
  Random random(9);
  const std::string text(16, 'i');
  ChunkedList list = list_of(1000, 16, kDefault);
  for (int i = 0; i < 20'000; ++i) list.insert_before(list.seek(random.below(list.size())), text, kDefault);
  EXPECT_TRUE(list.consistent());
  EXPECT_LE(list.allocated_bytes(), 21'000 * 18 * 2u);
  // Always at one place, with large elements that cut the chunks to pieces.
  list = list_of(1000, 16, kDefault);
  for (int i = 0; i < 300; ++i) list.insert_after(list.seek(500), std::string(9000, 'L'), kDefault);
  while (erase(&list, ListpackItem(std::string(9000, 'L')), ListEnd::kBack, 1, kDefault) > 0) {
  }
  EXPECT_TRUE(list.consistent());
  EXPECT_EQ(list.size(), 1000u);
  EXPECT_LE(list.chunk_count(), 4u);
}

TEST_F(ChunkedListMemoryTest, TrimmedLogsStaySmall) {
  ChunkedList list(memory_);
  for (int i = 0; i < 50'000; ++i) {
    list.push(ListEnd::kFront, "0123456789abcdef", kDefault);
    if (list.size() > 100) list.cut(ListEnd::kBack, list.size() - 100, kDefault);
    ASSERT_LE(list.allocated_bytes(), 9000u);
  }
  EXPECT_TRUE(list.consistent());
}

}  // namespace
}  // namespace aerie::test

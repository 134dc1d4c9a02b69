// SPDX-License-Identifier: BSD-3-Clause
//
// The slab allocator: classes, accounting against a model, disjoint blocks, memory that goes back to the
// system, and reuse of sparse slabs.
#include "aerie/ds/slab.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <vector>

#include "aerie/base/random.h"

namespace aerie::test {
namespace {

struct Block {
  unsigned char* memory;
  size_t size;
  unsigned char mark;
};

Block make(SlabAllocator& slab, size_t size, unsigned char mark) {
  Block block{static_cast<unsigned char*>(slab.allocate(size)), size, mark};
  std::memset(block.memory, mark, size);
  return block;
}

bool intact(const Block& block) {
  for (size_t i = 0; i < block.size; ++i) {
    if (block.memory[i] != block.mark) return false;
  }
  return true;
}

TEST(SlabTest, ClassesGoInSmallSteps) {
  EXPECT_EQ(SlabAllocator::block_size(1), 8u);
  EXPECT_EQ(SlabAllocator::block_size(8), 8u);
  EXPECT_EQ(SlabAllocator::block_size(9), 16u);
  EXPECT_EQ(SlabAllocator::block_size(33), 40u);
  EXPECT_EQ(SlabAllocator::block_size(512), 512u);
  EXPECT_EQ(SlabAllocator::block_size(513), 528u);
  EXPECT_EQ(SlabAllocator::block_size(1024), 1024u);
  EXPECT_EQ(SlabAllocator::block_size(1025), 1056u);
  EXPECT_EQ(SlabAllocator::block_size(2048), 2048u);
  for (size_t size = 1; size <= SlabAllocator::kMaxSmall; ++size) {
    const size_t block = SlabAllocator::block_size(size);
    ASSERT_GE(block, size);
    ASSERT_EQ(block % 8, 0u);
    ASSERT_LE(block - size, 7 + size / 32);
    ASSERT_EQ(SlabAllocator::block_size(block), block);
  }
}

TEST(SlabTest, LargerClassesArePartsOfASlab) {
  for (const size_t power : {4096u, 8192u, 16384u, 32768u, 65536u}) {
    EXPECT_TRUE(SlabAllocator::has_class(power));
    EXPECT_EQ(SlabAllocator::block_size(power), power);
  }
  EXPECT_EQ(SlabAllocator::block_size(2049), 2112u);
  EXPECT_EQ(SlabAllocator::block_size(8193), 9360u);
  EXPECT_EQ(SlabAllocator::block_size(40'000), 40'000u) << "a slab for itself would waste a third of it";
  EXPECT_EQ(SlabAllocator::block_size(65'537), 65'537u);
  EXPECT_FALSE(SlabAllocator::has_class(~size_t{0}));
  size_t last = 0;
  for (size_t size = SlabAllocator::kMaxSmall + 1; size <= SlabAllocator::kSlabBytes + 9; ++size) {
    const size_t block = SlabAllocator::block_size(size);
    ASSERT_GE(block, size);
    ASSERT_GE(block, last) << "a smaller size never has a larger block";
    ASSERT_LE(block - size, block / 8);
    ASSERT_EQ(SlabAllocator::block_size(block), block);
    ASSERT_EQ(SlabAllocator::has_class(block), SlabAllocator::has_class(size));
    ASSERT_TRUE(block % 8 == 0 || !SlabAllocator::has_class(size));
    ASSERT_TRUE(SlabAllocator::has_class(size) || size > 8192);
    last = block;
  }
}

TEST(SlabTest, EverySizeIsAlignedWritableAndCounted) {
  SlabAllocator slab;
  std::vector<Block> blocks;
  size_t expected = 0;
  const size_t most = SlabAllocator::kSlabBytes + 100;
  for (size_t size = 1; size <= most; size += size < SlabAllocator::kMaxSmall + 64 ? 1 : 97) {
    blocks.push_back(make(slab, size, static_cast<unsigned char>(size)));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(blocks.back().memory) % 8, 0u);
    expected += SlabAllocator::block_bytes(blocks.back().memory, size);
    ASSERT_EQ(slab.bytes_in_use(), expected);
    ASSERT_GE(slab.bytes_held(), slab.bytes_in_use());
  }
  for (const Block& block : blocks) {
    ASSERT_TRUE(intact(block));
    slab.free(block.memory, block.size);
  }
  EXPECT_EQ(slab.bytes_in_use(), 0u);
}

TEST(SlabTest, RandomOperationsKeepBlocksApart) {
  SlabAllocator slab;
  Random random(3);
  std::vector<Block> live;
  size_t expected = 0;
  for (int step = 0; step < 300'000; ++step) {
    const bool growing = step % 100'000 < 60'000;
    if (live.empty() || random.below(100) < (growing ? 65u : 30u)) {
      const size_t size = 1 + random.below(random.below(20) > 0 ? 120 : step % 7 == 0 ? 70'000 : 5000);
      live.push_back(make(slab, size, static_cast<unsigned char>(random.next())));
      expected += SlabAllocator::block_bytes(live.back().memory, size);
    } else {
      const size_t at = random.below(live.size());
      ASSERT_TRUE(intact(live[at]));
      expected -= SlabAllocator::block_bytes(live[at].memory, live[at].size);
      slab.free(live[at].memory, live[at].size);
      live[at] = live.back();
      live.pop_back();
    }
    ASSERT_EQ(slab.bytes_in_use(), expected);
  }
  for (const Block& block : live) {
    ASSERT_TRUE(intact(block));
    slab.free(block.memory, block.size);
  }
  EXPECT_EQ(slab.bytes_in_use(), 0u);
  while (slab.release_some(1'000'000)) {
  }
  EXPECT_LE(slab.bytes_held(), size_t{1} << 20);
}

TEST(SlabTest, FewBlocksOfManyClassesHoldLittleMemory) {
  SlabAllocator slab;
  for (size_t size = 8; size <= 512; size += 8) slab.allocate(size);
  // A page per class and one of headers per region.
  EXPECT_LE(slab.bytes_held(), (64 + 4) * 4096u);
}

TEST(SlabTest, DenseBlocksCostTheirSize) {
  SlabAllocator slab;
  constexpr size_t kCount = 100'000;
  for (size_t i = 0; i < kCount; ++i) slab.allocate(40);
  EXPECT_EQ(slab.bytes_in_use(), kCount * 40);
  EXPECT_LE(slab.bytes_held(), kCount * 40 * 1005 / 1000 + 70'000);
}

TEST(SlabTest, LargePartsCostTheirSize) {
  for (const size_t size : {4096u, 8192u, 65536u}) {
    SlabAllocator slab;
    const size_t count = (size_t{80} << 20) / size;
    for (size_t i = 0; i < count; ++i) slab.allocate(size);
    EXPECT_EQ(slab.bytes_in_use(), count * size);
    EXPECT_LE(slab.bytes_held(), count * size / 1000 * 1003 + SlabAllocator::kSlabBytes);
  }
}

class SlabReleaseTest : public testing::TestWithParam<size_t> {};

TEST_P(SlabReleaseTest, EmptiedSlabsGoBackInSlices) {
  SlabAllocator slab;
  const size_t size = GetParam();
  std::vector<void*> blocks;
  for (size_t i = 0; i < 32'000'000 / size; ++i) blocks.push_back(slab.allocate(size));
  EXPECT_FALSE(slab.wants_release());
  for (void* block : blocks) slab.free(block, size);
  EXPECT_EQ(slab.bytes_in_use(), 0u);
  EXPECT_TRUE(slab.wants_release());
  size_t held = slab.bytes_held();
  int slices = 0;
  while (slab.release_some(1)) {
    EXPECT_LT(slab.bytes_held(), held);
    EXPECT_GE(slab.bytes_held() + 600'000, held) << "a slice is small";
    held = slab.bytes_held();
    slices++;
  }
  EXPECT_GE(slices, 50);
  EXPECT_LE(slab.bytes_held(), 200'000u);
  EXPECT_FALSE(slab.wants_release());
  EXPECT_FALSE(slab.release_some(1));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SlabReleaseTest, testing::Values(64, 8192, 65'536));

TEST(SlabTest, MuchEmptiedMemoryGoesBackByItself) {
  SlabAllocator slab;
  std::vector<void*> blocks;
  for (int i = 0; i < 200'000; ++i) blocks.push_back(slab.allocate(1000));
  EXPECT_GE(slab.bytes_held(), 200'000'000u);
  for (void* block : blocks) slab.free(block, 1000);
  EXPECT_LE(slab.bytes_held(), 110'000'000u);
}

TEST(SlabTest, ReleasedMemoryCanBeUsedAgain) {
  SlabAllocator slab;
  for (int round = 0; round < 3; ++round) {
    std::vector<Block> blocks;
    for (int i = 0; i < 100'000; ++i)
      blocks.push_back(make(slab, 40 + i % 100, static_cast<unsigned char>(i)));
    for (const Block& block : blocks) {
      ASSERT_TRUE(intact(block));
      slab.free(block.memory, block.size);
    }
    while (slab.release_some(1'000'000)) {
    }
    // A page per class may stay, and the headers of a region.
    EXPECT_LE(slab.bytes_held(), 40 * 4096u);
  }
}

// Blocks are taken from the fullest slabs, so a sparse population moves together as it churns.
TEST(SlabTest, ChurnCompactsASparsePopulation) {
  SlabAllocator slab;
  Random random(5);
  std::vector<void*> blocks;
  for (int i = 0; i < 200'000; ++i) blocks.push_back(slab.allocate(96));
  while (blocks.size() > 40'000) {
    const size_t at = random.below(blocks.size());
    slab.free(blocks[at], 96);
    blocks[at] = blocks.back();
    blocks.pop_back();
  }
  while (slab.release_some(1'000'000)) {
  }
  const size_t sparse = slab.bytes_held();
  for (int i = 0; i < 1'000'000; ++i) {
    const size_t at = random.below(blocks.size());
    slab.free(blocks[at], 96);
    blocks[at] = slab.allocate(96);
  }
  while (slab.release_some(1'000'000)) {
  }
  EXPECT_LE(slab.bytes_held(), sparse / 2);
}

TEST(SlabTest, ReusesFreedBlocksBeforeTouchingNewMemory) {
  SlabAllocator slab;
  std::vector<void*> blocks;
  for (int i = 0; i < 10'000; ++i) blocks.push_back(slab.allocate(48));
  const size_t held = slab.bytes_held();
  for (int round = 0; round < 20; ++round) {
    for (size_t i = 0; i < blocks.size(); i += 3) slab.free(blocks[i], 48);
    for (size_t i = 0; i < blocks.size(); i += 3) blocks[i] = slab.allocate(48);
  }
  // At most the rest of the slab that was being filled.
  EXPECT_LE(slab.bytes_held(), held + 65'536);
}

#if defined(__SANITIZE_ADDRESS__)
TEST(SlabDeathTest, UseAfterFreeIsCaught) {
  SlabAllocator slab;
  auto* block = static_cast<volatile char*>(slab.allocate(40));
  block[0] = 1;
  slab.free(const_cast<char*>(block), 40);
  EXPECT_DEATH(block[16] = 1, "use-after-poison");
  auto* chunk = static_cast<volatile char*>(slab.allocate(8192));
  chunk[8191] = 1;
  slab.free(const_cast<char*>(chunk), 8192);
  EXPECT_DEATH(chunk[8191] = 1, "use-after-poison");
}
#endif

}  // namespace
}  // namespace aerie::test

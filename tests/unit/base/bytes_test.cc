// SPDX-License-Identifier: BSD-3-Clause
//
// Blob, the keyed hash, the random generator and checked arithmetic. The hash and the generator are judged
// by their statistics (every input bit changes many output bits, buckets fill evenly), within bounds that a
// right one misses less than once in a million runs; seeds are fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <limits>
#include <set>
#include <string>

#include "aerie/base/blob.h"
#include "aerie/base/checked.h"
#include "aerie/base/hash.h"
#include "aerie/base/random.h"

namespace aerie {
namespace {

TEST(Blob, KeepsBytesAcrossGrowthAndMoves) {
  Blob blob = Blob::copy_of("hello");
  EXPECT_EQ(blob.view(), "hello");
  EXPECT_GE(blob.capacity(), 5U);
  blob.reserve(1 << 20);
  EXPECT_EQ(blob.view(), "hello");
  EXPECT_GE(blob.capacity(), size_t{1} << 20);
  blob.resize_zeroed(8);
  EXPECT_EQ(blob.view(), std::string_view("hello\0\0\0", 8));
  blob.resize_zeroed(2);
  EXPECT_EQ(blob.view(), "he");
  Blob moved = std::move(blob);
  EXPECT_EQ(moved.view(), "he");
  EXPECT_TRUE(blob.empty());  // NOLINT: a moved-from blob is empty by contract
  EXPECT_EQ(blob.capacity(), 0U);
  moved.shrink_to_fit();
  EXPECT_LT(moved.capacity(), 64U);
  EXPECT_EQ(moved.view(), "he");
  moved.set_size(0);
  moved.shrink_to_fit();
  EXPECT_EQ(moved.capacity(), 0U);
}

TEST(Blob, AppendsItselfAndGrowsGeometrically) {
  Blob blob;
  std::string model;
  size_t growths = 0;
  for (int i = 0; i < 20'000; ++i) {
    const size_t before = blob.capacity();
    blob.append("abcdefg");
    model += "abcdefg";
    growths += blob.capacity() != before ? 1 : 0;
  }
  EXPECT_EQ(blob.view(), model);
  EXPECT_LT(growths, 30U);
  blob.append(blob.view());
  EXPECT_EQ(blob.view(), model + model);
  blob.append({});
  EXPECT_EQ(blob.size(), 2 * model.size());
  EXPECT_TRUE(Blob::copy_of("").empty());
}

TEST(Blob, KeepsBytesBetweenMallocAndMappings) {
  std::string model;
  Blob blob;
  for (size_t size : {size_t{100} << 10, size_t{600} << 10, size_t{3} << 20, size_t{20} << 20}) {
    blob.append(std::string(size, static_cast<char>('a' + model.size() % 26)));
    model.append(size, static_cast<char>('a' + model.size() % 26));
    ASSERT_EQ(blob.view(), model);
    ASSERT_GE(blob.capacity(), model.size());
  }
  for (size_t size : {size_t{10} << 20, size_t{2} << 20, size_t{700} << 10, size_t{300} << 10, size_t{5}}) {
    model.resize(size);
    blob.set_size(size);
    blob.shrink_to_fit();
    ASSERT_EQ(blob.view(), model);
    ASSERT_LE(blob.capacity(), std::max(size * 2, size_t{64}));
  }
}

// Accounting adds what is set aside, not a round number.
TEST(Blob, CapacityIsWhatWasAllocated) {
  for (size_t kib : {600, 700, 1000, 1100, 5000}) {
    const size_t size = (kib << 10) - 1;
    EXPECT_EQ(Blob::copy_of(std::string(size, 'x')).capacity(), kib << 10);
  }
}

size_t resident_bytes_of_process() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

// Bytes that nobody has written take no memory, and no time to clear.
TEST(Blob, NewPagesOfALargeBlobStayUntouched) {
  constexpr size_t kLarge = size_t{400} << 20;
  const size_t before = resident_bytes_of_process();
  Blob blob = Blob::copy_of("start");
  blob.resize_zeroed(kLarge / 2);
  blob.resize_zeroed(kLarge);
  blob.append("end");
  EXPECT_LT(resident_bytes_of_process(), before + (size_t{16} << 20));
  EXPECT_EQ(blob.view().substr(0, 7), std::string_view("start\0\0", 7));
  EXPECT_EQ(blob.view().substr(kLarge - 2), std::string_view("\0\0end", 5));
}

// What was written before the blob shrank is cleared all the same, in any order of growing and shrinking.
TEST(Blob, NewBytesAreZeroWhateverWasThere) {
  Random random(11);
  Blob blob;
  for (int i = 0; i < 300; ++i) {
    const size_t size = random.below(size_t{1} << (10 + random.below(13)));
    if (size < blob.size()) {
      blob.set_size(size);
      if (random.below(3) == 0) blob.shrink_to_fit();
      continue;
    }
    const size_t zero_from = blob.size();
    blob.resize_zeroed(size);
    ASSERT_EQ(blob.view().find_first_not_of('\0', zero_from), std::string_view::npos) << i;
    if (!blob.empty()) std::fill(blob.data() + zero_from, blob.data() + blob.size(), 'x');
  }
}

TEST(Hash, DependsOnSeedLengthAndEveryBit) {
  const HashSeed seed = HashSeed::fixed(7);
  EXPECT_EQ(hash_bytes("key", seed), hash_bytes("key", HashSeed::fixed(7)));
  EXPECT_NE(hash_bytes("key", seed), hash_bytes("key", HashSeed::fixed(8)));
  EXPECT_NE(hash_bytes("key", HashSeed::random()), hash_bytes("key", HashSeed::random()));
  // The hash of a key does not depend on what lies around it, and prefixes of zeros differ.
  std::set<uint64_t> seen;
  for (size_t length = 0; length < 100; ++length) seen.insert(hash_bytes(std::string(length, '\0'), seed));
  EXPECT_EQ(seen.size(), 100U);
  for (size_t length = 1; length <= 40; ++length) {
    std::string key(length, 'x');
    const uint64_t original = hash_bytes(key, seed);
    for (size_t bit = 0; bit < length * 8; ++bit) {
      key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
      const int changed = std::popcount(original ^ hash_bytes(key, seed));
      EXPECT_GT(changed, 8) << length << " " << bit;
      key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
    }
  }
}

TEST(Hash, LeadingAndTrailingBitsSpreadEvenly) {
  const HashSeed seed = HashSeed::fixed(3);
  std::array<int, 256> leading{};
  std::array<int, 256> trailing{};
  constexpr int kKeys = 256 * 400;
  for (int i = 0; i < kKeys; ++i) {
    const uint64_t h = hash_bytes("key:" + std::to_string(i), seed);
    ++leading[h >> 56];
    ++trailing[h & 255];
  }
  for (size_t i = 0; i < 256; ++i) {
    EXPECT_NEAR(leading[i], 400, 120);  // six standard deviations
    EXPECT_NEAR(trailing[i], 400, 120);
  }
}

TEST(Random, RepeatsForASeedAndIsUniformBelowABound) {
  Random a(5);
  Random b(5);
  Random c(6);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t x = a.next();
    EXPECT_EQ(x, b.next());
    differs |= x != c.next();
  }
  EXPECT_TRUE(differs);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) {
    const uint64_t n = a.below(7);
    ASSERT_LT(n, 7U);
    ++counts[n];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 600);
  EXPECT_EQ(a.below(1), 0U);
  EXPECT_NE(Random::from_system().next(), Random::from_system().next());
}

TEST(Checked, GivesNothingOnOverflow) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(checked_add<int64_t>(kMax - 1, 1), kMax);
  EXPECT_FALSE(checked_add<int64_t>(kMax, 1).has_value());
  EXPECT_FALSE(checked_sub<int64_t>(kMin, 1).has_value());
  EXPECT_FALSE(checked_sub<uint64_t>(0, 1).has_value());
  EXPECT_FALSE(checked_mul<int64_t>(kMin, -1).has_value());
  EXPECT_EQ(checked_mul<uint32_t>(65536, 65535), 4294901760U);
}

}  // namespace
}  // namespace aerie

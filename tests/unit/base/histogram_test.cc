// SPDX-License-Identifier: BSD-3-Clause
//
// The histogram against sorted vectors of the same random values: percentiles may be too high by a sixteenth
// and never too low; maximum, count and sum are exact. The ends of the range are tried one by one.
#include "aerie/base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "aerie/base/random.h"

namespace aerie {
namespace {

TEST(Histogram, BucketsAreContiguousAndHoldTheirEnds) {
  uint64_t previous = 0;
  for (size_t i = 0; i + 1 < Histogram::kBuckets; ++i) {
    const uint64_t end = Histogram::bucket_end(i);
    EXPECT_EQ(Histogram::bucket_of(end), i);
    EXPECT_EQ(Histogram::bucket_of(end + 1), i + 1);
    EXPECT_TRUE(i == 0 || end > previous);
    previous = end;
  }
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::kBuckets - 1);
}

TEST(Histogram, PercentilesAreWithinOneSixteenth) {
  Random random(4);
  Histogram histogram;
  std::vector<uint64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t value = random.next() >> (30 + random.below(34));
    values.push_back(value);
    histogram.record(static_cast<int64_t>(value));
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.1, 10.0, 50.0, 90.0, 99.0, 99.9}) {
    const uint64_t exact = values[static_cast<size_t>(percent / 100 * 50'000) - 1];
    const uint64_t read = histogram.percentile(percent);
    EXPECT_GE(read, exact);
    EXPECT_LE(read, exact + exact / 16);
  }
  EXPECT_EQ(histogram.percentile(100), values.back());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), 50'000U);
  uint64_t above = 0;
  for (const uint64_t value : values) above += value > Histogram::bucket_end(200) ? 1 : 0;
  EXPECT_EQ(histogram.count_above(Histogram::bucket_end(200)), above);
}

TEST(Histogram, EmptyNegativeAndHuge) {
  Histogram histogram;
  EXPECT_EQ(histogram.percentile(99), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  histogram.record(-5);
  EXPECT_EQ(histogram.max(), 0U);
  histogram.record(INT64_MAX);
  EXPECT_EQ(histogram.percentile(100), static_cast<uint64_t>(INT64_MAX));
  EXPECT_EQ(histogram.percentile(50), 0U);
  histogram.reset();
  EXPECT_EQ(histogram.count(), 0U);
}

}  // namespace
}  // namespace aerie

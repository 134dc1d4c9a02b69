// SPDX-License-Identifier: BSD-3-Clause
//
// A log-linear histogram of non-negative numbers: exact below 16, above that sixteen buckets per power of
// two, so that a percentile is at most 1/16 too high and never too low. The maximum and the sum are exact.
// Recording is a few instructions and never allocates. Values from 2^40 on (twelve days, in microseconds)
// share the last bucket.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace aerie {

class Histogram {
 public:
  static constexpr uint32_t kSubBits = 4;
  static constexpr uint32_t kMaxBits = 40;
  static constexpr size_t kBuckets = (kMaxBits - kSubBits + 1) << kSubBits;

  // A negative value counts as 0.
  void record(int64_t value) {
    const uint64_t v = value < 0 ? 0 : static_cast<uint64_t>(value);
    ++buckets_[bucket_of(v)];
    ++count_;
    sum_ += v;
    if (v > max_) max_ = v;
  }

  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

  // The smallest bucket end that at least `percent` % of the values do not exceed, capped by the maximum; 0
  // when empty. REQUIRES: 0 <= percent <= 100.
  uint64_t percentile(double percent) const;
  // How many recorded values are certainly greater than `value` (those in its own bucket are not counted).
  uint64_t count_above(uint64_t value) const;

  void reset() { *this = Histogram(); }

  // For those who print the whole: bucket i holds values up to bucket_end(i), inclusive.
  uint64_t bucket_count(size_t i) const { return buckets_[i]; }
  static uint64_t bucket_end(size_t i);
  static size_t bucket_of(uint64_t value) {
    if (value < (1U << kSubBits)) return static_cast<size_t>(value);
    const auto top_bit = static_cast<uint32_t>(63 - std::countl_zero(value));
    if (top_bit >= kMaxBits) return kBuckets - 1;
    const uint32_t shift = top_bit - kSubBits;
    return (static_cast<size_t>(shift) << kSubBits) + static_cast<size_t>(value >> shift);
  }

 private:
  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Reading a histogram: walks over its buckets. Recording is inline in the header, since it happens once or
// more per turn of the loop; reading happens when somebody asks. A percentile is the end of a bucket, so it
// errs upwards, by a sixteenth at most.
#include "aerie/base/histogram.h"

#include <cmath>

namespace aerie {

uint64_t Histogram::bucket_end(size_t i) {
  constexpr size_t kLinear = size_t{1} << kSubBits;
  if (i < kLinear) return i;
  const size_t shift = (i >> kSubBits) - 1;
  const size_t mantissa = kLinear + (i & (kLinear - 1));
  return ((static_cast<uint64_t>(mantissa) + 1) << shift) - 1;
}

uint64_t Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100.0));
  uint64_t seen = 0;
  for (size_t i = 0; i + 1 < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) return bucket_end(i) < max_ ? bucket_end(i) : max_;
  }
  return max_;
}

uint64_t Histogram::count_above(uint64_t value) const {
  uint64_t above = 0;
  for (size_t i = bucket_of(value) + 1; i < kBuckets; ++i) above += buckets_[i];
  return above;
}

}  // namespace aerie

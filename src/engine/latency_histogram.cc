// SPDX-License-Identifier: BSD-3-Clause
//
// Reading a latency histogram: walks over its some 600 buckets, whose ends are converted from ticks to
// nanoseconds one by one.
#include "aerie/engine/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace aerie {

uint64_t LatencyHistogram::Reader::bucket_end_ns(size_t bucket) const {
  return static_cast<uint64_t>(static_cast<double>(Histogram::bucket_end(bucket)) * ns_per_tick_);
}

uint64_t LatencyHistogram::Reader::count() const {
  uint64_t sum = 0;
  for (const uint64_t calls : histogram_.buckets_) sum += calls;
  return sum;
}

uint64_t LatencyHistogram::Reader::percentile_ns(double percent) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(static_cast<double>(count()) * percent / 100));
  uint64_t seen = 0;
  for (size_t i = 0; i < histogram_.buckets_.size(); ++i) {
    seen += histogram_.buckets_[i];
    if (seen > 0 && seen >= wanted) return bucket_end_ns(i);
  }
  return 0;
}

uint64_t LatencyHistogram::Reader::count_within_ns(uint64_t ns) const {
  uint64_t sum = 0;
  for (size_t i = 0; i < histogram_.buckets_.size() && bucket_end_ns(i) <= ns; ++i)
    sum += histogram_.buckets_[i];
  return sum;
}

}  // namespace aerie

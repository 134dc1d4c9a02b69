// SPDX-License-Identifier: BSD-3-Clause
//
// How long the calls of one command took: buckets of time-stamp ticks, sixteen per power of two, so that to
// record is one increment. The count is the sum of the buckets, and ticks become time when somebody reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "aerie/base/histogram.h"

namespace aerie {

class LatencyHistogram {
 public:
  void record(uint64_t ticks) { ++buckets_[Histogram::bucket_of(ticks)]; }

  // A consistent view of the buckets in time, `ticks_per_us` as TickClock tells it.
  class Reader {
   public:
    Reader(const LatencyHistogram& histogram, double ticks_per_us)
        : histogram_(histogram), ns_per_tick_(1000 / ticks_per_us) {}
    uint64_t count() const;
    // Nanoseconds that `percent` % of the calls did not exceed, at most a sixteenth too high. REQUIRES:
    // 0 <= percent <= 100.
    uint64_t percentile_ns(double percent) const;
    // Calls that took no longer than that, all calls of a bucket alike.
    uint64_t count_within_ns(uint64_t ns) const;

   private:
    uint64_t bucket_end_ns(size_t bucket) const;

    const LatencyHistogram& histogram_;
    double ns_per_tick_;
  };

 private:
  std::array<uint64_t, Histogram::kBuckets> buckets_{};
};

}  // namespace aerie

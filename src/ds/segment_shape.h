// SPDX-License-Identifier: BSD-3-Clause
//
// How many buckets a segment has for how many entries: the numbers of the hash table, all in one place. A
// segment that is alone (depth 0) climbs a ladder of small arrays, then pages of the arena; all others are
// pages. Between growing (90 % full) and shrinking (70 % full after it) lies enough room that no workload
// swings between both.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/ds/bucket.h"
#include "aerie/ds/segment_arena.h"

namespace aerie {

inline constexpr uint32_t kSmallCounts[] = {1,  2,  3,  4,  5,  6,  8,  10,  12,  14,  16,  20,  24, 28,
                                            32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256};
inline constexpr uint32_t kMaxSmallBuckets = 256;
inline constexpr uint32_t kPageBuckets = SegmentArena::kBucketsPerPage;
inline constexpr uint32_t kMaxBuckets = SegmentArena::kMaxPages * kPageBuckets;
inline constexpr uint32_t kGrowPercent = 90;
inline constexpr uint32_t kBuiltPercent = 85;   // how full a split or a merge makes a segment at most
inline constexpr uint32_t kShrunkPercent = 70;  // how full shrinking may make it

constexpr uint32_t percent_of(uint32_t buckets, uint32_t percent) {
  return buckets * kBucketSlots * percent / 100;
}

// Entries with which a segment of so many buckets grows before it takes another. Tiny ones fill up wholly.
constexpr uint32_t grow_at(uint32_t buckets) {
  return buckets <= 3 ? buckets * kBucketSlots : percent_of(buckets, kGrowPercent);
}

// Never more than this even right after a split that did not help much: the rest is room for the next
// insertions, each of which splits again.
constexpr uint32_t hard_limit(uint32_t buckets) {
  return percent_of(buckets, 97);
}

constexpr uint32_t pages_for(uint32_t entries) {
  uint32_t pages = 1;
  while (pages < SegmentArena::kMaxPages && entries > percent_of(pages * kPageBuckets, kBuiltPercent))
    ++pages;
  return pages;
}

// The next larger shape of a lone segment. REQUIRES: buckets < kMaxBuckets.
// REQUIRES: `buckets` are those of a segment that is not paged.
constexpr uint32_t next_larger(uint32_t buckets) {
  if (buckets >= kMaxSmallBuckets) return buckets / kPageBuckets * kPageBuckets + kPageBuckets;
  for (const uint32_t count : kSmallCounts) {
    if (count > buckets) return count;
  }
  return kMaxSmallBuckets;
}

// The smallest shape of a lone segment that is at most kShrunkPercent full with so many entries.
constexpr uint32_t shrunk_shape(uint32_t entries) {
  for (const uint32_t count : kSmallCounts) {
    if (entries <= percent_of(count, kShrunkPercent)) return count;
  }
  uint32_t buckets = kMaxSmallBuckets;
  while (buckets < kMaxBuckets && entries > percent_of(buckets, kShrunkPercent)) buckets += kPageBuckets;
  return buckets;
}

// With fewer entries than this a segment of this shape looks for a smaller one.
constexpr uint32_t shrink_at(uint32_t buckets, bool paged, bool alone) {
  if (buckets == 1) return 1;
  if (paged && !alone && buckets == kPageBuckets) return percent_of(buckets, kShrunkPercent) / 2;
  if (paged && !alone) return percent_of(buckets - kPageBuckets, kShrunkPercent);
  if (paged && buckets <= kMaxSmallBuckets) return percent_of(kMaxSmallBuckets, kShrunkPercent);
  if (paged) return percent_of(buckets - kPageBuckets, kShrunkPercent);
  uint32_t below = 1;
  for (const uint32_t count : kSmallCounts) {
    if (count < buckets) below = count;
  }
  return percent_of(below, kShrunkPercent);
}

// Buddies merge when both together have no more than this.
inline constexpr uint32_t kMergeLimit = percent_of(kMaxBuckets, kShrunkPercent);

}  // namespace aerie

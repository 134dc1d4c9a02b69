// SPDX-License-Identifier: BSD-3-Clause
//
// Moving entries between segments. A SegmentSource yields every entry of some buckets with its hash; a
// SegmentBuilder places entries into a segment. The hash that a source yields is complete enough to place by
// it (leading bits from the segment's prefix, then the slot's tag) without reading the entry; or, when the
// tags have run out of bits, the real one. Sources are walked in bucket order, so building runs through
// memory in order too.
#pragma once

#include <cstdint>

#include "aerie/base/prefetch.h"
#include "aerie/ds/bucket.h"
#include "aerie/ds/hash_table_core.h"
#include "ds/segment_shape.h"

namespace aerie {

inline constexpr uint64_t leading_bits(unsigned count) {
  return count == 0 ? 0 : ~uint64_t{0} << (64 - count);
}

class SegmentSource {
 public:
  // `prefix`: any hash of the segment. The buckets must stay unchanged while the source is used.
  SegmentSource(const Bucket* buckets, uint32_t bucket_count, unsigned tag_depth, uint64_t prefix)
      : buckets_(buckets),
        bucket_count_(bucket_count),
        tag_depth_(tag_depth),
        base_(prefix & leading_bits(tag_depth)) {}

  // Calls visit(hash, fingerprint, pointer) for each entry; the first tag_depth + 19 bits of the hash are
  // right.
  template <typename Visit>
  void each(Visit visit) const {
    for (uint32_t b = 0; b < bucket_count_; ++b) {
      const Bucket& bucket = buckets_[b];
      for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
        const uint32_t i = Bucket::first(mask);
        const uint64_t slot = bucket.slots[i];
        const uint64_t hash = base_ | (slot_tag(slot) << (64 - kTagBits - tag_depth_));
        visit(hash, bucket.fingerprint(i), slot_pointer(slot));
      }
    }
  }

  // The same with whole hashes, which reads every entry, some ahead of their turn to overlap the cache
  // misses.
  template <typename Visit>
  void each_rehashed(HashTableCore::HashOfEntry hash_of, const HashSeed& seed, Visit visit) const {
    constexpr uint32_t kAhead = 3;
    for (uint32_t b = 0; b < kAhead && b < bucket_count_; ++b) prefetch_entries(b);
    for (uint32_t b = 0; b < bucket_count_; ++b) {
      if (b + kAhead < bucket_count_) prefetch_entries(b + kAhead);
      const Bucket& bucket = buckets_[b];
      for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
        const uint32_t i = Bucket::first(mask);
        visit(hash_of(bucket.entry(i), seed), bucket.fingerprint(i), slot_pointer(bucket.slots[i]));
      }
    }
  }

 private:
  void prefetch_entries(uint32_t b) const {
    const Bucket& bucket = buckets_[b];
    for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
      prefetch_line(bucket.entry(Bucket::first(mask)));
    }
  }

  const Bucket* buckets_;
  uint32_t bucket_count_;
  unsigned tag_depth_;
  uint64_t base_;
};

// Puts one entry into bucket `at` or the first one after it with room. REQUIRES: the segment has
// an empty slot; `at` is the entry's home, or every bucket from there to `at` is full and knows of many
// overflows.
inline void place(Segment segment, uint32_t at, uint8_t fingerprint, uint64_t slot) {
  Bucket* buckets = segment.buckets();
  uint64_t empties = buckets[at].empties();
  while (empties == 0) {
    buckets[at].add_overflow();
    if (++at == segment.bucket_count()) at = 0;
    empties = buckets[at].empties();
  }
  const uint32_t index = Bucket::first(empties);
  buckets[at].set_fingerprint(index, fingerprint);
  buckets[at].slots[index] = slot;
}

class SegmentBuilder {
 public:
  SegmentBuilder(Segment segment, unsigned tag_depth) : segment_(segment), tag_depth_(tag_depth) {}

  void clear() {
    for (uint32_t b = 0; b < segment_.bucket_count(); ++b) segment_.buckets()[b].meta = 0;
  }
  void operator()(uint64_t hash, uint8_t fingerprint, uint64_t pointer) {
    const uint32_t home = segment_.home(hash);
    if (home != crowded_home_) crowded_home_ = first_open_ = home;
    place(segment_, first_open_, fingerprint, pack_slot(tag_of(hash, tag_depth_), pointer));
    ++added_;
    skip_crowded();
  }
  uint32_t added() const { return added_; }
  // Settles the header of a segment that holds exactly what was added since clear().
  void finish(SegmentHeader& header, uint64_t version) const {
    const uint32_t buckets = segment_.bucket_count();
    header.version = version;
    header.count = added_;
    header.grow_at = grow_at(buckets);
    header.shrink_at = shrink_at(buckets, segment_.paged(), segment_.local_depth() == 0);
    header.tag_depth = static_cast<uint8_t>(tag_depth_);
  }

 private:
  // With thousands of entries of one home (chosen hashes) each search for room would begin with hundreds of
  // full buckets: those whose count says "many" need not be passed again.
  void skip_crowded() {
    const Bucket& bucket = segment_.buckets()[first_open_];
    if (bucket.overflow() != 255 || bucket.empties() != 0) return;
    if (++first_open_ == segment_.bucket_count()) first_open_ = 0;
  }

  Segment segment_;
  unsigned tag_depth_;
  uint32_t added_ = 0;
  uint32_t crowded_home_ = ~0U;
  uint32_t first_open_ = 0;
};

// A copy of a segment's buckets, on the stack, so that the segment can be built anew in its own place.
struct SegmentCopy {
  Bucket buckets[kMaxBuckets];

  explicit SegmentCopy(Segment segment) {
    __builtin_memcpy(buckets, segment.buckets(), segment.bucket_count() * sizeof(Bucket));
  }
};

}  // namespace aerie

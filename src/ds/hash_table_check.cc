// SPDX-License-Identifier: BSD-3-Clause
//
// The invariants of the hash table, written down as code for its tests: counts, tags, homes, overflow counts,
// directory words. Reads every entry.
#include <vector>

#include "aerie/ds/hash_table_core.h"
#include "ds/segment_builder.h"
#include "ds/segment_shape.h"

namespace aerie {

bool HashTableCore::consistent() const {
  size_t entries = 0;
  size_t bytes = 0;
  uint32_t chained = 0;
  uint64_t hash = 0;
  do {
    const Segment segment = segment_at(hash);
    const Span span = span_at(hash, segment.local_depth());
    for (size_t i = 0; i < span.span; ++i) {
      if (span.words[i].word() != segment.word()) return false;
    }
    if (segment.chained() != (header(segment).next != 0)) return false;
    for (Segment block = segment; block; block = next_in_chain(block)) {
      if (!segment_consistent(block, hash)) return false;
      entries += header(block).count;
      if (block.paged()) bytes += block.bucket_count() * sizeof(Bucket);
      if (block.word() != segment.word()) chained++;
    }
    hash = hash_behind(segment, hash);
  } while (hash != 0);
  uint32_t deepest = 0;
  for (size_t i = 0; depth_ > 0 && i < directory_size(); ++i) {
    if (directory_[i].local_depth() > depth_) return false;
    deepest += directory_[i].local_depth() == depth_;
  }
  if (depth_ > 0 && (deepest == 0 || deepest != deepest_ || bytes != segment_bytes_)) return false;
  return entries == size_ && chained == chain_blocks_ && (branches_ == nullptr) == (branch_bytes_ == 0);
}

bool HashTableCore::segment_consistent(Segment segment, uint64_t prefix) const {
  const SegmentHeader& head = header(segment);
  const uint32_t buckets = segment.bucket_count();
  const unsigned depth = segment.local_depth();
  if (head.tag_depth > depth || depth - head.tag_depth > kTagSlack) return false;
  uint32_t entries = 0;
  std::vector<uint32_t> passed(buckets, 0);
  for (uint32_t b = 0; b < buckets; ++b) {
    const Bucket& bucket = segment.buckets()[b];
    for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
      const uint32_t i = Bucket::first(mask);
      const uint64_t hash = hash_of_(bucket.entry(i), *seed_);
      if (((hash ^ prefix) & leading_bits(depth)) != 0 || fingerprint_of(hash) != bucket.fingerprint(i))
        return false;
      if (slot_tag(bucket.slots[i]) != tag_of(hash, head.tag_depth)) return false;
      for (uint32_t at = segment.home(hash); at != b; at = at + 1 == buckets ? 0 : at + 1) passed[at]++;
      entries++;
    }
  }
  for (uint32_t b = 0; b < buckets; ++b) {
    const uint32_t overflow = segment.buckets()[b].overflow();
    if (overflow != 255 && overflow != passed[b]) return false;
  }
  return entries == head.count;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Changes of shape: a segment grows, splits, shrinks, merges with its buddy, or becomes a chain. Each builds
// one or two segments anew from at most two, in the order of the hashes, in some ten microseconds; entries
// are read only by the splits that renew tags. Chains exist for chosen hashes alone: they are kept simple,
// bounded and correct.
#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/ds/hash_table_core.h"
#include "ds/segment_builder.h"
#include "ds/segment_shape.h"

namespace aerie {
namespace {

// The root directory may have one word per this many entries (and always kFreeWords). An even spread of
// hashes needs one per 800 or more; where they cluster beyond the rest, words branch.
constexpr size_t kEntriesPerWord = 128;
constexpr size_t kFreeWords = 16;

uint64_t bit_after(unsigned depth) {
  return uint64_t{1} << (63 - depth);
}

}  // namespace

Segment HashTableCore::make_room(uint64_t hash) {
  for (;;) {
    const Segment segment = segment_at(hash);
    const SegmentHeader& head = header(segment);
    if (segment.chained()) {
      const Segment block = chain_room(segment);
      return block ? block : add_chain_block(hash, segment);
    }
    if (head.count < head.grow_at) return segment;
    if (segment.bucket_count() < kMaxBuckets) {
      grow(hash, segment);
    } else if (segment.local_depth() < kMaxLocalDepth) {
      split(hash);
      const Segment half = segment_at(hash);
      // A split that separated little leaves room all the same; the next insertion splits again.
      if (header(half).count < hard_limit(half.bucket_count())) return half;
    } else {
      return add_chain_block(hash, segment);
    }
  }
}

void HashTableCore::settle(const SegmentBuilder& builder, Segment built, uint64_t version) {
  builder.finish(header(built), version);
  arena_->count_moved(builder.added());
}

void HashTableCore::grow(uint64_t hash, Segment segment) {
  if (segment.local_depth() > 0) return reshape(hash, segment, segment.bucket_count() + kPageBuckets, true);
  if (segment_bytes_ == 0) return reshape(hash, segment, 1, false);
  // One that is paged stays so, page by page, however small a merge left it.
  if (segment.paged()) return reshape(hash, segment, segment.bucket_count() + kPageBuckets, true);
  const uint32_t buckets = next_larger(segment.bucket_count());
  reshape(hash, segment, buckets, buckets > kMaxSmallBuckets);
}

// Gives the segment that `hash` belongs to another number of buckets: in its place when both shapes are
// pages.
void HashTableCore::reshape(uint64_t hash, Segment old, uint32_t buckets, bool paged) {
  AERIE_ASSERT(!paged || buckets % kPageBuckets == 0);
  const SegmentHeader before = header(old);
  const unsigned tag_depth = before.tag_depth;
  Segment made;
  if (old.paged() && paged) {
    const SegmentCopy copy(old);
    arena_->resize(old.buckets(), old.bucket_count() / kPageBuckets, buckets / kPageBuckets);
    segment_bytes_ = segment_bytes_ + buckets * sizeof(Bucket) - old.bucket_count() * sizeof(Bucket);
    made = Segment(old.buckets(), buckets, old.local_depth(), Segment::kPaged);
    SegmentBuilder builder(made, tag_depth);
    builder.clear();
    SegmentSource(copy.buckets, old.bucket_count(), tag_depth, hash).each(std::ref(builder));
    settle(builder, made, before.version + 1);
  } else {
    made = allocate_segment(buckets, old.local_depth(), paged);
    SegmentBuilder builder(made, tag_depth);
    builder.clear();
    SegmentSource(old.buckets(), old.bucket_count(), tag_depth, hash).each(std::ref(builder));
    settle(builder, made, before.version + 1);
    free_segment(old);
  }
  set_segment(hash, made);
}

// Makes the directory resolve one more bit of this segment's hashes than the segment does.
void HashTableCore::make_splittable(uint64_t hash, Segment segment) {
  const Span span = span_at(hash, segment.local_depth());
  if (span.span > 1) return;
  const bool may_double = 2 * directory_size() <= std::max(kFreeWords, size_ / kEntriesPerWord);
  if (span.in_root && may_double) {
    double_directory();
  } else {
    add_branch(hash, segment);
  }
}

void HashTableCore::split(uint64_t hash) {
  const Segment old = segment_at(hash);
  const SegmentHeader before = header(old);
  const unsigned depth = old.local_depth() + 1;
  const uint64_t bit = bit_after(old.local_depth());
  const bool renew = depth - before.tag_depth > kTagSlack;
  const unsigned tag_depth = renew ? depth : before.tag_depth;
  const SegmentCopy copy(old);
  const SegmentSource source(copy.buckets, old.bucket_count(), before.tag_depth, hash);

  uint32_t right_count = 0;
  source.each([&](uint64_t h, uint8_t, uint64_t) { right_count += (h & bit) != 0; });
  if (right_count == 0 || right_count == before.count) return isolate(old, source);
  make_splittable(hash, old);
  const uint32_t left_pages = pages_for(before.count - right_count);
  const Segment right = allocate_segment(pages_for(right_count) * kPageBuckets, depth, true);
  arena_->resize(old.buckets(), old.bucket_count() / kPageBuckets, left_pages);
  segment_bytes_ =
      segment_bytes_ + left_pages * kPageBuckets * sizeof(Bucket) - old.bucket_count() * sizeof(Bucket);
  const Segment left(old.buckets(), left_pages * kPageBuckets, depth, Segment::kPaged);

  SegmentBuilder builders[] = {SegmentBuilder(left, tag_depth), SegmentBuilder(right, tag_depth)};
  for (SegmentBuilder& builder : builders) builder.clear();
  const auto add = [&](uint64_t h, uint8_t fingerprint, uint64_t pointer) {
    builders[(h & bit) != 0](h, fingerprint, pointer);
  };
  renew ? source.each_rehashed(hash_of_, *seed_, add) : source.each(add);
  settle(builders[0], left, before.version + 1);
  settle(builders[1], right, before.version + 1);
  set_segment(hash & ~bit, left);
  set_segment(hash | bit, right);
  if (span_at(hash, depth).in_root && depth == depth_) deepest_ += 2;
}

// For a segment whose entries all lie in one half: descends at once to the depth where they differ, leaving
// an empty segment beside each level. Splitting level by level would build the segment anew each time, with
// all entries crowding at one home. `source` is a copy of the segment.
void HashTableCore::isolate(Segment old, const SegmentSource& source) {
  uint64_t first = 0;
  uint64_t differing = 0;
  bool any = false;
  source.each_rehashed(hash_of_, *seed_, [&](uint64_t h, uint8_t, uint64_t) {
    if (!std::exchange(any, true)) first = h;
    differing |= h ^ first;
  });
  const auto equal_bits = static_cast<unsigned>(std::countl_zero(differing));
  const unsigned depth = std::min(equal_bits, kMaxLocalDepth);
  const uint64_t version = header(old).version + 1;
  Segment segment = old;
  for (unsigned d = old.local_depth(); d < depth; ++d) {
    make_splittable(first, segment);
    const Segment empty = allocate_segment(kPageBuckets, d + 1, true);
    SegmentBuilder nothing(empty, d + 1);
    nothing.clear();
    settle(nothing, empty, version);
    segment = Segment(old.buckets(), old.bucket_count(), d + 1, Segment::kPaged);
    set_segment(first ^ bit_after(d), empty);
    set_segment(first, segment);
    if (span_at(first, d + 1).in_root && d + 1 == depth_) deepest_ += 2;
  }
  SegmentBuilder builder(segment, depth);
  builder.clear();
  source.each_rehashed(hash_of_, *seed_, std::ref(builder));
  settle(builder, segment, version);
}

// Unites the segment with its buddy, the other half of their common prefix, when both are small. False when
// not.
bool HashTableCore::merge(uint64_t hash) {
  const Segment mine = segment_at(hash);
  if (mine.local_depth() == 0 || mine.chained()) return false;
  const unsigned depth = mine.local_depth() - 1;
  const uint64_t bit = bit_after(depth);
  const Segment left = segment_at(hash & ~bit);
  const Segment right = segment_at(hash | bit);
  if (left.local_depth() != right.local_depth() || left.chained() || right.chained()) return false;
  const SegmentHeader left_before = header(left);
  const SegmentHeader right_before = header(right);
  const uint32_t count = left_before.count + right_before.count;
  if (count > kMergeLimit) return false;

  const unsigned tag_depth =
      std::min({unsigned{left_before.tag_depth}, unsigned{right_before.tag_depth}, depth});
  const uint32_t pages = pages_for(count);
  const SegmentCopy copy(left);
  arena_->resize(left.buckets(), left.bucket_count() / kPageBuckets, pages);
  segment_bytes_ =
      segment_bytes_ + pages * kPageBuckets * sizeof(Bucket) - left.bucket_count() * sizeof(Bucket);
  const Segment made(left.buckets(), pages * kPageBuckets, depth, Segment::kPaged);
  SegmentBuilder builder(made, tag_depth);
  builder.clear();
  SegmentSource(copy.buckets, left.bucket_count(), left_before.tag_depth, hash & ~bit)
      .each(std::ref(builder));
  SegmentSource(right.buckets(), right.bucket_count(), right_before.tag_depth, hash | bit)
      .each(std::ref(builder));
  settle(builder, made, std::max(left_before.version, right_before.version) + 1);
  free_segment(right);
  if (span_at(hash, depth + 1).in_root && depth + 1 == depth_) deepest_ -= 2;
  set_segment(hash, made);
  return true;
}

// An erasure left the segment with fewer entries than its shape is meant for.
void HashTableCore::shrink(uint64_t hash, Segment segment) {
  if (segment.chained()) return shrink_chain(hash, segment);
  if (segment.local_depth() == 0) return shrink_alone(hash, segment);
  if (merge(hash)) {
    while (merge(hash)) {
    }
    while (depth_ > 0 && deepest_ == 0) halve_directory();
    return;
  }
  SegmentHeader& head = header(segment);
  uint32_t pages = 1;
  while (head.count > percent_of(pages * kPageBuckets, kShrunkPercent)) ++pages;
  if (pages * kPageBuckets < segment.bucket_count())
    return reshape(hash, segment, pages * kPageBuckets, true);
  // Nothing to do now: try again when half of the rest is gone.
  head.shrink_at = (head.count + 1) / 2;
}

void HashTableCore::shrink_alone(uint64_t hash, Segment segment) {
  if (size_ == 0) {
    const uint64_t version = header(segment).version;
    free_segment(segment);
    become_empty();
    small_.version = version + 1;
    return;
  }
  const uint32_t buckets = shrunk_shape(header(segment).count);
  if (buckets < segment.bucket_count()) reshape(hash, segment, buckets, buckets > kMaxSmallBuckets);
}

// ---- chains ----

Segment HashTableCore::chain_room(Segment head) {
  for (Segment block = head; block; block = next_in_chain(block)) {
    if (header(block).count < header(block).grow_at) return block;
  }
  return {};
}

// The new block is the second of the chain: the head stays where the directory has it.
Segment HashTableCore::add_chain_block(uint64_t hash, Segment head) {
  const unsigned depth = head.local_depth();
  const Segment block = allocate_segment(kMaxBuckets, depth, true).with_chained(true);
  SegmentBuilder builder(block, depth);
  builder.clear();
  settle(builder, block, header(head).version + 1);
  header(block).next = header(head).next;
  header(head).next = block.word();
  if (!head.chained()) set_segment(hash, head.with_chained(true));
  chain_blocks_++;
  return block;
}

// Moves the entries of a block that is three quarters empty to another one that has room for them.
void HashTableCore::shrink_chain(uint64_t hash, Segment block) {
  const Segment head = segment_at(hash);
  const uint32_t count = header(block).count;
  if (count >= percent_of(kMaxBuckets, 25)) return;
  Segment other = head;
  while (other && (other.word() == block.word() || header(other).count + count > kMergeLimit)) {
    other = next_in_chain(other);
  }
  if (!other) return;
  // The head stays, as the directory points to it.
  const Segment source = block.word() == head.word() ? other : block;
  const Segment target = block.word() == head.word() ? block : other;
  SegmentHeader& from = header(source);
  SegmentHeader& to = header(target);
  SegmentBuilder builder(target, to.tag_depth);
  const SegmentSource entries(source.buckets(), source.bucket_count(), from.tag_depth, hash);
  if (to.tag_depth > from.tag_depth) {
    entries.each_rehashed(hash_of_, *seed_, std::ref(builder));
  } else {
    entries.each(std::ref(builder));
  }
  to.count += builder.added();
  arena_->count_moved(builder.added());
  to.version = std::max(to.version, from.version) + 1;
  unlink_block(hash, source);
}

// Takes a block without entries out of its chain and frees it. REQUIRES: it is not the head.
void HashTableCore::unlink_block(uint64_t hash, Segment block) {
  const Segment head = segment_at(hash);
  Segment before = head;
  while (header(before).next != block.word()) before = next_in_chain(before);
  header(before).next = header(block).next;
  free_segment(block);
  chain_blocks_--;
  if (header(head).next == 0) set_segment(hash, head.with_chained(false));
}

}  // namespace aerie

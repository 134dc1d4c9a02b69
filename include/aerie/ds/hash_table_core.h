// SPDX-License-Identifier: BSD-3-Clause
//
// The part of the hash table that does not know the type of its entries: placing, erasing, and every change
// of shape. Use it through HashTable (hash_table.h), which has the drawing and the contracts. Entries are
// opaque addresses here; only hash_of (given at construction) looks into them, and only when tags have run
// out of bits. Invariants: every directory word whose leading bits equal a segment's prefix is the same; a
// branch holds segments deeper than itself only; chained segments have the greatest depth there is; small_ is
// the header of the one segment that is not paged, which exists at depth 0 only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/base/hash.h"
#include "aerie/base/random.h"
#include "aerie/ds/bucket.h"
#include "aerie/ds/segment_arena.h"

namespace aerie {

class SegmentBuilder;
class SegmentSource;

// Where an entry lies. Good until the next insertion, erasure or drain.
struct TableSlot {
  Segment segment;
  uint64_t hash = 0;
  uint32_t bucket = 0;
  uint32_t index = 0;

  explicit operator bool() const { return static_cast<bool>(segment); }
  Bucket& line() const { return segment.buckets()[bucket]; }
};

class HashTableCore {
 public:
  using HashOfEntry = uint64_t (*)(const void* entry, const HashSeed& seed);

  HashTableCore(const HashSeed& seed, SegmentArena& arena, HashOfEntry hash_of);
  HashTableCore(HashTableCore&& other) noexcept;
  HashTableCore& operator=(HashTableCore&& other) noexcept;
  ~HashTableCore();

  size_t size() const { return size_; }
  unsigned directory_depth() const { return depth_; }
  // Bytes of buckets and directory. The page of headers per 56 segments is in SegmentArena::bytes_held()
  // only.
  size_t memory_bytes() const;
  // The version of the segment that this hash belongs to: grows with every change there, and with
  // mark_changed.
  uint64_t version_at(uint64_t hash) const { return header(segment_at(hash)).version; }
  // Walks everything and compares it with the invariants: for tests. O(n).
  bool consistent() const;

 protected:
  Segment segment_at(uint64_t hash) const {
    Segment word = directory_[directory_index(hash)];
    while (word.is_branch()) {
      word = word.branch_words()[(hash << word.local_depth()) >> (64 - kBranchBits)];
    }
    return word;
  }
  // The first hash behind the segment's share of the hash space; 0 behind the last one.
  static uint64_t hash_behind(Segment segment, uint64_t hash) {
    const unsigned depth = segment.local_depth();
    return depth == 0 ? 0 : ((hash >> (64 - depth)) + 1) << (64 - depth);
  }
  size_t directory_index(uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }
  size_t directory_size() const { return size_t{1} << depth_; }
  SegmentHeader& header(Segment segment) const {
    return segment.paged() ? SegmentArena::header(segment.buckets()) : const_cast<SegmentHeader&>(small_);
  }
  Segment next_in_chain(Segment segment) const {
    return segment.chained() ? Segment(header(segment).next) : Segment();
  }

  void insert(uint64_t hash, void* entry);
  void replace(const TableSlot& slot, void* entry);
  void mark_changed(uint64_t hash) { header(segment_at(hash)).version++; }
  void erase(const TableSlot& slot);
  void* random_entry(Random& random) const;
  // The next bucket of a table that is being drained; segments behind are freed. nullptr after the last: the
  // table is then as new. The caller empties the bucket and counts with drained().
  Bucket* next_to_drain();
  void drained(uint32_t entries) { size_ -= entries; }

 private:
  struct Branch;
  // The words of one directory that hold the same segment: `words[0]` to `words[span - 1]`.
  struct Span {
    Segment* words;
    size_t span;
    bool in_root;
  };

  // The segment, or block of a chain, that can take one more entry with this hash. Changes the shape of at
  // most one segment per call, so that no insertion pays for several.
  Segment make_room(uint64_t hash);
  Segment chain_room(Segment head);
  Segment add_chain_block(uint64_t hash, Segment head);
  void make_splittable(uint64_t hash, Segment segment);
  void grow(uint64_t hash, Segment segment);
  void split(uint64_t hash);
  void isolate(Segment old, const SegmentSource& source);
  bool merge(uint64_t hash);
  void shrink(uint64_t hash, Segment segment);
  void shrink_alone(uint64_t hash, Segment segment);
  void shrink_chain(uint64_t hash, Segment block);
  void unlink_block(uint64_t hash, Segment block);
  // Ends the building of a segment: its header, and the count of what was moved.
  void settle(const SegmentBuilder& builder, Segment built, uint64_t version);
  void reshape(uint64_t hash, Segment old, uint32_t buckets, bool paged);
  void double_directory();
  void halve_directory();
  void add_branch(uint64_t hash, Segment segment);
  void remove_branch(Segment word);
  // Where the directory has, or is to have, the segment of this hash and depth.
  Span span_at(uint64_t hash, unsigned local_depth) const;
  void set_segment(uint64_t hash, Segment segment);
  Segment allocate_segment(uint32_t buckets, unsigned local_depth, bool paged);
  void free_segment(Segment segment);
  void free_all();
  void free_directory();
  void become_empty();
  void take(HashTableCore& other);
  void* entry_by_rank(size_t rank) const;
  bool segment_consistent(Segment segment, uint64_t prefix) const;

  Segment* directory_;  // 1 << depth_ words; &root_ at depth 0
  Segment root_;
  SegmentHeader small_;
  SegmentArena* arena_;
  const HashSeed* seed_;
  HashOfEntry hash_of_;
  size_t size_ = 0;
  size_t segment_bytes_ = 0;
  size_t branch_bytes_ = 0;
  Branch* branches_ = nullptr;  // all of them
  uint64_t drain_hash_ = 0;
  uint32_t drain_bucket_ = 0;
  uint32_t deepest_ = 0;       // words of the root directory, counted once, whose local depth is depth_
  uint32_t chain_blocks_ = 0;  // blocks behind the heads of chains
  uint8_t depth_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The operations that do not change a segment's shape (insert into room that is there, replace, erase,
// random, drain), the directory, and the table's life. Changes of shape are in hash_table_shape.cc.
#include "aerie/ds/hash_table_core.h"

#include <cstdlib>
#include <utility>

#include "aerie/base/assert.h"
#include "ds/mapping.h"
#include "ds/segment_builder.h"
#include "ds/segment_shape.h"

namespace aerie {
namespace {

// What an empty table's one word points to, so that a search needs no test for it. Never written: its segment
// has no room, so the first insertion replaces it.
alignas(64) constexpr Bucket kNoEntries = {};

constexpr int kRandomTries = 128;

}  // namespace

// A directory of its own for one word's share of the hash space.
struct HashTableCore::Branch {
  alignas(64) Segment words[size_t{1} << kBranchBits];
  Branch* next;
  Branch* previous;
};

HashTableCore::HashTableCore(const HashSeed& seed, SegmentArena& arena, HashOfEntry hash_of)
    : arena_(&arena), seed_(&seed), hash_of_(hash_of) {
  become_empty();
}

HashTableCore::HashTableCore(HashTableCore&& other) noexcept {
  take(other);
}

HashTableCore& HashTableCore::operator=(HashTableCore&& other) noexcept {
  if (this == &other) return *this;
  free_all();
  take(other);
  return *this;
}

HashTableCore::~HashTableCore() {
  free_all();
}

void HashTableCore::become_empty() {
  directory_ = &root_;
  root_ = Segment(&kNoEntries, 1, 0, 0);
  small_ = SegmentHeader();
  size_ = segment_bytes_ = branch_bytes_ = 0;
  branches_ = nullptr;
  drain_hash_ = 0;
  drain_bucket_ = deepest_ = chain_blocks_ = 0;
  depth_ = 0;
}

void HashTableCore::take(HashTableCore& other) {
  arena_ = other.arena_;
  seed_ = other.seed_;
  hash_of_ = other.hash_of_;
  root_ = other.root_;
  directory_ = other.directory_ == &other.root_ ? &root_ : other.directory_;
  small_ = other.small_;
  size_ = other.size_;
  segment_bytes_ = other.segment_bytes_;
  branch_bytes_ = other.branch_bytes_;
  branches_ = other.branches_;
  drain_hash_ = other.drain_hash_;
  drain_bucket_ = other.drain_bucket_;
  deepest_ = other.deepest_;
  chain_blocks_ = other.chain_blocks_;
  depth_ = other.depth_;
  other.become_empty();
}

size_t HashTableCore::memory_bytes() const {
  return segment_bytes_ + branch_bytes_ + (directory_ == &root_ ? 0 : usable_bytes(directory_));
}

void HashTableCore::insert(uint64_t hash, void* entry) {
  Segment segment = segment_at(hash);
  SegmentHeader* head = &header(segment);
  if (head->count >= head->grow_at) [[unlikely]] {
    segment = make_room(hash);
    head = &header(segment);
  }
  const uint64_t word = pack_slot(tag_of(hash, head->tag_depth), pack_pointer(entry));
  place(segment, segment.home(hash), fingerprint_of(hash), word);
  head->count++;
  head->version++;
  size_++;
}

void HashTableCore::replace(const TableSlot& slot, void* entry) {
  uint64_t& word = slot.line().slots[slot.index];
  word = pack_slot(slot_tag(word), pack_pointer(entry));
  header(slot.segment).version++;
}

void HashTableCore::erase(const TableSlot& slot) {
  const Segment segment = slot.segment;
  slot.line().set_fingerprint(slot.index, 0);
  for (uint32_t at = segment.home(slot.hash); at != slot.bucket;) {
    segment.buckets()[at].drop_overflow();
    if (++at == segment.bucket_count()) at = 0;
  }
  SegmentHeader& head = header(segment);
  head.count--;
  head.version++;
  size_--;
  if (head.count < head.shrink_at) [[unlikely]]
    shrink(slot.hash, segment);
}

// Picks one cell among all that the directory could have, until it is occupied: every entry is as likely as
// any other. A segment that several directory words share counts with the first of them only.
void* HashTableCore::random_entry(Random& random) const {
  if (size_ == 0) return nullptr;
  const uint32_t buckets = depth_ == 0 ? root_.bucket_count() : kMaxBuckets;
  const bool even = branches_ == nullptr && chain_blocks_ == 0;
  const uint64_t cells = directory_size() * buckets * kBucketSlots;
  for (int attempt = 0; attempt < kRandomTries && even; ++attempt) {
    const uint64_t cell = random.below(cells);
    const auto index = static_cast<uint32_t>(cell % kBucketSlots);
    const auto bucket = static_cast<uint32_t>(cell / kBucketSlots % buckets);
    const size_t word = cell / kBucketSlots / buckets;
    const Segment segment = directory_[word];
    const size_t span = size_t{1} << (depth_ - segment.local_depth());
    if ((word & (span - 1)) != 0 || bucket >= segment.bucket_count()) continue;
    const Bucket& line = segment.buckets()[bucket];
    if (line.fingerprint(index) != 0) return line.entry(index);
  }
  return entry_by_rank(random.below(size_));
}

// The entry that a walk over everything meets after `rank` others. O(segments).
void* HashTableCore::entry_by_rank(size_t rank) const {
  uint64_t hash = 0;
  Segment block = segment_at(hash);
  while (rank >= header(block).count) {
    rank -= header(block).count;
    const Segment next = next_in_chain(block);
    if (!next) hash = hash_behind(block, hash);
    block = next ? next : segment_at(hash);
  }
  const Bucket* bucket = block.buckets();
  uint64_t mask = bucket->occupied();
  for (;;) {
    const auto here = static_cast<size_t>(__builtin_popcountll(mask));
    if (rank < here) break;
    rank -= here;
    mask = (++bucket)->occupied();
  }
  for (; rank > 0; --rank) mask &= mask - 1;
  return bucket->entry(Bucket::first(mask));
}

Bucket* HashTableCore::next_to_drain() {
  for (;;) {
    const Segment segment = segment_at(drain_hash_);
    if (drain_bucket_ < segment.bucket_count()) return segment.buckets() + drain_bucket_++;
    drain_bucket_ = 0;
    const Segment next = next_in_chain(segment);
    free_segment(segment);
    if (next) {
      set_segment(drain_hash_, next);
      continue;
    }
    drain_hash_ = hash_behind(segment, drain_hash_);
    if (drain_hash_ != 0) continue;
    free_directory();
    become_empty();
    return nullptr;
  }
}

// Frees what a drain has not freed yet.
void HashTableCore::free_all() {
  uint64_t hash = drain_hash_;
  do {
    const Segment segment = segment_at(hash);
    for (Segment block = segment; block;) {
      const Segment next = next_in_chain(block);
      free_segment(block);
      block = next;
    }
    hash = hash_behind(segment, hash);
  } while (hash != 0);
  free_directory();
}

void HashTableCore::free_directory() {
  while (branches_ != nullptr) {
    Branch* next = branches_->next;
    std::free(branches_);
    branches_ = next;
  }
  if (directory_ != &root_) std::free(directory_);
}

Segment HashTableCore::allocate_segment(uint32_t buckets, unsigned local_depth, bool paged) {
  if (paged) {
    segment_bytes_ += buckets * sizeof(Bucket);
    return {arena_->allocate(buckets / kPageBuckets), buckets, local_depth, Segment::kPaged};
  }
  auto* memory = static_cast<Bucket*>(std::aligned_alloc(alignof(Bucket), buckets * sizeof(Bucket)));
  AERIE_ASSERT(memory != nullptr && "out of memory");
  segment_bytes_ += usable_bytes(memory);
  return {memory, buckets, local_depth, 0};
}

void HashTableCore::free_segment(Segment segment) {
  if (segment.paged()) {
    segment_bytes_ -= segment.bucket_count() * sizeof(Bucket);
    arena_->free(segment.buckets(), segment.bucket_count() / kPageBuckets);
  } else if (segment.buckets() != &kNoEntries) {
    segment_bytes_ -= usable_bytes(segment.buckets());
    std::free(segment.buckets());
  }
}

HashTableCore::Span HashTableCore::span_at(uint64_t hash, unsigned local_depth) const {
  Segment* words = directory_;
  unsigned base = 0;
  unsigned bits = depth_;
  for (;;) {
    const size_t index = bits == 0 ? 0 : (hash << base) >> (64 - bits);
    const Segment word = words[index];
    if (!word.is_branch() || word.local_depth() >= local_depth) {
      const size_t span = size_t{1} << (base + bits - local_depth);
      return {words + (index & ~(span - 1)), span, words == directory_};
    }
    words = word.branch_words();
    base = word.local_depth();
    bits = kBranchBits;
  }
}

// A segment that takes the whole share of a branch replaces it.
void HashTableCore::set_segment(uint64_t hash, Segment segment) {
  const Span span = span_at(hash, segment.local_depth());
  if (span.words[0].is_branch()) remove_branch(span.words[0]);
  for (size_t i = 0; i < span.span; ++i) span.words[i] = segment;
}

void HashTableCore::add_branch(uint64_t hash, Segment segment) {
  auto* branch = static_cast<Branch*>(std::aligned_alloc(alignof(Branch), sizeof(Branch)));
  AERIE_ASSERT(branch != nullptr && "out of memory");
  for (Segment& word : branch->words) word = segment;
  branch->previous = nullptr;
  branch->next = branches_;
  if (branches_ != nullptr) branches_->previous = branch;
  branches_ = branch;
  branch_bytes_ += usable_bytes(branch);
  const Span span = span_at(hash, segment.local_depth());
  const Segment word(branch->words, 0, segment.local_depth(), Segment::kBranch);
  for (size_t i = 0; i < span.span; ++i) span.words[i] = word;
}

void HashTableCore::remove_branch(Segment word) {
  auto* branch = reinterpret_cast<Branch*>(word.branch_words());
  if (branch->next != nullptr) branch->next->previous = branch->previous;
  if (branch->previous != nullptr) {
    branch->previous->next = branch->next;
  } else {
    branches_ = branch->next;
  }
  branch_bytes_ -= usable_bytes(branch);
  std::free(branch);
}

void HashTableCore::double_directory() {
  const size_t old_size = directory_size();
  auto* doubled = static_cast<Segment*>(std::malloc(2 * old_size * sizeof(Segment)));
  AERIE_ASSERT(doubled != nullptr && "out of memory");
  for (size_t i = 0; i < old_size; ++i) doubled[2 * i] = doubled[2 * i + 1] = directory_[i];
  if (directory_ != &root_) std::free(directory_);
  directory_ = doubled;
  depth_++;
  deepest_ = 0;
}

// REQUIRES: no word has the depth of the directory.
void HashTableCore::halve_directory() {
  depth_--;
  const size_t new_size = directory_size();
  Segment* halved = &root_;
  if (depth_ > 0) {
    halved = static_cast<Segment*>(std::malloc(new_size * sizeof(Segment)));
    AERIE_ASSERT(halved != nullptr && "out of memory");
  }
  deepest_ = 0;
  for (size_t i = 0; i < new_size; ++i) {
    halved[i] = directory_[2 * i];
    if (halved[i].local_depth() == depth_) deepest_++;
  }
  std::free(directory_);
  directory_ = halved;
}

}  // namespace aerie

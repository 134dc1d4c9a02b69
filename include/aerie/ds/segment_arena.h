// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for the large segments of hash tables: fixed blocks of address space whose pages are used from the
// front, so a segment grows in place page by page and nothing is ever copied to a bigger allocation. Shared
// by all tables of a thread. Pages behind the used ones have no memory, apart from the last few that were
// given up: those wait, to be used again or to be returned to the system together, which costs a fraction of
// doing it one by one.
//
//   chunk (2 MiB, aligned)  | page of 56 headers | block 0: 9 pages | block 1 | ... | block 55 |
//
// The header of a block is apart from it, found by masking the block's address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/ds/bucket.h"

namespace aerie {

// What a segment knows beyond its directory word; lookups never read it.
struct SegmentHeader {
  uint64_t version = 0;    // grows with every change of the segment
  uint64_t next = 0;       // Segment word of the next block of a chain, or 0
  uint32_t count = 0;      // entries
  uint32_t grow_at = 0;    // with this many the next insertion makes room first
  uint32_t shrink_at = 0;  // an erasure that leaves fewer looks for a smaller shape
  uint8_t tag_depth = 0;
};

class SegmentArena {
 public:
  static constexpr uint32_t kMaxPages = 9;
  static constexpr uint32_t kBucketsPerPage = 64;

  SegmentArena() = default;
  // REQUIRES: every block was freed.
  ~SegmentArena();
  SegmentArena(const SegmentArena&) = delete;
  SegmentArena& operator=(const SegmentArena&) = delete;

  // A block that may use its first `pages` pages, content undefined. Ends the process without memory.
  // REQUIRES: 1 <= pages <= kMaxPages, here and below.
  Bucket* allocate(uint32_t pages);
  // Changes how many pages the block may use; the content of those that it keeps stays.
  void resize(Bucket* block, uint32_t old_pages, uint32_t new_pages);
  void free(Bucket* block, uint32_t pages);
  static SegmentHeader& header(const Bucket* block);

  // Returns the pages that wait to the system; happens by itself when a few blocks wait.
  void release();

  // Bytes of all pages that have memory, headers included.
  size_t bytes_held() const { return bytes_held_; }

  // Slots that changes of shape have moved since the start, of all tables: what single insertions cost,
  // without a clock.
  uint64_t slots_moved() const { return slots_moved_; }
  void count_moved(uint32_t slots) { slots_moved_ += slots; }

 private:
  struct Chunk;
  // Pages [from, to) of a block that it does not use any more and that still have memory.
  struct Waiting {
    Bucket* block;
    uint32_t from;
    uint32_t to;
  };
  static constexpr size_t kMaxWaiting = 8;

  Bucket* take_block();
  void occupy(Bucket* block, uint32_t old_pages, uint32_t new_pages);
  void give_up(Bucket* block, uint32_t from, uint32_t to);
  void forget_waiting(const Chunk* chunk);
  Waiting* waiting_of(const Bucket* block);
  Chunk* map_chunk();
  void link(Chunk* chunk);
  void unlink(Chunk* chunk);

  Chunk* available_ = nullptr;  // chunks with a free block
  size_t bytes_held_ = 0;
  uint64_t slots_moved_ = 0;
  size_t chunks_ = 0;
  size_t free_chunks_ = 0;  // chunks without a block in use
  Waiting waiting_[kMaxWaiting];
  size_t waiting_count_ = 0;
  bool together_ = true;  // the system can take back many ranges in one call
};

}  // namespace aerie

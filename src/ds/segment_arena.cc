// SPDX-License-Identifier: BSD-3-Clause
//
// Chunks with a free block are on one list, the fullest-used first in practice: a chunk goes to the front
// when a block of it is freed. One wholly free chunk is kept, a second is unmapped. Unused pages are poisoned
// under ASan. A block has at most one entry in waiting_, which begins right behind its used pages (at 0 when
// it is free).
#include "aerie/ds/segment_arena.h"

#include <new>

#include "aerie/base/assert.h"
#include "ds/mapping.h"

namespace aerie {
namespace {

constexpr size_t kChunkBytes = size_t{2} << 20;
constexpr size_t kBlockBytes = SegmentArena::kMaxPages * kPageBytes;
constexpr uint32_t kBlocks = 56;
constexpr uint64_t kAllFree = (uint64_t{1} << kBlocks) - 1;
constexpr size_t kHeaderStride = 64;

static_assert(kPageBytes + kBlocks * kBlockBytes <= kChunkBytes);
static_assert(SegmentArena::kBucketsPerPage * sizeof(Bucket) == kPageBytes);
static_assert(sizeof(SegmentHeader) <= kHeaderStride);

char* chunk_base(const void* inside) {
  return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(inside) & ~(kChunkBytes - 1));
}

uint32_t number_of(const Bucket* block) {
  const auto offset = static_cast<size_t>(reinterpret_cast<const char*>(block) - chunk_base(block));
  return static_cast<uint32_t>((offset - kPageBytes) / kBlockBytes);
}

}  // namespace

struct SegmentArena::Chunk {
  alignas(kHeaderStride) Chunk* next;
  Chunk* previous;
  uint64_t free_blocks;  // bit n: block n is free

  char* base() { return reinterpret_cast<char*>(this); }
  Bucket* block(uint32_t number) {
    return reinterpret_cast<Bucket*>(base() + kPageBytes + number * kBlockBytes);
  }
};

SegmentArena::~SegmentArena() {
  AERIE_ASSERT(chunks_ == free_chunks_);
  release();
  while (available_ != nullptr) {
    Chunk* chunk = available_;
    unlink(chunk);
    unpoison(chunk, kChunkBytes);
    unmap(chunk, kChunkBytes);
  }
}

SegmentHeader& SegmentArena::header(const Bucket* block) {
  char* base = chunk_base(block);
  return *reinterpret_cast<SegmentHeader*>(base + (number_of(block) + 1) * kHeaderStride);
}

Bucket* SegmentArena::allocate(uint32_t pages) {
  Bucket* block = take_block();
  new (&header(block)) SegmentHeader();
  occupy(block, 0, pages);
  return block;
}

// A free block that still has memory, else the first.
Bucket* SegmentArena::take_block() {
  Chunk* chunk = available_ != nullptr ? available_ : map_chunk();
  auto number = static_cast<uint32_t>(__builtin_ctzll(chunk->free_blocks));
  for (size_t i = 0; i < waiting_count_; ++i) {
    if (waiting_[i].from != 0) continue;
    chunk = reinterpret_cast<Chunk*>(chunk_base(waiting_[i].block));
    number = number_of(waiting_[i].block);
    break;
  }
  if (chunk->free_blocks == kAllFree) free_chunks_--;
  chunk->free_blocks &= ~(uint64_t{1} << number);
  if (chunk->free_blocks == 0) unlink(chunk);
  return chunk->block(number);
}

void SegmentArena::resize(Bucket* block, uint32_t old_pages, uint32_t new_pages) {
  if (new_pages < old_pages) {
    give_up(block, new_pages, old_pages);
  } else if (new_pages > old_pages) {
    occupy(block, old_pages, new_pages);
  }
}

void SegmentArena::occupy(Bucket* block, uint32_t old_pages, uint32_t new_pages) {
  char* memory = reinterpret_cast<char*>(block);
  unpoison(memory, new_pages * kPageBytes);
  uint32_t resident = old_pages;
  if (Waiting* waiting = waiting_of(block)) {
    resident = waiting->to;
    waiting->from = new_pages;
    if (waiting->from >= waiting->to) *waiting = waiting_[--waiting_count_];
  }
  if (resident >= new_pages) return;
  bytes_held_ += (new_pages - resident) * kPageBytes;
  populate_pages(memory + resident * kPageBytes, (new_pages - resident) * kPageBytes);
}

void SegmentArena::give_up(Bucket* block, uint32_t from, uint32_t to) {
  poison(reinterpret_cast<char*>(block) + from * kPageBytes, (to - from) * kPageBytes);
  if (Waiting* waiting = waiting_of(block)) {
    waiting->from = from;
    return;
  }
  waiting_[waiting_count_++] = {block, from, to};
  // Where ranges cannot go together, letting them wait would only make one long pause out of short ones.
  if (waiting_count_ == kMaxWaiting || !together_) release();
}

SegmentArena::Waiting* SegmentArena::waiting_of(const Bucket* block) {
  for (size_t i = 0; i < waiting_count_; ++i) {
    if (waiting_[i].block == block) return &waiting_[i];
  }
  return nullptr;
}

void SegmentArena::release() {
  if (waiting_count_ == 0) return;
  PageRange ranges[kMaxWaiting];
  for (size_t i = 0; i < waiting_count_; ++i) {
    const Waiting& waiting = waiting_[i];
    const size_t size = (waiting.to - waiting.from) * kPageBytes;
    ranges[i] = {reinterpret_cast<char*>(waiting.block) + waiting.from * kPageBytes, size};
    bytes_held_ -= size;
  }
  together_ = discard_pages(ranges, waiting_count_);
  waiting_count_ = 0;
}

void SegmentArena::free(Bucket* block, uint32_t pages) {
  auto* chunk = reinterpret_cast<Chunk*>(chunk_base(block));
  if (chunk->free_blocks != 0) unlink(chunk);
  chunk->free_blocks |= uint64_t{1} << number_of(block);
  link(chunk);
  give_up(block, 0, pages);
  if (chunk->free_blocks != kAllFree || ++free_chunks_ == 1) return;
  forget_waiting(chunk);
  unlink(chunk);
  free_chunks_--;
  chunks_--;
  bytes_held_ -= kPageBytes;
  unpoison(chunk, kChunkBytes);
  unmap(chunk, kChunkBytes);
}

// The chunk goes as a whole, and with it what waits in it.
void SegmentArena::forget_waiting(const Chunk* chunk) {
  for (size_t i = 0; i < waiting_count_;) {
    const Waiting waiting = waiting_[i];
    if (chunk_base(waiting.block) != reinterpret_cast<const char*>(chunk)) {
      ++i;
      continue;
    }
    bytes_held_ -= (waiting.to - waiting.from) * kPageBytes;
    waiting_[i] = waiting_[--waiting_count_];
  }
}

SegmentArena::Chunk* SegmentArena::map_chunk() {
  char* base = static_cast<char*>(map_aligned(kChunkBytes));
  forbid_huge_pages(base, kChunkBytes);
  poison(base + kPageBytes, kChunkBytes - kPageBytes);
  auto* chunk = new (base) Chunk();
  chunk->free_blocks = kAllFree;
  chunks_++;
  free_chunks_++;
  bytes_held_ += kPageBytes;
  link(chunk);
  return chunk;
}

void SegmentArena::link(Chunk* chunk) {
  chunk->previous = nullptr;
  chunk->next = available_;
  if (available_ != nullptr) available_->previous = chunk;
  available_ = chunk;
}

void SegmentArena::unlink(Chunk* chunk) {
  if (chunk->next != nullptr) chunk->next->previous = chunk->previous;
  if (chunk->previous != nullptr) {
    chunk->previous->next = chunk->next;
  } else {
    available_ = chunk->next;
  }
}

}  // namespace aerie

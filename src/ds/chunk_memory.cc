// SPDX-License-Identifier: BSD-3-Clause
//
// Blocks of chunks, and what a chunk can do without knowing its list: walk its run, take an element at an
// end.
#include "ds/chunk_memory.h"

#include <new>
#include <utility>

namespace aerie {

namespace {

size_t block_bytes(const ListChunk* chunk) {
  return sizeof(ListChunk) + (chunk->plain() ? sizeof(Blob) : chunk->capacity);
}

}  // namespace

uint32_t capacity_for(uint32_t room) {
  return static_cast<uint32_t>(SlabAllocator::block_size(sizeof(ListChunk) + room) - sizeof(ListChunk));
}

ListChunk* allocate_chunk(SlabAllocator& memory, uint32_t room) {
  const uint32_t capacity = capacity_for(room);
  return new (memory.allocate(sizeof(ListChunk) + capacity)) ListChunk{nullptr, nullptr, capacity, 0, 0, 0};
}

ListChunk* allocate_plain_chunk(SlabAllocator& memory, Blob bytes) {
  void* block = memory.allocate(sizeof(ListChunk) + sizeof(Blob));
  auto* chunk = new (block) ListChunk{nullptr, nullptr, 0, 0, 1, 1};
  new (chunk->data()) Blob(std::move(bytes));
  return chunk;
}

void free_chunk(SlabAllocator& memory, ListChunk* chunk) {
  const size_t bytes = block_bytes(chunk);
  if (chunk->plain()) chunk->blob().~Blob();
  memory.free(chunk, bytes);
}

size_t memory_of(const ListChunk* chunk) {
  const size_t block = SlabAllocator::block_bytes(chunk, block_bytes(chunk));
  return chunk->plain() ? block + chunk->blob().capacity() : block;
}

uint32_t chunk_offset(const ListChunk* chunk, uint32_t index) {
  if (index <= chunk->count / 2) {
    uint32_t offset = chunk->begin;
    for (; index > 0; --index) offset += chunk->decode(offset).size;
    return offset;
  }
  uint32_t offset = chunk->end;
  for (uint32_t behind = chunk->count - index; behind > 0; --behind) offset -= chunk->size_before(offset);
  return offset;
}

void put_at_back(ListChunk* chunk, const ListpackItem& item) {
  item.write(chunk->data() + chunk->end);
  chunk->end += static_cast<uint32_t>(item.size());
  ++chunk->count;
}

void put_at_front(ListChunk* chunk, const ListpackItem& item) {
  chunk->begin -= static_cast<uint32_t>(item.size());
  item.write(chunk->data() + chunk->begin);
  ++chunk->count;
}

}  // namespace aerie

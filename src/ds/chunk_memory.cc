// SPDX-License-Identifier: BSD-3-Clause
//
// Blocks of chunks, and what a chunk can do without knowing its list: walk its run, take an element at an
// end.
#include "ds/chunk_memory.h"

#include <cstdlib>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "ds/mapping.h"

namespace aerie {

namespace {

void* allocate_block(size_t size) {
  void* block = std::malloc(size);
  AERIE_ASSERT(block != nullptr && "out of memory");
  return block;
}

}  // namespace

ListChunk* allocate_chunk(uint32_t room) {
  void* block = allocate_block(sizeof(ListChunk) + room);
  const auto capacity = static_cast<uint32_t>(usable_bytes(block) - sizeof(ListChunk));
  return new (block) ListChunk{nullptr, nullptr, capacity, 0, 0, 0};
}

ListChunk* allocate_plain_chunk(Blob bytes) {
  void* block = allocate_block(sizeof(ListChunk) + sizeof(Blob));
  auto* chunk = new (block) ListChunk{nullptr, nullptr, 0, 0, 1, 1};
  new (chunk->data()) Blob(std::move(bytes));
  return chunk;
}

void free_chunk(ListChunk* chunk) {
  if (chunk->plain()) chunk->blob().~Blob();
  std::free(chunk);
}

size_t memory_of(ListChunk* chunk) {
  if (!chunk->plain()) return sizeof(ListChunk) + chunk->capacity;
  return usable_bytes(chunk) + chunk->blob().capacity();
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

// SPDX-License-Identifier: BSD-3-Clause
//
// Chunks of a list as blocks of the slab allocator: made, counted and given back here alone. Each uses all of
// its block's class, so that the size to free it with follows from its head.
#pragma once

#include "aerie/ds/list_chunk.h"
#include "aerie/ds/slab.h"

namespace aerie {

// A chunk of its own (no neighbours) that has room for at least `room` bytes of elements, and holds none:
// begin and end are 0. Ends the process when there is no memory.
ListChunk* allocate_chunk(SlabAllocator& memory, uint32_t room);
// A plain chunk with these bytes.
ListChunk* allocate_plain_chunk(SlabAllocator& memory, Blob bytes);
// REQUIRES: it came from this memory; no list holds it any more.
void free_chunk(SlabAllocator& memory, ListChunk* chunk);
// The capacity of a chunk that is made with this room.
uint32_t capacity_for(uint32_t room);
// Bytes that the allocator counts for the chunk.
size_t memory_of(const ListChunk* chunk);

// The offset of the element with this index in its chunk, walked to from the nearer end; the run's end for
// index == count. REQUIRES: index <= count.
uint32_t chunk_offset(const ListChunk* chunk, uint32_t index);
// Writes the item behind the last or in front of the first element. REQUIRES: there is room.
void put_at_back(ListChunk* chunk, const ListpackItem& item);
void put_at_front(ListChunk* chunk, const ListpackItem& item);

}  // namespace aerie

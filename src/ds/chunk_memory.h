// SPDX-License-Identifier: BSD-3-Clause
//
// Chunks of a list as blocks of memory: made, counted and given back here alone. Each uses all that malloc
// set aside for it, so the accounting of a run's chunk follows from its head.
#pragma once

#include "aerie/ds/list_chunk.h"

namespace aerie {

// A chunk of its own (no neighbours) that has room for at least `room` bytes of elements, and holds none:
// begin and end are 0. Ends the process when there is no memory.
ListChunk* allocate_chunk(uint32_t room);
// A plain chunk with these bytes.
ListChunk* allocate_plain_chunk(Blob bytes);
// REQUIRES: no list holds the chunk any more.
void free_chunk(ListChunk* chunk);
// Bytes that the allocator counts for the chunk.
size_t memory_of(ListChunk* chunk);

// The offset of the element with this index in its chunk, walked to from the nearer end; the run's end for
// index == count. REQUIRES: index <= count.
uint32_t chunk_offset(const ListChunk* chunk, uint32_t index);
// Writes the item behind the last or in front of the first element. REQUIRES: there is room.
void put_at_back(ListChunk* chunk, const ListpackItem& item);
void put_at_front(ListChunk* chunk, const ListpackItem& item);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// A long list of byte strings: chunks in a row (aerie/ds/list_chunk.h), pushed and popped at both ends in
// O(1), without moving what is there.
//
//   first_ --> | chunk | <--> | chunk | <--> ... <--> | chunk | <-- last_
//
// The chunk at an end grows by doubling (a list that is long already starts with a whole one) and is cut to
// what it holds when the next one takes over, so that all but two chunks are full. Where elements go in the
// middle, small neighbours are joined. A chunk that becomes empty is freed at once; what is dropped as a
// whole (cut, a list that is deleted) can be freed in slices: release_some().
//
// Chunks are blocks of a SlabAllocator, which the owner of the list names once and which outlives the list.
// Views (elements, cursors) become invalid with each change of the list. Bytes that are given to a change
// must not lie in the list itself. Running out of memory ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/blob.h"
#include "aerie/ds/list_chunk.h"
#include "aerie/ds/listpack.h"
#include "aerie/ds/slab.h"

namespace aerie {

enum class ListEnd : uint8_t { kFront, kBack };

// 48 bytes that may be moved as bytes: nothing points to the object itself.
class ChunkedList {
 public:
  explicit ChunkedList(SlabAllocator& memory) : memory_(&memory) {}
  // What was moved from is an empty list of the same memory.
  ChunkedList(ChunkedList&& other) noexcept : memory_(other.memory_) { swap(other); }
  ChunkedList& operator=(ChunkedList&& other) noexcept {
    ChunkedList moved(std::move(other));
    swap(moved);
    return *this;
  }
  ChunkedList(const ChunkedList&) = delete;
  ChunkedList& operator=(const ChunkedList&) = delete;
  // Frees everything at once: release_some() before, when that may be much.
  ~ChunkedList();
  void swap(ChunkedList& other) noexcept;

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Bytes that the list keeps from the allocator, without the object itself, as that counts them. O(1).
  size_t allocated_bytes() const { return bytes_; }
  size_t chunk_count() const { return chunks_; }

  // --- The ends: O(1), amortised where memory is allocated. ---
  void push(ListEnd end, std::string_view bytes, const ListFill& fill);
  // The same; bytes too large for a chunk are taken over from the blob, which is empty then, without a copy.
  void push(ListEnd end, Blob* bytes, const ListFill& fill);
  // REQUIRES for the rest: !empty().
  ListpackElement peek(ListEnd end) const;
  void drop(ListEnd end) {
    pop(end, [](ListpackElement) {});
  }
  // Calls visitor(ListpackElement), then removes the element. The visitor must not change the list.
  template <typename Visitor>
  void pop(ListEnd end, Visitor&& visitor);
  // Removes `elements` elements from one end and returns the chunks that went as a whole, for release_some();
  // what else they held of the list is of no meaning. O(chunks removed or kept, whichever are
  // fewer). REQUIRES: elements <= size().
  ChunkedList cut(ListEnd end, uint64_t elements, const ListFill& fill);

  // --- Reading ---
  // A cursor on the element with this index, invalid when there is none. O(chunks from the nearer end), and
  // the elements of one chunk; O(1) for the first and the last.
  ListCursor seek(uint64_t index) const;

  // --- Changes in the middle: O(bytes of a chunk). REQUIRES: the cursor is valid and of this list. ---
  void replace(const ListCursor& at, std::string_view bytes, const ListFill& fill);
  void insert_before(const ListCursor& at, std::string_view bytes, const ListFill& fill);
  void insert_after(const ListCursor& at, std::string_view bytes, const ListFill& fill);
  void erase(const ListCursor& at, const ListFill& fill);
  // Removes the elements that have the item's text, walking from `from`, at most `limit` of them. Returns how
  // many; chunks that went as a whole are behind those of `gone` then, as cut() returns them. O(bytes walked
  // over), each element moved at most twice.
  uint64_t erase_matching(const ListpackItem& item, ListEnd from, uint64_t limit, const ListFill& fill,
                          ChunkedList* gone);
  // Takes the bytes of an element too large for a chunk out of the list, without a copy; an empty blob for
  // any other element. For a caller that removes or replaces the element next, and may want to free what is
  // very large in slices. O(1). REQUIRES: as above; nothing else is done with an element whose bytes were
  // taken.
  Blob take_large(const ListCursor& at);

  // --- As a whole ---
  // The elements of a run, copied. O(bytes).
  static ChunkedList from_run(SlabAllocator& memory, ListpackView run, const ListFill& fill);
  // Bytes of all elements as one run; nothing when that is more than a listpack may have. O(chunks).
  std::optional<uint32_t> run_bytes() const;
  // Bytes of the chunks as Redis counts its nodes: each run in the frame of a listpack, large elements as
  // they are. O(chunks).
  uint64_t framed_bytes() const;
  // Writes the run. REQUIRES: run_bytes() has a value, room for it at `out`. O(bytes).
  void copy_run(char* out) const;
  // A copy with chunks as tight as they can be. O(bytes).
  ChunkedList clone() const;
  // Takes over the chunks of `other` behind its own. O(1). REQUIRES: they are of the same memory.
  void append(ChunkedList&& other);
  // Frees about `slices` chunks (of very large elements: 256 KiB), from either end. False when none is left.
  // REQUIRES: nobody wants to read the list again.
  bool release_some(size_t slices);

  // Whether links, counts, sizes and encodings agree; reads everything, for tests.
  bool consistent() const;

 private:
  // A place between two chunks; null at the ends.
  struct Border {
    ListChunk* left;
    ListChunk* right;
  };

  ListChunk* end_chunk(ListEnd end) const { return end == ListEnd::kFront ? first_ : last_; }
  Border outside(ListEnd end) const {
    return end == ListEnd::kFront ? Border{nullptr, first_} : Border{last_, nullptr};
  }
  void push_other(ListEnd end, std::string_view bytes, const ListFill& fill);
  void push_item(ListEnd end, const ListpackItem& item, const ListFill& fill);
  ListChunk* chunk_with_room(ListEnd end, uint32_t need, const ListFill& fill);
  void push_plain(ListEnd end, Blob bytes);
  ListChunk* make_room(ListChunk* chunk, ListEnd end, uint32_t need, const ListFill& fill);
  uint32_t first_room(uint32_t need, const ListFill& fill) const;

  ListChunk* end_to_free_first() const;
  void link(ListChunk* chunk, Border place);
  void unlink(ListChunk* chunk);
  void erase_chunk(ListChunk* chunk);
  ListChunk* reallocate(ListChunk* chunk, uint32_t room, ListEnd free_room_at);
  ListChunk* tighten(ListChunk* chunk, uint32_t slack_allowed);

  ListChunk* insert_at(ListChunk* chunk, uint32_t offset, const ListpackItem& item, const ListFill& fill);
  void insert_between(Border border, const ListpackItem& item, const ListFill& fill);
  ListChunk* insert_in_chunk(ListChunk* chunk, uint32_t offset, const ListpackItem& item,
                             const ListFill& fill);
  ListChunk* open_gap(ListChunk* chunk, uint32_t* offset, uint32_t need, const ListFill& fill);
  uint32_t close_gap(ListChunk* chunk, uint32_t offset, uint32_t size);
  Border split(ListChunk* chunk, uint32_t offset);
  ListChunk* join(ListChunk* left, ListChunk* right, const ListFill& fill);
  ListChunk* settle_towards(ListChunk* chunk, ListEnd side, const ListFill& fill);
  void settle(ListChunk* chunk, const ListFill& fill);
  enum class Share : uint8_t { kAtMost, kAtLeast };
  ChunkedList split_off(ListEnd end, uint64_t elements, Share share);
  void cut_within(ListEnd end, uint32_t elements, const ListFill& fill);

  SlabAllocator* memory_;
  ListChunk* first_ = nullptr;
  ListChunk* last_ = nullptr;
  uint64_t size_ = 0;
  size_t bytes_ = 0;
  size_t chunks_ = 0;
};
static_assert(sizeof(ChunkedList) == 48);

inline ListpackElement ChunkedList::peek(ListEnd end) const {
  AERIE_ASSERT(!empty());
  const ListChunk* chunk = end_chunk(end);
  const uint32_t offset = end == ListEnd::kFront ? chunk->begin : chunk->end - chunk->size_before(chunk->end);
  return chunk->decode(offset).element;
}

template <typename Visitor>
void ChunkedList::pop(ListEnd end, Visitor&& visitor) {
  AERIE_ASSERT(!empty());
  ListChunk* chunk = end_chunk(end);
  const bool front = end == ListEnd::kFront;
  const uint32_t offset = front ? chunk->begin : chunk->end - chunk->size_before(chunk->end);
  const listpack::Decoded decoded = chunk->decode(offset);
  visitor(decoded.element);
  if (chunk->count == 1) [[unlikely]]
    return erase_chunk(chunk);
  --chunk->count;
  --size_;
  if (front) {
    chunk->begin += decoded.size;
  } else {
    chunk->end = offset;
  }
}

}  // namespace aerie

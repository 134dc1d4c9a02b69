// SPDX-License-Identifier: BSD-3-Clause
//
// What a ChunkedList is made of: chunks, how large they may become, and a cursor over their elements. A chunk
// is one block of the slab allocator: this head, and a run of listpack elements with free room at both ends,
// so that neither end has to move what is there. With its head a full-sized chunk is a power of two, which is
// exactly a part of a slab.
//
//   | head, 32 | free room | element | element | ... | element | free room |
//              0           begin                               end         capacity
//
// An element that is too large for a chunk has one for itself, a plain one: the head, and a Blob with the
// bytes as they are. For everything that only moves between chunks it looks like a run of one byte and no
// room.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/base/blob.h"
#include "aerie/ds/listpack_element.h"

namespace aerie {

// How large chunks may become. A plain value, given with each operation: chunks that exist keep their size
// when the limit changes.
struct ListFill {
  uint32_t run_bytes;  // most bytes of elements in a chunk
  uint32_t count;      // most elements in a chunk

  // What the option list-max-listpack-size means: -1 to -5 (and below) are chunks of 4, 8, 16, 32 and 64 KiB,
  // head included; a positive value is a number of elements, within 8 KiB; 0 is 1.
  static constexpr ListFill from_option(int64_t value);
};

struct ListChunk {
  ListChunk* previous;
  ListChunk* next;
  uint32_t capacity;  // bytes behind the head that the run may use; 0 in a plain chunk
  uint32_t begin;     // where the run begins and ends; 0 and 1 in a plain chunk
  uint32_t end;
  uint32_t count;

  bool plain() const { return capacity == 0; }
  uint32_t bytes() const { return end - begin; }
  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  // REQUIRES: plain().
  Blob& blob() { return *reinterpret_cast<Blob*>(this + 1); }
  const Blob& blob() const { return *reinterpret_cast<const Blob*>(this + 1); }
  // Whether the limits allow `size` more bytes as one more element.
  bool allows(size_t size, const ListFill& fill) const {
    return bytes() + size <= fill.run_bytes && count < fill.count && !plain();
  }
  // The element at an offset in [begin, end), and its size. REQUIRES: one starts there.
  listpack::Decoded decode(uint32_t offset) const {
    if (plain()) [[unlikely]]
      return {ListpackElement(blob().view()), 1};
    return listpack::decode(data() + offset);
  }
  // Bytes of the element that ends at `offset`. REQUIRES: offset > begin.
  uint32_t size_before(uint32_t offset) const { return plain() ? 1 : listpack::size_before(data() + offset); }
};
static_assert(sizeof(ListChunk) == 32);

constexpr ListFill ListFill::from_option(int64_t value) {
  constexpr uint32_t kSafeBytes = 8192 - sizeof(ListChunk);
  constexpr uint32_t kAnyCount = ~uint32_t{0};
  if (value >= 0)
    return {kSafeBytes, value == 0 ? 1 : value < kAnyCount ? static_cast<uint32_t>(value) : kAnyCount};
  const int64_t level = value < -5 ? 5 : -value;
  return {(uint32_t{2048} << level) - static_cast<uint32_t>(sizeof(ListChunk)), kAnyCount};
}

// An element of a list, or no element any more behind the last and in front of the first. Made by
// ChunkedList; becomes invalid with every change of the list.
class ListCursor {
 public:
  ListCursor() = default;

  bool valid() const { return chunk_ != nullptr; }
  // REQUIRES: valid().
  ListpackElement element() const { return element_; }
  // To the neighbour, O(1). REQUIRES: valid().
  void next() {
    offset_ += size_;
    if (offset_ == chunk_->end) [[unlikely]]
      return enter_front(chunk_->next);
    load();
  }
  void previous() {
    if (offset_ == chunk_->begin) [[unlikely]]
      return enter_back(chunk_->previous);
    offset_ -= chunk_->size_before(offset_);
    load();
  }
  // Hands up to `count` elements from here on to visit(ListpackElement) and moves behind them; faster than as
  // many calls of next(). Gives back how many of `count` were not there. REQUIRES: valid().
  template <typename Visit>
  uint64_t visit(uint64_t count, Visit& visit) {
    while (count != 0 && chunk_ != nullptr) {
      if (chunk_->plain()) [[unlikely]] {
        visit(element_);
        --count;
        next();
        continue;
      }
      const char* const run = chunk_->data();
      count = listpack::visit(run, &offset_, chunk_->end, count, visit);
      offset_ == chunk_->end ? enter_front(chunk_->next) : load();
    }
    return count;
  }

 private:
  friend class ChunkedList;
  ListCursor(ListChunk* chunk, uint32_t offset) : chunk_(chunk), offset_(offset) { load(); }
  void load() {
    const listpack::Decoded decoded = chunk_->decode(offset_);
    element_ = decoded.element;
    size_ = decoded.size;
  }
  void enter_front(ListChunk* chunk) {
    chunk_ = chunk;
    if (chunk == nullptr) return;
    offset_ = chunk->begin;
    load();
  }
  void enter_back(ListChunk* chunk) {
    chunk_ = chunk;
    if (chunk == nullptr) return;
    offset_ = chunk->end - chunk->size_before(chunk->end);
    load();
  }

  ListChunk* chunk_ = nullptr;
  uint32_t offset_ = 0;
  uint32_t size_ = 0;  // of the element
  ListpackElement element_;
};

}  // namespace aerie

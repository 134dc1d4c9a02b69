// SPDX-License-Identifier: BSD-3-Clause
//
// The ends of the list, the chain of chunks with its sums, reading, and what is done with all chunks. Changes
// in the middle are in chunked_list_edit.cc.
//
// link(), unlink() and split_off() alone keep size_, bytes_ and chunks_; whoever changes a chunk that is
// linked adds the difference. Invariant between operations: no chunk of the chain is empty.
#include "aerie/ds/chunked_list.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "ds/chunk_memory.h"

namespace aerie {

namespace {

// The first chunk of a list, head included; doubled until the limit is reached.
constexpr uint32_t kFirstBlock = 512;
// A list that has as many times the limit starts chunks at the limit.
constexpr size_t kGrowthShare = 8;
// Very large elements are freed in slices of this size.
constexpr size_t kSliceBytes = size_t{256} << 10;
constexpr size_t kFreedAtOnce = size_t{1} << 20;

uint32_t room_at(const ListChunk* chunk, ListEnd end) {
  return end == ListEnd::kFront ? chunk->begin : chunk->capacity - chunk->end;
}

}  // namespace

ChunkedList::~ChunkedList() {
  while (first_ != nullptr) erase_chunk(first_);
}

void ChunkedList::swap(ChunkedList& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(first_, other.first_);
  std::swap(last_, other.last_);
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  std::swap(chunks_, other.chunks_);
}

// --- The chain ---

void ChunkedList::link(ListChunk* chunk, Border place) {
  chunk->previous = place.left;
  chunk->next = place.right;
  (place.left != nullptr ? place.left->next : first_) = chunk;
  (place.right != nullptr ? place.right->previous : last_) = chunk;
  size_ += chunk->count;
  bytes_ += memory_of(chunk);
  ++chunks_;
}

void ChunkedList::unlink(ListChunk* chunk) {
  (chunk->previous != nullptr ? chunk->previous->next : first_) = chunk->next;
  (chunk->next != nullptr ? chunk->next->previous : last_) = chunk->previous;
  size_ -= chunk->count;
  bytes_ -= memory_of(chunk);
  --chunks_;
}

void ChunkedList::erase_chunk(ListChunk* chunk) {
  unlink(chunk);
  free_chunk(*memory_, chunk);
}

// Moves a run to a block that has `room` for elements; what it does not fill is at one end. Returns the new
// chunk.
ListChunk* ChunkedList::reallocate(ListChunk* chunk, uint32_t room, ListEnd free_room_at) {
  ListChunk* moved = allocate_chunk(*memory_, room);
  moved->begin = free_room_at == ListEnd::kFront ? moved->capacity - chunk->bytes() : 0;
  moved->end = moved->begin + chunk->bytes();
  moved->count = chunk->count;
  std::memcpy(moved->data() + moved->begin, chunk->data() + chunk->begin, chunk->bytes());
  const Border place{chunk->previous, chunk->next};
  erase_chunk(chunk);
  link(moved, place);
  return moved;
}

// Gives back free room of more than `slack_allowed` bytes, where a smaller block exists. Returns the chunk,
// which may have moved.
ListChunk* ChunkedList::tighten(ListChunk* chunk, uint32_t slack_allowed) {
  if (chunk->plain() || chunk->capacity - chunk->bytes() <= slack_allowed) return chunk;
  if (capacity_for(chunk->bytes()) >= chunk->capacity) return chunk;
  return reallocate(chunk, chunk->bytes(), ListEnd::kBack);
}

// --- The ends ---

void ChunkedList::push(ListEnd end, std::string_view bytes, const ListFill& fill) {
  // What most elements are, without the detour over an item that lies in memory.
  ListChunk* chunk = end_chunk(end);
  const size_t size = bytes.size() + 2;
  if (!listpack::is_short_string(bytes) || chunk == nullptr || !chunk->allows(size, fill) ||
      room_at(chunk, end) < size)
    return push_other(end, bytes, fill);
  const auto step = static_cast<uint32_t>(size);
  const bool front = end == ListEnd::kFront;
  if (front) chunk->begin -= step;
  char* place = chunk->data() + (front ? chunk->begin : chunk->end);
  if (!front) chunk->end += step;
  ++chunk->count;
  ++size_;
  listpack::write_short_string(place, bytes);
}

// Out of line on purpose: push() then needs no stack of its own.
[[gnu::noinline]] void ChunkedList::push_other(ListEnd end, std::string_view bytes, const ListFill& fill) {
  push_item(end, ListpackItem(bytes), fill);
}

void ChunkedList::push(ListEnd end, Blob* bytes, const ListFill& fill) {
  const ListpackItem item(bytes->view());
  if (item.size() > fill.run_bytes) return push_plain(end, std::move(*bytes));
  push_item(end, item, fill);
}

void ChunkedList::push_item(ListEnd end, const ListpackItem& item, const ListFill& fill) {
  if (item.size() > fill.run_bytes) return push_plain(end, Blob::copy_of(item.text()));
  const auto need = static_cast<uint32_t>(item.size());
  ListChunk* chunk = end_chunk(end);
  if (chunk == nullptr || !chunk->allows(need, fill) || room_at(chunk, end) < need)
    chunk = chunk_with_room(end, need, fill);
  end == ListEnd::kBack ? put_at_back(chunk, item) : put_at_front(chunk, item);
  ++size_;
}

// The chunk at this end, replaced by a larger one or with a new one beside it, that has room for `need`
// bytes.
ListChunk* ChunkedList::chunk_with_room(ListEnd end, uint32_t need, const ListFill& fill) {
  if (ListChunk* former = end_chunk(end)) {
    if (former->allows(need, fill)) {
      if (ListChunk* larger = make_room(former, end, need, fill)) return larger;
    }
    tighten(former, former->capacity / 8);
  }
  ListChunk* chunk = allocate_chunk(*memory_, first_room(need, fill));
  chunk->begin = chunk->end = end == ListEnd::kFront ? chunk->capacity : 0;
  link(chunk, outside(end));
  return chunk;
}

void ChunkedList::push_plain(ListEnd end, Blob bytes) {
  if (ListChunk* former = end_chunk(end)) tighten(former, former->capacity / 8);
  link(allocate_plain_chunk(*memory_, std::move(bytes)), outside(end));
}

// Makes room for `need` bytes at one end of a chunk that is allowed to take them: by moving a run that fills
// less than half of its block to the middle (then a quarter of the block is pushed before the next such
// move), or with a block of twice the size. Returns the chunk, which may have moved, or null when another
// chunk should be started.
ListChunk* ChunkedList::make_room(ListChunk* chunk, ListEnd end, uint32_t need, const ListFill& fill) {
  const uint32_t free_bytes = chunk->capacity - chunk->bytes();
  if (chunk->bytes() <= chunk->capacity / 2 && free_bytes >= need) {
    const uint32_t gap = std::max(need, free_bytes / 2);
    const uint32_t begin = end == ListEnd::kFront ? gap : free_bytes - gap;
    std::memmove(chunk->data() + begin, chunk->data() + chunk->begin, chunk->bytes());
    chunk->end = begin + chunk->bytes();
    chunk->begin = begin;
    return chunk;
  }
  if (chunk->capacity >= fill.run_bytes) return nullptr;
  constexpr uint32_t kHead = sizeof(ListChunk);
  const uint32_t doubled = std::max((chunk->capacity + kHead) * 2 - kHead, chunk->bytes() + need);
  return reallocate(chunk, std::min(doubled, fill.run_bytes), end);
}

// The room of a new chunk at an end, whose first element takes `need` bytes.
uint32_t ChunkedList::first_room(uint32_t need, const ListFill& fill) const {
  constexpr size_t kFirstRoom = kFirstBlock - sizeof(ListChunk);
  const size_t wanted = std::min<size_t>(std::max(kFirstRoom, bytes_ / kGrowthShare), fill.run_bytes);
  // Where the number of elements is what limits chunks, the others are taken to be like the first.
  const uint64_t all_alike = uint64_t{need} * fill.count;
  return std::max(need, static_cast<uint32_t>(std::min<uint64_t>(wanted, all_alike)));
}

ChunkedList ChunkedList::cut(ListEnd end, uint64_t elements, const ListFill& fill) {
  AERIE_ASSERT(elements <= size_);
  const uint64_t kept = size_ - elements;
  ChunkedList gone(*memory_);
  if (elements <= kept) {
    gone = split_off(end, elements, Share::kAtMost);
  } else {
    gone = split_off(end == ListEnd::kFront ? ListEnd::kBack : ListEnd::kFront, kept, Share::kAtLeast);
    swap(gone);
  }
  if (size_ > kept) cut_within(end, static_cast<uint32_t>(size_ - kept), fill);
  return gone;
}

// Whole chunks at one end: the most that have no more elements, or the fewest that have no less. O(chunks
// split off).
ChunkedList ChunkedList::split_off(ListEnd end, uint64_t elements, Share share) {
  const bool front = end == ListEnd::kFront;
  ChunkedList part(*memory_);
  ListChunk* chunk = end_chunk(end);
  ListChunk* outer = nullptr;
  while (chunk != nullptr &&
         (share == Share::kAtMost ? part.size_ + chunk->count <= elements : part.size_ < elements)) {
    part.size_ += chunk->count;
    part.bytes_ += memory_of(chunk);
    ++part.chunks_;
    outer = chunk;
    chunk = front ? chunk->next : chunk->previous;
  }
  if (outer == nullptr) return part;
  part.first_ = front ? first_ : outer;
  part.last_ = front ? outer : last_;
  (front ? outer->next : outer->previous) = nullptr;
  if (chunk != nullptr) (front ? chunk->previous : chunk->next) = nullptr;
  (front ? first_ : last_) = chunk;
  if (chunk == nullptr) (front ? last_ : first_) = nullptr;
  size_ -= part.size_;
  bytes_ -= part.bytes_;
  chunks_ -= part.chunks_;
  return part;
}

void ChunkedList::cut_within(ListEnd end, uint32_t elements, const ListFill& fill) {
  ListChunk* chunk = end_chunk(end);
  if (end == ListEnd::kFront) {
    chunk->begin = chunk_offset(chunk, elements);
  } else {
    chunk->end = chunk_offset(chunk, chunk->count - elements);
  }
  chunk->count -= elements;
  size_ -= elements;
  settle(chunk, fill);
}

// --- Reading ---

ListCursor ChunkedList::seek(uint64_t index) const {
  if (index >= size_) return {};
  ListChunk* chunk = nullptr;
  if (index < size_ / 2) {
    for (chunk = first_; index >= chunk->count; chunk = chunk->next) index -= chunk->count;
  } else {
    uint64_t behind = size_ - index;  // elements from this one on
    for (chunk = last_; behind > chunk->count; chunk = chunk->previous) behind -= chunk->count;
    index = chunk->count - behind;
  }
  return {chunk, chunk_offset(chunk, static_cast<uint32_t>(index))};
}

// --- As a whole ---

ChunkedList ChunkedList::from_run(SlabAllocator& memory, ListpackView run, const ListFill& fill) {
  ChunkedList list(memory);
  for (uint32_t at = 0; at < run.bytes();) {
    const uint32_t start = at;
    uint32_t count = 0;
    for (uint32_t size = 0; at < run.bytes() && count < fill.count; at += size, ++count) {
      size = run.size_at(at);
      if (at - start + size > fill.run_bytes) break;
    }
    ListChunk* chunk = nullptr;
    if (count > 0) {
      chunk = allocate_chunk(memory, at - start);
      std::memcpy(chunk->data(), run.data() + start, at - start);
      chunk->end = at - start;
      chunk->count = count;
    } else {
      char scratch[kMaxInt64Chars];
      chunk = allocate_plain_chunk(memory, Blob::copy_of(run.element(at).text(scratch)));
      at = run.next(at);
    }
    list.link(chunk, list.outside(ListEnd::kBack));
  }
  return list;
}

std::optional<uint32_t> ChunkedList::run_bytes() const {
  uint32_t total = 0;
  for (const ListChunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
    const size_t size = chunk->plain() ? ListpackItem(chunk->blob().view()).size() : chunk->bytes();
    const auto sum = listpack::bytes_after(total, 0, size);
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

uint64_t ChunkedList::framed_bytes() const {
  uint64_t total = 0;
  for (const ListChunk* chunk = first_; chunk != nullptr; chunk = chunk->next)
    total += chunk->plain() ? chunk->blob().size() : listpack::framed_bytes(chunk->bytes());
  return total;
}

void ChunkedList::copy_run(char* out) const {
  for (const ListChunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
    if (chunk->plain()) {
      const ListpackItem item(chunk->blob().view());
      item.write(out);
      out += item.size();
    } else {
      std::memcpy(out, chunk->data() + chunk->begin, chunk->bytes());
      out += chunk->bytes();
    }
  }
}

ChunkedList ChunkedList::clone() const {
  ChunkedList copy(*memory_);
  for (const ListChunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
    ListChunk* twin = nullptr;
    if (chunk->plain()) {
      twin = allocate_plain_chunk(*memory_, Blob::copy_of(chunk->blob().view()));
    } else {
      twin = allocate_chunk(*memory_, chunk->bytes());
      std::memcpy(twin->data(), chunk->data() + chunk->begin, chunk->bytes());
      twin->end = chunk->bytes();
      twin->count = chunk->count;
    }
    copy.link(twin, copy.outside(ListEnd::kBack));
  }
  return copy;
}

void ChunkedList::append(ChunkedList&& other) {
  AERIE_ASSERT(memory_ == other.memory_);
  if (first_ == nullptr) return swap(other);
  if (other.first_ == nullptr) return;
  last_->next = other.first_;
  other.first_->previous = last_;
  last_ = std::exchange(other.last_, nullptr);
  other.first_ = nullptr;
  size_ += std::exchange(other.size_, 0);
  bytes_ += std::exchange(other.bytes_, 0);
  chunks_ += std::exchange(other.chunks_, 0);
}

// Bytes of plain chunks are malloc's. glibc's heap gives memory back to the system at its top, so from the
// end with the higher addresses this is a little each time, instead of all of it with the last chunk.
ListChunk* ChunkedList::end_to_free_first() const {
  if (!first_->plain() || !last_->plain()) return first_;
  return std::less<>()(first_->blob().data(), last_->blob().data()) ? last_ : first_;
}

bool ChunkedList::release_some(size_t slices) {
  for (; slices > 0 && first_ != nullptr; --slices) {
    ListChunk* chunk = end_to_free_first();
    const size_t capacity = chunk->plain() ? chunk->blob().capacity() : 0;
    if (capacity <= kFreedAtOnce) {
      erase_chunk(chunk);
      continue;
    }
    Blob& blob = chunk->blob();
    blob.set_size(capacity - kSliceBytes);
    blob.shrink_to_fit();
    bytes_ -= capacity - blob.capacity();
    // The kernel splits no more mappings: as a whole, then.
    if (blob.capacity() == capacity) erase_chunk(chunk);
  }
  return first_ != nullptr;
}

bool ChunkedList::consistent() const {
  uint64_t size = 0;
  size_t bytes = 0;
  size_t chunks = 0;
  const ListChunk* previous = nullptr;
  for (ListChunk* chunk = first_; chunk != nullptr; previous = chunk, chunk = chunk->next) {
    if (chunk->previous != previous || chunk->count == 0) return false;
    if (chunk->begin >= chunk->end) return false;
    if (!chunk->plain() && (chunk->end > chunk->capacity || chunk->capacity != capacity_for(chunk->capacity)))
      return false;
    uint32_t offset = chunk->begin;
    for (uint32_t i = 0; i < chunk->count; ++i) {
      if (offset >= chunk->end) return false;
      const uint32_t element_bytes = chunk->decode(offset).size;
      offset += element_bytes;
      if (offset > chunk->end || chunk->size_before(offset) != element_bytes) return false;
    }
    if (offset != chunk->end) return false;
    size += chunk->count;
    bytes += memory_of(chunk);
    ++chunks;
  }
  return previous == last_ && size == size_ && bytes == bytes_ && chunks == chunks_;
}

}  // namespace aerie

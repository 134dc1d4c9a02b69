// SPDX-License-Identifier: BSD-3-Clause
//
// Changes in the middle of a list. A place is a chunk and an offset in it between two elements (from begin to
// end). An element goes into the chunk, else into a neighbour when the place is at the border, else the chunk
// is split at the place. What becomes small is joined with a neighbour or gets a smaller block, so that
// repeated changes leave no crumbs; each change touches at most a few chunks.
#include <algorithm>
#include <cstring>
#include <utility>

#include "aerie/ds/chunked_list.h"
#include "ds/chunk_memory.h"

namespace aerie {

namespace {

// Neighbours that would fill less than three quarters of a chunk are joined: not more, so that what was
// joined does not have to be split by the next insertion.
bool are_small(const ListChunk* left, const ListChunk* right, const ListFill& fill) {
  if (left == nullptr || right == nullptr || left->plain() || right->plain()) return false;
  return uint64_t{left->bytes()} + right->bytes() <= fill.run_bytes / 4 * 3 &&
         uint64_t{left->count} + right->count <= fill.count;
}

// Removes the elements that match from the run, those in front first; they are closed up towards the front.
uint32_t erase_from_front(ListChunk* chunk, const ListpackItem& item, uint64_t limit) {
  char* data = chunk->data();
  uint32_t removed = 0;
  uint32_t written = chunk->begin;  // the end of what is closed up
  uint32_t kept = chunk->begin;     // from here on nothing was moved or removed yet
  const auto close_up = [&](uint32_t until) {
    std::memmove(data + written, data + kept, until - kept);
    written += until - kept;
  };
  for (uint32_t at = chunk->begin; at < chunk->end && removed < limit;) {
    const listpack::Decoded decoded = chunk->decode(at);
    if (item.matches(decoded.element)) {
      close_up(at);
      kept = at + decoded.size;
      ++removed;
    }
    at += decoded.size;
  }
  if (removed > 0) {
    close_up(chunk->end);
    chunk->end = written;
  }
  return removed;
}

// The same, those at the back first; they are closed up towards the back.
uint32_t erase_from_back(ListChunk* chunk, const ListpackItem& item, uint64_t limit) {
  char* data = chunk->data();
  uint32_t removed = 0;
  uint32_t written = chunk->end;
  uint32_t kept = chunk->end;
  const auto close_up = [&](uint32_t from) {
    written -= kept - from;
    std::memmove(data + written, data + from, kept - from);
  };
  for (uint32_t at = chunk->end; at > chunk->begin && removed < limit;) {
    const uint32_t start = at - chunk->size_before(at);
    if (item.matches(chunk->decode(start).element)) {
      close_up(at);
      kept = start;
      ++removed;
    }
    at = start;
  }
  if (removed > 0) {
    close_up(chunk->begin);
    chunk->begin = written;
  }
  return removed;
}

}  // namespace

// --- Inserting ---

void ChunkedList::insert_before(const ListCursor& at, std::string_view bytes, const ListFill& fill) {
  AERIE_ASSERT(at.valid());
  insert_at(at.chunk_, at.offset_, ListpackItem(bytes), fill);
}

void ChunkedList::insert_after(const ListCursor& at, std::string_view bytes, const ListFill& fill) {
  AERIE_ASSERT(at.valid());
  insert_at(at.chunk_, at.offset_ + at.size_, ListpackItem(bytes), fill);
}

// Returns the chunk that the element went into, or null when the neighbourhood is settled already.
ListChunk* ChunkedList::insert_at(ListChunk* chunk, uint32_t offset, const ListpackItem& item,
                                  const ListFill& fill) {
  if (item.size() <= fill.run_bytes) {
    ListChunk* left = chunk->previous;
    ListChunk* right = chunk->next;
    if (chunk->allows(item.size(), fill)) return insert_in_chunk(chunk, offset, item, fill);
    if (offset == chunk->begin && left != nullptr && left->allows(item.size(), fill))
      return insert_in_chunk(left, left->end, item, fill);
    if (offset == chunk->end && right != nullptr && right->allows(item.size(), fill))
      return insert_in_chunk(right, right->begin, item, fill);
  }
  insert_between(split(chunk, offset), item, fill);
  return nullptr;
}

void ChunkedList::insert_between(Border border, const ListpackItem& item, const ListFill& fill) {
  if (item.size() > fill.run_bytes) {
    link(allocate_plain_chunk(*memory_, Blob::copy_of(item.text())), border);
  } else {
    const bool left = border.left != nullptr && border.left->allows(item.size(), fill);
    const bool right = border.right != nullptr && border.right->allows(item.size(), fill);
    if (left && (!right || border.left->bytes() <= border.right->bytes())) {
      border.left = insert_in_chunk(border.left, border.left->end, item, fill);
    } else if (right) {
      border.right = insert_in_chunk(border.right, border.right->begin, item, fill);
    } else {
      ListChunk* alone = allocate_chunk(*memory_, static_cast<uint32_t>(item.size()));
      put_at_back(alone, item);
      link(alone, border);
    }
  }
  if (border.left != nullptr) settle_towards(border.left, ListEnd::kFront, fill);
  if (border.right != nullptr) settle_towards(border.right, ListEnd::kBack, fill);
}

// Returns the chunk, which may have moved. REQUIRES: chunk->allows(item.size(), fill).
ListChunk* ChunkedList::insert_in_chunk(ListChunk* chunk, uint32_t offset, const ListpackItem& item,
                                        const ListFill& fill) {
  chunk = open_gap(chunk, &offset, static_cast<uint32_t>(item.size()), fill);
  item.write(chunk->data() + offset);
  ++chunk->count;
  ++size_;
  return chunk;
}

// Makes the run `need` bytes longer at the offset, which may change, and moves the shorter side when both
// sides have room. Returns the chunk, which may have moved.
ListChunk* ChunkedList::open_gap(ListChunk* chunk, uint32_t* offset, uint32_t need, const ListFill& fill) {
  if (chunk->begin < need && chunk->capacity - chunk->end < need) {
    const uint32_t in_front = *offset - chunk->begin;
    const uint32_t needed = chunk->bytes() + need;
    const uint32_t room = std::max(needed, std::min(needed + needed / 4, fill.run_bytes));
    chunk = reallocate(chunk, room, ListEnd::kBack);
    *offset = chunk->begin + in_front;
  }
  char* data = chunk->data();
  const uint32_t in_front = *offset - chunk->begin;
  const uint32_t behind = chunk->end - *offset;
  const bool back_has_room = chunk->capacity - chunk->end >= need;
  if (back_has_room && (chunk->begin < need || behind <= in_front)) {
    std::memmove(data + *offset + need, data + *offset, behind);
    chunk->end += need;
  } else {
    std::memmove(data + chunk->begin - need, data + chunk->begin, in_front);
    chunk->begin -= need;
    *offset -= need;
  }
  return chunk;
}

// The border between what is in front of the offset and what is behind it, made when it is inside of the
// chunk.
ChunkedList::Border ChunkedList::split(ListChunk* chunk, uint32_t offset) {
  if (offset == chunk->begin) return {chunk->previous, chunk};
  if (offset == chunk->end) return {chunk, chunk->next};
  ListChunk* right = allocate_chunk(*memory_, chunk->end - offset);
  right->end = chunk->end - offset;
  std::memcpy(right->data(), chunk->data() + offset, right->end);
  uint32_t count = 0;
  for (uint32_t at = 0; at < right->end; ++count) at += right->decode(at).size;
  right->count = count;
  chunk->end = offset;
  chunk->count -= count;
  size_ -= count;
  link(right, {chunk, chunk->next});
  return {chunk, right};
}

// --- Replacing and erasing ---

void ChunkedList::replace(const ListCursor& at, std::string_view bytes, const ListFill& fill) {
  AERIE_ASSERT(at.valid());
  const ListpackItem item(bytes);
  ListChunk* chunk = at.chunk_;
  if (!chunk->plain() && item.size() == at.size_) return item.write(chunk->data() + at.offset_);
  if (chunk->count > 1) {
    const uint32_t offset = close_gap(chunk, at.offset_, at.size_);
    ListChunk* home = insert_at(chunk, offset, item, fill);
    if (home != nullptr) settle(home, fill);
    return;
  }
  ListChunk* successor = nullptr;
  if (item.size() > fill.run_bytes) {
    successor = allocate_plain_chunk(*memory_, Blob::copy_of(bytes));
  } else {
    successor = allocate_chunk(*memory_, static_cast<uint32_t>(item.size()));
    put_at_back(successor, item);
  }
  link(successor, {chunk, chunk->next});
  erase_chunk(chunk);
  settle(successor, fill);
}

void ChunkedList::erase(const ListCursor& at, const ListFill& fill) {
  AERIE_ASSERT(at.valid());
  ListChunk* chunk = at.chunk_;
  if (chunk->count == 1) return erase_chunk(chunk);
  close_gap(chunk, at.offset_, at.size_);
  settle(chunk, fill);
}

// Removes one element of a chunk that has others, moving the shorter side. Returns the offset of the place
// that it had.
uint32_t ChunkedList::close_gap(ListChunk* chunk, uint32_t offset, uint32_t size) {
  char* data = chunk->data();
  const uint32_t in_front = offset - chunk->begin;
  const uint32_t behind = chunk->end - offset - size;
  --chunk->count;
  --size_;
  if (behind <= in_front) {
    std::memmove(data + offset, data + offset + size, behind);
    chunk->end -= size;
    return offset;
  }
  std::memmove(data + chunk->begin + size, data + chunk->begin, in_front);
  chunk->begin += size;
  return offset + size;
}

Blob ChunkedList::take_large(const ListCursor& at) {
  AERIE_ASSERT(at.valid());
  if (!at.chunk_->plain()) return {};
  bytes_ -= at.chunk_->blob().capacity();
  return std::move(at.chunk_->blob());
}

uint64_t ChunkedList::erase_matching(const ListpackItem& item, ListEnd from, uint64_t limit,
                                     const ListFill& fill, ChunkedList* gone) {
  const bool front = from == ListEnd::kFront;
  uint64_t removed = 0;
  ListChunk* unsettled = nullptr;  // the last one that was changed: may be small, with a small one behind it
  for (ListChunk* chunk = end_chunk(from); chunk != nullptr && removed < limit;) {
    ListChunk* following = front ? chunk->next : chunk->previous;
    const uint32_t here = front ? erase_from_front(chunk, item, limit - removed)
                                : erase_from_back(chunk, item, limit - removed);
    removed += here;
    if (here == chunk->count) {
      unlink(chunk);
      gone->link(chunk, gone->outside(ListEnd::kBack));
    } else if (here > 0 || unsettled != nullptr) {
      chunk->count -= here;
      size_ -= here;
      // Only with what was walked over already: `following` has to stay.
      ListChunk* settled = settle_towards(chunk, from, fill);
      unsettled = here > 0 ? settled : nullptr;
    }
    chunk = following;
  }
  if (unsettled != nullptr) settle(unsettled, fill);
  return removed;
}

// --- No crumbs ---

// Joins the run of two neighbours in one chunk when both are small. Returns it, or null.
ListChunk* ChunkedList::join(ListChunk* left, ListChunk* right, const ListFill& fill) {
  if (!are_small(left, right, fill)) return nullptr;
  const bool into_right = left->capacity - left->end < right->bytes() && right->begin >= left->bytes();
  if (into_right) {
    right->begin -= left->bytes();
    std::memcpy(right->data() + right->begin, left->data() + left->begin, left->bytes());
  } else {
    if (left->capacity - left->end < right->bytes())
      left = reallocate(left, left->bytes() + right->bytes(), ListEnd::kBack);
    std::memcpy(left->data() + left->end, right->data() + right->begin, right->bytes());
    left->end += right->bytes();
  }
  ListChunk* home = into_right ? right : left;
  ListChunk* emptied = into_right ? left : right;
  home->count += emptied->count;
  size_ += emptied->count;  // unlinking takes them off again
  erase_chunk(emptied);
  return home;
}

// Joins a chunk with its neighbour on one side when both are small, and gives it a smaller block when it
// fills less than half of its own. Returns the chunk that holds its elements now.
ListChunk* ChunkedList::settle_towards(ListChunk* chunk, ListEnd side, const ListFill& fill) {
  const bool front = side == ListEnd::kFront;
  ListChunk* joined = front ? join(chunk->previous, chunk, fill) : join(chunk, chunk->next, fill);
  if (joined != nullptr) chunk = joined;
  return tighten(chunk, chunk->capacity / 2);
}

void ChunkedList::settle(ListChunk* chunk, const ListFill& fill) {
  settle_towards(settle_towards(chunk, ListEnd::kFront, fill), ListEnd::kBack, fill);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// ListEdit: changes of a list in either form, and the conversions between them. A list lies in its entry as
// long as its run fits there, and returns once it needs no more than half of that. What OBJECT ENCODING says
// is decided apart from that, by the limits of Redis: grown beyond them by a change, the list is a quicklist,
// until a removal leaves no more than half.
#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/store/list_value.h"
#include "store/entry_pool.h"
#include "store/inline_list.h"
#include "store/list_limits.h"

namespace aerie {

namespace {

// Lists of more chunks are not looked at for becoming small again: after a removal only the chunks at the
// ends are not full, so one that has become small has few.
constexpr size_t kFewChunks = 4;
constexpr size_t kReturnBytes = inline_list::kMaxRunBytes / 2;

bool is_worth_queueing(ListpackElement element) {
  return !element.is_integer() && element.string().size() >= FreeQueue::kWorthQueueing;
}

// Whether a run of so many bytes may lie in the entry.
bool fits_inline(size_t bytes) {
  return bytes <= inline_list::kMaxRunBytes;
}

}  // namespace

// --- The form and its limits ---

bool ListEdit::is_chunked() const {
  return entry().value_form() == ValueForm::kChunks;
}

// REQUIRES: exists(), !is_chunked().
ListpackView ListEdit::run() const {
  return inline_list::view(entry());
}

// Whether one more element of so many bytes makes the list a quicklist. Redis counts the text alone.
bool ListEdit::outgrows_listpack(size_t more_bytes) const {
  size_t bytes = listpack::framed_bytes(0) + more_bytes;
  if (bytes > limits_.listpack_bytes) return true;
  if (!exists()) return false;
  if (entry().has(Entry::kQuicklist)) return false;
  return !limits_.is_listpack(bytes + value().element_bytes(), size() + 1);
}

void ListEdit::mark_quicklist() {
  entry().flags |= Entry::kQuicklist;
}

template <typename Change>
void ListEdit::change_chunks(Change&& change) {
  ChunkedList& list = entry().chunks();
  const size_t before = list.allocated_bytes();
  change(list);
  blob_changed(before, list.allocated_bytes());
}

void ListEdit::become_chunked() {
  Entry* fresh = make_entry(Type::kList, ValueForm::kChunks, 0);
  if (exists()) fresh->chunks() = ChunkedList::from_run(pool().slab(), run(), limits_.fill);
  put(fresh);
}

// Replaces a part of the run by an element or by nothing, in the same block when that has the right size;
// creates the key. REQUIRES: !is_chunked(); fits_inline() for the outcome.
void ListEdit::splice(uint32_t position, uint32_t removed_bytes, uint32_t removed,
                      const ListpackItem* added) {
  const ListpackView old = exists() ? run() : ListpackView();
  const auto added_bytes = static_cast<uint32_t>(added != nullptr ? added->size() : 0);
  const uint32_t behind = old.bytes() - position - removed_bytes;
  const size_t length = inline_list::kHeadBytes + position + added_bytes + behind;
  const uint32_t count = old.count() - removed + (added != nullptr ? 1 : 0);
  const bool moves = !exists() || !fits(ValueForm::kInline, length);
  Entry* home = moves ? make_entry(Type::kList, ValueForm::kInline, length) : &entry();
  char* data = home->inline_data() + inline_list::kHeadBytes;
  if (moves && position > 0) std::memcpy(data, old.data(), position);
  if (behind > 0) std::memmove(data + position + added_bytes, old.data() + position + removed_bytes, behind);
  if (added != nullptr) added->write(data + position);
  inline_list::set_count(*home, count);
  if (moves) return put(home);
  home->set_inline_length(length);
  note_change();
}

// --- The ends ---

void ListEdit::push(ListEnd end, const StringSource& element) {
  const bool outgrows = outgrows_listpack(element.bytes.size());
  if (!exists() || !is_chunked()) {
    const ListpackItem item(element.bytes);
    const uint32_t bytes = exists() ? run().bytes() : 0;
    if (fits_inline(bytes + item.size())) {
      splice(end == ListEnd::kFront ? 0 : bytes, 0, 0, &item);
      if (outgrows) mark_quicklist();
      return;
    }
    become_chunked();
  }
  if (outgrows) mark_quicklist();
  change_chunks([&](ChunkedList& list) {
    if (element.owned == nullptr) return list.push(end, element.bytes, limits_.fill);
    // Taken over as it is when it is too large for a chunk.
    if (ListpackItem(element.bytes).size() > limits_.fill.run_bytes) element.owned->shrink_to_fit();
    list.push(end, element.owned, limits_.fill);
  });
}

ListpackElement ListEdit::peek(ListEnd end) const {
  AERIE_ASSERT(exists());
  if (is_chunked()) return entry().chunks().peek(end);
  const ListpackView all = run();
  AERIE_ASSERT(!all.empty());
  return all.element(end == ListEnd::kFront ? 0 : all.previous(all.bytes()));
}

Blob ListEdit::take_large(ListEnd end) {
  Blob taken;
  if (!is_chunked()) return taken;
  change_chunks([&](ChunkedList& list) {
    taken = list.take_large(list.seek(end == ListEnd::kFront ? 0 : list.size() - 1));
  });
  return taken;
}

// Takes the bytes of an element that is about to go, and would take long to be freed at once.
void ListEdit::free_slowly(ChunkedList& list, const ListCursor& at) {
  pool().dispose(list.take_large(at));
}

void ListEdit::drop(ListEnd end, uint64_t count) {
  AERIE_ASSERT(count <= size());
  if (count == 0) return;
  if (count == size()) return erase_all();
  if (is_chunked()) {
    change_chunks([&](ChunkedList& list) {
      if (count == 1) {
        const ListpackElement element = list.peek(end);
        if (is_worth_queueing(element)) [[unlikely]]
          free_slowly(list, list.seek(end == ListEnd::kFront ? 0 : list.size() - 1));
        return list.drop(end);
      }
      pool().dispose(list.cut(end, count, limits_.fill));
    });
    return;
  }
  const ListpackView all = run();
  const auto removed = static_cast<uint32_t>(count);
  if (end == ListEnd::kFront) return splice(0, all.seek(removed), removed, nullptr);
  const uint32_t kept = all.seek(all.count() - removed);
  splice(kept, all.bytes() - kept, removed, nullptr);
}

void ListEdit::erase_all() {
  if (!is_chunked()) return splice(0, run().bytes(), run().count(), nullptr);
  change_chunks([&](ChunkedList& list) { pool().dispose(std::move(list)); });
}

void ListEdit::trim(uint64_t start, uint64_t count) {
  AERIE_ASSERT(start <= size() && count <= size() - start);
  if (count == 0) return drop(ListEnd::kFront, size());
  drop(ListEnd::kBack, size() - start - count);
  drop(ListEnd::kFront, start);
}

// --- The middle ---

void ListEdit::replace(uint64_t index, const StringSource& element) {
  AERIE_ASSERT(index < size());
  const bool outgrows = outgrows_listpack(element.bytes.size());
  if (!is_chunked()) {
    const ListpackItem item(element.bytes);
    const uint32_t position = run().seek(static_cast<uint32_t>(index));
    const uint32_t old_bytes = run().size_at(position);
    if (fits_inline(run().bytes() - old_bytes + item.size())) {
      splice(position, old_bytes, 1, &item);
      if (outgrows) mark_quicklist();
      return;
    }
    become_chunked();
  }
  if (outgrows) mark_quicklist();
  change_chunks([&](ChunkedList& list) {
    const ListCursor at = list.seek(index);
    if (is_worth_queueing(at.element())) free_slowly(list, at);
    list.replace(at, element.bytes, limits_.fill);
  });
}

bool ListEdit::insert(Side side, std::string_view pivot, const StringSource& element) {
  if (!exists()) return false;
  const ListpackItem wanted(pivot);
  if (!is_chunked()) {
    const uint32_t found = run().find(wanted);
    if (found == run().bytes()) return false;
    const ListpackItem item(element.bytes);
    const bool outgrows = outgrows_listpack(element.bytes.size());
    if (fits_inline(run().bytes() + item.size())) {
      splice(side == Side::kBefore ? found : run().next(found), 0, 0, &item);
      if (outgrows) mark_quicklist();
      return true;
    }
    become_chunked();
  }
  ListCursor at = entry().chunks().seek(0);
  while (at.valid() && !wanted.matches(at.element())) at.next();
  if (!at.valid()) return false;
  if (outgrows_listpack(element.bytes.size())) mark_quicklist();
  change_chunks([&](ChunkedList& list) {
    side == Side::kBefore ? list.insert_before(at, element.bytes, limits_.fill)
                          : list.insert_after(at, element.bytes, limits_.fill);
  });
  return true;
}

uint64_t ListEdit::erase_matching(std::string_view text, ListEnd from, uint64_t limit) {
  const ListpackItem item(text);
  if (!is_chunked()) return erase_matching_inline(item, from, limit);
  ChunkedList gone(pool().slab());
  const size_t before = entry().chunks().allocated_bytes();
  const uint64_t erased = entry().chunks().erase_matching(item, from, limit, limits_.fill, &gone);
  if (erased > 0) blob_changed(before, entry().chunks().allocated_bytes());
  pool().dispose(std::move(gone));
  return erased;
}

// Writes what stays beside the list first, so that the entry moves at most once.
uint64_t ListEdit::erase_matching_inline(const ListpackItem& item, ListEnd from, uint64_t limit) {
  const ListpackView all = run();
  uint64_t matching = 0;
  for (uint32_t at = all.find(item); at < all.bytes(); at = all.find(item, all.next(at))) ++matching;
  const uint64_t erased = std::min(matching, limit);
  if (erased == 0) return 0;
  uint64_t spared = from == ListEnd::kBack ? matching - erased : 0;
  uint64_t left = erased;
  char kept[inline_list::kMaxRunBytes];
  uint32_t kept_bytes = 0;
  for (uint32_t at = 0; at < all.bytes();) {
    const listpack::Decoded decoded = listpack::decode(all.data() + at);
    const bool matches = item.matches(decoded.element);
    if (matches && spared == 0 && left > 0) {
      --left;
    } else {
      if (matches && spared > 0) --spared;
      std::memcpy(kept + kept_bytes, all.data() + at, decoded.size);
      kept_bytes += decoded.size;
    }
    at += decoded.size;
  }
  // What is cut off behind has the right size; then the rest is put in its place.
  splice(kept_bytes, all.bytes() - kept_bytes, static_cast<uint32_t>(erased), nullptr);
  std::memcpy(entry().inline_data() + inline_list::kHeadBytes, kept, kept_bytes);
  return erased;
}

// --- The end of a change ---

// Back into the entry, and back to the name of a listpack, when the list has become small enough.
void ListEdit::settle() {
  uint32_t bytes = 0;
  if (is_chunked()) {
    const ChunkedList& list = entry().chunks();
    if (list.chunk_count() > kFewChunks) return;
    const auto run_bytes = list.run_bytes();
    if (!run_bytes) return;
    bytes = *run_bytes;
    if (bytes <= kReturnBytes) {
      const auto count = static_cast<uint32_t>(list.size());
      Entry* fresh = make_entry(Type::kList, ValueForm::kInline, inline_list::kHeadBytes + bytes);
      list.copy_run(fresh->inline_data() + inline_list::kHeadBytes);
      inline_list::set_count(*fresh, count);
      put(fresh);
    }
  } else {
    bytes = run().bytes();
  }
  if (entry().has(Entry::kQuicklist) && limits_.is_small_listpack(listpack::framed_bytes(bytes), size()))
    entry().flags &= static_cast<uint8_t>(~Entry::kQuicklist);
}

void ListEdit::changed(std::string_view event, KeyEffect effect) {
  AERIE_ASSERT(exists());
  const bool empty = size() == 0;
  if (effect == KeyEffect::kShrank && !empty) settle();
  announce(EventClass::kList, event, effect);
  if (empty) erase_key();
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// EntryPool: the layout of entry.h, filled in. It is the only code that allocates and frees entries, so what
// the slab and the values beside it occupy is counted in one place. A value that keeps its form and its size
// class is overwritten where it lies.
#include "store/entry_pool.h"

#include <new>
#include <utility>

#include "aerie/base/number.h"

namespace aerie {

StringForm EntryPool::form_of(std::string_view bytes) {
  if (bytes.size() <= kMaxInt64Chars) {
    if (const auto integer = parse_int64(bytes)) return {ValueForm::kInteger, 0, *integer};
  }
  return plain_form_of(bytes.size());
}

StringForm EntryPool::plain_form_of(size_t length) {
  if (length <= Entry::kMaxInline) return {ValueForm::kInline, length, 0};
  return {ValueForm::kBlob, 0, 0};
}

Entry* EntryPool::allocate(std::string_view key, ValueForm form, size_t inline_length, int64_t deadline_ms,
                           uint32_t access) {
  const bool with_deadline = deadline_ms != kNoDeadline;
  Entry* entry =
      static_cast<Entry*>(slab_.allocate(Entry::bytes_for(key.size(), form, inline_length, with_deadline)));
  entry->type = static_cast<uint8_t>(Type::kString);
  entry->form = static_cast<uint8_t>(form) & 15;
  entry->flags = with_deadline ? Entry::kHasDeadline : 0;
  entry->access = access;
  if (key.size() > Entry::kMaxShortLength || inline_length > Entry::kMaxShortLength) {
    entry->flags |= Entry::kLongLengths;
    entry->lengths() = {static_cast<uint32_t>(key.size()), static_cast<uint32_t>(inline_length)};
  } else {
    entry->short_key_length = static_cast<uint8_t>(key.size());
    entry->short_value_length = static_cast<uint8_t>(inline_length);
  }
  if (with_deadline) entry->set_deadline(deadline_ms);
  if (form == ValueForm::kInteger) entry->set_integer(0);
  if (form == ValueForm::kBlob) new (&entry->blob()) Blob();
  if (form == ValueForm::kChunks) new (&entry->chunks()) ChunkedList(slab_);
  if (!key.empty()) std::memcpy(entry->key_data(), key.data(), key.size());
  return entry;
}

Entry* EntryPool::create(std::string_view key, const StringSource& source, const StringForm& form,
                         int64_t deadline_ms, uint32_t access) {
  Entry* entry = allocate(key, form.form, form.inline_length, deadline_ms, access);
  fill(*entry, source, form);
  return entry;
}

Entry* EntryPool::create_like(const Entry& model, std::string_view key, ValueForm form, size_t inline_length,
                              int64_t deadline_ms) {
  Entry* entry = allocate(key, form, inline_length, deadline_ms, model.access);
  entry->type = model.type;
  entry->flags |= model.flags & Entry::kValueFlags;
  return entry;
}

void EntryPool::fill(Entry& entry, const StringSource& source, const StringForm& form) {
  switch (form.form) {
    case ValueForm::kInteger:
      entry.set_integer(form.integer);
      return;
    case ValueForm::kInline:
      if (!source.bytes.empty()) std::memcpy(entry.inline_data(), source.bytes.data(), source.bytes.size());
      return;
    case ValueForm::kBlob: {
      Blob& blob = entry.blob();
      dispose(std::move(blob));
      if (source.owned != nullptr) {
        blob = std::move(*source.owned);
        blob.shrink_to_fit();
      } else {
        blob = Blob::copy_of(source.bytes);
      }
      return;
    }
    case ValueForm::kChunks:
      break;
  }
  AERIE_UNREACHABLE();
}

bool EntryPool::fits(const Entry& entry, ValueForm form, size_t inline_length, bool with_deadline) {
  if (entry.value_form() != form || entry.has(Entry::kHasDeadline) != with_deadline) return false;
  if (form != ValueForm::kInline) return true;
  const bool long_lengths =
      entry.key_length() > Entry::kMaxShortLength || inline_length > Entry::kMaxShortLength;
  if (entry.has(Entry::kLongLengths) != long_lengths) return false;
  const size_t needed = Entry::bytes_for(entry.key_length(), form, inline_length, with_deadline);
  return SlabAllocator::block_size(needed) == SlabAllocator::block_size(entry.allocated_bytes());
}

void EntryPool::destroy(Entry* entry) {
  const size_t bytes = entry->allocated_bytes();
  // NOLINTBEGIN(bugprone-use-after-move): what was moved from is destroyed as any other
  if (entry->value_form() == ValueForm::kBlob) {
    Blob& blob = entry->blob();
    dispose(std::move(blob));
    blob.~Blob();
  } else if (entry->value_form() == ValueForm::kChunks) {
    ChunkedList& list = entry->chunks();
    dispose(std::move(list));
    list.~ChunkedList();
  }
  // NOLINTEND(bugprone-use-after-move)
  slab_.free(entry, bytes);
}

void EntryPool::dispose(Blob blob) {
  if (blob.capacity() >= FreeQueue::kWorthQueueing) free_queue_.push(std::move(blob));
}

void EntryPool::dispose(ChunkedList list) {
  if (list.chunk_count() > FreeQueue::kChunksWorthQueueing ||
      list.allocated_bytes() >= FreeQueue::kWorthQueueing)
    free_queue_.push(std::move(list));
}

Entry* EntryPool::clone(const Entry& entry, std::string_view key) {
  Entry* copy = create_like(entry, key, entry.value_form(), entry.inline_length(), entry.deadline());
  switch (entry.value_form()) {
    case ValueForm::kInteger:
      copy->set_integer(entry.integer());
      return copy;
    case ValueForm::kInline:
      std::memcpy(copy->inline_data(), entry.inline_value().data(), entry.inline_length());
      return copy;
    case ValueForm::kBlob:
      copy->blob() = Blob::copy_of(entry.blob().view());
      return copy;
    case ValueForm::kChunks:
      copy->chunks() = entry.chunks().clone();
      return copy;
  }
  AERIE_UNREACHABLE();
}

Entry* EntryPool::rename(Entry* entry, std::string_view key, int64_t deadline_ms) {
  Entry* moved = create_like(*entry, key, entry->value_form(), entry->inline_length(), deadline_ms);
  switch (entry->value_form()) {
    case ValueForm::kInteger:
      moved->set_integer(entry->integer());
      break;
    case ValueForm::kInline:
      std::memcpy(moved->inline_data(), entry->inline_value().data(), entry->inline_length());
      break;
    case ValueForm::kBlob:
      moved->blob() = std::move(entry->blob());
      break;
    case ValueForm::kChunks:
      moved->chunks() = std::move(entry->chunks());
      break;
  }
  // What the value owned has moved out: only the block is left to free.
  slab_.free(entry, entry->allocated_bytes());
  return moved;
}

EntryPool::Footprint EntryPool::footprint(const Entry& entry) {
  size_t blob = 0;
  if (entry.value_form() == ValueForm::kBlob) blob = entry.blob().capacity();
  if (entry.value_form() == ValueForm::kChunks) blob = entry.chunks().allocated_bytes();
  return {SlabAllocator::block_bytes(&entry, entry.allocated_bytes()), blob};
}

}  // namespace aerie

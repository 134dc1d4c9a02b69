// SPDX-License-Identifier: BSD-3-Clause
//
// StringEdit: changes of a string in its place, and the changes of form that they force (an integer that is
// appended to becomes bytes, bytes that outgrow the entry become a Blob). The entry may move with each
// change; the edit follows it.
#include <algorithm>
#include <cstring>

#include "aerie/base/assert.h"
#include "store/database_impl.h"

namespace aerie {

namespace {

// REQUIRES: length >= blob.size().
char* grow(Blob& blob, size_t length, bool zeroed) {
  if (zeroed) {
    blob.resize_zeroed(length);
  } else {
    blob.append_uninitialised(length - blob.size());
  }
  return blob.data();
}

}  // namespace

StringEdit::~StringEdit() {
  AERIE_ASSERT(!unannounced_);
}

void StringEdit::changed(std::string_view event) {
  unannounced_ = false;
  db_.impl_->table.mark_changed(key_.hash);
  db_.keyspace_.events_.record(db_.index_, key_, EventClass::kString, event);
}

// Gives the key a value of this form, whatever it had; the value itself is undefined then.
void StringEdit::become(ValueForm form, size_t inline_length) {
  EntryPool& pool = db_.keyspace_.shared_->pool;
  unannounced_ = true;
  if (entry_ == nullptr) {
    Entry model{};
    model.access = db_.new_access();
    entry_ = pool.create_like(model, key_.name, form, inline_length, kNoDeadline);
    db_.insert_entry(key_, entry_);
  } else if (EntryPool::fits(*entry_, form, inline_length, entry_->has(Entry::kHasDeadline))) {
    if (form == ValueForm::kInline) entry_->set_inline_length(inline_length);
  } else {
    Entry* fresh = pool.create_like(*entry_, key_.name, form, inline_length, entry_->deadline());
    db_.replace_entry(key_, entry_, fresh);
    entry_ = fresh;
  }
  entry_->flags &= static_cast<uint8_t>(~Entry::kRawString);
}

void StringEdit::become_string(std::string_view bytes, const StringForm& form) {
  become(form.form, form.inline_length);
  db_.impl_->uncount(*entry_);
  db_.keyspace_.shared_->pool.fill(*entry_, bytes, form);
  db_.impl_->count(*entry_);
}

void StringEdit::set_integer(int64_t value) {
  become(ValueForm::kInteger, 0);
  entry_->set_integer(value);
}

void StringEdit::assign(std::string_view bytes) {
  become_string(bytes, EntryPool::plain_form_of(bytes.size()));
}

char* StringEdit::grow_to(size_t length, bool zeroed) {
  EntryPool& pool = db_.keyspace_.shared_->pool;
  unannounced_ = true;
  if (entry_->value_form() == ValueForm::kBlob) {
    Blob& blob = entry_->blob();
    const size_t before = blob.capacity();
    char* data = grow(blob, length, zeroed);
    db_.impl_->blob_bytes += blob.capacity() - before;
    return data;
  }
  const size_t old_size = value().size();
  const StringForm form = EntryPool::plain_form_of(length);
  if (form.form == ValueForm::kInline &&
      EntryPool::fits(*entry_, form.form, length, entry_->has(Entry::kHasDeadline))) {
    entry_->set_inline_length(length);
    entry_->flags |= Entry::kRawString;
    char* data = entry_->inline_data();
    if (zeroed) std::memset(data + old_size, 0, length - old_size);
    return data;
  }
  NumberText scratch;
  const std::string_view old = StringValue(entry_).bytes(&scratch);
  Entry* fresh = pool.create_like(*entry_, key_.name, form.form, form.inline_length, entry_->deadline());
  char* data = nullptr;
  if (form.form == ValueForm::kBlob) {
    data = grow(fresh->blob(), length, zeroed);
  } else {
    data = fresh->inline_data();
    if (zeroed) std::memset(data + old_size, 0, length - old_size);
  }
  std::memcpy(data, old.data(), old_size);
  fresh->flags |= Entry::kRawString;
  db_.replace_entry(key_, entry_, fresh);
  entry_ = fresh;
  return data;
}

size_t StringEdit::append(std::string_view bytes) {
  if (entry_ == nullptr) {
    // A new key is encoded as SET would.
    become_string(bytes, EntryPool::form_of(bytes));
    return bytes.size();
  }
  const size_t old_size = value().size();
  char* data = grow_to(old_size + bytes.size(), false);
  if (!bytes.empty()) std::memcpy(data + old_size, bytes.data(), bytes.size());
  return old_size + bytes.size();
}

size_t StringEdit::write_at(size_t offset, std::string_view bytes) {
  AERIE_ASSERT(!bytes.empty());
  if (entry_ == nullptr) become(ValueForm::kInline, 0);
  const size_t old_size = value().size();
  const size_t length = std::max(old_size, offset + bytes.size());
  char* data = grow_to(length, offset > old_size);
  std::memcpy(data + offset, bytes.data(), bytes.size());
  return length;
}

}  // namespace aerie

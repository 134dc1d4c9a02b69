// SPDX-License-Identifier: BSD-3-Clause
//
// StringEdit: changes of a string in its place, and the changes of form that they force (an integer that is
// appended to becomes bytes, bytes that outgrow the entry become a Blob). The entry may move with each
// change; the edit follows it.
#include <algorithm>
#include <cstring>

#include "aerie/base/assert.h"
#include "aerie/store/string_value.h"
#include "store/entry_pool.h"

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

void StringEdit::changed(std::string_view event) {
  announce(EventClass::kString, event, KeyEffect::kShrank);
}

// Gives the key a value of this form, whatever it had; the value itself is undefined then.
void StringEdit::become(ValueForm form, size_t inline_length) {
  if (!exists() || !fits(form, inline_length)) {
    put(make_entry(Type::kString, form, inline_length));
  } else if (form == ValueForm::kInline) {
    entry().set_inline_length(inline_length);
  }
  note_change();
  entry().flags &= static_cast<uint8_t>(~Entry::kRawString);
}

void StringEdit::become_string(std::string_view bytes, const StringForm& form) {
  become(form.form, form.inline_length);
  const size_t before = EntryPool::footprint(entry()).blob;
  pool().fill(entry(), bytes, form);
  blob_changed(before, EntryPool::footprint(entry()).blob);
}

void StringEdit::set_integer(int64_t value) {
  become(ValueForm::kInteger, 0);
  entry().set_integer(value);
}

void StringEdit::assign(std::string_view bytes) {
  become_string(bytes, EntryPool::plain_form_of(bytes.size()));
}

char* StringEdit::grow_to(size_t length, bool zeroed) {
  note_change();
  if (entry().value_form() == ValueForm::kBlob) {
    Blob& blob = entry().blob();
    const size_t before = blob.capacity();
    char* data = grow(blob, length, zeroed);
    blob_changed(before, blob.capacity());
    return data;
  }
  const size_t old_size = value().size();
  const StringForm form = EntryPool::plain_form_of(length);
  if (form.form == ValueForm::kInline && fits(form.form, length)) {
    entry().set_inline_length(length);
    entry().flags |= Entry::kRawString;
    char* data = entry().inline_data();
    if (zeroed) std::memset(data + old_size, 0, length - old_size);
    return data;
  }
  NumberText scratch;
  const std::string_view old = value().bytes(&scratch);
  Entry* fresh = make_entry(Type::kString, form.form, form.inline_length);
  char* data = nullptr;
  if (form.form == ValueForm::kBlob) {
    data = grow(fresh->blob(), length, zeroed);
  } else {
    data = fresh->inline_data();
    if (zeroed) std::memset(data + old_size, 0, length - old_size);
  }
  std::memcpy(data, old.data(), old_size);
  fresh->flags |= Entry::kRawString;
  put(fresh);
  return data;
}

size_t StringEdit::append(std::string_view bytes) {
  if (!exists()) {
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
  if (!exists()) become(ValueForm::kInline, 0);
  const size_t old_size = value().size();
  const size_t length = std::max(old_size, offset + bytes.size());
  char* data = grow_to(length, offset > old_size);
  std::memcpy(data + offset, bytes.data(), bytes.size());
  return length;
}

}  // namespace aerie

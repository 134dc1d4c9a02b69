// SPDX-License-Identifier: BSD-3-Clause
//
// ValueEdit: an entry that is being changed, its place in the table, and the accounts. Whatever the type, an
// entry that has to move is made beside the old one, filled, and put in its place.
#include "aerie/store/value_edit.h"

#include "aerie/base/assert.h"
#include "store/database_impl.h"

namespace aerie {

ValueEdit::~ValueEdit() {
  AERIE_ASSERT(!unannounced_);
}

EntryPool& ValueEdit::pool() const {
  return db_.keyspace_.shared_->pool;
}

Entry* ValueEdit::make_entry(Type type, ValueForm form, size_t inline_length) const {
  if (entry_ != nullptr)
    return pool().create_like(*entry_, key_.name, form, inline_length, entry_->deadline());
  Entry model{};
  model.type = static_cast<uint8_t>(type) & 15;
  model.access = db_.new_access();
  return pool().create_like(model, key_.name, form, inline_length, kNoDeadline);
}

bool ValueEdit::fits(ValueForm form, size_t inline_length) const {
  return EntryPool::fits(*entry_, form, inline_length, entry_->has(Entry::kHasDeadline));
}

void ValueEdit::put(Entry* fresh) {
  unannounced_ = true;
  if (entry_ == nullptr) {
    db_.insert_entry(key_, fresh);
  } else {
    db_.replace_entry(key_, entry_, fresh);
  }
  entry_ = fresh;
}

void ValueEdit::blob_changed(size_t bytes_before, size_t bytes_after) {
  unannounced_ = true;
  db_.impl_->blob_bytes += bytes_after - bytes_before;
}

void ValueEdit::announce(EventClass event_class, std::string_view event, KeyEffect effect) {
  unannounced_ = false;
  db_.impl_->table.mark_changed(key_.hash);
  db_.keyspace_.events_.record(db_.index_, key_, event_class, event, effect);
}

void ValueEdit::erase_key() {
  db_.erase(key_);
  entry_ = nullptr;
}

}  // namespace aerie

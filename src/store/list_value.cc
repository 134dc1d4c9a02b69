// SPDX-License-Identifier: BSD-3-Clause
//
// Reading of stored lists, whichever form they have: a run inside the entry, or chunks. Views lead into the
// entry or a chunk and are good until the list changes.
#include "aerie/store/list_value.h"

#include "aerie/base/assert.h"
#include "store/inline_list.h"

namespace aerie {

uint64_t ListValue::size() const {
  if (entry_->value_form() == ValueForm::kChunks) return entry_->chunks().size();
  return inline_list::view(*entry_).count();
}

Encoding ListValue::encoding() const {
  return entry_->has(Entry::kQuicklist) ? Encoding::kQuicklist : Encoding::kListpack;
}

ListWalk ListValue::walk(uint64_t from, ListEnd towards) const {
  ListWalk walk(towards);
  if (entry_->value_form() == ValueForm::kChunks) {
    walk.cursor_ = entry_->chunks().seek(from);
    return walk;
  }
  const ListpackView run = inline_list::view(*entry_);
  if (from >= run.count()) return walk;
  const char* first = run.data() + run.seek(static_cast<uint32_t>(from));
  const bool forwards = towards == ListEnd::kBack;
  walk.at_ = forwards ? first : first + listpack::decode(first).size;
  walk.end_ = forwards ? run.data() + run.bytes() : run.data();
  return walk;
}

uint64_t ListValue::element_bytes() const {
  if (entry_->value_form() == ValueForm::kChunks) return entry_->chunks().run_bytes().value_or(UINT32_MAX);
  return inline_list::view(*entry_).bytes();
}

ListValue::Nodes ListValue::nodes() const {
  if (entry_->value_form() == ValueForm::kChunks) {
    const ChunkedList& list = entry_->chunks();
    return {list.chunk_count(), list.framed_bytes()};
  }
  return {1, listpack::framed_bytes(inline_list::view(*entry_).bytes())};
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// TurnLog: a bounded list, like the slow log. What makes a turn long is decided by the event loop, which
// calls the server for each.
#include "aerie/engine/turn_log.h"

#include <utility>

namespace aerie {

void TurnLog::add(Entry entry) {
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  drop_surplus();
}

void TurnLog::set_max_entries(size_t entries) {
  max_entries_ = entries;
  drop_surplus();
}

void TurnLog::drop_surplus() {
  while (entries_.size() > max_entries_) entries_.pop_back();
}

}  // namespace aerie

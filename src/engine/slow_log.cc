// SPDX-License-Identifier: BSD-3-Clause
//
// SlowLog: copies what an entry shows, since arguments and clients are gone when somebody asks. When a
// command has more arguments than are kept, the last one kept says how many are not shown.
#include "aerie/engine/slow_log.h"

#include <algorithm>

#include "aerie/engine/session.h"
#include "engine/recorded_command.h"

namespace aerie {

void SlowLog::add(const RecordedCommand& command, int64_t wall_s, int64_t duration_us,
                  std::string_view unix_path) {
  if (max_entries_ > 0) {
    const Session& session = command.session();
    Entry& entry = entries_.emplace_front();
    entry.id = next_id_++;
    entry.wall_s = wall_s;
    entry.duration_us = duration_us;
    const size_t count = command.argc() > kMaxArgs ? kMaxArgs - 1 : command.argc();
    for (size_t i = 0; i < count; ++i) entry.args.push_back(command.argument(i, kMaxArgBytes));
    if (count < command.argc())
      entry.args.push_back("... (" + std::to_string(command.argc() - count) + " more arguments)");
    entry.client = session.peer.to_string(unix_path);
    if (session.details_if_any() != nullptr) entry.client_name = session.details_if_any()->name;
  }
  while (entries_.size() > max_entries_) entries_.pop_back();
}

}  // namespace aerie

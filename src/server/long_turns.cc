// SPDX-License-Identifier: BSD-3-Clause
//
// LongTurns: from the loop's record of a turn to an entry for people. Phases and commands that took little
// are left out.
#include "server/long_turns.h"

#include <string>
#include <utility>

#include "aerie/base/log.h"

namespace aerie {

namespace {

// Phases that took less are not named.
constexpr int64_t kNamedPhaseUs = 100;

TurnLog::Entry entry_of(const LongTurn& turn, int64_t wall_s) {
  TurnLog::Entry entry;
  entry.wall_s = wall_s;
  entry.cpu_us = turn.cpu_us;
  entry.wall_us = turn.wall_us;
  entry.served = turn.events;
  for (size_t i = 0; i < kPhaseCount; ++i) {
    if (turn.phase_us[i] >= kNamedPhaseUs)
      entry.phases.emplace_back(phase_name(static_cast<Phase>(i)), turn.phase_us[i]);
  }
  for (const WorkNote& note : turn.notes) {
    if (note.label != nullptr) entry.commands.emplace_back(note.label, note.count);
  }
  return entry;
}

void log_entry(const TurnLog::Entry& entry) {
  std::string what;
  for (const auto& [phase, us] : entry.phases)
    what.append(what.empty() ? "" : ", ").append(phase).append(" ").append(std::to_string(us));
  what.append("; long commands:");
  if (entry.commands.empty()) what.append(" none");
  for (const auto& [command, count] : entry.commands)
    what.append(" ").append(command).append("=").append(std::to_string(count));
  log_verbose("Long turn of the loop: %lld us of CPU time, %lld us in all (%s)",
              static_cast<long long>(entry.cpu_us), static_cast<long long>(entry.wall_us), what.c_str());
}

}  // namespace

void LongTurns::apply(const Settings& now) {
  engine_.turn_log.set_max_entries(static_cast<size_t>(now.turn_log_max_len));
  if (now.turn_log_slower_than_us < 0) return loop_.set_long_turn_hook(0, nullptr);
  loop_.set_long_turn_hook(now.turn_log_slower_than_us, [this](const LongTurn& turn) { note(turn); });
}

void LongTurns::note(const LongTurn& turn) {
  TurnLog::Entry entry = entry_of(turn, engine_.clock.wall_us() / 1'000'000);
  if (log_enabled(LogLevel::kVerbose)) log_entry(entry);
  engine_.turn_log.add(std::move(entry));
  counts_waiting_ = true;
}

}  // namespace aerie

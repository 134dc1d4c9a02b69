// SPDX-License-Identifier: BSD-3-Clause
//
// CommandObserver: thresholds are kept in ticks, a little too low, so that the clock is converted only for
// commands that are near one. A line for monitors is made once and shared by all of them.
#include "aerie/engine/command_observer.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "aerie/base/clock.h"
#include "aerie/base/quoted_words.h"
#include "aerie/engine/command_spec.h"
#include "aerie/engine/publisher.h"
#include "aerie/engine/session.h"
#include "aerie/engine/session_directory.h"
#include "aerie/engine/settings.h"
#include "engine/recorded_command.h"

namespace aerie {

namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerMs = 1'000;

std::string monitor_line(const RecordedCommand& command, int64_t wall_us, std::string_view unix_path) {
  char time[48];
  std::snprintf(time, sizeof time, "%lld.%06lld", static_cast<long long>(wall_us / kUsPerSecond),
                static_cast<long long>(wall_us % kUsPerSecond));
  std::string line(time);
  const Session& session = command.session();
  line.append(" [").append(std::to_string(session.db)).append(" ");
  line.append(session.peer.to_string(unix_path)).append("]");
  size_t left = CommandObserver::kMaxMonitoredBytes;
  for (size_t i = 0; i < command.argc(); ++i) {
    line += ' ';
    if (left == 0) {
      const std::string more = "... (" + std::to_string(command.argc() - i) + " more arguments)";
      append_quoted(more, &line);
      break;
    }
    const std::string argument = command.argument(i, left);
    append_quoted(argument, &line);
    left -= std::min(left, argument.size() + 1);
  }
  return line;
}

}  // namespace

void CommandObserver::observe(const RecordedCommand& command, uint64_t ticks, bool runs_again) {
  const bool is_shown = !command.spec().has(kSkipMonitor | kAdmin) && !runs_again;
  if (is_shown && has_monitors()) tell_monitors(command);
  if (ticks < slow_ticks_) return;
  const auto us = static_cast<int64_t>(ticks_.to_us(ticks));
  const int64_t wall_s = clock_.wall_us() / kUsPerSecond;
  latency_.note(command.spec().has(kFast) ? "fast-command" : "command", wall_s, us / kUsPerMs);
  if (slow_us_ < 0 || us < slow_us_ || command.spec().has(kSkipSlowlog)) return;
  slow_log_.add(command, wall_s, us, sessions_.unix_path);
}

void CommandObserver::tell_monitors(const RecordedCommand& command) {
  const std::string line = monitor_line(command, clock_.wall_us(), sessions_.unix_path);
  publisher_.tell_all(monitors_, &command.session(), PushMessage::status(line));
}

void CommandObserver::add_monitor(Session& session) {
  if (session.monitoring) return;
  session.monitoring = true;
  monitors_.push_back(&session);
  set_least_ticks();
}

void CommandObserver::remove_monitor(Session& session) {
  if (!session.monitoring) return;
  session.monitoring = false;
  std::erase(monitors_, &session);
  set_least_ticks();
}

void CommandObserver::apply(const Settings& now) {
  slow_us_ = now.slowlog_log_slower_than_us;
  slow_log_.set_max_entries(static_cast<size_t>(now.slowlog_max_len));
  latency_.set_threshold_ms(now.latency_monitor_threshold_ms);
  set_least_ticks();
}

void CommandObserver::set_least_ticks() {
  constexpr double kALittleLess = 0.95;
  const auto to_ticks = [&](int64_t us) {
    const double wanted = static_cast<double>(us) * ticks_.ticks_per_us() * kALittleLess;
    return wanted < static_cast<double>(kLongTicks) ? static_cast<uint64_t>(wanted) : kLongTicks;
  };
  slow_ticks_ = slow_us_ < 0 ? kLongTicks : to_ticks(slow_us_);
  if (latency_.threshold_ms() != 0)
    slow_ticks_ = std::min(slow_ticks_, to_ticks(std::min(latency_.threshold_ms(), kUsPerSecond) * kUsPerMs));
  least_ticks_ = has_monitors() ? 0 : slow_ticks_;
}

}  // namespace aerie

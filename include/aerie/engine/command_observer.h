// SPDX-License-Identifier: BSD-3-Clause
//
// Who looks at commands that ran: the slow log, the latency monitor, and clients that said MONITOR. The
// executor asks after each command whether it took long enough to be of interest to anybody, one comparison,
// and hands it over only then; with a monitor about, every command is.
#pragma once

#include <cstdint>
#include <vector>

#include "aerie/base/tick_clock.h"
#include "aerie/engine/latency_monitor.h"
#include "aerie/engine/slow_log.h"

namespace aerie {

class Clock;
class Publisher;
class RecordedCommand;
class Session;
class SessionDirectory;
struct Settings;

class CommandObserver {
 public:
  // Some 300 us: commands that take longer are always observed.
  static constexpr uint64_t kLongTicks = 1'000'000;
  // Bytes of arguments that a monitor is shown of one command, before quoting: who sends much shall not
  // multiply it.
  static constexpr size_t kMaxMonitoredBytes = size_t{64} * 1024;

  // All must outlive it. `ticks` converts what observe() is told.
  CommandObserver(const Clock& clock, const TickClock& ticks, const SessionDirectory& sessions,
                  Publisher& publisher)
      : clock_(clock), ticks_(ticks), sessions_(sessions), publisher_(publisher) {}
  CommandObserver(const CommandObserver&) = delete;
  CommandObserver& operator=(const CommandObserver&) = delete;

  // Ticks from which on a command is to be observed.
  uint64_t least_ticks() const { return least_ticks_; }
  // `runs_again`: a command that waited, of which the monitors were told when it began to. What a monitor is
  // told of its own command waits for Publisher::tell_sender().
  void observe(const RecordedCommand& command, uint64_t ticks, bool runs_again);

  // The client is told of every command from now on.
  void add_monitor(Session& session);
  // It is told no more. Must be called before a session dies that is a monitor.
  void remove_monitor(Session& session);
  bool has_monitors() const { return !monitors_.empty(); }

  // Takes over what the options of the slow log and of the latency monitor say.
  void apply(const Settings& now);

  SlowLog& slow_log() { return slow_log_; }
  LatencyMonitor& latency() { return latency_; }

 private:
  void tell_monitors(const RecordedCommand& command);
  void set_least_ticks();

  const Clock& clock_;
  const TickClock& ticks_;
  const SessionDirectory& sessions_;
  Publisher& publisher_;
  SlowLog slow_log_;
  LatencyMonitor latency_;
  std::vector<Session*> monitors_;  // in order of their MONITOR
  int64_t slow_us_ = -1;            // negative: nothing is slow
  uint64_t slow_ticks_ = kLongTicks;
  uint64_t least_ticks_ = kLongTicks;
};

}  // namespace aerie

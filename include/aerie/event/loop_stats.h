// SPDX-License-Identifier: BSD-3-Clause
//
// What an EventLoop measures about itself: turns, time per phase, the length of turns as histograms, the
// longest turns with what ran in them. Plain data plus the recorder that fills it; nothing here reads a clock
// but the CPU clock of the thread, and that only as often as needed, since it is a real system call.
//
// CPU time of a turn: a turn cannot use more CPU than it lasted, so a short turn counts with its wall time.
// The CPU clock is read after every kCpuSampleUs of turns at the latest; a turn's CPU time is its wall time
// or the CPU used since the last reading, whichever is less. The figure is never too low, and too high by at
// most kCpuSampleUs where another process took the processor away in the middle of a turn.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "aerie/base/histogram.h"

namespace aerie {

// The phases of one turn, in order.
enum class Phase : uint8_t { kPoll, kHangups, kTimers, kReady, kDeferred, kBarrier, kWrite, kClose };
inline constexpr size_t kPhaseCount = 8;
const char* phase_name(Phase phase);

// A kind of work that ran in a turn, as told by EventLoop::note_work.
struct WorkNote {
  const char* label = nullptr;
  uint64_t count = 0;
};

struct LongTurn {
  static constexpr size_t kNotes = 6;

  int64_t began_us = 0;  // monotonic
  int64_t wall_us = 0;
  int64_t cpu_us = 0;
  uint32_t events = 0;
  std::array<int64_t, kPhaseCount> phase_us{};
  std::array<WorkNote, kNotes> notes{};  // unused ones have no label
};

struct LoopStats {
  static constexpr size_t kLongest = 16;

  uint64_t turns = 0;
  uint64_t sleeps = 0;       // polls that were allowed to wait
  uint64_t posts_taken = 0;  // tasks that came from other threads
  uint64_t timers_fired = 0;
  uint64_t tasks_run = 0;  // deferred and posted
  uint64_t io_events = 0;  // calls of on_ready
  uint64_t hangups = 0;
  uint64_t poll_failures = 0;
  std::array<uint64_t, kPhaseCount> phase_us{};  // kPoll: the time asleep included

  Histogram turn_wall_us;  // from the end of the poll to the end of the turn
  Histogram turn_cpu_us;   // the same in CPU time of the thread
  Histogram events_per_turn;
  Histogram timer_lateness_us;  // fired - deadline

  std::array<LongTurn, kLongest> longest{};  // by CPU time, longest first; unused ones have wall_us 0

  void reset() { *this = LoopStats(); }
};

// Follows one turn after the other.
class TurnRecorder {
 public:
  // How much turn time may pass between two readings of the thread's CPU clock.
  static constexpr int64_t kCpuSampleUs = 400;

  TurnRecorder();

  void begin_turn(int64_t now_us);
  // The phase ends now; it began where the one before it ended.
  void end_phase(Phase phase, int64_t now_us) {
    const int64_t spent = now_us - phase_began_us_;
    phase_began_us_ = now_us;
    turn_.phase_us[static_cast<size_t>(phase)] = spent;
    stats_.phase_us[static_cast<size_t>(phase)] += static_cast<uint64_t>(std::max<int64_t>(spent, 0));
  }
  // REQUIRES: `label` lives as long as the statistics: a literal, or nearly so.
  void note_work(const char* label, uint64_t count) {
    WorkNote& last = turn_.notes[last_note_];
    if (last.label == label) [[likely]] {
      last.count += count;
      return;
    }
    note_other_work(label, count);
  }
  // `poll_us`: how long the poll before this turn took, sleep included.
  void end_turn(int64_t now_us, uint32_t events, int64_t poll_us);

  // The turn under way, or the last one when none is.
  const LongTurn& turn() const { return turn_; }
  LoopStats& stats() { return stats_; }
  const LoopStats& stats() const { return stats_; }

 private:
  void note_other_work(const char* label, uint64_t count);
  int64_t cpu_of_turn(int64_t wall_us);
  void keep_if_long();

  LoopStats stats_;
  LongTurn turn_;
  size_t last_note_ = 0;
  int64_t phase_began_us_ = 0;
  int64_t sampled_cpu_us_ = 0;
  int64_t unsampled_us_ = 0;
};

}  // namespace aerie

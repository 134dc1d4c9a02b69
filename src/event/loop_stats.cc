// SPDX-License-Identifier: BSD-3-Clause
//
// The turn recorder. On an ordinary turn it adds to a few counters and reads no clock; only a turn that is
// among the longest so far is copied, and the CPU clock of the thread, a system call, is read once in many
// short turns. The header says what that means for the figures.
#include "aerie/event/loop_stats.h"

#include <algorithm>

#include "aerie/base/clock.h"

namespace aerie {

namespace {

int64_t thread_cpu_us() {
  return thread_cpu_ns() / 1000;
}

}  // namespace

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kPoll:
      return "poll";
    case Phase::kHangups:
      return "hangups";
    case Phase::kTimers:
      return "timers";
    case Phase::kReady:
      return "ready";
    case Phase::kDeferred:
      return "deferred";
    case Phase::kBarrier:
      return "barrier";
    case Phase::kWrite:
      return "write";
    case Phase::kClose:
      return "close";
  }
  return "?";
}

TurnRecorder::TurnRecorder() : sampled_cpu_us_(thread_cpu_us()) {}

void TurnRecorder::begin_turn(int64_t now_us) {
  turn_.began_us = now_us;
  phase_began_us_ = now_us;
  turn_.phase_us = {};
  if (turn_.notes[0].label != nullptr) turn_.notes = {};
  last_note_ = 0;
}

void TurnRecorder::note_other_work(const char* label, uint64_t count) {
  for (size_t i = 0; i < LongTurn::kNotes; ++i) {
    WorkNote& note = turn_.notes[i];
    if (note.label != nullptr && note.label != label) continue;
    note.label = label;
    note.count += count;
    last_note_ = i;
    return;
  }
  // More kinds than there is room for: the last place stands for all others.
  turn_.notes[LongTurn::kNotes - 1].label = "other";
  turn_.notes[LongTurn::kNotes - 1].count += count;
}

void TurnRecorder::end_turn(int64_t now_us, uint32_t events, int64_t poll_us) {
  turn_.wall_us = now_us - turn_.began_us;
  turn_.cpu_us = cpu_of_turn(turn_.wall_us);
  turn_.events = events;
  ++stats_.turns;
  stats_.turn_wall_us.record(turn_.wall_us);
  stats_.turn_cpu_us.record(turn_.cpu_us);
  stats_.events_per_turn.record(events);
  stats_.phase_us[static_cast<size_t>(Phase::kPoll)] += static_cast<uint64_t>(std::max<int64_t>(poll_us, 0));
  if (turn_.cpu_us > stats_.longest.back().cpu_us) [[unlikely]]
    keep_if_long();
}

int64_t TurnRecorder::cpu_of_turn(int64_t wall_us) {
  unsampled_us_ += wall_us;
  if (unsampled_us_ < kCpuSampleUs) return wall_us;
  const int64_t now = thread_cpu_us();
  const int64_t used = now - sampled_cpu_us_;
  sampled_cpu_us_ = now;
  unsampled_us_ = 0;
  return std::min(wall_us, used);
}

void TurnRecorder::keep_if_long() {
  stats_.longest.back() = turn_;
  // One new element at the end of a sorted array.
  for (size_t i = stats_.longest.size() - 1; i > 0; --i) {
    if (stats_.longest[i - 1].cpu_us >= stats_.longest[i].cpu_us) break;
    std::swap(stats_.longest[i - 1], stats_.longest[i]);
  }
}

}  // namespace aerie

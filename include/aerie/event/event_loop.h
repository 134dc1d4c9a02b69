// SPDX-License-Identifier: BSD-3-Clause
//
// The reactor: one thread that waits for descriptors, timers and tasks and calls their owners, in turns of
// fixed phases:
//
//   +-> poll -> hang-ups -> timers -> ready I/O -> deferred tasks -> barrier -> write all -> close -+
//   +-----------------------------------------------------------------------------------------------+
//
// Every phase that runs the user's code has a slice: what is left continues in the next turn, whose poll does
// not sleep, so that no crowd of descriptors, timers or tasks makes a turn long. With nothing to do the loop
// sleeps in the kernel until the next timer is due; without timers it is never woken. docs/event_loop.md
// tells the whole story, with examples.
//
// All functions belong to the thread that runs the loop, apart from post() and stop(). The loop owns no
// handler and no timer; a handler must be removed before it dies. No callback may run the loop itself.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/result.h"
#include "aerie/base/timing_wheel.h"
#include "aerie/base/unique_fd.h"
#include "aerie/event/fd_table.h"
#include "aerie/event/io_handler.h"
#include "aerie/event/loop_stats.h"
#include "aerie/event/mailbox.h"
#include "aerie/event/poller.h"
#include "aerie/event/timer.h"

namespace aerie {

class EventLoop {
 public:
  // How much one turn may do before the rest has to wait for the next one.
  struct TurnBudget {
    uint32_t max_events = 200;  // calls of on_ready
    int64_t max_us = 500;       // time in the ready phase; checked after each call
    int64_t timer_us = 200;     // time in timer callbacks and wheel cascades
    int64_t task_us = 200;      // time in deferred and posted tasks
    int64_t close_us = 200;     // time in closing descriptors
    // Time for all phases together. A phase that comes late gets what is left of it, but never less than the
    // smallest slice (or than its own time, when that is less), so that nothing starves.
    int64_t turn_us = 800;
    int64_t smallest_slice_us = 50;
  };

  // Fails when the system gives no poller or no wake-up descriptor. The clock is viewed and must outlive the
  // loop.
  static Result<std::unique_ptr<EventLoop>> create(const Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  // Runs no task and no timer any more; closes what waits to be closed.
  ~EventLoop();

  // ---- descriptors ----

  // Reports edges of input, output and hang-up of `fd` to `handler` from the next poll on, what is ready by
  // now included. One system call; none is made again per request, block or write. REQUIRES: fd is not
  // watched by this loop.
  Status add(int fd, IoHandler* handler);
  // News of `fd` that are not delivered yet are dropped. Nothing happens when it is not watched.
  void remove(int fd);
  bool watches(int fd) const { return fds_.handler(fd) != nullptr; }
  size_t watched() const { return fds_.size(); }
  // Descriptors that wait for their on_ready.
  size_t ready_count() const { return fds_.ready_count(); }
  // "Input left": on_ready({readable}) is called again, behind all others that are ready, in the next turn
  // when this is called in the ready phase. The next poll does not sleep. Nothing happens when `fd` is not
  // watched.
  void requeue(int fd);
  // The same, in front of all others: for what was ready before them and had to stop. Of several, the last
  // one to be put there comes first.
  void requeue_first(int fd);
  // Stops watching `fd` and closes it in the last phase of a turn, so that no number is used twice within a
  // turn.
  void close_later(UniqueFd fd);

  // ---- timers (1 ms ticks, O(1) to arm and cancel, never early) ----

  // Fires once, `delay_ms` from now (by the clock, not by now_us()). Arming an armed timer moves it.
  // A negative delay counts as 0.
  void arm(Timer& timer, int64_t delay_ms);
  // Fires once, at or after this monotonic time in microseconds.
  void arm_at(Timer& timer, int64_t monotonic_us);
  // Fires every `period_ms`, first after one period; what was missed is skipped, the phase is kept.
  // REQUIRES: period_ms > 0.
  void arm_repeating(Timer& timer, int64_t period_ms);
  void cancel(Timer& timer);
  size_t armed_timers() const { return wheel_.size(); }

  // ---- tasks ----

  // Runs in the deferred phase of this turn, or of the next one when that phase is over. In order.
  void defer(std::function<void()> task);
  // Runs in the deferred phase of the next turn.
  void defer_next_turn(std::function<void()> task);
  // From any thread: runs in a deferred phase soon; the loop wakes up.
  void post(std::function<void()> task);

  // `hook` runs in every turn at the end of `phase`: that of kPoll right behind the poll, that of kClose
  // before the loop sleeps again. The barrier and write phases consist of their hook. An empty function
  // removes it.
  void set_phase_hook(Phase phase, std::function<void()> hook);

  // ---- running ----

  // Turns until stop().
  void run();
  // One turn, whose poll sleeps at most `max_wait_us` (-1: as long as nothing happens). Gives the number of
  // on_ready calls.
  size_t run_once(int64_t max_wait_us = -1);
  // From any thread: run() returns after the current turn.
  void stop();
  // The next poll sleeps at most this long; 0 when more work is waiting. For one poll; the smallest value
  // counts.
  void limit_sleep_us(int64_t us);
  void set_turn_budget(const TurnBudget& budget) { budget_ = budget; }
  // For work in hooks: when a slice of up to `wanted_us` that begins at `now_us` (monotonic) has to end, with
  // regard to the time that the turn has left. Reads no clock.
  int64_t slice_end_us(int64_t now_us, int64_t wanted_us) const;
  // When this turn's ready phase has to end. REQUIRES: it has begun.
  int64_t ready_end_us() const { return ready_end_us_; }

  // ---- time and figures ----

  // Monotonic time in microseconds at which the current phase, or in the ready phase the current on_ready,
  // began.
  int64_t now_us() const { return now_us_; }
  const Clock& clock() const { return clock_; }
  // For the table of long turns: `count` pieces of work of a kind ran in this turn. REQUIRES: `label` lives
  // as long as the loop, like a literal.
  void note_work(const char* label, uint64_t count = 1) { recorder_.note_work(label, count); }
  // `hook` is called behind each turn that used more CPU time than `cpu_us`, to log it.
  void set_long_turn_hook(int64_t cpu_us, std::function<void(const LongTurn&)> hook);
  const LoopStats& stats() const { return recorder_.stats(); }
  void reset_stats() { recorder_.stats().reset(); }

 private:
  friend class Timer;

  EventLoop(const Clock& clock, Poller poller);

  int64_t time_to_sleep(int64_t max_wait_us);
  // The phases.
  void poll(int64_t max_wait_us);
  void take_events(std::span<const PolledEvent> events);
  void tell_hangups();
  void fire_timers();
  uint32_t serve_ready();
  void run_tasks();
  void close_pending();

  void fire(Timer& timer);
  void arm_wheel(Timer& timer, int64_t deadline_us);
  // False when the phase has none.
  bool run_hook(Phase phase);
  // Ends a phase; reads the clock only when something ran in it.
  void end_phase(Phase phase, bool worked);
  void refresh_now() { now_us_ = clock_.monotonic_us(); }

  const Clock& clock_;
  int64_t now_us_;
  int64_t turn_began_us_ = 0;
  int64_t ready_end_us_ = 0;
  TurnBudget budget_;
  Poller poller_;
  FdTable fds_;
  TimingWheel wheel_;
  Mailbox mailbox_;
  std::deque<std::function<void()>> tasks_;
  std::deque<std::function<void()>> next_turn_tasks_;
  std::vector<int> hangups_;
  std::deque<UniqueFd> closing_;
  std::array<std::function<void()>, kPhaseCount> hooks_;
  std::function<void(const LongTurn&)> long_turn_hook_;
  int64_t long_turn_us_ = std::numeric_limits<int64_t>::max();
  int64_t sleep_limit_us_ = -1;
  bool timers_left_ = false;
  bool in_turn_ = false;
  Timer* firing_ = nullptr;  // its callback runs; null again when it was destroyed by that
  std::atomic<bool> stopping_{false};
  TurnRecorder recorder_;
};

}  // namespace aerie

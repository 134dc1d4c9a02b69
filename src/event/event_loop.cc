// SPDX-License-Identifier: BSD-3-Clause
//
// The turn and its phases, in the order in which they run. What users call between and within phases is in
// event_loop_api.cc. Everything a user's code may change while a phase walks over it (the table of
// descriptors, the wheel, the lists of tasks) is looked at anew after every call of that code.
#include "aerie/event/event_loop.h"

#include <algorithm>

#include "aerie/base/assert.h"

namespace aerie {

namespace {

constexpr size_t kPollBatch = 512;
// So many full batches are fetched at most by one poll. They must all be fetched, since a hang-up may be in
// the last.
constexpr int kMaxPollBatches = 256;
// Between two looks at the clock.
constexpr size_t kTimersPerLook = 4;

}  // namespace

void EventLoop::run() {
  while (!stopping_.load(std::memory_order_acquire)) run_once();
  stopping_.store(false, std::memory_order_release);
}

size_t EventLoop::run_once(int64_t max_wait_us) {
  AERIE_ASSERT(!in_turn_);
  in_turn_ = true;
  const int64_t poll_began_us = now_us_;
  poll(max_wait_us);
  refresh_now();
  turn_began_us_ = now_us_;
  recorder_.begin_turn(now_us_);
  const int64_t poll_us = now_us_ - poll_began_us;
  for (auto& task : next_turn_tasks_) tasks_.push_back(std::move(task));
  next_turn_tasks_.clear();
  end_phase(Phase::kPoll, run_hook(Phase::kPoll));

  tell_hangups();
  fire_timers();
  const uint32_t events = serve_ready();
  run_tasks();
  // These two consist of their hook.
  end_phase(Phase::kBarrier, run_hook(Phase::kBarrier));
  end_phase(Phase::kWrite, run_hook(Phase::kWrite));
  close_pending();

  recorder_.end_turn(now_us_, events, poll_us);
  in_turn_ = false;
  if (recorder_.turn().cpu_us > long_turn_us_) [[unlikely]]
    long_turn_hook_(recorder_.turn());
  return events;
}

int64_t EventLoop::time_to_sleep(int64_t max_wait_us) {
  const bool work_left = fds_.ready_count() > 0 || !tasks_.empty() || !next_turn_tasks_.empty() ||
                         timers_left_ || !closing_.empty() || mailbox_.signalled() ||
                         stopping_.load(std::memory_order_acquire);
  if (work_left) return 0;
  int64_t sleep = max_wait_us;
  const auto shorten = [&sleep](int64_t us) {
    if (sleep < 0 || us < sleep) sleep = std::max<int64_t>(us, 0);
  };
  if (sleep_limit_us_ >= 0) shorten(sleep_limit_us_);
  if (const auto tick = wheel_.next_deadline()) {
    constexpr uint64_t kFarTick = uint64_t{1} << 50;  // times 1000 it still fits
    // The user may have done anything since the last turn.
    refresh_now();
    shorten(static_cast<int64_t>(std::min(*tick, kFarTick)) * 1000 - now_us_);
  }
  return sleep;
}

void EventLoop::poll(int64_t max_wait_us) {
  PolledEvent events[kPollBatch];
  int64_t sleep = time_to_sleep(max_wait_us);
  sleep_limit_us_ = -1;
  if (sleep != 0) ++recorder_.stats().sleeps;
  for (int batch = 0; batch < kMaxPollBatches; ++batch) {
    const sys::SysResult got = poller_.wait(sleep, events);
    if (!got.ok()) {
      // Short of memory, presumably. Not at full speed, and timers go on.
      ++recorder_.stats().poll_failures;
      sys::sleep_us(sleep == 0 ? 0 : 1000);
      return;
    }
    const auto count = static_cast<size_t>(got.value);
    take_events({events, count});
    // A queue of two filters per descriptor may leave one place of a batch unused.
    if (count + 1 < kPollBatch) return;
    sleep = 0;
  }
}

void EventLoop::take_events(std::span<const PolledEvent> events) {
  for (const PolledEvent& event : events) {
    if (event.fd == mailbox_.fd()) [[unlikely]] {
      mailbox_.drain();
      continue;
    }
    if (fds_.mark(event.fd, event.bits)) hangups_.push_back(event.fd);
  }
}

void EventLoop::tell_hangups() {
  const bool worked = !hangups_.empty();
  for (const int fd : hangups_) {
    // Another one's on_hangup may have removed it, and even added it anew.
    if (!fds_.hung_up(fd)) continue;
    ++recorder_.stats().hangups;
    fds_.handler(fd)->on_hangup();
  }
  hangups_.clear();
  // What the hook of a turn without hang-ups does, it does in each turn: not worth a look at the clock.
  run_hook(Phase::kHangups);
  end_phase(Phase::kHangups, worked);
}

void EventLoop::fire_timers() {
  const int64_t end_us = slice_end_us(now_us_, budget_.timer_us);
  size_t handled = 0;
  for (;;) {
    const auto progress = wheel_.advance(static_cast<uint64_t>(now_us_ / 1000), kTimersPerLook,
                                         [this](WheelNode& node) { fire(static_cast<Timer&>(node)); });
    handled += progress.fired + progress.moved;
    timers_left_ = progress.more;
    if (!progress.more) break;
    refresh_now();
    if (now_us_ >= end_us) break;
  }
  const bool hooked = run_hook(Phase::kTimers);
  end_phase(Phase::kTimers, handled > 0 || hooked);
}

void EventLoop::fire(Timer& timer) {
  LoopStats& stats = recorder_.stats();
  ++stats.timers_fired;
  stats.timer_lateness_us.record(now_us_ - timer.deadline_us_);
  if (timer.period_us_ > 0) {
    const int64_t behind = std::max<int64_t>(now_us_ - timer.deadline_us_, 0);
    arm_wheel(timer, timer.deadline_us_ + (behind / timer.period_us_ + 1) * timer.period_us_);
  }
  // The callback may destroy its timer, and with it the function that is running: so it runs from here.
  std::function<void()> callback = std::move(timer.callback_);
  firing_ = &timer;
  timer.firing_ = true;
  callback();
  if (firing_ == nullptr) return;
  timer.callback_ = std::move(callback);
  timer.firing_ = false;
  firing_ = nullptr;
}

uint32_t EventLoop::serve_ready() {
  ready_end_us_ = slice_end_us(now_us_, budget_.max_us);
  // Those that come back to the FIFO meanwhile wait for the next turn.
  size_t left = fds_.ready_count();
  uint32_t events = 0;
  while (left > 0 && events < budget_.max_events) {
    --left;
    FdTable::Ready ready;
    if (!fds_.pop(&ready)) continue;
    ++events;
    ready.handler->on_ready(ready.events);
    // Behind the last one the end of the phase looks at the clock.
    if (left == 0) break;
    refresh_now();
    if (now_us_ >= ready_end_us_) break;
  }
  recorder_.stats().io_events += events;
  const bool hooked = run_hook(Phase::kReady);
  end_phase(Phase::kReady, events > 0 || hooked);
  return events;
}

void EventLoop::run_tasks() {
  if (mailbox_.signalled()) recorder_.stats().posts_taken += mailbox_.take(tasks_);
  const int64_t end_us = slice_end_us(now_us_, budget_.task_us);
  uint64_t ran = 0;
  while (!tasks_.empty()) {
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    ++ran;
    refresh_now();
    if (now_us_ >= end_us) break;
  }
  recorder_.stats().tasks_run += ran;
  const bool hooked = run_hook(Phase::kDeferred);
  end_phase(Phase::kDeferred, ran > 0 || hooked);
}

void EventLoop::close_pending() {
  const int64_t end_us = slice_end_us(now_us_, budget_.close_us);
  size_t closed = 0;
  while (!closing_.empty()) {
    closing_.pop_front();
    ++closed;
    // After each: the kernel may have much to do for one of them.
    refresh_now();
    if (now_us_ >= end_us) break;
  }
  const bool hooked = run_hook(Phase::kClose);
  end_phase(Phase::kClose, closed > 0 || hooked);
}

bool EventLoop::run_hook(Phase phase) {
  const std::function<void()>& hook = hooks_[static_cast<size_t>(phase)];
  if (!hook) return false;
  hook();
  return true;
}

void EventLoop::end_phase(Phase phase, bool worked) {
  // A phase in which nothing was done took no time that could be told.
  if (!worked) return;
  refresh_now();
  recorder_.end_phase(phase, now_us_);
}

}  // namespace aerie

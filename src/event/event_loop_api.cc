// SPDX-License-Identifier: BSD-3-Clause
//
// What users of an EventLoop call: descriptors, timers, tasks, hooks. All of it is short and may be called
// from any callback; the phases that act on what is recorded here are in event_loop.cc. Only post() and
// stop() are for other threads.
#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/checked.h"
#include "aerie/event/event_loop.h"

namespace aerie {

namespace {

constexpr int64_t kMaxDeadlineUs = int64_t{1} << 60;

int64_t add_clamped(int64_t base_us, int64_t ms) {
  const auto delay_us = checked_mul<int64_t>(std::max<int64_t>(ms, 0), 1000);
  if (!delay_us) return kMaxDeadlineUs;
  return std::min(checked_add<int64_t>(base_us, *delay_us).value_or(kMaxDeadlineUs), kMaxDeadlineUs);
}

}  // namespace

Timer::~Timer() {
  if (armed()) loop_->cancel(*this);
  if (firing_) loop_->firing_ = nullptr;
}

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock& clock) {
  Result<Poller> poller = Poller::create();
  if (!poller.ok()) return poller.error();
  std::unique_ptr<EventLoop> loop(new EventLoop(clock, std::move(poller).value()));
  if (Status opened = loop->mailbox_.open(); !opened.ok()) return opened.error();
  const sys::SysResult added = loop->poller_.add(loop->mailbox_.fd());
  if (!added.ok()) return Error{added.error, "watch the wake channel"};
  return loop;
}

EventLoop::EventLoop(const Clock& clock, Poller poller)
    : clock_(clock),
      now_us_(clock.monotonic_us()),
      poller_(std::move(poller)),
      wheel_(static_cast<uint64_t>(now_us_ / 1000)) {}

EventLoop::~EventLoop() = default;

Status EventLoop::add(int fd, IoHandler* handler) {
  AERIE_ASSERT(!watches(fd));
  const sys::SysResult added = poller_.add(fd);
  if (!added.ok()) return Error{added.error, "watch descriptor " + std::to_string(fd)};
  fds_.insert(fd, handler);
  return {};
}

void EventLoop::remove(int fd) {
  if (!watches(fd)) return;
  fds_.erase(fd);
  poller_.remove(fd);
}

void EventLoop::requeue(int fd) {
  fds_.mark(fd, kPollReadable);
}

void EventLoop::requeue_first(int fd) {
  fds_.mark_first(fd, kPollReadable);
}

void EventLoop::close_later(UniqueFd fd) {
  if (!fd) return;
  remove(fd.get());
  closing_.push_back(std::move(fd));
}

void EventLoop::arm(Timer& timer, int64_t delay_ms) {
  arm_at(timer, add_clamped(clock_.monotonic_us(), delay_ms));
}

void EventLoop::arm_at(Timer& timer, int64_t monotonic_us) {
  timer.period_us_ = 0;
  arm_wheel(timer, monotonic_us);
}

void EventLoop::arm_repeating(Timer& timer, int64_t period_ms) {
  AERIE_ASSERT(period_ms > 0);
  timer.period_us_ = add_clamped(0, period_ms);
  arm_wheel(timer, add_clamped(clock_.monotonic_us(), period_ms));
}

void EventLoop::arm_wheel(Timer& timer, int64_t deadline_us) {
  AERIE_ASSERT(!timer.armed() || timer.loop_ == this);
  timer.loop_ = this;
  timer.deadline_us_ = std::clamp<int64_t>(deadline_us, 0, kMaxDeadlineUs);
  // The first tick that is not before the deadline.
  wheel_.arm(timer, static_cast<uint64_t>((timer.deadline_us_ + 999) / 1000));
}

void EventLoop::cancel(Timer& timer) {
  timer.period_us_ = 0;
  if (timer.armed()) wheel_.cancel(timer);
}

void EventLoop::defer(std::function<void()> task) {
  tasks_.push_back(std::move(task));
}

void EventLoop::defer_next_turn(std::function<void()> task) {
  next_turn_tasks_.push_back(std::move(task));
}

void EventLoop::post(std::function<void()> task) {
  mailbox_.post(std::move(task));
}

void EventLoop::set_phase_hook(Phase phase, std::function<void()> hook) {
  hooks_[static_cast<size_t>(phase)] = std::move(hook);
}

void EventLoop::set_long_turn_hook(int64_t cpu_us, std::function<void(const LongTurn&)> hook) {
  long_turn_us_ = hook ? cpu_us : std::numeric_limits<int64_t>::max();
  long_turn_hook_ = std::move(hook);
}

void EventLoop::stop() {
  stopping_.store(true, std::memory_order_release);
  mailbox_.wake();
}

void EventLoop::limit_sleep_us(int64_t us) {
  us = std::max<int64_t>(us, 0);
  if (sleep_limit_us_ < 0 || us < sleep_limit_us_) sleep_limit_us_ = us;
}

int64_t EventLoop::slice_end_us(int64_t now_us, int64_t wanted_us) const {
  const int64_t left_us = turn_began_us_ + budget_.turn_us - now_us;
  return now_us + std::min(wanted_us, std::max(left_us, budget_.smallest_slice_us));
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Timers of the loop: never early, one-shot and repeating, safe to cancel and destroy anywhere, cheap by the
// million.
#include "aerie/event/timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "aerie/base/random.h"
#include "unit/event/fixture.h"

namespace aerie {
namespace {

TEST_F(LoopTest, TimersAreNeverEarlyAndHardlyLate) {
  Random random(3);
  constexpr int kTimers = 2000;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<int64_t> deadlines(kTimers);
  int fired = 0;
  for (int i = 0; i < kTimers; ++i) {
    timers.push_back(std::make_unique<Timer>([&, i] {
      EXPECT_GE(clock_.monotonic_us(), deadlines[static_cast<size_t>(i)]);
      ++fired;
    }));
    deadlines[static_cast<size_t>(i)] = clock_.monotonic_us() + static_cast<int64_t>(random.below(400'000));
    loop_->arm_at(*timers.back(), deadlines[static_cast<size_t>(i)]);
  }
  while (fired < kTimers) loop_->run_once();
  EXPECT_EQ(loop_->stats().timer_lateness_us.count(), static_cast<uint64_t>(kTimers));
  EXPECT_EQ(loop_->armed_timers(), 0U);
  // Rounding up to a tick alone costs half a millisecond; the machine of a test may be busy.
  EXPECT_LT(loop_->stats().timer_lateness_us.percentile(50), 20'000U);
}

TEST_F(LoopTest, ADelayCountsFromTheCallNotFromTheTurn) {
  std::optional<int64_t> armed_at;
  Timer timer([] {});
  loop_->defer([&] {
    sys::sleep_us(5000);
    armed_at = clock_.monotonic_us();
    loop_->arm(timer, 10);
  });
  while (!armed_at || timer.armed()) loop_->run_once();
  EXPECT_GE(clock_.monotonic_us(), *armed_at + 10'000);
}

TEST_F(LoopTest, RepeatingTimersKeepTheirPhaseAndSkipWhatTheyMissed) {
  std::vector<int64_t> times;
  Timer timer([&] {
    times.push_back(clock_.monotonic_us());
    if (times.size() == 2) sys::sleep_us(55'000);
    if (times.size() == 5) loop_->cancel(timer);
  });
  const int64_t began = clock_.monotonic_us();
  loop_->arm_repeating(timer, 20);
  while (timer.armed()) loop_->run_once();
  ASSERT_EQ(times.size(), 5U);
  for (size_t i = 1; i < times.size(); ++i) EXPECT_GT(times[i], times[i - 1]);
  // 20, 40, then asleep until 95 or more: 60 and 80 in one, 100, 120.
  EXPECT_GE(times[0] - began, 20'000);
  EXPECT_GE(times[1] - began, 40'000);
  EXPECT_GE(times[2] - began, 95'000);
  EXPECT_GE(times[4] - began, 120'000);
}

TEST_F(LoopTest, CancelledMovedAndDestroyedTimersDoNotFire) {
  int fired = 0;
  Timer cancelled([&] { FAIL(); });
  Timer moved([&] { ++fired; });
  auto destroyed = std::make_unique<Timer>([&] { FAIL(); });
  loop_->arm(cancelled, 1);
  loop_->arm(moved, 1);
  loop_->arm(*destroyed, 1);
  loop_->cancel(cancelled);
  loop_->cancel(cancelled);
  loop_->arm(moved, 30);
  destroyed.reset();
  EXPECT_FALSE(cancelled.armed());
  const int64_t began = clock_.monotonic_us();
  while (moved.armed()) loop_->run_once();
  EXPECT_GE(clock_.monotonic_us() - began, 29'000);
  EXPECT_EQ(fired, 1);
}

TEST_F(LoopTest, ATimerMayDestroyItselfRearmItselfAndOthers) {
  auto self = std::make_unique<Timer>([] {});
  auto other = std::make_unique<Timer>([] { FAIL(); });
  int rounds = 0;
  self = std::make_unique<Timer>([&, text = std::string(100, 'x')] {
    other.reset();
    if (++rounds < 3) {
      loop_->arm(*self, 0);
      return;
    }
    self.reset();
    EXPECT_EQ(text.size(), 100U);  // what runs still has its captures
  });
  loop_->arm(*self, 0);
  loop_->arm(*other, 5);
  while (self != nullptr) loop_->run_once(1000);
  EXPECT_EQ(rounds, 3);
  // A repeating one, too.
  self = std::make_unique<Timer>([&] { self.reset(); });
  loop_->arm_repeating(*self, 1);
  while (self != nullptr) loop_->run_once(1000);
  EXPECT_EQ(loop_->armed_timers(), 0U);
}

TEST_F(LoopTest, ALoopThatGoesFirstDisarmsItsTimers) {
  Timer timer([] {});
  loop_->arm(timer, 1000);
  loop_.reset();
  EXPECT_FALSE(timer.armed());
}

TEST_F(LoopTest, ExtremeDelaysAreAccepted) {
  Timer never([] { FAIL(); });
  Timer at_once([] {});
  loop_->arm(never, INT64_MAX);
  loop_->arm_at(at_once, INT64_MIN);
  settle();
  EXPECT_TRUE(never.armed());
  EXPECT_FALSE(at_once.armed());
  loop_->arm(at_once, -5);
  while (at_once.armed()) loop_->run_once();
  EXPECT_TRUE(never.armed());
}

TEST_F(LoopTest, ManyTimersOfOneMomentAreSpreadOverTurns) {
  constexpr size_t kTimers = 100'000;
  size_t fired = 0;
  std::vector<std::unique_ptr<Timer>> timers;
  for (size_t i = 0; i < kTimers; ++i) timers.push_back(std::make_unique<Timer>([&] { ++fired; }));
  const int64_t deadline = clock_.monotonic_us() + 200'000;
  for (auto& timer : timers) loop_->arm_at(*timer, deadline);
  while (clock_.monotonic_us() < deadline) loop_->run_once();
  loop_->reset_stats();
  while (fired < kTimers) loop_->run_once();
  EXPECT_GT(loop_->stats().turns, 2U);  // a slice of 200 microseconds does not hold them all
}

TEST(TimerOnFakeTime, AMillionArmedTimersDoNotSlowATurn) {
  FakeClock clock;
  auto loop = std::move(EventLoop::create(clock)).value();
  constexpr size_t kTimers = 1'000'000;
  std::vector<std::unique_ptr<Timer>> timers;
  Random random(1);
  size_t fired = 0;
  for (size_t i = 0; i < kTimers; ++i) {
    timers.push_back(std::make_unique<Timer>([&] { ++fired; }));
    loop->arm(*timers.back(), 1000 + static_cast<int64_t>(random.below(1'000'000'000)));
  }
  const int64_t began_ns = thread_cpu_ns();
  for (int i = 0; i < 1000; ++i) loop->run_once(0);
  EXPECT_LT(thread_cpu_ns() - began_ns, 1'000'000'000);
  EXPECT_EQ(fired, 0U);
  EXPECT_EQ(loop->armed_timers(), kTimers);
  // A jump of twelve days: the gap is not walked, and every timer fires.
  clock.advance_ms(1'001'000'000);
  while (fired < kTimers) loop->run_once(0);
  EXPECT_EQ(loop->armed_timers(), 0U);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The turn of the loop: what is reported to whom, in which order, and what a budget leaves for the next
// turn. Runs over both pollers. Bounds of time are one-sided (never early, does not sleep), since the
// machine may be busy; exact orders are checked by sequence, not by time.
#include "aerie/event/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "unit/event/fixture.h"

namespace aerie {
namespace {

void spin_us(int64_t us) {
  const int64_t until = SystemClock().monotonic_us() + us;
  while (SystemClock().monotonic_us() < until) {
  }
}

TEST_F(LoopTest, DeliversInputAndEndOfInput) {
  SocketPair pair;
  RecordingHandler handler;
  handler.fd = pair.near.get();
  ASSERT_TRUE(loop_->add(pair.near.get(), &handler).ok());
  EXPECT_EQ(loop_->watched(), 1U);
  pair.send("abc");
  loop_->run_once();
  EXPECT_EQ(handler.input, "abc");
  EXPECT_TRUE(handler.last.readable);
  EXPECT_TRUE(handler.last.writable);
  EXPECT_FALSE(handler.last.hangup);
  EXPECT_EQ(handler.hangups, 0);
  pair.send("def");
  pair.far.reset();
  loop_->run_once();
  EXPECT_EQ(handler.input, "abcdef");
  EXPECT_EQ(handler.hangups, 1);
  EXPECT_TRUE(handler.last.hangup);
  loop_->remove(pair.near.get());
  EXPECT_EQ(loop_->watched(), 0U);
}

TEST_F(LoopTest, AllHangupsOfAPollComeBeforeAnyInput) {
  constexpr size_t kPairs = 700;  // more than one batch of the poller
  std::vector<SocketPair> pairs(kPairs);
  std::vector<RecordingHandler> handlers(kPairs);
  size_t hangups = 0;
  bool input_seen = false;
  for (size_t i = 0; i < kPairs; ++i) {
    handlers[i].when_hung_up = [&] {
      EXPECT_FALSE(input_seen);
      ++hangups;
    };
    handlers[i].when_ready = [&](IoEvents events) { input_seen |= events.readable && !events.hangup; };
    ASSERT_TRUE(loop_->add(pairs[i].near.get(), &handlers[i]).ok());
  }
  for (int i = 0; i < 10; ++i) loop_->run_once(0);  // "writable" of all
  for (size_t i = 0; i < kPairs; ++i) {
    if (i % 2 == 0) {
      pairs[i].send("x");
    } else {
      pairs[i].far.reset();
    }
  }
  loop_->run_once(0);
  EXPECT_EQ(hangups, kPairs / 2);
  EXPECT_TRUE(input_seen);
}

TEST_F(LoopTest, WhatIsRemovedHearsNothingMore) {
  SocketPair pairs[3];
  RecordingHandler handlers[3];
  // Each removes the two others: exactly one is called.
  for (size_t i = 0; i < 3; ++i) {
    handlers[i].when_ready = [&, i](IoEvents) {
      for (size_t other = 0; other < 3; ++other) {
        if (other != i) loop_->remove(pairs[other].near.get());
      }
    };
    ASSERT_TRUE(loop_->add(pairs[i].near.get(), &handlers[i]).ok());
    pairs[i].send("x");
  }
  settle();
  EXPECT_EQ(handlers[0].calls + handlers[1].calls + handlers[2].calls, 1);
  loop_->remove(12345);  // never watched
}

TEST_F(LoopTest, AHandlerMayGoInItsOwnHangup) {
  SocketPair pair;
  auto handler = std::make_unique<RecordingHandler>();
  handler->when_hung_up = [&] {
    loop_->close_later(std::move(pair.near));
    handler.reset();
  };
  ASSERT_TRUE(loop_->add(pair.near.get(), handler.get()).ok());
  settle();
  pair.far.reset();
  settle();
  EXPECT_EQ(handler, nullptr);
  EXPECT_EQ(loop_->watched(), 0U);
}

TEST_F(LoopTest, RequeuedInputWaitsForTheNextTurnBehindTheOthers) {
  SocketPair a;
  SocketPair b;
  RecordingHandler first;
  RecordingHandler second;
  std::string order;
  first.when_ready = [&](IoEvents) {
    order += 'a';
    if (first.calls < 4) loop_->requeue(a.near.get());
  };
  second.when_ready = [&](IoEvents) {
    order += 'b';
    if (second.calls < 3) loop_->requeue(b.near.get());
  };
  ASSERT_TRUE(loop_->add(a.near.get(), &first).ok());
  ASSERT_TRUE(loop_->add(b.near.get(), &second).ok());
  EXPECT_EQ(loop_->run_once(), 2U);
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(loop_->run_once(), 2U);  // would sleep for ever otherwise
  EXPECT_TRUE(first.last.readable);
  EXPECT_FALSE(first.last.writable);
  loop_->run_once();
  loop_->run_once();
  EXPECT_EQ(order, "abababa");
  EXPECT_EQ(loop_->run_once(0), 0U);
}

TEST_F(LoopTest, WhoIsRequeuedFirstComesBeforeThoseWhoWait) {
  SocketPair pairs[3];
  RecordingHandler handlers[3];
  std::string order;
  for (int i = 0; i < 3; ++i) {
    handlers[i].when_ready = [&, i](IoEvents) {
      order += static_cast<char>('a' + i);
      if (i != 1 || handlers[i].calls > 1) return;
      loop_->requeue_first(pairs[1].near.get());
      loop_->requeue_first(pairs[0].near.get());
      loop_->requeue_first(pairs[2].near.get());  // has its place already
    };
    ASSERT_TRUE(loop_->add(pairs[i].near.get(), &handlers[i]).ok());
  }
  EventLoop::TurnBudget budget;
  budget.max_events = 2;
  budget.max_us = budget.turn_us = 1'000'000;
  loop_->set_turn_budget(budget);
  loop_->run_once();
  EXPECT_EQ(order, "ab");
  budget.max_events = 10;
  loop_->set_turn_budget(budget);
  loop_->run_once();  // would sleep for ever otherwise
  EXPECT_EQ(order, "ababc");
  EXPECT_EQ(loop_->run_once(0), 0U);
  // Alone in the queue, and behind it as usual.
  loop_->requeue_first(pairs[2].near.get());
  loop_->requeue(pairs[0].near.get());
  loop_->run_once();
  EXPECT_EQ(order, "ababcca");
}

TEST_F(LoopTest, ATurnServesItsBudgetAndNoMore) {
  constexpr size_t kPairs = 50;
  std::vector<SocketPair> pairs(kPairs);
  std::vector<RecordingHandler> handlers(kPairs);
  EventLoop::TurnBudget budget;
  budget.max_events = 20;
  budget.max_us = budget.turn_us = 1'000'000;
  loop_->set_turn_budget(budget);
  for (size_t i = 0; i < kPairs; ++i) ASSERT_TRUE(loop_->add(pairs[i].near.get(), &handlers[i]).ok());
  EXPECT_EQ(loop_->run_once(), 20U);
  EXPECT_EQ(loop_->run_once(), 20U);
  EXPECT_EQ(loop_->run_once(), 10U);
  for (const RecordingHandler& handler : handlers) EXPECT_EQ(handler.calls, 1);
  // And by time: each call takes longer than the whole turn may.
  budget.max_us = 50;
  loop_->set_turn_budget(budget);
  for (size_t i = 0; i < 3; ++i) {
    handlers[i].when_ready = [](IoEvents) { spin_us(100); };
    pairs[i].send("x");
  }
  EXPECT_EQ(loop_->run_once(), 1U);
  EXPECT_EQ(loop_->run_once(), 1U);
  EXPECT_EQ(loop_->run_once(), 1U);
}

// The slices of all phases together stay within the turn; what is late gets the smallest slice all the same.
TEST(LoopBudget, LatePhasesGetWhatTheTurnHasLeft) {
  FakeClock clock;
  auto created = EventLoop::create(clock);
  ASSERT_TRUE(created.ok());
  EventLoop& loop = *created.value();
  EventLoop::TurnBudget budget;
  budget.timer_us = budget.max_us = budget.task_us = 300;
  budget.turn_us = 500;
  budget.smallest_slice_us = 40;
  loop.set_turn_budget(budget);
  std::vector<int> ran(3);
  const auto work = [&](size_t kind) { return [&ran, &clock, kind] { ++ran[kind], clock.advance_us(20); }; };
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<SocketPair> pairs(50);
  std::vector<RecordingHandler> handlers(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    timers.push_back(std::make_unique<Timer>(work(0)));
    loop.arm(*timers.back(), 0);
    handlers[i].when_ready = [task = work(1)](IoEvents) { task(); };
    ASSERT_TRUE(loop.add(pairs[i].near.get(), &handlers[i]).ok());
    loop.defer(work(2));
  }
  int64_t slice_at_the_end = 0;
  loop.set_phase_hook(Phase::kWrite,
                      [&] { slice_at_the_end = loop.slice_end_us(loop.now_us(), 100) - loop.now_us(); });
  loop.run_once(0);
  // Timers are looked at four at a time.
  EXPECT_EQ(ran[0], 16);
  EXPECT_EQ(ran[1], (500 - 320) / 20);
  EXPECT_EQ(ran[2], 40 / 20);
  EXPECT_EQ(slice_at_the_end, 40);
  // Each turn has the whole budget again, and nothing is forgotten.
  loop.run_once(0);
  EXPECT_EQ(ran[0], 32);
  for (int i = 0; i < 50; ++i) loop.run_once(0);
  EXPECT_EQ(ran, (std::vector<int>{50, 50, 50}));
  EXPECT_EQ(slice_at_the_end, 100);
}

TEST_F(LoopTest, LongTurnsAreTold) {
  std::vector<LongTurn> told;
  loop_->set_long_turn_hook(5'000, [&](const LongTurn& turn) { told.push_back(turn); });
  loop_->defer([&] {
    spin_us(100);
    loop_->note_work("short");
  });
  loop_->run_once(0);
  EXPECT_TRUE(told.empty());
  // In CPU time, of which a busy machine gives less than the time that passes.
  loop_->defer([&] {
    const int64_t began_ns = thread_cpu_ns();
    while (thread_cpu_ns() - began_ns < 12'000'000) {
    }
    loop_->note_work("long", 3);
  });
  loop_->run_once(0);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_GE(told[0].cpu_us, 12'000);
  EXPECT_GE(told[0].phase_us[static_cast<size_t>(Phase::kDeferred)], 12'000);
  EXPECT_STREQ(told[0].notes[0].label, "long");
  EXPECT_EQ(told[0].notes[0].count, 3U);
}

TEST_F(LoopTest, PhasesRunInTheirOrder) {
  std::vector<std::string> order;
  const auto note = [&](std::string what) { order.push_back(std::move(what)); };
  SocketPair hung;
  SocketPair ready;
  RecordingHandler hung_handler;
  RecordingHandler ready_handler;
  hung_handler.when_hung_up = [&] { note("hangup"); };
  ASSERT_TRUE(loop_->add(hung.near.get(), &hung_handler).ok());
  ASSERT_TRUE(loop_->add(ready.near.get(), &ready_handler).ok());
  settle();
  for (size_t i = 0; i < kPhaseCount; ++i) {
    const auto phase = static_cast<Phase>(i);
    loop_->set_phase_hook(phase, [&, phase] { note(std::string("hook ") + phase_name(phase)); });
  }
  ready_handler.when_ready = [&](IoEvents) {
    note("input");
    loop_->defer([&] { note("deferred"); });
    loop_->defer_next_turn([&] { note("deferred next"); });
  };
  Timer timer([&] { note("timer"); });
  loop_->arm(timer, 0);
  hung.far.reset();
  ready.send("x");
  spin_us(1100);
  loop_->remove(hung.near.get());
  ASSERT_TRUE(loop_->add(hung.near.get(), &hung_handler).ok());
  loop_->run_once(0);
  const std::vector<std::string> expected = {"hook poll",     "hangup",       "hook hangups", "timer",
                                             "hook timers",   "input",        "hook ready",   "deferred",
                                             "hook deferred", "hook barrier", "hook write",   "hook close"};
  EXPECT_EQ(order, expected);
  order.clear();
  for (size_t i = 0; i < kPhaseCount; ++i) loop_->set_phase_hook(static_cast<Phase>(i), {});
  loop_->run_once();
  EXPECT_EQ(order, std::vector<std::string>{"deferred next"});
}

TEST_F(LoopTest, DescriptorsCloseAtTheEndOfTheTurn) {
  SocketPair a;
  SocketPair b;
  const int number = a.near.get();
  RecordingHandler handler;
  bool open_meanwhile = false;
  handler.when_ready = [&](IoEvents) {
    loop_->close_later(std::move(a.near));
    loop_->defer([&] { open_meanwhile = fcntl(number, F_GETFD) >= 0; });
  };
  ASSERT_TRUE(loop_->add(number, &handler).ok());
  loop_->run_once(0);
  EXPECT_TRUE(open_meanwhile);
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
  EXPECT_FALSE(loop_->watches(number));
  loop_->close_later(UniqueFd());  // nothing to close
}

TEST_F(LoopTest, TasksThatDeferTasksKeepTheLoopTurning) {
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    loop_->defer(again);
  };
  loop_->defer(again);
  const int64_t began = clock_.monotonic_us();
  loop_->run_once();
  EXPECT_LT(clock_.monotonic_us() - began, 1'000'000);
  const int before = runs;
  EXPECT_GE(before, 1);
  // No turn sleeps. One that was preempted may stop after a single task; not all of them.
  constexpr int kTurns = 50;
  for (int turn = 0; turn < kTurns; ++turn) loop_->run_once();
  EXPECT_GT(runs - before, kTurns);
}

TEST_F(LoopTest, PostsFromOtherThreadsWakeASleepingLoop) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  int ran = 0;  // only touched on the loop's thread
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTasks; ++i) {
        loop_->post([&] {
          if (++ran == kThreads * kTasks) loop_->stop();
        });
      }
    });
  }
  loop_->run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, kThreads * kTasks);
  EXPECT_EQ(loop_->stats().posts_taken, static_cast<uint64_t>(kThreads * kTasks));
}

TEST_F(LoopTest, StopFromAnotherThreadEndsRunAndRunMayBeginAgain) {
  for (int i = 0; i < 20; ++i) {
    std::thread stopper([&] { loop_->stop(); });
    loop_->run();
    stopper.join();
  }
  EXPECT_GE(loop_->stats().turns, 0U);
}

TEST_F(LoopTest, SleepsNoLongerThanAsked) {
  const auto measure = [&](int64_t max_wait) {
    const int64_t began = clock_.monotonic_us();
    loop_->run_once(max_wait);
    return clock_.monotonic_us() - began;
  };
  settle();
  EXPECT_GE(measure(20'000), 19'999);
  loop_->limit_sleep_us(3000);
  loop_->limit_sleep_us(50'000);
  const int64_t limited = measure(2'000'000);
  EXPECT_GE(limited, 2999);
  EXPECT_LT(limited, 1'000'000);
  loop_->limit_sleep_us(0);
  EXPECT_LT(measure(2'000'000), 1'000'000);
  EXPECT_GE(measure(20'000), 19'999);  // the limit was for one poll
}

TEST_F(LoopTest, IdleConnectionsCauseNoTurns) {
  std::vector<SocketPair> pairs(100);
  std::vector<RecordingHandler> handlers(100);
  for (size_t i = 0; i < 100; ++i) ASSERT_TRUE(loop_->add(pairs[i].near.get(), &handlers[i]).ok());
  settle();
  loop_->reset_stats();
  std::thread later([&] {
    sys::sleep_us(300'000);
    loop_->stop();
  });
  loop_->run();
  later.join();
  EXPECT_EQ(loop_->stats().turns, 1U);  // the one that stops
  EXPECT_EQ(loop_->stats().sleeps, 1U);
}

TEST_F(LoopTest, FailuresOfTheSystemArePassedOnOrSurvived) {
  SocketPair pair;
  RecordingHandler handler;
  sys::fail_nth(sys::Call::kPollerControl, 1, ENOSPC);
  const Status added = loop_->add(pair.near.get(), &handler);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ENOSPC);
  EXPECT_FALSE(loop_->watches(pair.near.get()));
  ASSERT_TRUE(loop_->add(pair.near.get(), &handler).ok());
  sys::fail_nth(sys::Call::kPollerWait, 1, ENOMEM);
  EXPECT_EQ(loop_->run_once(), 0U);
  EXPECT_EQ(loop_->stats().poll_failures, 1U);
  EXPECT_EQ(loop_->run_once(), 1U);
  for (const sys::Call call :
       {sys::Call::kPollerCreate, sys::Call::kWakeChannel, sys::Call::kPollerControl}) {
    sys::clear_faults();
    sys::fail_nth(call, 1, EMFILE);
    const auto created = EventLoop::create(clock_);
    ASSERT_FALSE(created.ok());
    EXPECT_EQ(created.error().code, EMFILE);
  }
}

TEST_F(LoopTest, StatisticsTellWhatRan) {
  SocketPair pair;
  RecordingHandler handler;
  ASSERT_TRUE(loop_->add(pair.near.get(), &handler).ok());
  settle();
  loop_->reset_stats();
  handler.when_ready = [&](IoEvents) {
    loop_->note_work("sort");
    loop_->note_work("get", 3);
    loop_->note_work("sort");
    for (const char* label : {"a", "b", "c", "d", "e", "f"}) loop_->note_work(label);
    spin_us(20'000);
  };
  pair.send("x");
  loop_->run_once();
  handler.when_ready = nullptr;
  pair.send("x");
  loop_->run_once();
  const LoopStats& stats = loop_->stats();
  EXPECT_EQ(stats.turns, 2U);
  EXPECT_EQ(stats.io_events, 2U);
  EXPECT_GE(stats.turn_wall_us.max(), 20'000U);
  EXPECT_LE(stats.turn_cpu_us.max(), stats.turn_wall_us.max());
  EXPECT_EQ(stats.events_per_turn.max(), 1U);
  EXPECT_GE(stats.phase_us[static_cast<size_t>(Phase::kReady)], 20'000U);
  const LongTurn& longest = stats.longest[0];
  EXPECT_EQ(longest.events, 1U);
  EXPECT_GE(longest.wall_us, 20'000);
  EXPECT_GE(longest.phase_us[static_cast<size_t>(Phase::kReady)], 20'000);
  EXPECT_STREQ(longest.notes[0].label, "sort");
  EXPECT_EQ(longest.notes[0].count, 2U);
  EXPECT_STREQ(longest.notes[1].label, "get");
  EXPECT_EQ(longest.notes[1].count, 3U);
  EXPECT_STREQ(longest.notes[5].label, "other");
  EXPECT_EQ(longest.notes[5].count, 3U);
  loop_->reset_stats();
  EXPECT_EQ(loop_->stats().turns, 0U);
  EXPECT_EQ(loop_->stats().longest[0].wall_us, 0);
}

TEST_F(LoopTest, TimeSpentAsleepInATurnIsNoCpuTime) {
  settle();
  loop_->defer([] { sys::sleep_us(50'000); });
  loop_->reset_stats();
  loop_->run_once();
  EXPECT_GE(loop_->stats().turn_wall_us.max(), 50'000U);
  EXPECT_LT(loop_->stats().turn_cpu_us.max(), 25'000U);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Work off the loop, and signals on it. These are the tests that ThreadSanitizer is for: results are written
// on a worker and read in the completion without any lock, which is right only if the pool and the mailbox
// order them.
#include "aerie/event/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <thread>

#include "aerie/event/signal_watcher.h"
#include "unit/event/fixture.h"

namespace aerie {
namespace {

TEST_F(LoopTest, JobsRunElsewhereAndCompletionsOnTheLoop) {
  WorkerPool pool(*loop_, 3);
  constexpr int kJobs = 2000;
  const auto loop_thread = std::this_thread::get_id();
  std::vector<int> results(kJobs);
  int completed = 0;
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(pool.submit(
        [&, i] {
          EXPECT_NE(std::this_thread::get_id(), loop_thread);
          results[static_cast<size_t>(i)] = i * i;
        },
        [&, i] {
          EXPECT_EQ(std::this_thread::get_id(), loop_thread);
          EXPECT_EQ(results[static_cast<size_t>(i)], i * i);
          if (++completed == kJobs) loop_->stop();
        }));
  }
  loop_->run();
  EXPECT_EQ(completed, kJobs);
  while (pool.unfinished() != 0) std::this_thread::yield();
}

TEST_F(LoopTest, OneWorkerKeepsTheOrder) {
  WorkerPool pool(*loop_, 1);
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    pool.submit([] {},
                [&, i] {
                  order.push_back(i);
                  if (i == 99) loop_->stop();
                });
  }
  loop_->run();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST_F(LoopTest, ShutdownWaitsForWhatRunsAndDropsWhatWaits) {
  std::atomic<int> ran{0};
  std::atomic<bool> started{false};
  int completed = 0;
  auto owned = std::make_shared<int>(1);
  {
    WorkerPool pool(*loop_, 1);
    pool.submit(
        [&] {
          started = true;
          sys::sleep_us(20'000);
          ++ran;
        },
        [&] { ++completed; });
    for (int i = 0; i < 10; ++i) {
      pool.submit([&, owned] { ++ran; }, [&, owned] { ++completed; });
    }
    while (!started) std::this_thread::yield();
    pool.shutdown();
    EXPECT_EQ(pool.unfinished(), 0U);
    EXPECT_FALSE(pool.submit([] {}));
  }
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(owned.use_count(), 1);
  settle();
  EXPECT_EQ(completed, 1);
}

TEST_F(LoopTest, JobsWithoutCompletionDoNotWakeTheLoop) {
  WorkerPool pool(*loop_, 2);
  settle();
  std::atomic<int> ran{0};
  for (int i = 0; i < 50; ++i) pool.submit([&] { ++ran; });
  while (pool.unfinished() != 0) std::this_thread::yield();
  EXPECT_EQ(ran, 50);
  EXPECT_EQ(loop_->stats().posts_taken, 0U);
}

TEST_F(LoopTest, SignalsBecomeCallsOnTheLoop) {
  std::vector<int> seen;
  auto watcher = SignalWatcher::create(*loop_, {SIGUSR1, SIGTERM}, [&](int signal) {
    seen.push_back(signal);
    // One after the other, so that the order is certain.
    if (signal == SIGUSR1) sys::send_signal(sys::process_id(), SIGTERM);
    if (signal == SIGTERM) loop_->stop();
  });
  ASSERT_TRUE(watcher.ok());
  // From this thread: ThreadSanitizer holds signals back, and loses those of a thread that ends.
  loop_->defer([] { sys::send_signal(sys::process_id(), SIGUSR1); });
  loop_->run();
  EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGTERM}));
}

TEST_F(LoopTest, ASignalWatcherThatCannotStartLeavesNothingBehind) {
  for (const sys::Call call :
       {sys::Call::kWakeChannel, sys::Call::kPollerControl, sys::Call::kSetSignalHandler}) {
    sys::clear_faults();
    sys::fail_nth(call, 1, EMFILE);
    const auto watcher = SignalWatcher::create(*loop_, {SIGUSR2}, [](int) {});
    ASSERT_FALSE(watcher.ok());
    EXPECT_EQ(watcher.error().code, EMFILE);
    EXPECT_EQ(loop_->watched(), 0U);
  }
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// A fixed number of threads for work that would make a turn of the loop long. A job runs on one of them and
// must share nothing with the loop that is not its own; its completion runs on the loop, in a deferred phase.
// Jobs start in the order in which they were submitted; completions come in the order in which the jobs end.
// Both functions and what they captured are destroyed where they ran.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace aerie {

class EventLoop;

class WorkerPool {
 public:
  // The loop is viewed and must outlive the pool. REQUIRES: threads > 0.
  WorkerPool(EventLoop& loop, size_t threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  // From any thread. `completion` may be empty. After shutdown() the job is dropped and the answer is false.
  bool submit(std::function<void()> job, std::function<void()> completion = {});

  // Jobs that wait or run. From any thread.
  size_t unfinished() const;

  // Waits for the jobs that run and drops those that wait, without running them or their completions.
  // Completions of jobs that have ended stay posted to the loop. May be called more than once, from the
  // loop's thread.
  void shutdown();

 private:
  struct Work {
    std::function<void()> job;
    std::function<void()> completion;
  };

  void run_worker();

  EventLoop& loop_;
  mutable std::mutex mutex_;
  std::condition_variable work_arrived_;
  // Guarded by mutex_:
  std::deque<Work> queue_;
  size_t running_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace aerie

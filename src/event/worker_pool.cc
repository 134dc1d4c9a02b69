// SPDX-License-Identifier: BSD-3-Clause
//
// The worker threads: one queue, one lock, which is never held while a job runs. They take no signals: those
// are for the loop's thread. What a job captured is destroyed on the worker before the completion is posted,
// so that the loop never pays for it.
#include "aerie/event/worker_pool.h"

#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/sys.h"
#include "aerie/event/event_loop.h"

namespace aerie {

WorkerPool::WorkerPool(EventLoop& loop, size_t threads) : loop_(loop) {
  AERIE_ASSERT(threads > 0);
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run_worker(); });
}

WorkerPool::~WorkerPool() {
  shutdown();
}

bool WorkerPool::submit(std::function<void()> job, std::function<void()> completion) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    queue_.push_back({std::move(job), std::move(completion)});
  }
  work_arrived_.notify_one();
  return true;
}

size_t WorkerPool::unfinished() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + running_;
}

void WorkerPool::shutdown() {
  std::deque<Work> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  work_arrived_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run_worker() {
  sys::block_all_signals();
  std::unique_lock lock(mutex_);
  for (;;) {
    work_arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Work work = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    work.job();
    work.job = nullptr;
    if (work.completion) loop_.post(std::move(work.completion));
    lock.lock();
    --running_;
  }
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Tasks for a loop's thread from other threads: a locked list and a descriptor that wakes the poller. Only
// the first task since the last take() writes to the descriptor; a busy loop is not woken again for each of
// them. post() is the only function that may be called from other threads.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "aerie/base/result.h"
#include "aerie/base/unique_fd.h"

namespace aerie {

class Mailbox {
 public:
  Status open();
  // To be watched by the poller; when it is readable, call drain().
  int fd() const { return read_end_.get(); }

  void post(std::function<void()> task);
  // Wakes the poller without a task.
  void wake();
  // Whether anything was posted since the last take().
  bool signalled() const { return signalled_.load(std::memory_order_acquire); }
  // Moves what was posted behind `out` and gives the number.
  size_t take(std::deque<std::function<void()>>& out);

  // Takes the wake-up itself, not the tasks.
  void drain();

 private:
  void signal();

  UniqueFd read_end_;
  UniqueFd own_write_end_;  // empty where both ends are one eventfd
  int write_end_ = -1;
  std::atomic<bool> signalled_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by mutex_
};

}  // namespace aerie

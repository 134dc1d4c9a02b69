// SPDX-License-Identifier: BSD-3-Clause
//
// The mailbox. `signalled_` is set before the descriptor is written and cleared before the list is taken, so
// a task is never left behind: one that comes in between sets it again and writes again.
#include "aerie/event/mailbox.h"

#include <cstdint>

namespace aerie {

Status Mailbox::open() {
  int ends[2];
  const sys::SysResult made = sys::wake_channel(ends);
  if (!made.ok()) return Error{made.error, "wake channel"};
  read_end_.reset(ends[0]);
  if (ends[1] != ends[0]) own_write_end_.reset(ends[1]);
  write_end_ = ends[1];
  return {};
}

void Mailbox::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  signal();
}

void Mailbox::wake() {
  signal();
}

void Mailbox::signal() {
  if (signalled_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  sys::write(write_end_, &one, sizeof one);
}

size_t Mailbox::take(std::deque<std::function<void()>>& out) {
  signalled_.store(false, std::memory_order_release);
  std::vector<std::function<void()>> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(tasks_);
  }
  for (auto& task : taken) out.push_back(std::move(task));
  return taken.size();
}

void Mailbox::drain() {
  // An eventfd is emptied by one read, a pipe by as many as it takes.
  uint64_t drained[32];
  for (;;) {
    const sys::IoResult got = sys::read(read_end_.get(), drained, sizeof drained);
    if (!got.ok() || got.n < static_cast<ssize_t>(sizeof drained)) return;
  }
}

}  // namespace aerie

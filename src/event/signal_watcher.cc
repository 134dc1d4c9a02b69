// SPDX-License-Identifier: BSD-3-Clause
//
// Signals by way of a descriptor. The four statics are all that a signal handler can reach: which signals
// came, whom to wake, what the user does at once, and that there is one watcher only. Of its own the handler
// does nothing else than set a bit and write eight bytes, both of which are allowed at any moment.
#include "aerie/event/signal_watcher.h"

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "aerie/base/assert.h"
#include "aerie/event/event_loop.h"

namespace aerie {

namespace {

constexpr int kMaxSignal = 64;

std::atomic<uint64_t> pending_signals{0};
std::atomic<int> signal_wake_fd{-1};
std::atomic<void (*)(int)> call_at_once{nullptr};
std::atomic<bool> watcher_exists{false};

// Runs between any two instructions of the program: no allocation, no lock, and errno stays.
void on_signal(int signal) {
  const int saved_errno = errno;
  if (const auto at_once = call_at_once.load(); at_once != nullptr) at_once(signal);
  pending_signals.fetch_or(uint64_t{1} << signal);
  const uint64_t one = 1;
  sys::write(signal_wake_fd.load(), &one, sizeof one);
  errno = saved_errno;
}

}  // namespace

Result<std::unique_ptr<SignalWatcher>> SignalWatcher::create(EventLoop& loop, const std::vector<int>& signals,
                                                             std::function<void(int)> callback,
                                                             void (*at_once)(int)) {
  AERIE_ASSERT(!watcher_exists.exchange(true));
  std::unique_ptr<SignalWatcher> watcher(new SignalWatcher(loop, std::move(callback)));
  call_at_once = at_once;
  if (Status started = watcher->start(signals); !started.ok()) return started.error();
  return watcher;
}

Status SignalWatcher::start(const std::vector<int>& signals) {
  int ends[2];
  const sys::SysResult made = sys::wake_channel(ends);
  if (!made.ok()) return Error{made.error, "signal channel"};
  read_end_.reset(ends[0]);
  if (ends[1] != ends[0]) own_write_end_.reset(ends[1]);
  if (Status added = loop_.add(read_end_.get(), this); !added.ok()) return added;
  pending_signals = 0;
  signal_wake_fd = ends[1];
  for (const int signal : signals) {
    AERIE_ASSERT(signal > 0 && signal < kMaxSignal);
    const sys::SysResult set = sys::set_signal_handler(signal, on_signal);
    if (!set.ok()) return Error{set.error, "handle signal " + std::to_string(signal)};
    installed_.push_back(signal);
  }
  return {};
}

SignalWatcher::~SignalWatcher() {
  for (const int signal : installed_) sys::set_signal_handler(signal, sys::kDefault);
  signal_wake_fd = -1;
  call_at_once = nullptr;
  if (read_end_) loop_.remove(read_end_.get());
  watcher_exists = false;
}

void SignalWatcher::on_ready(IoEvents) {
  uint64_t drained[32];
  while (sys::read(read_end_.get(), drained, sizeof drained).n == static_cast<ssize_t>(sizeof drained)) {
  }
  uint64_t pending = pending_signals.exchange(0);
  for (int signal = 1; signal < kMaxSignal; ++signal) {
    if ((pending >> signal & 1) != 0) callback_(signal);
  }
}

}  // namespace aerie

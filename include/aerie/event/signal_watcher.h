// SPDX-License-Identifier: BSD-3-Clause
//
// Turns signals into calls on the loop. The signal handler itself sets a flag and writes to a wake-up
// descriptor, and calls what the user wants to be done at once; the callback runs in the ready phase of a
// turn, as ordinary code. Signals of one number that arrive before it runs are reported once. One watcher per
// process at a time, since signal actions belong to the process: that is why its source file keeps a few
// flags outside of any object.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "aerie/base/result.h"
#include "aerie/base/unique_fd.h"
#include "aerie/event/io_handler.h"

namespace aerie {

class EventLoop;

class SignalWatcher final : public IoHandler {
 public:
  // Watches `signals` (SIGTERM, SIGINT, ...: numbers below 64) until it is destroyed, which restores their
  // default actions. The loop is viewed and must outlive the watcher. `at_once`, when given, is called by the
  // signal handler itself, even in the middle of a long callback: it may do only what a handler may.
  // REQUIRES: no other watcher exists.
  static Result<std::unique_ptr<SignalWatcher>> create(EventLoop& loop, const std::vector<int>& signals,
                                                       std::function<void(int signal)> callback,
                                                       void (*at_once)(int signal) = nullptr);
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;
  ~SignalWatcher();

  void on_ready(IoEvents events) override;

 private:
  SignalWatcher(EventLoop& loop, std::function<void(int)> callback)
      : loop_(loop), callback_(std::move(callback)) {}
  Status start(const std::vector<int>& signals);

  EventLoop& loop_;
  std::function<void(int)> callback_;
  UniqueFd read_end_;
  UniqueFd own_write_end_;
  std::vector<int> installed_;
};

}  // namespace aerie

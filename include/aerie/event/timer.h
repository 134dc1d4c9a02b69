// SPDX-License-Identifier: BSD-3-Clause
//
// A timer of an EventLoop: an object that its user owns and arms, once or again and again. It disarms itself
// when it is destroyed, which may happen within its own callback. A loop that goes first disarms it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "aerie/base/timing_wheel.h"

namespace aerie {

class EventLoop;

class Timer : private WheelNode {
 public:
  explicit Timer(std::function<void()> callback) : callback_(std::move(callback)) {}
  ~Timer();

  // Set between EventLoop::arm and the call of the callback; a repeating timer stays armed.
  bool armed() const { return WheelNode::armed(); }
  // The monotonic time in microseconds that it was last armed for; it fires at it or after it, never before.
  int64_t deadline_us() const { return deadline_us_; }

 private:
  friend class EventLoop;

  std::function<void()> callback_;
  EventLoop* loop_ = nullptr;  // the last one that it was armed on
  int64_t deadline_us_ = 0;
  int64_t period_us_ = 0;  // 0: fires once
  bool firing_ = false;    // its callback runs
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The only source of time. Two clocks: monotonic time for timers, blocks and durations; wall time for the
// deadlines of keys. Tests inject FakeClock. Readings are cheap (no system call on Linux) but not free: the
// loop reads once per turn and the executor once per command batch.
#pragma once

#include <cstdint>

namespace aerie {

class Clock {
 public:
  virtual ~Clock() = default;
  // Microseconds since an arbitrary start; never goes back.
  virtual int64_t monotonic_us() const = 0;
  // Microseconds since the Unix epoch; may step in either direction.
  virtual int64_t wall_us() const = 0;

  int64_t wall_ms() const { return wall_us() / 1000; }
};

class SystemClock final : public Clock {
 public:
  int64_t monotonic_us() const override;
  int64_t wall_us() const override;
};

// A clock that moves only when told to. Starts at monotonic 1 s and wall 1,700,000,000 s.
class FakeClock final : public Clock {
 public:
  int64_t monotonic_us() const override { return monotonic_us_; }
  int64_t wall_us() const override { return wall_us_; }
  // Moves both clocks forward. REQUIRES: us >= 0.
  void advance_us(int64_t us) { monotonic_us_ += us, wall_us_ += us; }
  void advance_ms(int64_t ms) { advance_us(ms * 1000); }
  // Steps the wall clock alone, as an operator or NTP would.
  void step_wall_us(int64_t us) { wall_us_ += us; }

 private:
  int64_t monotonic_us_ = 1'000'000;
  int64_t wall_us_ = 1'700'000'000'000'000;
};

// CPU time that the calling thread has used so far, in nanoseconds.
int64_t thread_cpu_ns();

}  // namespace aerie

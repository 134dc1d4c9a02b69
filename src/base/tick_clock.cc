// SPDX-License-Identifier: BSD-3-Clause
//
// Calibration of the time-stamp counter: two readings of counter and clock, as far apart as possible. No
// state but the first pair.
#include "aerie/base/tick_clock.h"

#include <chrono>

#include "aerie/base/clock.h"

namespace aerie {

namespace {

// Reading the clock costs some tens of nanoseconds, so this base keeps the rate within a fraction of a per
// cent.
constexpr int64_t kShortestBaseUs = 100;

}  // namespace

uint64_t read_ticks_slow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

TickClock::TickClock() : start_ticks_(read_ticks()), start_us_(SystemClock().monotonic_us()) {}

double TickClock::ticks_per_us() const {
  int64_t elapsed_us = 0;
  uint64_t ticks = 0;
  do {
    ticks = read_ticks() - start_ticks_;
    elapsed_us = SystemClock().monotonic_us() - start_us_;
  } while (elapsed_us < kShortestBaseUs);
  return static_cast<double>(ticks) / static_cast<double>(elapsed_us);
}

uint64_t TickClock::to_us(uint64_t ticks) const {
  const double rate = ticks_per_us();
  return rate > 0 ? static_cast<uint64_t>(static_cast<double>(ticks) / rate) : 0;
}

}  // namespace aerie

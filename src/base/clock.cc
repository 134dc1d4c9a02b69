// SPDX-License-Identifier: BSD-3-Clause
//
// The system's clocks. Reading a clock is the one system service that does not go through aerie/base/sys.h:
// on Linux it is no system call, and tests replace the Clock itself.
#include "aerie/base/clock.h"

#include <ctime>

#include "aerie/base/assert.h"

namespace aerie {

namespace {

int64_t read_clock_ns(clockid_t id) {
  timespec now{};
  AERIE_ASSERT(clock_gettime(id, &now) == 0);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t SystemClock::monotonic_us() const {
  return read_clock_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t SystemClock::wall_us() const {
  return read_clock_ns(CLOCK_REALTIME) / 1000;
}

int64_t thread_cpu_ns() {
  return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace aerie

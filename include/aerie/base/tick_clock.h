// SPDX-License-Identifier: BSD-3-Clause
//
// The processor's time-stamp counter, for durations too short and too frequent to read a clock for: the
// executor reads it around every command. Ticks are converted only when somebody asks (INFO commandstats), by
// a rate measured against the monotonic clock over the whole time since the TickClock was made, so the longer
// the process runs the more exact it is. Assumes an invariant counter, as every 64-bit processor of the last
// decade has; where there is none, ticks are nanoseconds of the monotonic clock.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace aerie {

// Nanoseconds of the monotonic clock, for machines without a counter.
uint64_t read_ticks_slow();

// The counter now. Only differences mean anything.
inline uint64_t read_ticks() {
#if defined(__x86_64__) || defined(__i386__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return read_ticks_slow();
#endif
}

class TickClock {
 public:
  TickClock();
  // Ticks per microsecond. Waits up to 100 microseconds when the clock was made just now.
  double ticks_per_us() const;
  uint64_t to_us(uint64_t ticks) const;

 private:
  uint64_t start_ticks_;
  int64_t start_us_;
};

}  // namespace aerie

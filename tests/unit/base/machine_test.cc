// SPDX-License-Identifier: BSD-3-Clause
//
// What the machine tells: the time-stamp counter, the process, the allocator. Real clocks and real memory:
// bounds are wide, because other programs run beside the test.
#include <gtest/gtest.h>

#include <vector>

#include "aerie/base/allocator.h"
#include "aerie/base/clock.h"
#include "aerie/base/process_info.h"
#include "aerie/base/sys.h"
#include "aerie/base/tick_clock.h"

namespace aerie {
namespace {

TEST(TickClock, AgreesWithTheMonotonicClock) {
  const TickClock ticks;
  const SystemClock clock;
  const int64_t start_us = clock.monotonic_us();
  const uint64_t start = read_ticks();
  sys::sleep_us(20'000);
  const uint64_t measured_us = ticks.to_us(read_ticks() - start);
  const auto elapsed_us = static_cast<uint64_t>(clock.monotonic_us() - start_us);
  EXPECT_NEAR(static_cast<double>(measured_us), static_cast<double>(elapsed_us),
              static_cast<double>(elapsed_us) / 10);
}

TEST(TickClock, AnswersRightAfterItWasMade) {
  EXPECT_GT(TickClock().ticks_per_us(), 0);
}

TEST(ProcessInfo, MemoryGrowsWithUse) {
  const size_t before = resident_bytes();
  const std::vector<char> touched(size_t{32} * 1024 * 1024, 'x');
  // Others might see it: otherwise a compiler may leave the allocation out, as clang does.
  [[maybe_unused]] const char* volatile seen = touched.data();
  const size_t after = resident_bytes();
  EXPECT_GT(before, 0u);
  EXPECT_GE(after, before + touched.size() / 2);
  EXPECT_GT(total_system_bytes(), after);
}

TEST(ProcessInfo, CpuTimeGrowsWithWork) {
  const CpuTimes before = thread_cpu_times();
  uint64_t sum = 0;
  const int64_t until = SystemClock().monotonic_us() + 30'000;
  while (SystemClock().monotonic_us() < until) sum += read_ticks();
  const CpuTimes after = thread_cpu_times();
  EXPECT_GT(sum, 0u);
  EXPECT_GT(after.user_us + after.system_us, before.user_us + before.system_us);
}

TEST(ProcessInfo, MissingFilesAreUnknown) {
  sys::fail_from(sys::Call::kOpen, 1, 2);
  EXPECT_EQ(resident_bytes(), 0u);
  EXPECT_EQ(total_system_bytes(), 0u);
  EXPECT_NE(operating_system().find("unknown"), std::string::npos);
  sys::clear_faults();
  EXPECT_EQ(operating_system().find("unknown"), std::string::npos);
}

TEST(Allocator, NamesItself) {
  const std::string name = allocator_name();
  EXPECT_TRUE(name == "libc" || name.starts_with("mimalloc-") || name.starts_with("jemalloc-")) << name;
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What is kept of durations: the samples of the latency monitor, one a second and the last 160 of them, and
// the histogram of one command, whose buckets are ticks and whose answers are time.
#include <gtest/gtest.h>

#include "aerie/engine/latency_histogram.h"
#include "aerie/engine/latency_monitor.h"

namespace aerie {
namespace {

TEST(LatencyMonitor, NotesNothingWhileItIsOff) {
  LatencyMonitor monitor;
  monitor.note("command", 1, 1'000'000);
  EXPECT_TRUE(monitor.events().empty());
}

TEST(LatencyMonitor, KeepsTheLongestOfEachSecond) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(10);
  monitor.note("command", 100, 9);
  EXPECT_EQ(monitor.find("command"), nullptr) << "too short";
  monitor.note("command", 100, 10);
  monitor.note("command", 100, 30);
  monitor.note("command", 100, 20);
  monitor.note("command", 101, 15);
  monitor.note("fast-command", 101, 11);
  const LatencyMonitor::Event* const event = monitor.find("command");
  ASSERT_NE(event, nullptr);
  ASSERT_EQ(event->samples.size(), 2U);
  EXPECT_EQ(event->samples[0].wall_s, 100);
  EXPECT_EQ(event->samples[0].latency_ms, 30);
  EXPECT_EQ(event->samples[1].latency_ms, 15);
  EXPECT_EQ(event->max_ms, 30);
  EXPECT_EQ(monitor.events().size(), 2U);
}

TEST(LatencyMonitor, ForgetsTheOldestSamplesAndWhatItIsTold) {
  LatencyMonitor monitor;
  monitor.set_threshold_ms(1);
  for (int64_t second = 0; second < 200; ++second) monitor.note("command", second, 1'000 - second);
  const LatencyMonitor::Event& event = *monitor.find("command");
  EXPECT_EQ(event.samples.size(), LatencyMonitor::kMaxSamples);
  EXPECT_EQ(event.samples.front().wall_s, 40);
  EXPECT_EQ(event.max_ms, 1'000) << "of all times";
  EXPECT_FALSE(monitor.forget("expire-cycle"));
  EXPECT_TRUE(monitor.forget("command"));
  EXPECT_EQ(monitor.find("command"), nullptr);
  monitor.note("a", 1, 1);
  monitor.note("b", 1, 1);
  EXPECT_EQ(monitor.forget_all(), 2U);
  EXPECT_EQ(monitor.forget_all(), 0U);
}

TEST(LatencyHistogram, AnswersInTime) {
  constexpr double kTicksPerUs = 2'000;
  LatencyHistogram histogram;
  for (uint64_t us = 1; us <= 1'000; ++us) histogram.record(us * 2'000);
  const LatencyHistogram::Reader reader(histogram, kTicksPerUs);
  EXPECT_EQ(reader.count(), 1'000U);
  const auto expect_near = [&](double percent, uint64_t ns) {
    EXPECT_GE(reader.percentile_ns(percent), ns) << percent;
    EXPECT_LE(reader.percentile_ns(percent), ns + ns / 16) << percent;
  };
  expect_near(0, 1'000);
  expect_near(50, 500'000);
  expect_near(99.9, 999'000);
  expect_near(100, 1'000'000);
  EXPECT_EQ(reader.count_within_ns(0), 0U);
  EXPECT_EQ(reader.count_within_ns(2'000'000), 1'000U);
  EXPECT_NEAR(static_cast<double>(reader.count_within_ns(500'000)), 500, 500.0 / 16);
}

TEST(LatencyHistogram, AnEmptyOneAndImmenseTimes) {
  LatencyHistogram histogram;
  const LatencyHistogram::Reader reader(histogram, 1'000);
  EXPECT_EQ(reader.count(), 0U);
  EXPECT_EQ(reader.percentile_ns(99), 0U);
  histogram.record(UINT64_MAX);
  histogram.record(0);
  EXPECT_EQ(reader.count(), 2U);
  EXPECT_EQ(reader.percentile_ns(50), 0U);
  EXPECT_GT(reader.percentile_ns(100), 1'000'000'000U);
}

}  // namespace
}  // namespace aerie

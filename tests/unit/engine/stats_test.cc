// SPDX-License-Identifier: BSD-3-Clause
//
// Rates, error counters and the reset: a rate is over the time since it was asked for before, and a client
// cannot make the table of error codes grow without end.
#include "aerie/engine/stats.h"

#include <gtest/gtest.h>

namespace aerie {
namespace {

TEST(RateProbe, IsTheRateSinceTheLastSample) {
  RateProbe probe;
  EXPECT_EQ(probe.sample(1000, 5'000'000), 0) << "nothing to compare with";
  EXPECT_DOUBLE_EQ(probe.sample(1500, 6'000'000), 500);
  EXPECT_DOUBLE_EQ(probe.sample(9999, 6'050'000), 500) << "too soon: the last answer";
  EXPECT_DOUBLE_EQ(probe.sample(1700, 8'000'000), 100);
  EXPECT_DOUBLE_EQ(probe.sample(50, 9'000'000), 50) << "the counter was reset";
}

TEST(Stats, CountsErrorsByCodeUpToALimit) {
  Stats stats;
  stats.count_error("ERR");
  stats.count_error("ERR");
  stats.count_error("WRONGTYPE");
  EXPECT_EQ(stats.errors.at("ERR"), 2u);
  EXPECT_EQ(stats.errors.at("WRONGTYPE"), 1u);
  for (int i = 0; i < 1000; ++i) stats.count_error("CODE" + std::to_string(i));
  EXPECT_EQ(stats.errors.size(), 128u);
  stats.count_error("ERR");
  EXPECT_EQ(stats.errors.at("ERR"), 3u);
}

TEST(Stats, ResetKeepsTheNumberOfCommands) {
  Stats stats;
  stats.commands.resize(10);
  stats.commands[3].calls = 5;
  stats.commands_processed = 7;
  stats.count_error("ERR");
  stats.reset();
  EXPECT_EQ(stats.commands.size(), 10u);
  EXPECT_EQ(stats.commands[3].calls, 0u);
  EXPECT_EQ(stats.commands_processed, 0u);
  EXPECT_TRUE(stats.errors.empty());
  EXPECT_GT(stats.ticks.ticks_per_us(), 0);
}

}  // namespace
}  // namespace aerie

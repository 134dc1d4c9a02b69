// SPDX-License-Identifier: BSD-3-Clause
//
// Random schedules of lists, waiting clients, transactions and pauses against a simple reference. A failure
// prints the seed of its schedule; AERIE_MODEL_SEED ("random" or a number) and AERIE_MODEL_STEPS change the
// run, and AERIE_MODEL_SCHEDULE runs one schedule again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "model/schedule.h"

namespace aerie::test {
namespace {

constexpr uint64_t kDefaultSeed = 20240607;
constexpr uint64_t kDefaultSteps = 1'000'000;
constexpr uint64_t kLongestSchedule = 400;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  return std::string(text) == "random" ? std::random_device()() : std::strtoull(text, nullptr, 10);
}

size_t length_of(uint64_t schedule) {
  return 1 + Random(~schedule).below(kLongestSchedule);
}

void run_schedule(uint64_t schedule) {
  const std::string failure = Schedule(schedule).run(length_of(schedule));
  if (!failure.empty()) FAIL() << failure << "\nAERIE_MODEL_SCHEDULE=" << schedule;
}

TEST(BlockingModel, RandomSchedulesGoAsTheReferenceSays) {
  if (std::getenv("AERIE_MODEL_SCHEDULE") != nullptr) {
    const uint64_t schedule = number_from("AERIE_MODEL_SCHEDULE", 0);
    return run_schedule(schedule);
  }
  const uint64_t seed = number_from("AERIE_MODEL_SEED", kDefaultSeed);
  const uint64_t steps = number_from("AERIE_MODEL_STEPS", kDefaultSteps);
  std::cout << "AERIE_MODEL_SEED=" << seed << " AERIE_MODEL_STEPS=" << steps << std::endl;
  Random seeds(seed);
  uint64_t schedules = 0;
  for (uint64_t done = 0; done < steps; ++schedules) {
    const uint64_t schedule = seeds.next();
    run_schedule(schedule);
    if (HasFailure()) return;
    done += length_of(schedule);
  }
  std::cout << schedules << " schedules" << std::endl;
}

}  // namespace
}  // namespace aerie::test

// SPDX-License-Identifier: BSD-3-Clause
//
// Rates, error counters, and what CONFIG RESETSTAT forgets. Rates are computed when somebody asks: nothing
// here runs periodically.
#include "aerie/engine/stats.h"

namespace aerie {

namespace {

constexpr int64_t kShortestRateUs = 100'000;
constexpr size_t kMaxErrorCodes = 128;

}  // namespace

double RateProbe::sample(uint64_t now_value, int64_t now_us) {
  if (at_us == 0) {
    value = now_value;
    at_us = now_us;
    return 0;
  }
  if (now_us - at_us < kShortestRateUs) return rate;
  // Counters start again after CONFIG RESETSTAT.
  const uint64_t grown = now_value >= value ? now_value - value : now_value;
  rate = static_cast<double>(grown) * 1e6 / static_cast<double>(now_us - at_us);
  value = now_value;
  at_us = now_us;
  return rate;
}

void Stats::count_error(std::string_view code) {
  const auto found = errors.find(code);
  if (found != errors.end()) {
    ++found->second;
  } else if (errors.size() < kMaxErrorCodes) {
    errors.emplace(code, 1);
  }
}

void Stats::reset() {
  const size_t command_count = commands.size();
  const TickClock calibrated = ticks;
  const uint64_t reset_count = resets + 1;
  const bool tracked = track_latency;
  *this = Stats();
  track_latency = tracked;
  resets = reset_count;
  commands.resize(command_count);
  ticks = calibrated;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// OutputLimits: limits of zero mean none and are kept as the largest number, so that one comparison tells all
// clients that are of no interest. The timer runs only while somebody is at the soft limit.
#include "server/output_limits.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aerie/base/number.h"
#include "aerie/base/quoted_words.h"

namespace aerie {

namespace {

constexpr int64_t kRecheckMs = 1000;

}  // namespace

OutputLimits::OutputLimits(EventLoop& loop, std::function<void(uint64_t)> recheck)
    : loop_(loop), recheck_(std::move(recheck)), timer_([this] { recheck_all(); }) {}

void OutputLimits::apply(const std::string& option) {
  std::string_view rest = option;
  while (!rest.empty()) {
    const std::string_view name = take_word(&rest);
    const uint64_t hard = parse_uint64(take_word(&rest)).value_or(0);
    const uint64_t soft = parse_uint64(take_word(&rest)).value_or(0);
    const uint64_t seconds = parse_uint64(take_word(&rest)).value_or(0);
    if (name != "normal" && name != "pubsub") continue;
    Limits& limits =
        limits_[static_cast<size_t>(name == "normal" ? OutputClass::kNormal : OutputClass::kPubsub)];
    limits.hard = hard == 0 ? kNone : hard;
    limits.soft = soft == 0 ? kNone : soft;
    limits.soft_us = static_cast<int64_t>(std::min<uint64_t>(seconds, uint64_t{1} << 32)) * 1'000'000;
  }
  smallest_ = kNone;
  for (const Limits& limits : limits_) smallest_ = std::min({smallest_, limits.hard, limits.soft});
}

bool OutputLimits::judge(uint64_t id, const Limits& limits, size_t bytes) {
  if (bytes >= limits.hard) return true;
  if (bytes < limits.soft) {
    forget(id);
    return false;
  }
  const auto [place, first_time] = at_soft_.try_emplace(id, loop_.now_us());
  if (!timer_.armed()) loop_.arm(timer_, kRecheckMs);
  return !first_time && loop_.now_us() - place->second > limits.soft_us;
}

void OutputLimits::recheck_all() {
  std::vector<uint64_t> ids;
  ids.reserve(at_soft_.size());
  for (const auto& [id, since] : at_soft_) ids.push_back(id);
  for (const uint64_t id : ids) recheck_(id);
  if (!at_soft_.empty()) loop_.arm(timer_, kRecheckMs);
}

}  // namespace aerie

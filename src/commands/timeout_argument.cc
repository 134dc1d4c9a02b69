// SPDX-License-Identifier: BSD-3-Clause
//
// Time-outs: parsing and range. Redis judges the sum with the wall clock in milliseconds, and so it is judged
// here; what is in range but does not fit into microseconds is as good as for ever.
#include "commands/timeout_argument.h"

#include <cmath>
#include <limits>

#include "aerie/base/clock.h"
#include "aerie/base/number.h"
#include "aerie/engine/block_registry.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

constexpr int64_t kFarthestUs = int64_t{1} << 60;

std::optional<int64_t> moment_after(CommandContext& ctx, int64_t ms) {
  if (ms < 0) {
    ctx.reply().error(kTimeoutNegative);
    return std::nullopt;
  }
  if (ms > std::numeric_limits<int64_t>::max() - ctx.now_ms()) {
    ctx.reply().error(kTimeoutOutOfRange);
    return std::nullopt;
  }
  const int64_t now_us = ctx.engine().clock.monotonic_us();
  return ms < (kFarthestUs - now_us) / 1000 ? now_us + ms * 1000 : kFarthestUs;
}

}  // namespace

std::optional<int64_t> wait_deadline_argument(CommandContext& ctx, size_t index) {
  const std::optional<long double> seconds = parse_long_double(ctx.arg(index));
  if (!seconds || std::isnan(*seconds)) {
    ctx.reply().error(kTimeoutNotAFloat);
    return std::nullopt;
  }
  const long double ms = std::ceil(*seconds * 1000);
  if (ms >= static_cast<long double>(std::numeric_limits<int64_t>::max())) {
    ctx.reply().error(kTimeoutOutOfRange);
    return std::nullopt;
  }
  if (ms == 0) return Waiter::kNoDeadline;
  return moment_after(ctx, ms < 0 ? -1 : static_cast<int64_t>(ms));
}

std::optional<int64_t> milliseconds_from_now_argument(CommandContext& ctx, size_t index) {
  const std::optional<int64_t> ms = ctx.integer(index);
  if (!ms) {
    ctx.reply().error(kTimeoutNotAnInteger);
    return std::nullopt;
  }
  return moment_after(ctx, *ms);
}

}  // namespace aerie

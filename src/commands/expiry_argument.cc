// SPDX-License-Identifier: BSD-3-Clause
//
// Times of expiry as clients write them, turned into deadlines. The order of checks is that of redis-server:
// number, sign, unit, base.
#include "commands/expiry_argument.h"

#include "aerie/base/checked.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

std::optional<int64_t> to_deadline(int64_t number, ExpiryForm form, int64_t now_ms) {
  std::optional<int64_t> ms = number;
  if (form.unit == ExpiryUnit::kSeconds) ms = checked_mul<int64_t>(number, 1000);
  if (ms && form.base == ExpiryBase::kNow) ms = checked_add(*ms, now_ms);
  return ms;
}

void reply_invalid_time(CommandContext& ctx) {
  ctx.reply().error(invalid_expire_time(ctx.command().full_name));
}

}  // namespace

std::optional<int64_t> deadline_argument(CommandContext& ctx, size_t index, ExpiryForm form) {
  const std::optional<int64_t> number = ctx.integer(index);
  if (!number) {
    ctx.reply().error(kNotAnInteger);
    return std::nullopt;
  }
  const std::optional<int64_t> deadline_ms = to_deadline(*number, form, ctx.now_ms());
  if (!deadline_ms) reply_invalid_time(ctx);
  return deadline_ms;
}

std::optional<int64_t> positive_deadline_argument(CommandContext& ctx, size_t index, ExpiryForm form) {
  const std::optional<int64_t> number = ctx.integer(index);
  if (number && *number <= 0) {
    reply_invalid_time(ctx);
    return std::nullopt;
  }
  return deadline_argument(ctx, index, form);
}

}  // namespace aerie

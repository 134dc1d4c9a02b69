// SPDX-License-Identifier: BSD-3-Clause
//
// An argument that numbers a database: number, range of the type, range of the server. See the header for who
// shares this.
#include "commands/database_argument.h"

#include <limits>

#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

std::optional<int32_t> int32_argument(CommandContext& ctx, size_t index, std::string_view error) {
  constexpr int64_t kLeast = std::numeric_limits<int32_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  const std::optional<int64_t> number = ctx.integer(index);
  if (number && *number >= kLeast && *number <= kMost) return static_cast<int32_t>(*number);
  if (!error.empty()) {
    ctx.reply().error(error);
  } else if (!number) {
    ctx.reply().error(kNotAnInteger);
  } else {
    ctx.reply().error(integer_must_be_between(kLeast, kMost));
  }
  return std::nullopt;
}

std::optional<uint32_t> database_index(CommandContext& ctx, int32_t number) {
  if (number >= 0 && static_cast<uint32_t>(number) < ctx.keyspace().database_count()) {
    return static_cast<uint32_t>(number);
  }
  ctx.reply().error(kDbOutOfRange);
  return std::nullopt;
}

std::optional<uint32_t> database_argument(CommandContext& ctx, size_t index) {
  const std::optional<int32_t> number = int32_argument(ctx, index);
  if (!number) return std::nullopt;
  return database_index(ctx, *number);
}

}  // namespace aerie

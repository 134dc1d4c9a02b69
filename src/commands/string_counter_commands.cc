// SPDX-License-Identifier: BSD-3-Clause
//
// Strings as numbers: INCR and its kin in 64-bit integers, INCRBYFLOAT in the long double of the machine (80
// bits on x86, as Redis). One probe per command; the value changes in place and keeps its deadline. An
// increment that the type cannot hold is an error and changes nothing.
#include <cmath>
#include <limits>

#include "aerie/base/checked.h"
#include "aerie/base/number.h"
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void add_to_integer(CommandContext& ctx, int64_t increment) {
  StringEdit edit = ctx.db().edit_string(ctx.key(1));
  if (edit.is_wrong_type()) [[unlikely]]
    return ctx.reply().error(kWrongType);
  int64_t value = 0;
  if (edit.exists()) {
    const std::optional<int64_t> stored = edit.value().to_integer();
    if (!stored) [[unlikely]]
      return ctx.reply().error(kNotAnInteger);
    value = *stored;
  }
  const std::optional<int64_t> sum = checked_add(value, increment);
  if (!sum) [[unlikely]]
    return ctx.reply().error(kIncrementOverflow);
  edit.set_integer(*sum);
  edit.changed("incrby");
  ctx.reply().integer(*sum);
}

void incr_command(CommandContext& ctx) {
  add_to_integer(ctx, 1);
}
void decr_command(CommandContext& ctx) {
  add_to_integer(ctx, -1);
}

void incrby_command(CommandContext& ctx) {
  const std::optional<int64_t> increment = ctx.integer(2);
  if (!increment) return ctx.reply().error(kNotAnInteger);
  add_to_integer(ctx, *increment);
}

void decrby_command(CommandContext& ctx) {
  const std::optional<int64_t> decrement = ctx.integer(2);
  if (!decrement) return ctx.reply().error(kNotAnInteger);
  // It has no negative; Redis refuses it even where the difference would fit.
  if (*decrement == std::numeric_limits<int64_t>::min()) return ctx.reply().error(kDecrementOverflow);
  add_to_integer(ctx, -*decrement);
}

void incrbyfloat_command(CommandContext& ctx) {
  StringEdit edit = ctx.db().edit_string(ctx.key(1));
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  std::optional<long double> value = 0.0L;
  if (edit.exists()) {
    NumberText scratch;
    value = parse_long_double(edit.value().bytes(&scratch));
  }
  const std::optional<long double> increment = parse_long_double(ctx.arg(2));
  if (!value || !increment) return ctx.reply().error(kNotAFloat);
  const long double sum = *value + *increment;
  if (!std::isfinite(sum)) return ctx.reply().error(kIncrementNotFinite);
  const std::string text = format_long_double(sum);
  edit.assign(text);
  edit.changed("incrbyfloat");
  ctx.reply().bulk(text);
}

constexpr CommandSpec kRows[] = {
    {.name = "incr",
     .run = incr_command,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Adds one to the integer stored under a key; a missing key counts as 0."},
    {.name = "decr",
     .run = decr_command,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Subtracts one from the integer stored under a key; a missing key counts as 0."},
    {.name = "incrby",
     .run = incrby_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key increment",
     .summary = "Adds to the integer stored under a key; a missing key counts as 0."},
    {.name = "decrby",
     .run = decrby_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key decrement",
     .summary = "Subtracts from the integer stored under a key; a missing key counts as 0."},
    {.name = "incrbyfloat",
     .run = incrbyfloat_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key increment",
     .summary = "Adds to the decimal number stored under a key; a missing key counts as 0."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> string_counter_rows() {
  return kRows;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The ends of lists: LPUSH, RPUSH and their X forms, LPOP, RPOP, and LLEN. With one element they are what
// queues are made of: one hash and one probe, the element goes from the request into the list and from the
// list into the reply.
#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/list_popping.h"
#include "commands/rows.h"

namespace aerie {

namespace {

enum class IfMissing : uint8_t { kCreate, kLeave };

void push(CommandContext& ctx, ListEnd end, IfMissing if_missing) {
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  if (!edit.exists() && if_missing == IfMissing::kLeave) return ctx.reply().integer(0);
  for (size_t i = 2; i < ctx.argc(); ++i) edit.push(end, ctx.value(i));
  edit.changed(push_event(end), KeyEffect::kGrew);
  ctx.reply().integer(static_cast<int64_t>(edit.size()));
}

void lpush_command(CommandContext& ctx) {
  push(ctx, ListEnd::kFront, IfMissing::kCreate);
}

void rpush_command(CommandContext& ctx) {
  push(ctx, ListEnd::kBack, IfMissing::kCreate);
}

void lpushx_command(CommandContext& ctx) {
  push(ctx, ListEnd::kFront, IfMissing::kLeave);
}

void rpushx_command(CommandContext& ctx) {
  push(ctx, ListEnd::kBack, IfMissing::kLeave);
}

void pop(CommandContext& ctx, ListEnd end) {
  if (ctx.argc() > 3) return ctx.reply().error(wrong_number_of_arguments(ctx.command().full_name));
  const bool counted = ctx.argc() == 3;
  const std::optional<int64_t> count = counted ? ctx.integer(2) : 1;
  if (!count || *count < 0) return ctx.reply().error(kMustBePositive);
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (!edit.exists()) return counted ? ctx.reply().null_array() : ctx.reply().null();
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  if (!counted) return pop_one(ctx.reply(), edit, end);
  if (*count == 0) return ctx.reply().array(0);
  pop_several(ctx.reply(), edit, end, static_cast<uint64_t>(*count));
}

void lpop_command(CommandContext& ctx) {
  pop(ctx, ListEnd::kFront);
}

void rpop_command(CommandContext& ctx) {
  pop(ctx, ListEnd::kBack);
}

void llen_command(CommandContext& ctx) {
  const Lookup<ListValue> found = ctx.db().find<ListValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  ctx.reply().integer(found ? static_cast<int64_t>(found->size()) : 0);
}

constexpr std::string_view kPushComplexity = "O(N) where N is the number of elements to push.";
constexpr std::string_view kPopComplexity =
    "O(N) where N is the number of elements answered, which are removed whole chunks at a time.";
constexpr std::string_view kPopHistory = "6.2.0: Added the `count` argument.";

constexpr CommandSpec kRows[] = {
    {.name = "lpush",
     .run = lpush_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = kPushComplexity,
     .syntax = "key element [element ...]",
     .summary = "Adds elements at the front of a list, one after the other, and answers its new length.",
     .history = "2.4.0: Accepts multiple `element` arguments."},
    {.name = "rpush",
     .run = rpush_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = kPushComplexity,
     .syntax = "key element [element ...]",
     .summary = "Adds elements at the back of a list and answers its new length.",
     .history = "2.4.0: Accepts multiple `element` arguments."},
    {.name = "lpushx",
     .run = lpushx_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kList,
     .since = "2.2.0",
     .complexity = kPushComplexity,
     .syntax = "key element [element ...]",
     .summary = "Adds elements at the front of a list that exists already.",
     .history = "4.0.0: Accepts multiple `element` arguments."},
    {.name = "rpushx",
     .run = rpushx_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kList,
     .since = "2.2.0",
     .complexity = kPushComplexity,
     .syntax = "key element [element ...]",
     .summary = "Adds elements at the back of a list that exists already.",
     .history = "4.0.0: Accepts multiple `element` arguments."},
    {.name = "lpop",
     .run = lpop_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .key_specs = kRwAccessDeleteFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = kPopComplexity,
     .syntax = "key [count]",
     .summary = "Answers elements at the front of a list and removes them.",
     .history = kPopHistory},
    {.name = "rpop",
     .run = rpop_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .key_specs = kRwAccessDeleteFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = kPopComplexity,
     .syntax = "key [count]",
     .summary = "Answers elements at the back of a list, the last one first, and removes them.",
     .history = kPopHistory},
    {.name = "llen",
     .run = llen_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the length of a list."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> list_rows() {
  return kRows;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Lists, for those who wait: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH. Each has one body: it takes what is
// there, or asks the executor to be run again when one of its keys holds a list. What happens in between, and
// in which order clients are served, is in src/engine/executor_blocking.cc and docs/blocking.md.
#include <vector>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/list_popping.h"
#include "commands/rows.h"
#include "commands/timeout_argument.h"

namespace aerie {

namespace {

// Waits for the keys at [first, first + count); answers null at once where nobody may wait.
void wait_for_lists(CommandContext& ctx, size_t first, size_t count, int64_t deadline_us) {
  if (!ctx.engine().executor.may_block()) return ctx.reply().null_array();
  if (count == 1) {
    const Key key = ctx.key(first);
    return ctx.engine().executor.block(ctx, {&key, 1}, Type::kList, deadline_us);
  }
  std::vector<Key> keys;
  keys.reserve(count);
  for (size_t i = first; i < first + count; ++i) keys.push_back(ctx.key(i));
  ctx.engine().executor.block(ctx, keys, Type::kList, deadline_us);
}

// BLPOP and BRPOP: an element of the first list that there is.
void pop_or_wait(CommandContext& ctx, ListEnd end) {
  const size_t timeout_at = ctx.argc() - 1;
  const std::optional<int64_t> deadline_us = wait_deadline_argument(ctx, timeout_at);
  if (!deadline_us) return;
  const PopRequest request{.first_key = 1, .key_count = timeout_at - 1, .end = end};
  if (pop_from_first(ctx, request, PopReply::kOneElement)) return;
  wait_for_lists(ctx, request.first_key, request.key_count, *deadline_us);
}

void blpop_command(CommandContext& ctx) {
  pop_or_wait(ctx, ListEnd::kFront);
}

void brpop_command(CommandContext& ctx) {
  pop_or_wait(ctx, ListEnd::kBack);
}

// The timeout, though it comes first, is judged last.
void blmpop_command(CommandContext& ctx) {
  const std::optional<PopRequest> request = pop_request_argument(ctx, 2);
  if (!request) return;
  const std::optional<int64_t> deadline_us = wait_deadline_argument(ctx, 1);
  if (!deadline_us || pop_from_first(ctx, *request, PopReply::kArrayOfElements)) return;
  wait_for_lists(ctx, request->first_key, request->key_count, *deadline_us);
}

// The source is what is waited for; a destination of another type is an error once there is an element.
void move_or_wait(CommandContext& ctx, ListEnd from, ListEnd to, size_t timeout_at) {
  const std::optional<int64_t> deadline_us = wait_deadline_argument(ctx, timeout_at);
  if (!deadline_us) return;
  if (move_element(ctx, from, to)) return;
  if (!ctx.engine().executor.may_block()) return ctx.reply().null();
  wait_for_lists(ctx, 1, 1, *deadline_us);
}

void blmove_command(CommandContext& ctx) {
  const std::optional<ListEnd> from = list_end_argument(ctx, 3);
  if (!from) return;
  const std::optional<ListEnd> to = list_end_argument(ctx, 4);
  if (to) move_or_wait(ctx, *from, *to, 5);
}

void brpoplpush_command(CommandContext& ctx) {
  move_or_wait(ctx, ListEnd::kBack, ListEnd::kFront, 3);
}

constexpr uint32_t kWaits = kWrite | kNoScript | kBlocking;
constexpr std::string_view kTimeoutHistory =
    "6.0.0: `timeout` is interpreted as a double instead of an integer.";

constexpr CommandSpec kRows[] = {
    {.name = "blpop",
     .run = blpop_command,
     .arity = -3,
     .flags = kWaits,
     .key_specs = kPopOrWaitKeys,
     .group = CommandGroup::kList,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of provided keys.",
     .syntax = "key [key ...] timeout",
     .summary = "Answers and removes the first element of the first list that exists, or waits for one.",
     .history = kTimeoutHistory},
    {.name = "brpop",
     .run = brpop_command,
     .arity = -3,
     .flags = kWaits,
     .key_specs = kPopOrWaitKeys,
     .group = CommandGroup::kList,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of provided keys.",
     .syntax = "key [key ...] timeout",
     .summary = "Answers and removes the last element of the first list that exists, or waits for one.",
     .history = kTimeoutHistory},
    {.name = "blmpop",
     .run = blmpop_command,
     .arity = -5,
     .flags = kWrite | kBlocking | kMovableKeys,
     .key_specs = kPopFromFirstOfSecondKeys,
     .group = CommandGroup::kList,
     .since = "7.0.0",
     .complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
     .syntax = "timeout numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]",
     .summary = "Answers and removes elements of the first of several lists that exists, or waits for one."},
    {.name = "blmove",
     .run = blmove_command,
     .arity = 6,
     .flags = kWaits | kDenyOom,
     .key_specs = kMoveElementKeys,
     .group = CommandGroup::kList,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout",
     .summary = "Moves an element from one list to another and answers it, or waits for one."},
    {.name = "brpoplpush",
     .run = brpoplpush_command,
     .arity = 4,
     .flags = kWaits | kDenyOom,
     .key_specs = kMoveElementKeys,
     .group = CommandGroup::kList,
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "source destination timeout",
     .summary = "Moves the last element of a list to the front of another and answers it, or waits for one.",
     .history = kTimeoutHistory,
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments"},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> list_blocking_rows() {
  return kRows;
}

}  // namespace aerie

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
  for (size_t i = 1; i < timeout_at; ++i) {
    ListEdit list = ctx.db().edit_list(ctx.key(i));
    if (list.is_wrong_type()) return ctx.reply().error(kWrongType);
    if (!list.exists()) continue;
    ctx.reply().array(2);
    ctx.reply().bulk(ctx.arg(i));
    return pop_and_reply(ctx, list, end);
  }
  wait_for_lists(ctx, 1, timeout_at - 1, *deadline_us);
}

void blpop_command(CommandContext& ctx) {
  pop_or_wait(ctx, ListEnd::kFront);
}

void brpop_command(CommandContext& ctx) {
  pop_or_wait(ctx, ListEnd::kBack);
}

void blmpop_command(CommandContext& ctx) {
  const std::optional<int64_t> deadline_us = wait_deadline_argument(ctx, 1);
  if (!deadline_us) return;
  const std::optional<ManyPop> pop = parse_many_pop(ctx, 2);
  if (!pop || pop_from_first(ctx, *pop)) return;
  wait_for_lists(ctx, pop->first_key, pop->key_count, *deadline_us);
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


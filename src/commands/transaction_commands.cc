// SPDX-License-Identifier: BSD-3-Clause
//
// MULTI, EXEC, DISCARD, WATCH, UNWATCH. The executor queues what comes between MULTI and EXEC and keeps the
// watches; here is what the five commands say. An error while queueing makes EXEC answer EXECABORT, a watched
// key that changed makes it answer null; an error of a command inside EXEC is an element of its reply and
// stops nothing.
#include <memory>
#include <utility>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void multi_command(CommandContext& ctx) {
  if (ctx.session().in_transaction) return ctx.reply().error(kNestedMulti);
  ctx.session().in_transaction = true;
  ctx.reply().ok();
}

void discard_command(CommandContext& ctx) {
  if (!ctx.session().in_transaction) return ctx.reply().error(kDiscardWithoutMulti);
  ctx.engine().executor.discard_transaction(ctx.session());
  ctx.reply().ok();
}

void exec_command(CommandContext& ctx) {
  Session& session = ctx.session();
  Executor& executor = ctx.engine().executor;
  if (!session.in_transaction) return ctx.reply().error(kExecWithoutMulti);
  if (session.transaction_failed) {
    executor.discard_transaction(session);
    return ctx.reply().error(kExecAborted);
  }
  if (executor.watch_is_dirty(session)) {
    executor.discard_transaction(session);
    return ctx.reply().null_array();
  }
  // From here on nothing can abort it: its own writes must not count against its own watches.
  executor.unwatch_all(session);
  // The queue stays where it is: CLIENT INFO as one of its commands tells how many there are.
  CommandQueue* const queue = session.details().queue.get();
  ctx.reply().array(queue != nullptr ? queue->commands.size() : 0);
  if (queue != nullptr) {
    size_t watch_budget = Executor::kWatchesSeenPerExec;
    for (QueuedCommand& queued : queue->commands) executor.call_queued(session, queued, &watch_budget);
  }
  executor.discard_transaction(session);
  executor.tell_publishing_client(session);
}

void watch_command(CommandContext& ctx) {
  Session& session = ctx.session();
  if (session.in_transaction) return ctx.reply().error(kWatchInsideMulti);
  // Once a watched key has changed EXEC will fail whatever else is watched.
  if (!session.watch_dirty) {
    for (size_t i = 1; i < ctx.argc(); ++i) ctx.engine().executor.watch(session, ctx.arg(i));
  }
  ctx.reply().ok();
  ctx.engine().executor.tell_publishing_client(session);
}

void unwatch_command(CommandContext& ctx) {
  ctx.engine().executor.unwatch_all(ctx.session());
  ctx.reply().ok();
}

constexpr uint32_t kAlwaysAllowed = kNoScript | kLoading | kStale;

constexpr CommandSpec kRows[] = {
    {.name = "multi",
     .run = multi_command,
     .arity = 1,
     .flags = kAlwaysAllowed | kFast | kAllowBusy | kRunsInMulti,
     .group = CommandGroup::kTransactions,
     .categories = kTransactionCategory,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Starts a transaction: the commands that follow are queued."},
    {.name = "exec",
     .run = exec_command,
     .arity = 1,
     .flags = kAlwaysAllowed | kSkipSlowlog | kRunsInMulti | kEndsTransaction,
     .group = CommandGroup::kTransactions,
     .categories = kTransactionCategory,
     .since = "1.2.0",
     .complexity = "Depends on commands in the transaction",
     .syntax = "",
     .summary = "Runs the queued commands of a transaction as one."},
    {.name = "discard",
     .run = discard_command,
     .arity = 1,
     .flags = kAlwaysAllowed | kFast | kAllowBusy | kRunsInMulti,
     .group = CommandGroup::kTransactions,
     .categories = kTransactionCategory,
     .since = "2.0.0",
     .complexity = "O(N), when N is the number of queued commands",
     .syntax = "",
     .summary = "Ends a transaction without running it."},
    {.name = "watch",
     .run = watch_command,
     .arity = -2,
     .flags = kAlwaysAllowed | kFast | kAllowBusy | kRunsInMulti,
     .key_specs = kRoAll,
     .group = CommandGroup::kTransactions,
     .categories = kTransactionCategory,
     .since = "2.2.0",
     .complexity = "O(1) for every key.",
     .syntax = "key [key ...]",
     .summary = "Makes the next transaction fail when one of the keys changes before it runs."},
    {.name = "unwatch",
     .run = unwatch_command,
     .arity = 1,
     .flags = kAlwaysAllowed | kFast | kAllowBusy,
     .group = CommandGroup::kTransactions,
     .categories = kTransactionCategory,
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Forgets all watched keys."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> transaction_rows() {
  return kRows;
}

}  // namespace aerie

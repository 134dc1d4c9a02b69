// SPDX-License-Identifier: BSD-3-Clause
//
// SLOWLOG and MONITOR: what ran, afterwards and while it happens. Both show of a command what
// the engine lets them (RecordedCommand); who is told, and what is kept, is the observer's.
#include <algorithm>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

SlowLog& slow_log(CommandContext& ctx) {
  return ctx.engine().executor.observer().slow_log();
}

void reply_entry(CommandContext& ctx, const SlowLog::Entry& entry) {
  ReplyWriter& reply = ctx.reply();
  reply.array(6);
  reply.integer(static_cast<int64_t>(entry.id));
  reply.integer(entry.wall_s);
  reply.integer(entry.duration_us);
  reply.array(entry.args.size());
  for (const std::string& arg : entry.args) reply.bulk(arg);
  reply.bulk(entry.client);
  reply.bulk(entry.client_name);
}

void slowlog_get_command(CommandContext& ctx) {
  constexpr size_t kShownByDefault = 10;
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments(ctx.arg(0), ctx.arg(1)));
  const auto& entries = slow_log(ctx).entries();
  size_t count = kShownByDefault;
  if (ctx.argc() == 3) {
    const std::optional<int64_t> wanted = ctx.integer(2);
    if (!wanted || *wanted < -1) return ctx.reply().error(kSlowLogCount);
    count = *wanted < 0 ? entries.size() : static_cast<size_t>(*wanted);
  }
  count = std::min(count, entries.size());
  ctx.reply().array(count);
  for (size_t i = 0; i < count; ++i) reply_entry(ctx, entries[i]);
}

void slowlog_len_command(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(slow_log(ctx).entries().size()));
}

void slowlog_reset_command(CommandContext& ctx) {
  slow_log(ctx).clear();
  ctx.reply().ok();
}

void slowlog_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "GET [<count>]",
      "    Answers the newest entries (10 of them; -1: all): id, time, microseconds, arguments, address and "
      "name of the client.",
      "LEN",
      "    Answers how many entries there are.",
      "RESET",
      "    Forgets all entries.",
  };
  reply_help(ctx, kLines);
}

void monitor_command(CommandContext& ctx) {
  Executor& executor = ctx.engine().executor;
  if (!executor.may_block()) return ctx.reply().error(kNoMonitorInExec);
  executor.observer().add_monitor(ctx.session());
  ctx.reply().ok();
}

constexpr uint32_t kAdminFlags = kAdmin | kLoading | kStale;

constexpr CommandSpec kSlowlogSubcommands[] = {
    {.name = "get",
     .run = slowlog_get_command,
     .arity = -2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.2.12",
     .complexity = "O(N) where N is the number of entries returned",
     .syntax = "[count]",
     .summary = "Answers the newest entries of the slow log.",
     .history = "4.0.0: Added client IP address, port and name to the reply.",
     .tips = "request_policy:all_nodes nondeterministic_output"},
    {.name = "help",
     .run = slowlog_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kServer,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "len",
     .run = slowlog_len_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.2.12",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers how many entries the slow log has.",
     .tips = "request_policy:all_nodes response_policy:agg_sum nondeterministic_output"},
    {.name = "reset",
     .run = slowlog_reset_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.2.12",
     .complexity = "O(N) where N is the number of entries in the slowlog",
     .syntax = "",
     .summary = "Forgets the entries of the slow log.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
};

constexpr CommandSpec kRows[] = {
    {.name = "slowlog",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "2.2.12",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "The commands that took long.",
     .subcommands = kSlowlogSubcommands},
    {.name = "monitor",
     .run = monitor_command,
     .arity = 1,
     .flags = kAdminFlags | kNoScript,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "",
     .syntax = "",
     .summary = "Tells the client of every command that runs from now on."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> slowlog_rows() {
  return kRows;
}

}  // namespace aerie

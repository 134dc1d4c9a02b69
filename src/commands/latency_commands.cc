// SPDX-License-Identifier: BSD-3-Clause
//
// LATENCY: what the latency monitor noted, and how long the calls of each command took. Threshold and
// tracking are options: latency-monitor-threshold, latency-tracking.
#include <algorithm>
#include <string>
#include <vector>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/latency_report.h"
#include "commands/rows.h"

namespace aerie {

namespace {

LatencyMonitor& monitor(CommandContext& ctx) {
  return ctx.engine().executor.observer().latency();
}

void latency_latest_command(CommandContext& ctx) {
  const auto& events = monitor(ctx).events();
  ctx.reply().array(events.size());
  for (const auto& [name, event] : events) {
    ctx.reply().array(4);
    ctx.reply().bulk(name);
    ctx.reply().integer(event.samples.back().wall_s);
    ctx.reply().integer(event.samples.back().latency_ms);
    ctx.reply().integer(event.max_ms);
  }
}

void latency_history_command(CommandContext& ctx) {
  const LatencyMonitor::Event* const event = monitor(ctx).find(ctx.arg(2));
  if (event == nullptr) return ctx.reply().array(0);
  ctx.reply().array(event->samples.size());
  for (const LatencyMonitor::Sample& sample : event->samples) {
    ctx.reply().array(2);
    ctx.reply().integer(sample.wall_s);
    ctx.reply().integer(sample.latency_ms);
  }
}

void latency_reset_command(CommandContext& ctx) {
  if (ctx.argc() == 2) return ctx.reply().integer(static_cast<int64_t>(monitor(ctx).forget_all()));
  int64_t forgotten = 0;
  for (size_t i = 2; i < ctx.argc(); ++i) forgotten += monitor(ctx).forget(ctx.arg(i)) ? 1 : 0;
  ctx.reply().integer(forgotten);
}

void latency_graph_command(CommandContext& ctx) {
  const LatencyMonitor::Event* const event = monitor(ctx).find(ctx.arg(2));
  if (event == nullptr) return ctx.reply().error(no_latency_samples(ctx.arg(2)));
  ctx.reply().verbatim("txt", latency_graph(ctx.arg(2), *event, ctx.now_ms() / 1000));
}

void latency_doctor_command(CommandContext& ctx) {
  ctx.reply().verbatim("txt", latency_advice(monitor(ctx)));
}

struct HistogramLine {
  int64_t within_us;
  uint64_t calls;
};

// Calls that took no longer than 1, 2, 4, ... microseconds, where more did than in the line before. The ends
// are those of Redis, which has its buckets at powers of two of nanoseconds.
std::vector<HistogramLine> histogram_lines(const LatencyHistogram::Reader& reader, uint64_t calls) {
  constexpr uint32_t kFirst = 10;
  constexpr uint32_t kLast = 40;
  std::vector<HistogramLine> lines;
  uint64_t shown = 0;
  for (uint32_t power = kFirst; power <= kLast && shown < calls; ++power) {
    const uint64_t end_ns = (uint64_t{1} << power) + (uint64_t{1} << (power - 7)) - 1;
    const uint64_t within = power == kLast ? calls : reader.count_within_ns(end_ns);
    if (within > shown) lines.push_back({static_cast<int64_t>(end_ns / 1000), within});
    shown = within;
  }
  return lines;
}

// False when it was not called since latencies are tracked.
bool reply_histogram(CommandContext& ctx, const Command& command, double ticks_per_us) {
  const CommandStats& stats = ctx.engine().stats.commands[command.number];
  if (stats.latency == nullptr) return false;
  const LatencyHistogram::Reader reader(*stats.latency, ticks_per_us);
  const uint64_t calls = reader.count();
  const std::vector<HistogramLine> lines = histogram_lines(reader, calls);
  ctx.reply().bulk(command.full_name);
  ctx.reply().map(2);
  ctx.reply().bulk("calls");
  ctx.reply().integer(static_cast<int64_t>(calls));
  ctx.reply().bulk("histogram_usec");
  ctx.reply().map(lines.size());
  for (const HistogramLine& line : lines) {
    ctx.reply().integer(line.within_us);
    ctx.reply().integer(static_cast<int64_t>(line.calls));
  }
  return true;
}

// A container stands for its subcommands.
void latency_histogram_command(CommandContext& ctx) {
  const CommandTable& table = ctx.engine().command_table;
  const double ticks_per_us = ctx.engine().stats.ticks.ticks_per_us();
  const DeferredReply deferred = ctx.reply().begin_deferred();
  size_t count = 0;
  const auto show = [&](uint32_t number) {
    if (reply_histogram(ctx, table.at(number), ticks_per_us)) ++count;
  };
  for (uint32_t number = 0; ctx.argc() == 2 && number < table.size(); ++number) show(number);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const Command* const command = table.find_full_name(ctx.arg(i));
    if (command == nullptr) continue;
    show(command->number);
    for (uint32_t sub = 0; sub < command->spec->subcommands.size(); ++sub)
      show(command->first_subcommand + sub);
  }
  ctx.reply().end_deferred_map(deferred, count);
}

void reply_turn(CommandContext& ctx, const TurnLog::Entry& entry) {
  ReplyWriter& reply = ctx.reply();
  reply.array(8);
  reply.integer(static_cast<int64_t>(entry.id));
  reply.integer(entry.wall_s);
  reply.integer(entry.cpu_us);
  reply.integer(entry.wall_us);
  reply.integer(static_cast<int64_t>(entry.served));
  reply.integer(static_cast<int64_t>(entry.waited));
  reply.map(entry.phases.size());
  for (const auto& [phase, us] : entry.phases) reply.bulk(phase), reply.integer(us);
  reply.map(entry.commands.size());
  for (const auto& [command, count] : entry.commands)
    reply.bulk(command), reply.integer(static_cast<int64_t>(count));
}

// LATENCY TURNS [count | RESET].
void latency_turns_command(CommandContext& ctx) {
  constexpr size_t kShownByDefault = 10;
  TurnLog& log = ctx.engine().turn_log;
  size_t count = kShownByDefault;
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments(ctx.arg(0), ctx.arg(1)));
  if (ctx.argc() == 3) {
    if (ctx.is(2, "RESET")) return log.clear(), ctx.reply().ok();
    const std::optional<int64_t> wanted = ctx.integer(2);
    if (!wanted || *wanted < -1) return ctx.reply().error(kSlowLogCount);
    count = *wanted < 0 ? log.entries().size() : static_cast<size_t>(*wanted);
  }
  count = std::min(count, log.entries().size());
  ctx.reply().array(count);
  for (size_t i = 0; i < count; ++i) reply_turn(ctx, log.entries()[i]);
}

void latency_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "DOCTOR",
      "    Answers what was noted, and what may be done about it.",
      "GRAPH <event>",
      "    Draws the samples of an event.",
      "HISTOGRAM [<command> ...]",
      "    Answers how many calls of commands took how long, of all or of some commands.",
      "HISTORY <event>",
      "    Answers the samples of an event, with their times.",
      "LATEST",
      "    Answers the last sample of each event.",
      "RESET [<event> ...]",
      "    Forgets the samples of events, of all or of some.",
      "TURNS [<count> | RESET]",
      "    Answers the newest turns of the event loop that took long (10 of them; -1: all): id, time, "
      "microseconds "
      "of CPU time and in all, clients served, clients that waited, microseconds by phase, long commands. Or "
      "forgets them.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript | kLoading | kStale;
constexpr std::string_view kTips = "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr CommandSpec kSubcommands[] = {
    {.name = "doctor",
     .run = latency_doctor_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers a report for people on what took long.",
     .tips = kTips},
    {.name = "graph",
     .run = latency_graph_command,
     .arity = 3,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "event",
     .summary = "Draws the samples of an event.",
     .tips = kTips},
    {.name = "help",
     .run = latency_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "histogram",
     .run = latency_histogram_command,
     .arity = -2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands with latency information being retrieved.",
     .syntax = "[command [command ...]]",
     .summary = "Answers how many calls of commands took how long.",
     .tips = kTips},
    {.name = "history",
     .run = latency_history_command,
     .arity = 3,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "event",
     .summary = "Answers the samples of an event.",
     .tips = kTips},
    {.name = "latest",
     .run = latency_latest_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the last sample of each event.",
     .tips = kTips},
    {.name = "reset",
     .run = latency_reset_command,
     .arity = -2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "[event [event ...]]",
     .summary = "Forgets the samples of events.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "turns",
     .run = latency_turns_command,
     .arity = -2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "7.2.4",
     .complexity = "O(N) where N is the number of turns returned",
     .syntax = "[count | RESET]",
     .summary = "Answers the turns of the event loop that took long: what ran in them and who waited.",
     .tips = kTips},
};

constexpr CommandSpec kRows[] = {
    {.name = "latency",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "2.8.13",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "What took long, and how long commands take.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> latency_rows() {
  return kRows;
}

}  // namespace aerie

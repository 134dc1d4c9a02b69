// SPDX-License-Identifier: BSD-3-Clause
//
// What the server counts: the sections stats, commandstats, errorstats and latencystats of INFO. Rates are
// over the time since INFO was asked before; nothing runs for their sake in between.
#include "aerie/base/number.h"
#include "aerie/base/quoted_words.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "commands/info_sections.h"
#include "commands/info_writer.h"

namespace aerie {

namespace {

// The event loop as its own statistics have it, beside the names that Redis 7.2 uses.
void write_event_loop(CommandContext& ctx, InfoWriter& out) {
  const ServerFacts& facts = ctx.engine().facts;
  Stats& stats = ctx.engine().stats;
  uint64_t command_ticks = 0;
  for (const CommandStats& command : stats.commands) command_ticks += command.cpu_ticks;
  out.number("eventloop_cycles", facts.turns);
  out.number("eventloop_duration_sum", facts.turn_total_us);
  out.number("eventloop_duration_cmd_sum", stats.ticks.to_us(command_ticks));
  const int64_t now_us = ctx.engine().clock.monotonic_us();
  const double turns_per_s = stats.turns.sample(facts.turns, now_us);
  const double us_per_s = stats.turn_us.sample(facts.turn_total_us, now_us);
  out.decimal("instantaneous_eventloop_cycles_per_sec", turns_per_s, 0);
  out.decimal("instantaneous_eventloop_duration_usec", turns_per_s > 0 ? us_per_s / turns_per_s : 0, 0);
  out.number("eventloop_wakeups", facts.wakeups);
  out.number("eventloop_turn_p99_usec", facts.turn_p99_us);
  out.number("eventloop_turn_max_usec", facts.turn_max_us);
  out.number("eventloop_turn_cpu_max_usec", facts.turn_cpu_max_us);
}

// How late blocked clients learnt that their time was up.
void write_blocked_timeouts(const Histogram& lateness_us, InfoWriter& out) {
  out.number("blocked_timeouts", lateness_us.count());
  out.number("blocked_timeout_lateness_p99_usec", lateness_us.percentile(99));
  out.number("blocked_timeout_lateness_max_usec", lateness_us.max());
}

void write_traffic(CommandContext& ctx, InfoWriter& out) {
  Stats& stats = ctx.engine().stats;
  const int64_t now_us = ctx.engine().clock.monotonic_us();
  constexpr double kKib = 1024;
  out.number("total_connections_received", stats.connections_received);
  out.number("total_commands_processed", stats.commands_processed);
  out.decimal("instantaneous_ops_per_sec", stats.operations.sample(stats.commands_processed, now_us), 0);
  out.number("total_net_input_bytes", stats.net_input_bytes);
  out.number("total_net_output_bytes", stats.net_output_bytes);
  out.zeros({"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  out.decimal("instantaneous_input_kbps", stats.input.sample(stats.net_input_bytes, now_us) / kKib);
  out.decimal("instantaneous_output_kbps", stats.output.sample(stats.net_output_bytes, now_us) / kKib);
  out.field("instantaneous_input_repl_kbps", "0.00");
  out.field("instantaneous_output_repl_kbps", "0.00");
  out.number("rejected_connections", stats.rejected_connections);
}

}  // namespace

void write_stats_section(CommandContext& ctx, InfoWriter& out) {
  const Stats& stats = ctx.engine().stats;
  const KeyspaceStats& keys = ctx.keyspace().stats();
  write_traffic(ctx, out);
  out.zeros({"sync_full", "sync_partial_ok", "sync_partial_err"});
  out.number("expired_keys", keys.expired_keys);
  out.field("expired_stale_perc", "0.00");
  out.zeros({"expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds"});
  out.number("evicted_keys", keys.evicted_keys);
  out.number("evicted_clients", stats.evicted_clients);
  out.number("total_eviction_exceeded_time", ctx.engine().memory_limit.total_exceeded_us() / 1000);
  out.number("current_eviction_exceeded_time", ctx.engine().memory_limit.exceeded_us() / 1000);
  out.number("keyspace_hits", keys.hits);
  out.number("keyspace_misses", keys.misses);
  const SubscriptionIndex& subscriptions = ctx.engine().subscriptions;
  out.number("pubsub_channels", subscriptions.topic_count(TopicKind::kChannel));
  out.number("pubsub_patterns", subscriptions.topic_count(TopicKind::kPattern));
  out.number("pubsubshard_channels", subscriptions.topic_count(TopicKind::kShardChannel));
  out.zeros({"latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys",
             "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits",
             "active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time"});
  out.number("tracking_total_keys", subscriptions.topic_count(TopicKind::kKey));
  out.number("tracking_total_items", subscriptions.subscription_count(TopicKind::kKey));
  out.number("tracking_total_prefixes", subscriptions.topic_count(TopicKind::kPrefix));
  out.field("unexpected_error_replies", "0");
  out.number("total_error_replies", stats.error_replies);
  out.field("dump_payload_sanitizations", "0");
  out.number("total_reads_processed", stats.reads_processed);
  out.number("total_writes_processed", stats.writes_processed);
  out.zeros({"io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks",
             "reply_buffer_expands"});
  out.number("client_query_buffer_limit_disconnections", stats.input_limit_disconnections);
  out.number("client_output_buffer_limit_disconnections", stats.output_limit_disconnections);
  write_event_loop(ctx, out);
  write_blocked_timeouts(stats.wait_lateness_us, out);
  out.number("acl_access_denied_auth", stats.acl_denials.auth);
  out.number("acl_access_denied_cmd", stats.acl_denials.command);
  out.number("acl_access_denied_key", stats.acl_denials.key);
  out.number("acl_access_denied_channel", stats.acl_denials.channel);
}

void write_commandstats_section(CommandContext& ctx, InfoWriter& out) {
  const Stats& stats = ctx.engine().stats;
  const double ticks_per_us = stats.ticks.ticks_per_us();
  for (uint32_t number = 0; number < ctx.engine().command_table.size(); ++number) {
    const CommandStats& counted = stats.commands[number];
    if (counted.calls == 0 && counted.rejected_calls == 0) continue;
    const auto us = static_cast<uint64_t>(static_cast<double>(counted.cpu_ticks) / ticks_per_us);
    const double per_call =
        counted.calls > 0 ? static_cast<double>(us) / static_cast<double>(counted.calls) : 0;
    out.field("cmdstat_" + ctx.engine().command_table.at(number).full_name,
              "calls=" + std::to_string(counted.calls) + ",usec=" + std::to_string(us) + ",usec_per_call=" +
                  format_decimal(per_call, 2) + ",rejected_calls=" + std::to_string(counted.rejected_calls) +
                  ",failed_calls=" + std::to_string(counted.failed_calls));
  }
}

void write_errorstats_section(CommandContext& ctx, InfoWriter& out) {
  for (const auto& [code, count] : ctx.engine().stats.errors) {
    out.field("errorstat_" + code, "count=" + std::to_string(count));
  }
}

// Percentiles as latency-tracking-info-percentiles wants them, of commands that were called since latencies
// are tracked.
void write_latencystats_section(CommandContext& ctx, InfoWriter& out) {
  const Stats& stats = ctx.engine().stats;
  if (!stats.track_latency) return;
  std::vector<std::string_view> percentiles;
  std::string_view option = ctx.engine().settings().latency_tracking_info_percentiles;
  while (!option.empty()) percentiles.push_back(take_word(&option));
  const double ticks_per_us = stats.ticks.ticks_per_us();
  for (uint32_t number = 0; number < ctx.engine().command_table.size(); ++number) {
    if (stats.commands[number].latency == nullptr) continue;
    const LatencyHistogram::Reader reader(*stats.commands[number].latency, ticks_per_us);
    std::string line;
    for (const std::string_view percentile : percentiles) {
      const uint64_t ns = reader.percentile_ns(parse_double(percentile).value_or(0));
      line.append(line.empty() ? "p" : ",p").append(percentile).append("=");
      line.append(format_decimal(static_cast<double>(ns) / 1000, 3));
    }
    out.field("latency_percentiles_usec_" + ctx.engine().command_table.at(number).full_name, line);
  }
}

}  // namespace aerie

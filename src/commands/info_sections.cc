// SPDX-License-Identifier: BSD-3-Clause
//
// What the server is: its sections of INFO. Field names and their order are Redis' (tools parse them); a
// field that cannot be true here is left out, one that counts something which does not exist here is 0.
#include "commands/info_sections.h"

#include <algorithm>

#include "aerie/base/allocator.h"
#include "aerie/base/process_info.h"
#include "aerie/base/version.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/memory_figures.h"
#include "aerie/engine/session.h"
#include "commands/info_writer.h"

namespace aerie {

namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kLruClockMask = (1 << 24) - 1;

// One line per kind of socket that is listened on, with Redis' numbers for the kinds.
void write_listeners(CommandContext& ctx, InfoWriter& out) {
  const int64_t port = ctx.engine().facts.tcp_port;
  if (port != 0) {
    std::string tcp = "name=tcp";
    for (const std::string& address : ctx.engine().settings().bind) tcp.append(",bind=").append(address);
    out.field("listener0", tcp + ",port=" + std::to_string(port));
  }
  const std::string& path = ctx.engine().sessions.unix_path;
  if (!path.empty()) out.field("listener1", "name=unix,bind=" + path);
}

void write_server(CommandContext& ctx, InfoWriter& out) {
  const ServerFacts& facts = ctx.engine().facts;
  const int64_t wall_us = ctx.engine().clock.wall_us();
  const int64_t uptime_s = (ctx.engine().clock.monotonic_us() - facts.started_us) / kUsPerSecond;
  out.field("redis_version", kRedisVersion);
  out.field("redis_git_sha1", "00000000");
  out.field("redis_git_dirty", "0");
  out.field("redis_build_id", "0");
  out.field("redis_mode", "standalone");
  out.field("server_name", "aerie");
  out.field("aerie_version", kAerieVersion);
  out.field("os", operating_system());
  out.number("arch_bits", sizeof(void*) * 8);
  out.field("monotonic_clock", "POSIX clock_gettime");
  out.field("multiplexing_api", facts.multiplexing_api);
  out.field("atomicvar_api", "c11-builtin");
  out.field("gcc_version", __VERSION__);
  out.signed_number("process_id", facts.process_id);
  out.field("process_supervised", "no");
  out.field("run_id", facts.run_id);
  out.signed_number("tcp_port", facts.tcp_port);
  out.signed_number("server_time_usec", wall_us);
  out.signed_number("uptime_in_seconds", uptime_s);
  out.signed_number("uptime_in_days", uptime_s / kSecondsPerDay);
  // Nothing here happens so many times a second: what was asked for is shown.
  static constexpr std::string_view kHz[] = {"hz"};
  const std::string hz = ctx.engine().config.get(kHz).front().second;
  out.field("hz", hz);
  out.field("configured_hz", hz);
  out.signed_number("lru_clock", wall_us / kUsPerSecond & kLruClockMask);
  out.field("executable", facts.executable);
  out.field("config_file", facts.config_file);
  out.field("io_threads_active", "0");
  write_listeners(ctx, out);
}

void write_clients(CommandContext& ctx, InfoWriter& out) {
  size_t largest_input = 0;
  size_t largest_output = 0;
  size_t connected = 0;
  size_t waiting = 0;
  ctx.engine().sessions.for_each([&](const Session& session) {
    if (session.close_now) return;
    ++connected;
    if (session.waits()) ++waiting;
    largest_input = std::max<size_t>(largest_input, session.input_bytes);
    if (session.output != nullptr) largest_output = std::max(largest_output, session.output->memory_bytes());
  });
  out.number("connected_clients", connected);
  out.field("cluster_connections", "0");
  out.signed_number("maxclients", ctx.engine().settings().maxclients);
  out.number("client_recent_max_input_buffer", largest_input);
  out.number("client_recent_max_output_buffer", largest_output);
  const BlockRegistry& blocked = ctx.engine().blocked;
  out.number("blocked_clients", waiting);
  out.number("tracking_clients", ctx.engine().executor.invalidator().tracker_count());
  out.number("clients_in_timeout_table", blocked.with_deadline());
  out.number("total_blocking_keys", blocked.keys());
  out.field("total_blocking_keys_on_nokey", "0");
}

// The parts that the keyspace's memory is the sum of.
void write_keyspace_parts(const KeyspaceMemory& keyspace, InfoWriter& out) {
  out.number("keyspace_entries_bytes", keyspace.entries);
  out.number("keyspace_values_bytes", keyspace.blobs);
  out.number("keyspace_tables_bytes", keyspace.tables);
  out.number("keyspace_expiry_bytes", keyspace.expiry);
  out.number("keyspace_slab_free_bytes", keyspace.slab_free);
  out.number("lazyfree_pending_bytes", keyspace.to_be_freed);
}

// Bytes that are accounted one by one: the keyspace by its parts, and what clients hold.
void write_memory(CommandContext& ctx, InfoWriter& out) {
  const MemoryFigures figures = memory_figures(ctx.engine());
  const size_t used = figures.used();
  const size_t dataset = figures.dataset();
  const size_t resident = resident_bytes();
  size_t& peak = ctx.engine().stats.peak_memory;
  peak = std::max(peak, used);

  out.bytes("used_memory", used);
  out.bytes("used_memory_rss", resident);
  out.bytes("used_memory_peak", peak);
  out.percent("used_memory_peak_perc", static_cast<double>(used), static_cast<double>(peak));
  out.number("used_memory_overhead", figures.overhead());
  out.number("used_memory_startup", 0);
  out.number("used_memory_dataset", dataset);
  out.percent("used_memory_dataset_perc", static_cast<double>(dataset), static_cast<double>(used));
  write_keyspace_parts(figures.keyspace, out);
  out.bytes("total_system_memory", total_system_bytes());
  out.bytes("used_memory_lua", 0);
  out.zeros({"used_memory_vm_eval", "used_memory_scripts_eval", "number_of_cached_scripts",
             "number_of_functions", "number_of_libraries", "used_memory_vm_functions"});
  out.bytes("used_memory_vm_total", 0);
  out.field("used_memory_functions", "0");
  out.bytes("used_memory_scripts", 0);
  out.bytes("maxmemory", ctx.engine().settings().maxmemory);
  out.field("maxmemory_policy", ctx.engine().settings().maxmemory_policy);
  out.decimal("mem_fragmentation_ratio",
              used > 0 ? static_cast<double>(resident) / static_cast<double>(used) : 0);
  out.signed_number("mem_fragmentation_bytes", static_cast<int64_t>(resident) - static_cast<int64_t>(used));
  out.number("mem_not_counted_for_evict", used - std::min(used, ctx.engine().memory_limit.counted_bytes()));
  out.zeros({"mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves"});
  out.number("mem_clients_normal", figures.clients);
  out.zeros({"mem_cluster_links", "mem_aof_buffer"});
  out.field("mem_allocator", allocator_name());
  out.field("active_defrag_running", "0");
}

void write_persistence(CommandContext& ctx, InfoWriter& out) {
  out.zeros({"loading", "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age"});
  out.field("current_fork_perc", "0.00");
  out.zeros({"current_save_keys_processed", "current_save_keys_total"});
  out.number("rdb_changes_since_last_save", ctx.keyspace().events().changes());
  out.field("rdb_bgsave_in_progress", "0");
  out.signed_number("rdb_last_save_time", ctx.engine().facts.started_wall_s);
  out.field("rdb_last_bgsave_status", "ok");
  out.field("rdb_last_bgsave_time_sec", "-1");
  out.field("rdb_current_bgsave_time_sec", "-1");
  out.zeros({"rdb_saves", "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded",
             "aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"});
  out.field("aof_last_rewrite_time_sec", "-1");
  out.field("aof_current_rewrite_time_sec", "-1");
  out.field("aof_last_bgrewrite_status", "ok");
  out.zeros({"aof_rewrites", "aof_rewrites_consecutive_failures"});
  out.field("aof_last_write_status", "ok");
  out.zeros({"aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"});
}

void write_replication(CommandContext& ctx, InfoWriter& out) {
  out.field("role", "master");
  out.field("connected_slaves", "0");
  out.field("master_failover_state", "no-failover");
  out.field("master_replid", ctx.engine().facts.run_id);
  out.field("master_replid2", std::string(40, '0'));
  out.field("master_repl_offset", "0");
  out.field("second_repl_offset", "-1");
  out.field("repl_backlog_active", "0");
  out.field("repl_backlog_size", "1048576");
  out.zeros({"repl_backlog_first_byte_offset", "repl_backlog_histlen"});
}

void write_cpu(CommandContext& /*ctx*/, InfoWriter& out) {
  const auto seconds = [](int64_t us) { return static_cast<double>(us) / kUsPerSecond; };
  const CpuTimes process = process_cpu_times();
  const CpuTimes children = child_cpu_times();
  const CpuTimes thread = thread_cpu_times();
  out.decimal("used_cpu_sys", seconds(process.system_us), 6);
  out.decimal("used_cpu_user", seconds(process.user_us), 6);
  out.decimal("used_cpu_sys_children", seconds(children.system_us), 6);
  out.decimal("used_cpu_user_children", seconds(children.user_us), 6);
  out.decimal("used_cpu_sys_main_thread", seconds(thread.system_us), 6);
  out.decimal("used_cpu_user_main_thread", seconds(thread.user_us), 6);
}

// There are no modules: a heading without lines.
void write_nothing(CommandContext& /*ctx*/, InfoWriter& /*out*/) {}

void write_cluster(CommandContext& /*ctx*/, InfoWriter& out) {
  out.field("cluster_enabled", "0");
}

void write_keyspace(CommandContext& ctx, InfoWriter& out) {
  for (uint32_t i = 0; i < ctx.keyspace().database_count(); ++i) {
    const Database& db = ctx.keyspace().db(i);
    if (db.size() == 0) continue;
    out.field("db" + std::to_string(i), "keys=" + std::to_string(db.size()) +
                                            ",expires=" + std::to_string(db.deadline_count()) +
                                            ",avg_ttl=" + std::to_string(db.average_ttl_ms()));
  }
}

constexpr uint8_t kAlways = kInDefault | kInAll;

constexpr InfoSection kSections[] = {
    {"SERVER", "Server", kAlways, write_server},
    {"CLIENTS", "Clients", kAlways, write_clients},
    {"MEMORY", "Memory", kAlways, write_memory},
    {"PERSISTENCE", "Persistence", kAlways, write_persistence},
    {"STATS", "Stats", kAlways, write_stats_section},
    {"REPLICATION", "Replication", kAlways, write_replication},
    {"CPU", "CPU", kAlways, write_cpu},
    {"MODULES", "Modules", kAlways, write_nothing},
    {"COMMANDSTATS", "Commandstats", kInAll, write_commandstats_section},
    {"ERRORSTATS", "Errorstats", kAlways, write_errorstats_section},
    {"LATENCYSTATS", "Latencystats", kInAll, write_latencystats_section},
    {"CLUSTER", "Cluster", kAlways, write_cluster},
    {"KEYSPACE", "Keyspace", kAlways, write_keyspace},
};

}  // namespace

std::span<const InfoSection> info_sections() {
  return kSections;
}

}  // namespace aerie

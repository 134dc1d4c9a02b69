// SPDX-License-Identifier: BSD-3-Clause
//
// MEMORY: what a key takes, and what all takes. The names of MEMORY STATS are Redis'; parts that cannot be
// here are 0, and figures of an allocator that is not asked for them are left out.
#include <algorithm>
#include <string>

#include "aerie/base/allocator.h"
#include "aerie/base/process_info.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/memory_figures.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/info_writer.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void memory_usage_command(CommandContext& ctx) {
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    if (!ctx.is(i, "SAMPLES") || i + 1 == ctx.argc()) return ctx.reply().error(kSyntaxError);
    const std::optional<int64_t> samples = ctx.integer(i + 1);
    if (!samples) return ctx.reply().error(kNotAnInteger);
    if (*samples < 0) return ctx.reply().error(kSyntaxError);
  }
  // Every value knows its size: nothing is sampled.
  const std::optional<KeyFacts> facts = ctx.db().facts(ctx.key(2), Access::kPeek);
  if (!facts) return ctx.reply().null();
  ctx.reply().integer(static_cast<int64_t>(facts->memory_bytes));
}

double ratio(size_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

size_t key_count(CommandContext& ctx) {
  size_t keys = 0;
  for (uint32_t i = 0; i < ctx.keyspace().database_count(); ++i) keys += ctx.keyspace().db(i).size();
  return keys;
}

// The same for INFO: it is known only from what was seen when somebody asked.
size_t peak_of(CommandContext& ctx, const MemoryFigures& figures) {
  size_t& peak = ctx.engine().stats.peak_memory;
  return peak = std::max(peak, figures.used());
}

// Field by field, so that their number need not be told ahead.
class StatsReply {
 public:
  explicit StatsReply(ReplyWriter& reply) : reply_(reply), deferred_(reply.begin_deferred()) {}
  ~StatsReply() { reply_.end_deferred_map(deferred_, fields_); }
  StatsReply(const StatsReply&) = delete;
  StatsReply& operator=(const StatsReply&) = delete;

  void number(std::string_view name, size_t value) {
    begin(name);
    reply_.integer(static_cast<int64_t>(value));
  }
  void real(std::string_view name, double value) {
    begin(name);
    reply_.real(value);
  }
  void begin(std::string_view name) {
    reply_.bulk(name);
    ++fields_;
  }

 private:
  ReplyWriter& reply_;
  DeferredReply deferred_;
  size_t fields_ = 0;
};

// A heading for each database that has keys: tables and deadlines are accounted for all databases together.
void write_databases(CommandContext& ctx, const MemoryFigures& figures, StatsReply& out) {
  const size_t keys = key_count(ctx);
  for (uint32_t i = 0; i < ctx.keyspace().database_count(); ++i) {
    const Database& db = ctx.keyspace().db(i);
    if (db.size() == 0) continue;
    const auto share = [&](size_t bytes) {
      return static_cast<int64_t>(static_cast<double>(bytes) * ratio(db.size(), keys));
    };
    out.begin("db." + std::to_string(i));
    ctx.reply().map(3);
    ctx.reply().bulk("overhead.hashtable.main");
    ctx.reply().integer(share(figures.keyspace.tables));
    ctx.reply().bulk("overhead.hashtable.expires");
    ctx.reply().integer(share(figures.keyspace.expiry));
    ctx.reply().bulk("overhead.hashtable.slot-to-keys");
    ctx.reply().integer(0);
  }
}

void memory_stats_command(CommandContext& ctx) {
  const MemoryFigures figures = memory_figures(ctx.engine());
  const size_t keys = key_count(ctx);
  const size_t resident = resident_bytes();
  const size_t peak = peak_of(ctx, figures);
  StatsReply out(ctx.reply());
  out.number("peak.allocated", peak);
  out.number("total.allocated", figures.used());
  out.number("startup.allocated", 0);
  out.number("replication.backlog", 0);
  out.number("clients.slaves", 0);
  out.number("clients.normal", figures.clients);
  out.number("cluster.links", 0);
  out.number("aof.buffer", 0);
  out.number("lua.caches", 0);
  out.number("functions.caches", 0);
  write_databases(ctx, figures, out);
  out.number("overhead.total", figures.overhead());
  out.number("keys.count", keys);
  out.number("keys.bytes-per-key", keys == 0 ? 0 : figures.used() / keys);
  out.number("dataset.bytes", figures.dataset());
  out.real("dataset.percentage", 100 * ratio(figures.dataset(), figures.used()));
  out.real("peak.percentage", 100 * ratio(figures.used(), peak));
  out.number("lazyfree.pending", figures.keyspace.to_be_freed);
  out.number("slab.free", figures.keyspace.slab_free);
  out.real("fragmentation", ratio(resident, figures.used()));
  out.begin("fragmentation.bytes");
  ctx.reply().integer(static_cast<int64_t>(resident) - static_cast<int64_t>(figures.used()));
}

// What is out of proportion, and what may be done about it.
std::string memory_advice(const MemoryFigures& figures, size_t resident, size_t peak, size_t clients) {
  constexpr size_t kWorthLooking = 5'000'000;
  constexpr size_t kLargeClient = 200'000;
  if (figures.used() < kWorthLooking) return "There is too little in memory to tell anything from.\n";
  std::string text;
  const auto advise = [&](bool applies, const std::string& advice) {
    if (applies) text.append("- ").append(advice).append("\n");
  };
  advise(ratio(peak, figures.used()) > 1.5,
         "There once was " + human_bytes(peak) +
             ", more than one and a half times what there is now: resident "
             "memory may stay high until it is asked for again. MEMORY PURGE gives back what can be given.");
  advise(
      ratio(resident, figures.used()) > 1.4,
      "Resident memory is " + human_bytes(resident) + " for " + human_bytes(figures.used()) +
          " in use: blocks of sizes that are no longer asked for keep their pages. It is given back as new "
          "keys are stored, or when the server is started again.");
  advise(clients > 0 && figures.clients / std::max<size_t>(clients, 1) > kLargeClient,
         "Clients hold " + human_bytes(figures.clients) +
             ", more than 200 KB each on average: CLIENT LIST "
             "shows who in tot-mem. client-output-buffer-limit and client-query-buffer-limit bound them.");
  advise(ratio(figures.keyspace.to_be_freed, figures.used()) > 0.1,
         human_bytes(figures.keyspace.to_be_freed) + " wait to be freed, in slices between requests.");
  return text.empty() ? "Nothing is out of proportion.\n" : text;
}

void memory_doctor_command(CommandContext& ctx) {
  const MemoryFigures figures = memory_figures(ctx.engine());
  ctx.reply().verbatim(
      "txt", memory_advice(figures, resident_bytes(), peak_of(ctx, figures), ctx.engine().sessions.size()));
}

void memory_malloc_stats_command(CommandContext& ctx) {
  const KeyspaceMemory keyspace = ctx.keyspace().memory();
  InfoWriter out;
  out.section("Allocator");
  out.field("name", allocator_name());
  out.number("resident_bytes", resident_bytes());
  out.section("Slab of entries and values");
  out.number("entries_bytes", keyspace.entries);
  out.number("slab_free_bytes", keyspace.slab_free);
  out.section("Beside the slab");
  out.number("values_bytes", keyspace.blobs);
  out.number("tables_bytes", keyspace.tables);
  out.number("expiry_bytes", keyspace.expiry);
  ctx.reply().verbatim("txt", out.text());
}

void memory_purge_command(CommandContext& ctx) {
  release_free_memory();
  ctx.reply().ok();
}

void memory_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "DOCTOR",
      "    Answers what of the memory is out of proportion.",
      "MALLOC-STATS",
      "    Answers figures of the allocators.",
      "PURGE",
      "    Gives free memory of the allocator back to the system.",
      "STATS",
      "    Answers what takes how much memory.",
      "USAGE <key> [SAMPLES <count>]",
      "    Show the bytes that <key> and its value take. Sizes are exact: <count> is accepted and not "
      "needed.",
  };
  reply_help(ctx, kLines);
}

constexpr std::string_view kVaries =
    "nondeterministic_output request_policy:all_shards response_policy:special";

constexpr CommandSpec row(std::string_view name, CommandFunction run, uint32_t flags,
                          std::string_view summary, std::string_view tips = {}) {
  return {.name = name,
          .run = run,
          .arity = 2,
          .flags = flags,
          .group = CommandGroup::kServer,
          .since = "4.0.0",
          .complexity = "O(1)",
          .syntax = "",
          .summary = summary,
          .tips = tips};
}

constexpr CommandSpec kMemorySubcommands[] = {
    row("doctor", memory_doctor_command, 0, "Answers what of the memory is out of proportion.", kVaries),
    row("help", memory_help_command, kLoading | kStale, "Lists the subcommands."),
    row("malloc-stats", memory_malloc_stats_command, 0, "Answers figures of the allocators.", kVaries),
    row("purge", memory_purge_command, 0, "Gives free memory of the allocator back to the system.",
        "request_policy:all_shards response_policy:all_succeeded"),
    row("stats", memory_stats_command, 0, "Answers what takes how much memory.", kVaries),
    {.name = "usage",
     .run = memory_usage_command,
     .arity = -3,
     .flags = kReadonly,
     .key_specs = kRoSecond,
     .group = CommandGroup::kServer,
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "key [SAMPLES count]",
     .summary = "Answers the bytes that a key and its value take."},
};

constexpr CommandSpec kRows[] = {
    {.name = "memory",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "4.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "What takes how much memory.",
     .subcommands = kMemorySubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> memory_rows() {
  return kRows;
}

}  // namespace aerie

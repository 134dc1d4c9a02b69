// SPDX-License-Identifier: BSD-3-Clause
//
// CLUSTER and what clients of a cluster say to its nodes. There is no cluster: each is known, so that arity
// and subcommand are checked and documented, and is answered with the error by which client libraries learn
// that they talk to a single server.
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void refuse_cluster(CommandContext& ctx) {
  ctx.reply().error(kClusterDisabled);
}

constexpr std::string_view kNothing = "Answers an error: this server is no node of a cluster.";

// A subcommand: all that differs between them.
constexpr CommandSpec sub(std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view syntax, std::string_view tips = {}) {
  return {.name = name,
          .run = refuse_cluster,
          .arity = arity,
          .flags = flags,
          .group = CommandGroup::kCluster,
          .since = since,
          .complexity = "O(1)",
          .syntax = syntax,
          .summary = kNothing,
          .tips = tips};
}

constexpr CommandSpec with_history(CommandSpec row, std::string_view history) {
  row.history = history;
  return row;
}

constexpr CommandSpec deprecated(CommandSpec row, std::string_view since, std::string_view replaced_by) {
  row.deprecated_since = since;
  row.replaced_by = replaced_by;
  return row;
}

constexpr uint32_t kChanges = kAdmin | kStale | kNoAsyncLoading;
constexpr std::string_view kVaries = "nondeterministic_output";

constexpr CommandSpec kSubcommands[] = {
    sub("addslots", -3, kChanges, "3.0.0", "slot [slot ...]"),
    sub("addslotsrange", -4, kChanges, "7.0.0", "<range: start-slot end-slot>..."),
    sub("bumpepoch", 2, kChanges, "3.0.0", "", kVaries),
    sub("count-failure-reports", 3, kAdmin | kStale, "3.0.0", "node-id", kVaries),
    sub("countkeysinslot", 3, kStale, "3.0.0", "slot"),
    sub("delslots", -3, kChanges, "3.0.0", "slot [slot ...]"),
    sub("delslotsrange", -4, kChanges, "7.0.0", "<range: start-slot end-slot>..."),
    sub("failover", -2, kChanges, "3.0.0", "[options: FORCE | TAKEOVER]"),
    sub("flushslots", 2, kChanges, "3.0.0", ""),
    sub("forget", 3, kChanges, "3.0.0", "node-id"),
    sub("getkeysinslot", 4, kStale, "3.0.0", "slot count", kVaries),
    sub("help", 2, kLoading | kStale, "5.0.0", ""),
    sub("info", 2, kStale, "3.0.0", "", kVaries),
    sub("keyslot", 3, kStale, "3.0.0", "key"),
    sub("links", 2, kStale, "7.0.0", "", kVaries),
    with_history(sub("meet", -4, kChanges, "3.0.0", "ip port [cluster-bus-port]"),
                 "4.0.0: Added the optional `cluster_bus_port` argument."),
    sub("myid", 2, kStale, "3.0.0", ""),
    sub("myshardid", 2, kStale, "7.2.0", "", kVaries),
    sub("nodes", 2, kStale, "3.0.0", "", kVaries),
    sub("replicas", 3, kAdmin | kStale, "5.0.0", "node-id", kVaries),
    sub("replicate", 3, kChanges, "3.0.0", "node-id"),
    sub("reset", -2, kAdmin | kStale | kNoScript, "3.0.0", "[reset-type: HARD | SOFT]"),
    sub("saveconfig", 2, kChanges, "3.0.0", ""),
    sub("set-config-epoch", 3, kChanges, "3.0.0", "config-epoch"),
    sub("setslot", -4, kChanges, "3.0.0",
        "slot <subcommand: IMPORTING importing | MIGRATING migrating | NODE node | STABLE>"),
    sub("shards", 2, kStale, "7.0.0", "", kVaries),
    deprecated(sub("slaves", 3, kAdmin | kStale, "3.0.0", "node-id", kVaries), "5.0.0", "`CLUSTER REPLICAS`"),
    with_history(deprecated(sub("slots", 2, kStale, "3.0.0", "", kVaries), "7.0.0", "`CLUSTER SHARDS`"),
                 "4.0.0: Added node IDs.\n7.0.0: Added additional networking metadata field."),
};

constexpr CommandSpec connection_command(std::string_view name, uint32_t flags) {
  return {.name = name,
          .run = refuse_cluster,
          .arity = 1,
          .flags = flags,
          .group = CommandGroup::kCluster,
          .categories = kConnectionCategory,
          .since = "3.0.0",
          .complexity = "O(1)",
          .syntax = "",
          .summary = kNothing};
}

constexpr CommandSpec kRows[] = {
    {.name = "cluster",
     .arity = -2,
     .group = CommandGroup::kCluster,
     .since = "3.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Commands of a cluster, which this server is not part of.",
     .subcommands = kSubcommands},
    connection_command("readonly", kLoading | kStale | kFast),
    connection_command("readwrite", kLoading | kStale | kFast),
    connection_command("asking", kFast),
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> cluster_rows() {
  return kRows;
}

}  // namespace aerie

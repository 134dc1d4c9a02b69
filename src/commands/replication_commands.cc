// SPDX-License-Identifier: BSD-3-Clause
//
// What is said about replicas: ROLE, WAIT, WAITAOF, REPLICAOF, FAILOVER. There are none: this is a master
// without replicas and without a file, and whoever asks to wait for one is told so at once.
#include "aerie/base/number.h"
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// A master at offset 0 without replicas.
void role_command(CommandContext& ctx) {
  ctx.reply().array(3);
  ctx.reply().bulk("master");
  ctx.reply().integer(0);
  ctx.reply().array(0);
}

// False, and the error is answered, unless the argument is a number of milliseconds.
bool check_timeout(CommandContext& ctx, size_t index) {
  const std::optional<int64_t> timeout_ms = ctx.integer(index);
  if (timeout_ms && *timeout_ms >= 0) return true;
  ctx.reply().error(timeout_ms ? kTimeoutNegative : kTimeoutNotAnInteger);
  return false;
}

// Replicas that have all writes of this client. Nobody can join while it waits, so nobody waits.
void wait_command(CommandContext& ctx) {
  if (!ctx.integer(1)) return ctx.reply().error(kNotAnInteger);
  if (!check_timeout(ctx, 2)) return;
  ctx.reply().integer(0);
}

// The local file, of which there is none, and replicas that have theirs.
void waitaof_command(CommandContext& ctx) {
  const std::optional<int64_t> local = ctx.integer(1);
  if (!local || *local < 0 || *local > 1) return ctx.reply().error(kZeroOrOne);
  const std::optional<int64_t> replicas = ctx.integer(2);
  if (!replicas || *replicas < 0) return ctx.reply().error(kMustBePositive);
  if (!check_timeout(ctx, 3)) return;
  if (*local == 1) return ctx.reply().error(kWaitForNoFile);
  ctx.reply().array(2);
  ctx.reply().integer(0);
  ctx.reply().integer(0);
}

void replicaof_command(CommandContext& ctx) {
  constexpr int64_t kPortMax = 65535;
  if (ctx.is(1, "NO") && ctx.is(2, "ONE")) return ctx.reply().ok();
  const std::optional<int64_t> port = ctx.integer(2);
  if (!port || *port < 0 || *port > kPortMax) return ctx.reply().error(kInvalidMasterPort);
  ctx.reply().error(kNoReplication);
}

void failover_command(CommandContext& ctx) {
  bool abort = false;
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const size_t more = ctx.argc() - 1 - i;
    if (ctx.is(i, "TIMEOUT") && more >= 1) {
      const std::optional<int64_t> timeout_ms = ctx.integer(++i);
      if (!timeout_ms) return ctx.reply().error(kNotAnInteger);
      if (*timeout_ms <= 0) return ctx.reply().error(kFailoverTimeout);
    } else if (ctx.is(i, "ABORT") && ctx.argc() == 2) {
      abort = true;
    } else if (ctx.is(i, "TO") && more >= 2) {
      if (!ctx.integer(i + 2)) return ctx.reply().error(kNotAnInteger);
      i += 2;
    } else if (!ctx.is(i, "FORCE")) {
      return ctx.reply().error(kSyntaxError);
    }
  }
  ctx.reply().error(abort ? kNoFailoverInProgress : kNoReplicasToFailTo);
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript | kStale;
constexpr std::string_view kMasterSyntax = "<args: <host-port: host port> | <no-one: NO ONE>>";

constexpr CommandSpec kRows[] = {
    {.name = "role",
     .run = role_command,
     .arity = 1,
     .flags = kNoScript | kLoading | kStale | kFast,
     .group = CommandGroup::kServer,
     .categories = kAdminCategory | kDangerousCategory,
     .since = "2.8.12",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the server's part in replication."},
    {.name = "wait",
     .run = wait_command,
     .arity = 3,
     .flags = kNoScript,
     .categories = kConnectionCategory,
     .since = "3.0.0",
     .complexity = "O(1)",
     .syntax = "numreplicas timeout",
     .summary = "Answers how many replicas have all writes of this client: none.",
     .tips = "request_policy:all_shards response_policy:agg_min"},
    {.name = "waitaof",
     .run = waitaof_command,
     .arity = 4,
     .flags = kNoScript,
     .categories = kConnectionCategory,
     .since = "7.2.0",
     .complexity = "O(1)",
     .syntax = "numlocal numreplicas timeout",
     .summary = "Answers how many files and replicas have all writes of this client: none.",
     .tips = "request_policy:all_shards response_policy:agg_min"},
    {.name = "replicaof",
     .run = replicaof_command,
     .arity = 3,
     .flags = kAdminFlags | kNoAsyncLoading,
     .group = CommandGroup::kServer,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = kMasterSyntax,
     .summary = "Makes the server a master, which it is; answers an error to all else."},
    {.name = "slaveof",
     .run = replicaof_command,
     .arity = 3,
     .flags = kAdminFlags | kNoAsyncLoading,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = kMasterSyntax,
     .summary = "The former name of REPLICAOF.",
     .deprecated_since = "5.0.0",
     .replaced_by = "`REPLICAOF`"},
    {.name = "failover",
     .run = failover_command,
     .arity = -1,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "[TO <target: host port [FORCE]>] [ABORT] [TIMEOUT milliseconds]",
     .summary = "Answers an error: there is no replica to hand over to."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> replication_rows() {
  return kRows;
}

}  // namespace aerie

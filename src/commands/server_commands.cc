// SPDX-License-Identifier: BSD-3-Clause
//
// The server as a whole: TIME, SHUTDOWN, LOLWUT, and the commands of a persistence that does
// not exist yet, which say so instead of answering OK. SHUTDOWN only writes down the wish; the server carries
// it out.
#include "aerie/base/version.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/drawing.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void time_command(CommandContext& ctx) {
  constexpr int64_t kUsPerSecond = 1'000'000;
  const int64_t now_us = ctx.engine().clock.wall_us();
  ctx.reply().array(2);
  ctx.reply().bulk_integer(now_us / kUsPerSecond);
  ctx.reply().bulk_integer(now_us % kUsPerSecond);
}

// NOW and FORCE skip waits for replicas and errors of persistence, neither of which there is yet. The server
// stops at the end of the turn, so ABORT can meet a request only in the same turn.
void shutdown_command(CommandContext& ctx) {
  bool save = false;
  bool nosave = false;
  bool abort = false;
  bool at_once = false;
  for (size_t i = 1; i < ctx.argc(); ++i) {
    if (ctx.is(i, "NOSAVE")) {
      nosave = true;
    } else if (ctx.is(i, "SAVE")) {
      save = true;
    } else if (ctx.is(i, "NOW") || ctx.is(i, "FORCE")) {
      at_once = true;
    } else if (ctx.is(i, "ABORT")) {
      abort = true;
    } else {
      return ctx.reply().error(kSyntaxError);
    }
  }
  if (save && nosave) return ctx.reply().error(kSyntaxError);
  bool& requested = ctx.engine().shutdown_requested;
  if (abort) {
    if (save || nosave || at_once) return ctx.reply().error(kSyntaxError);
    if (!requested) return ctx.reply().error(kNoShutdownInProgress);
    requested = false;
    return ctx.reply().ok();
  }
  if (save) return ctx.reply().error(kNoPersistence);
  requested = true;
}

// The drawings of versions 5 and 6 took numbers; there is one drawing here, but what is no number is an
// error.
void lolwut_command(CommandContext& ctx) {
  if (ctx.argc() >= 3 && ctx.is(1, "VERSION")) {
    const std::optional<int64_t> version = ctx.integer(2);
    if (!version) return ctx.reply().error(kNotAnInteger);
    const size_t numbers = *version == 5 ? 3 : *version == 6 ? 2 : 0;
    for (size_t i = 3; i < ctx.argc() && i < 3 + numbers; ++i) {
      if (!ctx.integer(i)) return ctx.reply().error(kNotAnInteger);
    }
  }
  std::string text = draw_aerie(ctx.engine().random);
  text.append("\nRedis ver. ").append(kRedisVersion);
  text.append(" (Aerie ").append(kAerieVersion).append(")\n");
  ctx.reply().verbatim("txt", text);
}

void refuse_to_persist(CommandContext& ctx) {
  ctx.reply().error(kNoPersistence);
}

void bgsave_command(CommandContext& ctx) {
  const bool understood = ctx.argc() == 1 || (ctx.argc() == 2 && ctx.is(1, "SCHEDULE"));
  ctx.reply().error(understood ? kNoPersistence : kSyntaxError);
}

void lastsave_command(CommandContext& ctx) {
  ctx.reply().integer(ctx.engine().facts.started_wall_s);
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript;

constexpr CommandSpec kRows[] = {
    {.name = "time",
     .run = time_command,
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .group = CommandGroup::kServer,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the server's wall-clock time.",
     .tips = "nondeterministic_output"},
    {.name = "shutdown",
     .run = shutdown_command,
     .arity = -1,
     .flags = kAdminFlags | kLoading | kStale | kNoMulti | kAllowBusy,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[save-selector: NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
     .summary = "Ends the server.",
     .history = "7.0.0: Added the `NOW`, `FORCE` and `ABORT` modifiers."},
    {.name = "lolwut",
     .run = lolwut_command,
     .arity = -1,
     .flags = kReadonly | kFast,
     .group = CommandGroup::kServer,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "[VERSION version]",
     .summary = "Draws a picture and tells the version."},
    {.name = "save",
     .run = refuse_to_persist,
     .arity = 1,
     .flags = kAdminFlags | kNoAsyncLoading | kNoMulti,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers an error: nothing is stored on disk yet."},
    {.name = "bgsave",
     .run = bgsave_command,
     .arity = -1,
     .flags = kAdminFlags | kNoAsyncLoading,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[SCHEDULE]",
     .summary = "Answers an error: nothing is stored on disk yet.",
     .history = "3.2.2: Added the `SCHEDULE` option."},
    {.name = "bgrewriteaof",
     .run = refuse_to_persist,
     .arity = 1,
     .flags = kAdminFlags | kNoAsyncLoading,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers an error: nothing is stored on disk yet."},
    {.name = "lastsave",
     .run = lastsave_command,
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .group = CommandGroup::kServer,
     .categories = kAdminCategory | kDangerousCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers when the server started: nothing is stored on disk yet.",
     .tips = "nondeterministic_output"},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> server_rows() {
  return kRows;
}

}  // namespace aerie

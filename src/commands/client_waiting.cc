// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT PAUSE, UNPAUSE and UNBLOCK: what they accept. What waiting is, and how it ends, is the executor's
// (src/engine/executor_blocking.cc).
#include "commands/client_waiting.h"

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/client_filter.h"
#include "commands/timeout_argument.h"

namespace aerie {

void client_pause_command(CommandContext& ctx) {
  if (ctx.argc() > 4) return ctx.reply().error(unknown_subcommand_or_arguments("client", ctx.arg(1)));
  ClientPause::What what = ClientPause::What::kAll;
  if (ctx.argc() == 4 && ctx.is(3, "WRITE")) {
    what = ClientPause::What::kWrites;
  } else if (ctx.argc() == 4 && !ctx.is(3, "ALL")) {
    return ctx.reply().error(kPauseMode);
  }
  const std::optional<int64_t> end_us = milliseconds_from_now_argument(ctx, 2);
  if (!end_us) return;
  ctx.engine().executor.pause().begin(what, *end_us);
  ctx.reply().ok();
}

void client_unpause_command(CommandContext& ctx) {
  ctx.engine().executor.unpause();
  ctx.reply().ok();
}

void client_unblock_command(CommandContext& ctx) {
  if (ctx.argc() > 4) return ctx.reply().error(unknown_subcommand_or_arguments("client", ctx.arg(1)));
  const bool with_error = ctx.argc() == 4 && ctx.is(3, "ERROR");
  if (ctx.argc() == 4 && !with_error && !ctx.is(3, "TIMEOUT")) return ctx.reply().error(kUnblockReason);
  const std::optional<int64_t> id = ctx.integer(2);
  if (!id) return ctx.reply().error(kNotAnInteger);
  // A client that is only held back by a pause does not count as blocked.
  Session* session = client_by_id(ctx, *id);
  const bool unblocked =
      session != nullptr && ctx.engine().executor.unblock(*session, with_error ? kUnblocked : "");
  ctx.reply().integer(unblocked ? 1 : 0);
}

}  // namespace aerie

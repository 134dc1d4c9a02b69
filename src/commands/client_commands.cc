// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT: names, facts and the end of connections. It sees sessions, never sockets: killing sets a wish on
// the session that the server finds on the executor's dirty list.
#include "aerie/engine/client_line.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/client_filter.h"
#include "commands/client_name.h"
#include "commands/client_tracking.h"
#include "commands/client_waiting.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void client_id_command(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.session().id));
}

void client_info_command(CommandContext& ctx) {
  std::string line;
  append_client_line(ctx.engine(), ctx.session(), &line);
  ctx.reply().verbatim("txt", line);
}

// CLIENT LIST ID: in the order of the request.
void list_by_id(CommandContext& ctx) {
  std::string lines;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const std::optional<int64_t> id = ctx.integer(i);
    if (!id) return ctx.reply().error(kInvalidClientId);
    const Session* session = client_by_id(ctx, *id);
    if (session != nullptr) append_client_line(ctx.engine(), *session, &lines);
  }
  ctx.reply().verbatim("txt", lines);
}

void client_list_command(CommandContext& ctx) {
  std::optional<ClientType> type;
  if (ctx.argc() == 4 && ctx.is(2, "TYPE")) {
    type = parse_client_type(ctx.arg(3));
    if (!type) return ctx.reply().error(unknown_client_type(ctx.arg(3)));
  } else if (ctx.argc() > 3 && ctx.is(2, "ID")) {
    return list_by_id(ctx);
  } else if (ctx.argc() != 2) {
    return ctx.reply().error(kSyntaxError);
  }
  std::string lines;
  ctx.engine().sessions.for_each([&](const Session& session) {
    if (session.close_now || (type && client_type(session) != *type)) return;
    append_client_line(ctx.engine(), session, &lines);
  });
  ctx.reply().verbatim("txt", lines);
}

void client_getname_command(CommandContext& ctx) {
  const SessionDetails* details = ctx.session().details_if_any();
  if (details == nullptr || details->name.empty()) return ctx.reply().null();
  ctx.reply().bulk(details->name);
}

void client_setname_command(CommandContext& ctx) {
  if (!is_printable_name(ctx.arg(2))) return ctx.reply().error(kBadClientName);
  ctx.session().details().name = ctx.arg(2);
  ctx.reply().ok();
}

void client_setinfo_command(CommandContext& ctx) {
  const bool is_version = ctx.is(2, "LIB-VER");
  if (!is_version && !ctx.is(2, "LIB-NAME"))
    return ctx.reply().error(unrecognized_client_attribute(ctx.arg(2)));
  if (!is_printable_name(ctx.arg(3))) return ctx.reply().error(bad_client_attribute(ctx.arg(2)));
  SessionDetails& details = ctx.session().details();
  (is_version ? details.lib_version : details.lib_name) = ctx.arg(3);
  ctx.reply().ok();
}

// ON answers even when replies were off; OFF and SKIP answer nothing.
void client_reply_command(CommandContext& ctx) {
  Session& session = ctx.session();
  if (ctx.is(2, "ON")) {
    session.reply_mode = ReplyMode::kOn;
    ctx.reply().set_muted(false);
    ctx.reply().ok();
  } else if (ctx.is(2, "OFF")) {
    session.reply_mode = ReplyMode::kOff;
    ctx.reply().set_muted(true);
  } else if (ctx.is(2, "SKIP")) {
    if (session.reply_mode != ReplyMode::kOff) session.reply_mode = ReplyMode::kSkipNext;
  } else {
    ctx.reply().error(kSyntaxError);
  }
}

void client_kill_command(CommandContext& ctx) {
  ClientFilter filter;
  const bool by_address = ctx.argc() == 3;
  if (by_address) {
    filter.address = ctx.arg(2);
    filter.skip_me = false;
  } else if (!filter.parse(ctx, 2)) {
    return;
  }
  int64_t killed = 0;
  ctx.engine().sessions.for_each([&](Session& session) {
    if (!filter.matches(ctx, session)) return;
    ++killed;
    // Whoever asks for its own end still reads the answer.
    if (&session != &ctx.session()) return ctx.engine().executor.drop(session);
    session.close_after_reply = true;
  });
  if (!by_address) return ctx.reply().integer(killed);
  if (killed == 0) return ctx.reply().error(kNoSuchClient);
  ctx.reply().ok();
}

void client_no_evict_command(CommandContext& ctx) {
  if (!ctx.is(2, "ON") && !ctx.is(2, "OFF")) return ctx.reply().error(kSyntaxError);
  ctx.session().no_evict = ctx.is(2, "ON");
  ctx.reply().ok();
}

void client_no_touch_command(CommandContext& ctx) {
  if (!ctx.is(2, "ON") && !ctx.is(2, "OFF")) return ctx.reply().error(kSyntaxError);
  ctx.session().no_touch = ctx.is(2, "ON");
  ctx.reply().ok();
}

void client_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "CACHING (YES|NO)",
      "    Let the next request count, or not, as one whose keys are cached (see TRACKING).",
      "GETNAME",
      "    Show the name of this connection.",
      "GETREDIR",
      "    Show the number of the connection that is told what this one may have cached.",
      "ID",
      "    Show the number of this connection.",
      "INFO",
      "    Show the facts about this connection.",
      "KILL <address>",
      "    Close the connection that comes from <address> (ip:port, or socket:0).",
      "KILL <option> <value> [<option> <value> [...]]",
      "    Close all connections to which every option applies:",
      "    * ADDR <address>: they come from this address.",
      "    * ID <number>: it has this number.",
      "    * LADDR <address>: they came to this address of the server.",
      "    * MAXAGE <seconds>: they are at least this old.",
      "    * SKIPME (YES|NO): leave out this connection (default: yes).",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB): they are of this type.",
      "    * USER <name>: they belong to this user.",
      "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <number> [<number> ...]]",
      "    Show the facts about all connections, those of a type, or some.",
      "NO-EVICT (ON|OFF)",
      "    Keep this connection when connections are closed to save memory.",
      "NO-TOUCH (ON|OFF)",
      "    Leave the access times of keys as they are.",
      "PAUSE <milliseconds> [WRITE|ALL]",
      "    Hold back requests that write, or all of them (default), for that long.",
      "REPLY (ON|OFF|SKIP)",
      "    Send replies, none, or none to the next command.",
      "SETINFO (LIB-NAME|LIB-VER) <value>",
      "    Say which client library this is.",
      "SETNAME <name>",
      "    Give this connection a name.",
      "TRACKING (ON|OFF) [REDIRECT <number>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
      "    Tell this connection when keys change that it may have cached.",
      "TRACKINGINFO",
      "    Show what TRACKING has been told.",
      "UNBLOCK <number> [TIMEOUT|ERROR]",
      "    End the wait of a blocked connection as its time-out would, or with an error.",
      "UNPAUSE",
      "    End a pause.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kOwnFlags = kNoScript | kLoading | kStale;
constexpr uint32_t kAdminFlags = kOwnFlags | kAdmin;

constexpr std::string_view kLinear = "O(N) where N is the number of client connections";
constexpr std::string_view kAllNodesSucceeded = "request_policy:all_nodes response_policy:all_succeeded";

// The functions of client_waiting.h and client_tracking.h stand behind lambdas: to a sanitized build the
// address of what another file defines is no constant that could be checked at compile time.
constexpr CommandSpec kSubcommands[] = {
    {.name = "caching",
     .run = [](CommandContext& ctx) { client_caching_command(ctx); },
     .arity = 3,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "mode: YES | NO",
     .summary = "Chooses whether the keys of the next request count as cached."},
    {.name = "getname",
     .run = client_getname_command,
     .arity = 2,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "2.6.9",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the connection's name."},
    {.name = "getredir",
     .run = [](CommandContext& ctx) { client_getredir_command(ctx); },
     .arity = 2,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the number of the client that is told of changed keys instead."},
    {.name = "help",
     .run = client_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "id",
     .run = client_id_command,
     .arity = 2,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the connection's number."},
    {.name = "info",
     .run = client_info_command,
     .arity = 2,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the facts about the connection.",
     .tips = "nondeterministic_output"},
    {.name = "kill",
     .run = client_kill_command,
     .arity = -3,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "2.4.0",
     .complexity = kLinear,
     .syntax =
         "filter: old-format=ip:port | <new-format: [ID client-id] | "
         "[TYPE <client-type: NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | "
         "[ADDR addr=ip:port] | [LADDR laddr=ip:port] | [SKIPME <skipme: YES | NO>] | [MAXAGE maxage]>...",
     .summary = "Closes connections.",
     .history = "2.8.12: Added new filter format.\n2.8.12: `ID` option.\n3.2.0: Added `master` type in for "
                "`TYPE` option.\n"
                "5.0.0: Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward "
                "compatibility.\n"
                "6.2.0: `LADDR` option."},
    {.name = "list",
     .run = client_list_command,
     .arity = -2,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "2.4.0",
     .complexity = kLinear,
     .syntax = "[TYPE <client-type: NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
     .summary = "Answers the facts about connections.",
     .history =
         "2.8.12: Added unique client `id` field.\n5.0.0: Added optional `TYPE` filter.\n6.0.0: Added `user` "
         "field.\n"
         "6.2.0: Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.\n"
         "7.0.0: Added `resp`, `multi-mem`, `rbs` and `rbp` fields.\n7.0.3: Added `ssub` field.",
     .tips = "nondeterministic_output"},
    {.name = "no-evict",
     .run = client_no_evict_command,
     .arity = 3,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "enabled: ON | OFF",
     .summary = "Keeps the connection when others are closed to save memory."},
    {.name = "no-touch",
     .run = client_no_touch_command,
     .arity = 3,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "7.2.0",
     .complexity = "O(1)",
     .syntax = "enabled: ON | OFF",
     .summary = "Chooses whether commands of this connection refresh the access times of keys."},
    {.name = "pause",
     .run = [](CommandContext& ctx) { client_pause_command(ctx); },
     .arity = -3,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "2.9.50",
     .complexity = "O(1)",
     .syntax = "timeout [mode: WRITE | ALL]",
     .summary = "Holds back the requests of all clients for some time.",
     .history = "6.2.0: `CLIENT PAUSE WRITE` mode added along with the `mode` option."},
    {.name = "reply",
     .run = client_reply_command,
     .arity = 3,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "3.2.0",
     .complexity = "O(1)",
     .syntax = "action: ON | OFF | SKIP",
     .summary = "Chooses whether commands are answered."},
    {.name = "setinfo",
     .run = client_setinfo_command,
     .arity = 4,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "7.2.0",
     .complexity = "O(1)",
     .syntax = "attr: LIB-NAME libname | LIB-VER libver",
     .summary = "Says which client library it is.",
     .tips = kAllNodesSucceeded},
    {.name = "setname",
     .run = client_setname_command,
     .arity = 3,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "2.6.9",
     .complexity = "O(1)",
     .syntax = "connection-name",
     .summary = "Gives the connection a name.",
     .tips = kAllNodesSucceeded},
    {.name = "tracking",
     .run = [](CommandContext& ctx) { client_tracking_command(ctx); },
     .arity = -3,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.0.0",
     .complexity = "O(1). Some options may introduce additional complexity.",
     .syntax = "<status: ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] "
               "[OPTOUT] [NOLOOP]",
     .summary = "Chooses whether the client is told when keys change that it may have cached."},
    {.name = "trackinginfo",
     .run = [](CommandContext& ctx) { client_trackinginfo_command(ctx); },
     .arity = 2,
     .flags = kOwnFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers what the client chose for client-side caching."},
    {.name = "unblock",
     .run = [](CommandContext& ctx) { client_unblock_command(ctx); },
     .arity = -3,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "5.0.0",
     .complexity = "O(log N) where N is the number of client connections",
     .syntax = "client-id [unblock-type: TIMEOUT | ERROR]",
     .summary = "Ends the wait of a client that is blocked."},
    {.name = "unpause",
     .run = [](CommandContext& ctx) { client_unpause_command(ctx); },
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.2.0",
     .complexity = "O(N) Where N is the number of paused clients",
     .syntax = "",
     .summary = "Ends a pause: requests that were held back run."},
};

constexpr CommandSpec kRows[] = {
    {.name = "client",
     .arity = -2,
     .group = CommandGroup::kConnection,
     .since = "2.4.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Names, facts and the end of connections.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> client_rows() {
  return kRows;
}

}  // namespace aerie

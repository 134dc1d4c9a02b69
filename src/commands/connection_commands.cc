// SPDX-License-Identifier: BSD-3-Clause
//
// PING, ECHO, QUIT, RESET, SELECT, HELLO, AUTH: what a client says about its own connection. CLIENT is a file
// of its own. Nothing here touches a socket: a wish to close is a flag of the session.
#include "aerie/base/version.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/client_name.h"
#include "commands/database_argument.h"
#include "commands/rows.h"

namespace aerie {

bool is_printable_name(std::string_view name) {
  for (char c : name) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

namespace {

void ping_command(CommandContext& ctx) {
  if (ctx.argc() > 2) return ctx.reply().error(wrong_number_of_arguments("ping"));
  if (ctx.session().subscribed && !ctx.reply().resp3()) {
    // Told from a message by its form, which is like one's.
    ctx.reply().array(2);
    ctx.reply().bulk("pong");
    return ctx.reply().bulk(ctx.argc() == 2 ? ctx.arg(1) : "");
  }
  if (ctx.argc() == 2) return ctx.reply().bulk(ctx.arg(1));
  ctx.reply().pong();
}

void echo_command(CommandContext& ctx) {
  ctx.reply().bulk(ctx.arg(1));
}

void quit_command(CommandContext& ctx) {
  ctx.reply().ok();
  ctx.session().close_after_reply = true;
}

void reset_command(CommandContext& ctx) {
  Session& session = ctx.session();
  ctx.engine().executor.discard_transaction(session);
  ctx.engine().executor.invalidator().stop(session);
  ctx.engine().subscriptions.unsubscribe_all(session);
  ctx.engine().executor.observer().remove_monitor(session);
  ctx.engine().executor.follow_output_class(session);
  if (session.details_if_any() != nullptr) session.details().name.clear();
  session.db = 0;
  session.protocol = 2;
  // Its own reply is still under CLIENT REPLY SKIP, which ends behind it, but not under OFF: so it is in
  // Redis.
  if (session.reply_mode != ReplyMode::kSkipThis) {
    session.reply_mode = ReplyMode::kOn;
    ctx.reply().set_muted(false);
  }
  session.no_evict = false;
  session.no_touch = false;
  ctx.engine().access.make_default(session);
  ctx.reply().set_protocol(2);
  ctx.reply().simple("RESET");
}

void select_command(CommandContext& ctx) {
  const std::optional<uint32_t> index = database_argument(ctx, 1);
  if (!index) return;
  ctx.session().db = *index;
  ctx.reply().ok();
}

void auth_command(CommandContext& ctx) {
  AccessControl& access = ctx.engine().access;
  if (ctx.argc() > 3) return ctx.reply().error(kSyntaxError);
  if (ctx.argc() == 2 && access.users().default_user().takes_any_password())
    return ctx.reply().error(kAuthNotConfigured);
  const std::string_view user = ctx.argc() == 3 ? ctx.arg(1) : "default";
  if (!access.authenticate(ctx.session(), user, ctx.arg(ctx.argc() - 1), ctx.arg(0)))
    return ctx.reply().error(kWrongPass);
  ctx.reply().ok();
}

bool is_secret_of_auth(std::span<const std::string_view> /*args*/, size_t index) {
  return index >= 1;
}

// User and password behind AUTH.
bool is_secret_of_hello(std::span<const std::string_view> args, size_t index) {
  const auto is_auth = [&](size_t at) {
    return at >= 2 && at < index && CommandContext::equals_ignoring_case(args[at], "AUTH");
  };
  return is_auth(index - 1) || is_auth(index - 2);
}

struct HelloOptions {
  uint8_t protocol = 0;  // 0: stays
  std::optional<std::string_view> user;
  std::string_view password;
  std::optional<std::string_view> name;
};

// Answers the error and returns false when the arguments are wrong.
bool parse_hello(CommandContext& ctx, HelloOptions* options) {
  const auto fail = [&](std::string_view error) {
    ctx.reply().error(error);
    return false;
  };
  if (ctx.argc() >= 2) {
    const std::optional<int64_t> version = ctx.integer(1);
    if (!version) return fail(kProtocolNotInteger);
    if (*version < 2 || *version > 3) return fail(kUnsupportedProtocol);
    options->protocol = static_cast<uint8_t>(*version);
  }
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const size_t more = ctx.argc() - 1 - i;
    if (ctx.is(i, "AUTH") && more >= 2) {
      options->user = ctx.arg(i + 1);
      options->password = ctx.arg(i + 2);
      i += 2;
    } else if (ctx.is(i, "SETNAME") && more >= 1) {
      options->name = ctx.arg(i + 1);
      if (!is_printable_name(*options->name)) return fail(kBadClientName);
      i += 1;
    } else {
      return fail(hello_option_error(ctx.arg(i)));
    }
  }
  return true;
}

void hello_command(CommandContext& ctx) {
  HelloOptions options;
  if (!parse_hello(ctx, &options)) return;
  Session& session = ctx.session();
  if (options.user && !ctx.engine().access.authenticate(session, *options.user, options.password, ctx.arg(0)))
    return ctx.reply().error(kWrongPass);
  if (!session.authenticated) return ctx.reply().error(kHelloNeedsAuth);
  if (options.name && (!options.name->empty() || session.details_if_any() != nullptr)) {
    session.details().name = *options.name;
  }
  if (options.protocol != 0) {
    session.protocol = options.protocol;
    ctx.reply().set_protocol(options.protocol);
  }
  ReplyWriter& reply = ctx.reply();
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(session.protocol);
  reply.bulk("id");
  reply.integer(static_cast<int64_t>(session.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

constexpr uint32_t kAlwaysAllowed = kNoScript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;

constexpr CommandSpec kRows[] = {
    {.name = "ping",
     .run = ping_command,
     .arity = -1,
     .flags = kFast | kSubscriberMay,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[message]",
     .summary = "Answers PONG, or the message.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "echo",
     .run = echo_command,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "message",
     .summary = "Answers its argument."},
    {.name = "quit",
     .run = quit_command,
     .arity = -1,
     .flags = kAlwaysAllowed | kRunsInMulti | kSubscriberMay,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Closes the connection after the reply.",
     .deprecated_since = "7.2.0",
     .replaced_by = "just closing the connection"},
    {.name = "reset",
     .run = reset_command,
     .arity = 1,
     .flags = kAlwaysAllowed | kRunsInMulti | kSubscriberMay,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Brings the connection back to the state that it was opened in."},
    {.name = "select",
     .run = select_command,
     .arity = 2,
     .flags = kLoading | kStale | kFast | kNamesDatabase,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "index",
     .summary = "Makes another database the current one."},
    {.name = "hello",
     .run = hello_command,
     .arity = -1,
     .flags = kAlwaysAllowed,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "[arguments: protover [AUTH <auth: username password>] [SETNAME clientname]]",
     .summary = "Greets the server: chooses the protocol, authenticates, names the connection.",
     .history =
         "6.2.0: `protover` made optional; when called without arguments the command reports the current "
         "connection's context.",
     .is_secret = is_secret_of_hello},
    {.name = "auth",
     .run = auth_command,
     .arity = -2,
     .flags = kAlwaysAllowed,
     .group = CommandGroup::kConnection,
     .categories = kConnectionCategory,
     .since = "1.0.0",
     .complexity = "O(N) where N is the length of the password",
     .syntax = "[username] password",
     .summary = "Authenticates the connection.",
     .history = "6.0.0: Added ACL style (username and password).",
     .is_secret = is_secret_of_auth},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> connection_rows() {
  return kRows;
}

}  // namespace aerie

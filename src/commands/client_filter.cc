// SPDX-License-Identifier: BSD-3-Clause
//
// Parsing and matching of client filters; see the header. A condition that is given twice counts as it was
// given last, as in Redis.
#include "commands/client_filter.h"

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

std::optional<ClientType> parse_client_type(std::string_view name) {
  const auto is = [&](std::string_view word) { return CommandContext::equals_ignoring_case(name, word); };
  if (is("NORMAL")) return ClientType::kNormal;
  if (is("REPLICA") || is("SLAVE")) return ClientType::kReplica;
  if (is("PUBSUB")) return ClientType::kPubsub;
  if (is("MASTER")) return ClientType::kMaster;
  return std::nullopt;
}

ClientType client_type(const Session& session) {
  return session.subscribed ? ClientType::kPubsub : ClientType::kNormal;
}

Session* client_by_id(CommandContext& ctx, int64_t id) {
  Session* const session = id > 0 ? ctx.engine().sessions.find(static_cast<uint64_t>(id)) : nullptr;
  return session != nullptr && !session->close_now ? session : nullptr;
}

bool ClientFilter::matches(CommandContext& ctx, const Session& session) const {
  const std::string& unix_path = ctx.engine().sessions.unix_path;
  if (session.close_now) return false;
  if (skip_me && &session == &ctx.session()) return false;
  if (id && session.id != *id) return false;
  if (type && client_type(session) != *type) return false;
  if (user != nullptr && session.user != user) return false;
  if (least_age_s) {
    const int64_t age_s = (ctx.engine().executor.now_us() - session.created_us) / 1'000'000;
    if (age_s < *least_age_s) return false;
  }
  if (address && session.peer.to_string(unix_path) != *address) return false;
  if (local_address && session.local.to_string(unix_path) != *local_address) return false;
  return true;
}

bool ClientFilter::parse(CommandContext& ctx, size_t first) {
  const auto fail = [&](std::string_view error) {
    ctx.reply().error(error);
    return false;
  };
  for (size_t i = first; i < ctx.argc(); i += 2) {
    if (i + 1 == ctx.argc()) return fail(kSyntaxError);
    const std::string_view value = ctx.arg(i + 1);
    if (ctx.is(i, "ID")) {
      const std::optional<int64_t> number = ctx.integer(i + 1);
      if (!number || *number < 1) return fail(kClientIdNotPositive);
      id = static_cast<uint64_t>(*number);
    } else if (ctx.is(i, "TYPE")) {
      type = parse_client_type(value);
      if (!type) return fail(unknown_client_type(value));
    } else if (ctx.is(i, "ADDR")) {
      address = value;
    } else if (ctx.is(i, "LADDR")) {
      local_address = value;
    } else if (ctx.is(i, "USER")) {
      user = ctx.engine().access.users().find(value);
      if (user == nullptr) return fail(no_such_user(value));
    } else if (ctx.is(i, "SKIPME")) {
      if (!ctx.is(i + 1, "YES") && !ctx.is(i + 1, "NO")) return fail(kSyntaxError);
      skip_me = ctx.is(i + 1, "YES");
    } else if (ctx.is(i, "MAXAGE")) {
      least_age_s = ctx.integer(i + 1);
      if (!least_age_s) return fail(kMaxAgeNotInteger);
      if (*least_age_s < 1) return fail(kMaxAgeNotPositive);
    } else {
      return fail(kSyntaxError);
    }
  }
  return true;
}

}  // namespace aerie

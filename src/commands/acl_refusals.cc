// SPDX-License-Identifier: BSD-3-Clause
//
// ACL LOG: what was refused lately. ACL DRYRUN: what would be. The texts of DRYRUN name the key or channel,
// which those of real refusals do not, since whoever asks is an administrator; and neither of the two counts
// as a refusal itself.
#include "commands/acl_refusals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

std::string_view name_of(AclDenial reason) {
  switch (reason) {
    case AclDenial::kAuth:
      return "auth";
    case AclDenial::kKey:
      return "key";
    case AclDenial::kChannel:
      return "channel";
    case AclDenial::kCommand:
    case AclDenial::kNone:
      break;
  }
  return "command";
}

void write_entry(const AclLogEntry& entry, int64_t now_ms, ReplyWriter& reply) {
  const auto text = [&reply](std::string_view field, std::string_view value) {
    reply.bulk(field);
    reply.bulk(value);
  };
  const auto number = [&reply](std::string_view field, int64_t value) {
    reply.bulk(field);
    reply.integer(value);
  };
  reply.map(10);
  number("count", static_cast<int64_t>(entry.count));
  text("reason", name_of(entry.reason));
  text("context", entry.in_transaction ? "multi" : "toplevel");
  text("object", entry.object);
  text("username", entry.user);
  reply.bulk("age-seconds");
  reply.real(static_cast<double>(now_ms - entry.updated_ms) / 1000);
  text("client-info", entry.client);
  number("entry-id", static_cast<int64_t>(entry.id));
  number("timestamp-created", entry.created_ms);
  number("timestamp-last-updated", entry.updated_ms);
}

}  // namespace

void acl_log_command(CommandContext& ctx) {
  constexpr int64_t kShownUnasked = 10;
  AclLog& log = ctx.engine().access.log();
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments("acl", ctx.arg(1)));
  if (ctx.argc() == 3 && ctx.is(2, "RESET")) {
    log.clear();
    return ctx.reply().ok();
  }
  const std::optional<int64_t> wanted = ctx.argc() == 3 ? ctx.integer(2) : kShownUnasked;
  if (!wanted) return ctx.reply().error(kNotAnInteger);
  const size_t count = std::min(static_cast<size_t>(std::max<int64_t>(*wanted, 0)), log.entries().size());
  ctx.reply().array(count);
  for (size_t i = 0; i < count; ++i) write_entry(log.entries()[i], ctx.now_ms(), ctx.reply());
}

void acl_dryrun_command(CommandContext& ctx) {
  const AclUser* user = ctx.engine().access.users().find(ctx.arg(2));
  if (user == nullptr) return ctx.reply().error(acl_user_not_found(ctx.arg(2)));
  const std::span<const std::string_view> request = ctx.args().subspan(3);
  bool unknown_subcommand = false;
  const Command* command = ctx.engine().command_table.find(request, &unknown_subcommand);
  if (command == nullptr || unknown_subcommand) return ctx.reply().error(acl_command_not_found(request[0]));
  const int arity = command->spec->arity;
  const auto argc = static_cast<int64_t>(request.size());
  if ((arity > 0 && argc != arity) || argc < -arity)
    return ctx.reply().error(wrong_number_of_arguments(command->full_name));
  std::vector<KeyPosition> keys;
  const AclVerdict verdict = user->check(*command, request, &keys);
  switch (verdict.denial) {
    case AclDenial::kNone:
      return ctx.reply().ok();
    case AclDenial::kKey:
      return ctx.reply().bulk(dryrun_denied(user->name(), request[verdict.argument], "key"));
    case AclDenial::kChannel:
      return ctx.reply().bulk(dryrun_denied(user->name(), request[verdict.argument], "channel"));
    case AclDenial::kCommand:
    case AclDenial::kAuth:
      break;
  }
  ctx.reply().bulk(dryrun_denied_command(user->name(), command->full_name));
}

}  // namespace aerie

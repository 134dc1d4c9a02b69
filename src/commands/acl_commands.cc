// SPDX-License-Identifier: BSD-3-Clause
//
// ACL: users and their rules. What the rules mean, and what a change means for clients, is the engine's; here
// are arguments and replies. ACL LOG and ACL DRYRUN, which tell of refusals, are in acl_refusals.cc.
#include <memory>
#include <string>

#include "aerie/base/random.h"
#include "aerie/engine/acl_categories.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/acl_refusals.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

AclUsers& users(CommandContext& ctx) {
  return ctx.engine().access.users();
}

void answer(CommandContext& ctx, const std::string& error) {
  error.empty() ? ctx.reply().ok() : ctx.reply().error(error);
}

void acl_setuser_command(CommandContext& ctx) {
  answer(ctx, ctx.engine().access.set_user(ctx.session(), ctx.arg(2), ctx.args().subspan(3)));
}

void acl_deluser_command(CommandContext& ctx) {
  const std::span<const std::string_view> names = ctx.args().subspan(2);
  for (const std::string_view name : names) {
    if (name == users(ctx).default_user().name()) return ctx.reply().error(kAclDefaultUserStays);
  }
  ctx.reply().integer(static_cast<int64_t>(ctx.engine().access.delete_users(ctx.session(), names)));
}

void acl_load_command(CommandContext& ctx) {
  answer(ctx, ctx.engine().access.load_file(ctx.session()));
}

void acl_save_command(CommandContext& ctx) {
  answer(ctx, ctx.engine().access.save_file());
}

void acl_list_command(CommandContext& ctx) {
  ctx.reply().array(users(ctx).all().size());
  for (const auto& [name, user] : users(ctx).all()) ctx.reply().bulk("user " + name + " " + user->describe());
}

void acl_users_command(CommandContext& ctx) {
  ctx.reply().array(users(ctx).all().size());
  for (const auto& [name, user] : users(ctx).all()) ctx.reply().bulk(name);
}

void acl_whoami_command(CommandContext& ctx) {
  ctx.reply().bulk(ctx.session().user->name());
}

void write_permissions(const AclSelector& selector, ReplyWriter& reply) {
  reply.bulk("commands");
  reply.bulk(selector.describe_commands());
  reply.bulk("keys");
  reply.bulk(selector.describe_keys());
  reply.bulk("channels");
  reply.bulk(selector.describe_channels());
}

void acl_getuser_command(CommandContext& ctx) {
  const AclUser* user = users(ctx).find(ctx.arg(2));
  ReplyWriter& reply = ctx.reply();
  if (user == nullptr) return reply.null();
  reply.map(6);
  reply.bulk("flags");
  reply.set(user->takes_any_password() ? 3 : 2);
  reply.bulk(user->enabled() ? "on" : "off");
  if (user->takes_any_password()) reply.bulk("nopass");
  reply.bulk(user->skips_sanitizing() ? "skip-sanitize-payload" : "sanitize-payload");
  reply.bulk("passwords");
  reply.array(user->password_hashes().size());
  for (const std::string& hash : user->password_hashes()) reply.bulk(hash);
  write_permissions(user->root(), reply);
  reply.bulk("selectors");
  const std::span<const AclSelector> more = user->selectors().subspan(1);
  reply.array(more.size());
  for (const AclSelector& selector : more) {
    reply.map(3);
    write_permissions(selector, reply);
  }
}

void list_category(CommandContext& ctx) {
  const std::optional<uint32_t> place = find_acl_category(ctx.arg(2));
  if (!place) return ctx.reply().error(acl_unknown_category(ctx.arg(2)));
  const CommandTable& table = ctx.engine().command_table;
  const DeferredReply deferred = ctx.reply().begin_deferred();
  size_t count = 0;
  for (uint32_t number = 0; number < table.size(); ++number) {
    if ((acl_categories(*table.at(number).spec) >> *place & 1) == 0) continue;
    ctx.reply().bulk(table.at(number).full_name);
    ++count;
  }
  ctx.reply().end_deferred_array(deferred, count);
}

void acl_cat_command(CommandContext& ctx) {
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments("acl", ctx.arg(1)));
  if (ctx.argc() == 3) return list_category(ctx);
  ctx.reply().array(acl_category_names().size());
  for (const std::string_view name : acl_category_names()) ctx.reply().bulk(name);
}

void acl_genpass_command(CommandContext& ctx) {
  constexpr int64_t kMostBits = 4096;
  constexpr int64_t kBitsPerDigit = 4;
  static constexpr char kHex[] = "0123456789abcdef";
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments("acl", ctx.arg(1)));
  const std::optional<int64_t> bits = ctx.argc() == 3 ? ctx.integer(2) : 256;
  if (!bits) return ctx.reply().error(kNotAnInteger);
  if (*bits < 1 || *bits > kMostBits) return ctx.reply().error(kAclGenpassBits);
  std::string digits(static_cast<size_t>((*bits + kBitsPerDigit - 1) / kBitsPerDigit), '\0');
  fill_system_random(digits.data(), digits.size());
  for (char& c : digits) c = kHex[static_cast<unsigned char>(c) & 15];
  ctx.reply().bulk(digits);
}

void acl_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "CAT [<category>]",
      "    Show the categories of commands, or the commands of one.",
      "DELUSER <username> [<username> ...]",
      "    Delete users and close their connections.",
      "DRYRUN <username> <command> [<arg> ...]",
      "    Show whether the user may run the command, without running it.",
      "GENPASS [<bits>]",
      "    Make a password that nobody can guess, of 256 bits or as many as asked for.",
      "GETUSER <username>",
      "    Show a user's flags, passwords and permissions.",
      "LIST",
      "    Show all users, each as a line of an ACL file.",
      "LOAD",
      "    Read the users from the ACL file.",
      "LOG [<count> | RESET]",
      "    Show what was refused lately, or forget it.",
      "SAVE",
      "    Store the users in the ACL file.",
      "SETUSER <username> <rule> [<rule> ...]",
      "    Make a user, or change what it may do.",
      "USERS",
      "    Show the names of all users.",
      "WHOAMI",
      "    Show which user this connection is.",
  };
  reply_help(ctx, kLines);
}

// Whose rules they are is nobody's business either.
bool is_secret_of_setuser(std::span<const std::string_view> /*args*/, size_t index) {
  return index >= 2;
}

constexpr uint32_t kAnybody = kNoScript | kLoading | kStale;
constexpr uint32_t kAdministrator = kAnybody | kAdmin;
constexpr std::string_view kPerUser = "O(N). Where N is the number of configured users.";
constexpr std::string_view kAllNodes = "request_policy:all_nodes response_policy:all_succeeded";

// The functions of acl_refusals.h stand behind lambdas: to a sanitized build the address of what another file
// defines is no constant that could be checked at compile time.
constexpr CommandSpec kSubcommands[] = {
    {.name = "cat",
     .run = acl_cat_command,
     .arity = -2,
     .flags = kAnybody,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(1) since the categories and commands are a fixed set.",
     .syntax = "[category]",
     .summary = "Answers the categories of commands, or the commands of one."},
    {.name = "deluser",
     .run = acl_deluser_command,
     .arity = -3,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(1) amortized time considering the typical user.",
     .syntax = "username [username ...]",
     .summary = "Deletes users and closes their connections.",
     .tips = kAllNodes},
    {.name = "dryrun",
     .run = [](CommandContext& ctx) { acl_dryrun_command(ctx); },
     .arity = -4,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "7.0.0",
     .complexity = "O(1).",
     .syntax = "username command [arg [arg ...]]",
     .summary = "Answers whether a user may run a command, without running it."},
    {.name = "genpass",
     .run = acl_genpass_command,
     .arity = -2,
     .flags = kAnybody,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "[bits]",
     .summary = "Answers a random password."},
    {.name = "getuser",
     .run = acl_getuser_command,
     .arity = 3,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(N). Where N is the number of password, command and pattern rules that the user has.",
     .syntax = "username",
     .summary = "Answers the flags, passwords and permissions of a user.",
     .history = "6.2.0: Added Pub/Sub channel patterns.\n"
                "7.0.0: Added selectors and changed the format of key and channel patterns from a list to "
                "their rule representation."},
    {.name = "help",
     .run = acl_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "list",
     .run = acl_list_command,
     .arity = 2,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = kPerUser,
     .syntax = "",
     .summary = "Answers all users with their rules."},
    {.name = "load",
     .run = acl_load_command,
     .arity = 2,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = kPerUser,
     .syntax = "",
     .summary = "Reads the users from the ACL file."},
    {.name = "log",
     .run = [](CommandContext& ctx) { acl_log_command(ctx); },
     .arity = -2,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(N) with N being the number of entries shown.",
     .syntax = "[operation: count | RESET]",
     .summary = "Answers what was refused lately.",
     .history = "7.2.0: Added entry ID, timestamp created, and timestamp last updated."},
    {.name = "save",
     .run = acl_save_command,
     .arity = 2,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = kPerUser,
     .syntax = "",
     .summary = "Stores the users in the ACL file.",
     .tips = kAllNodes},
    {.name = "setuser",
     .run = acl_setuser_command,
     .arity = -3,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(N). Where N is the number of rules provided.",
     .syntax = "username [rule [rule ...]]",
     .summary = "Makes a user, or changes its rules.",
     .history = "6.2.0: Added Pub/Sub channel patterns.\n7.0.0: Added selectors and key based permissions.",
     .tips = kAllNodes,
     .is_secret = is_secret_of_setuser},
    {.name = "users",
     .run = acl_users_command,
     .arity = 2,
     .flags = kAdministrator,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = kPerUser,
     .syntax = "",
     .summary = "Answers the names of all users."},
    {.name = "whoami",
     .run = acl_whoami_command,
     .arity = 2,
     .flags = kAnybody,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the name of the user that the connection is."},
};

constexpr CommandSpec kRows[] = {
    {.name = "acl",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "6.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Users and what they may do.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> acl_rows() {
  return kRows;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND: what the server can do, for clients that look keys up and for people at a prompt. All answers come
// from the rows of the command table; how a row is written is in command_info.cc and command_docs.cc.
#include <vector>

#include "aerie/base/glob.h"
#include "aerie/engine/acl_categories.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/command_description.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void describe_all(CommandContext& ctx) {
  const CommandTable& table = ctx.engine().command_table;
  const std::vector<const Command*> commands = table.top_level();
  ctx.reply().array(commands.size());
  for (const Command* command : commands) describe_command(table, *command, ctx.reply());
}

void command_command(CommandContext& ctx) {
  describe_all(ctx);
}

void command_count_command(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.engine().command_table.top_level_count()));
}

void command_info_command(CommandContext& ctx) {
  if (ctx.argc() == 2) return describe_all(ctx);
  const CommandTable& table = ctx.engine().command_table;
  ctx.reply().array(ctx.argc() - 2);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const Command* command = table.find_full_name(ctx.arg(i));
    if (command != nullptr) {
      describe_command(table, *command, ctx.reply());
    } else {
      ctx.reply().null();
    }
  }
}

void command_docs_command(CommandContext& ctx) {
  const CommandTable& table = ctx.engine().command_table;
  std::vector<const Command*> commands;
  if (ctx.argc() == 2) commands = table.top_level();
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const Command* command = table.find_full_name(ctx.arg(i));
    if (command != nullptr) commands.push_back(command);
  }
  ctx.reply().map(commands.size());
  for (const Command* command : commands) {
    ctx.reply().bulk(command->full_name);
    document_command(table, *command, ctx.reply());
  }
}

uint32_t category_bit(std::string_view name) {
  const std::optional<uint32_t> place = find_acl_category(name);
  return place ? 1u << *place : 0;
}

void command_list_command(CommandContext& ctx) {
  const CommandTable& table = ctx.engine().command_table;
  const bool filtered = ctx.argc() == 5 && ctx.is(2, "FILTERBY");
  const bool by_pattern = filtered && ctx.is(3, "PATTERN");
  const bool by_category = filtered && ctx.is(3, "ACLCAT");
  // No command comes from a module.
  const bool by_module = filtered && ctx.is(3, "MODULE");
  if (ctx.argc() != 2 && !by_pattern && !by_category && !by_module) return ctx.reply().error(kSyntaxError);
  // One that does not exist has no commands.
  const uint32_t category = by_category ? category_bit(ctx.arg(4)) : 0;
  std::vector<const Command*> matching;
  for (uint32_t number = 0; number < table.size(); ++number) {
    const Command& command = table.at(number);
    const bool matches = by_pattern    ? glob_match(ctx.arg(4), command.full_name, true)
                         : by_category ? (acl_categories(*command.spec) & category) != 0
                                       : !by_module;
    if (matches) matching.push_back(&command);
  }
  ctx.reply().array(matching.size());
  for (const Command* command : matching) ctx.reply().bulk(command->full_name);
}

// Finds the keys of the request that begins at argument 2. Answers the error and returns false when there are
// none.
bool find_keys(CommandContext& ctx, std::vector<KeyPosition>* keys) {
  const auto fail = [&](std::string_view error) {
    ctx.reply().error(error);
    return false;
  };
  const std::span<const std::string_view> request = ctx.args().subspan(2);
  bool unknown_subcommand = false;
  const Command* command = ctx.engine().command_table.find(request, &unknown_subcommand);
  if (command == nullptr || unknown_subcommand) return fail(kInvalidCommandSpecified);
  const CommandSpec& spec = *command->spec;
  if (!spec.has_keys()) return fail(kCommandHasNoKeys);
  const auto argc = static_cast<int64_t>(request.size());
  if ((spec.arity > 0 && argc != spec.arity) || argc < -spec.arity)
    return fail(kInvalidNumberOfArgumentsForCommand);
  if (extract_keys(spec, request, keys) != KeyExtraction::kOk) {
    if (!spec.has(kNoMandatoryKeys)) return fail(kInvalidArgumentsForCommand);
    keys->clear();
  }
  return true;
}

void command_getkeys_command(CommandContext& ctx) {
  std::vector<KeyPosition> keys;
  if (!find_keys(ctx, &keys)) return;
  ctx.reply().array(keys.size());
  for (const KeyPosition& key : keys) ctx.reply().bulk(ctx.arg(2 + key.index));
}

void command_getkeysandflags_command(CommandContext& ctx) {
  std::vector<KeyPosition> keys;
  if (!find_keys(ctx, &keys)) return;
  const std::span<const std::string_view> request = ctx.args().subspan(2);
  ctx.reply().array(keys.size());
  for (const KeyPosition& key : keys) {
    ctx.reply().array(2);
    ctx.reply().bulk(ctx.arg(2 + key.index));
    describe_key_flags(key_flags_in_request(key, request), ctx.reply());
  }
}

void command_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "(no subcommand)",
      "    Describe all commands.",
      "COUNT",
      "    Show the number of commands.",
      "DOCS [<command-name> ...]",
      "    Show what commands do and which arguments they take; all of them when none is named.",
      "GETKEYS <full-command>",
      "    Show which arguments of a command are keys.",
      "GETKEYSANDFLAGS <full-command>",
      "    Show which arguments of a command are keys, and what is done to them.",
      "INFO [<command-name> ...]",
      "    Describe commands; all of them when none is named.",
      "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
      "    Show the names of commands.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kFlags = kLoading | kStale;

constexpr CommandSpec kSubcommands[] = {
    {.name = "count",
     .run = command_count_command,
     .arity = 2,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the number of commands."},
    {.name = "docs",
     .run = command_docs_command,
     .arity = -2,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands to look up",
     .syntax = "[command-name [command-name ...]]",
     .summary = "Answers what commands do and which arguments they take.",
     .tips = "nondeterministic_output_order"},
    {.name = "getkeys",
     .run = command_getkeys_command,
     .arity = -4,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of arguments to the command",
     .syntax = "command [arg [arg ...]]",
     .summary = "Answers which arguments of a command are keys."},
    {.name = "getkeysandflags",
     .run = command_getkeysandflags_command,
     .arity = -4,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of arguments to the command",
     .syntax = "command [arg [arg ...]]",
     .summary = "Answers which arguments of a command are keys, and what is done to them."},
    {.name = "help",
     .run = command_help_command,
     .arity = 2,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "info",
     .run = command_info_command,
     .arity = -2,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands to look up",
     .syntax = "[command-name [command-name ...]]",
     .summary = "Answers arity, flags and keys of commands.",
     .history = "7.0.0: Allowed to be called with no argument to get info on all commands.",
     .tips = "nondeterministic_output_order"},
    {.name = "list",
     .run = command_list_command,
     .arity = -2,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "7.0.0",
     .complexity = "O(N) where N is the total number of commands",
     .syntax = "[FILTERBY <filterby: MODULE module-name | ACLCAT category | PATTERN pattern>]",
     .summary = "Answers the names of commands.",
     .tips = "nondeterministic_output_order"},
};

constexpr CommandSpec kRows[] = {
    {.name = "command",
     .run = command_command,
     .arity = -1,
     .flags = kFlags,
     .group = CommandGroup::kServer,
     .categories = kConnectionCategory,
     .since = "2.8.13",
     .complexity = "O(N) where N is the total number of commands",
     .syntax = "",
     .summary = "Describes all commands.",
     .subcommands = kSubcommands,
     .tips = "nondeterministic_output_order"},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> command_rows() {
  return kRows;
}

}  // namespace aerie

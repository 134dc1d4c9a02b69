// SPDX-License-Identifier: BSD-3-Clause
//
// MODULE: there are none, and none can be loaded. The commands that would are gated as in Redis by
// enable-module-command, which accepts "no" alone.
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void module_list_command(CommandContext& ctx) {
  ctx.reply().array(0);
}

void refuse_module(CommandContext& ctx) {
  ctx.reply().error(command_not_allowed("MODULE", "enable-module-command"));
}

void module_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "LIST",
      "    Answers the modules that are loaded: none.",
      "LOAD <path> [<arg> ...]",
      "    Answers an error.",
      "LOADEX <path> [CONFIG <name> <value> ...] [ARGS <arg> ...]",
      "    Answers an error.",
      "UNLOAD <name>",
      "    Answers an error.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript;

constexpr CommandSpec row(std::string_view name, CommandFunction run, int arity, uint32_t flags,
                          std::string_view since, std::string_view syntax, std::string_view summary,
                          std::string_view tips = {}) {
  return {.name = name,
          .run = run,
          .arity = arity,
          .flags = flags,
          .group = CommandGroup::kServer,
          .since = since,
          .complexity = "O(1)",
          .syntax = syntax,
          .summary = summary,
          .tips = tips};
}

constexpr std::string_view kRefused = "Answers an error: modules cannot be loaded.";

constexpr CommandSpec kSubcommands[] = {
    row("help", module_help_command, 2, kLoading | kStale, "5.0.0", "", "Lists the subcommands."),
    row("list", module_list_command, 2, kAdminFlags, "4.0.0", "",
        "Answers the modules that are loaded: none.", "nondeterministic_output_order"),
    row("load", refuse_module, -3, kAdminFlags | kNoAsyncLoading, "4.0.0", "path [arg [arg ...]]", kRefused),
    row("loadex", refuse_module, -3, kAdminFlags | kNoAsyncLoading, "7.0.0",
        "path [CONFIG name value] [ARGS arg [arg ...]]",
        kRefused),
    row("unload", refuse_module, 3, kAdminFlags | kNoAsyncLoading, "4.0.0", "name", kRefused),
};

constexpr CommandSpec kRows[] = {
    {.name = "module",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "4.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Modules, of which there are none.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> module_rows() {
  return kRows;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The reply of HELP. Its first and last lines are what redis-cli and people expect of every container; see
// the header for the rest.
#include "commands/help_reply.h"

#include <string>

#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"

namespace aerie {

void reply_help(CommandContext& ctx, std::span<const std::string_view> lines) {
  const Command& command = ctx.command();
  std::string headline(command.parent != nullptr ? command.parent->spec->name : command.spec->name);
  for (char& c : headline) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  headline += " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
  ctx.reply().array(lines.size() + 3);
  ctx.reply().simple(headline);
  for (std::string_view line : lines) ctx.reply().simple(line);
  ctx.reply().simple("HELP");
  ctx.reply().simple("    Prints this help.");
}

}  // namespace aerie

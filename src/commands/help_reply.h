// SPDX-License-Identifier: BSD-3-Clause
//
// The reply of HELP, the same for every container of subcommands: a headline, the container's own lines, and
// HELP itself. Lines come in pairs, "NAME <arguments>" and "    What it does."; each is a simple string.
// Private to the room.
#pragma once

#include <span>
#include <string_view>

namespace aerie {

class CommandContext;

// The headline names the container, or the command itself when it has no subcommands of its own (DEBUG).
void reply_help(CommandContext& ctx, std::span<const std::string_view> lines);

}  // namespace aerie

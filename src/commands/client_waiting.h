// SPDX-License-Identifier: BSD-3-Clause
//
// The subcommands of CLIENT about clients that wait, or are made to: PAUSE, UNPAUSE, UNBLOCK. Their rows
// stand with those of the other subcommands in client_commands.cc.
#pragma once

namespace aerie {

class CommandContext;

void client_pause_command(CommandContext& ctx);
void client_unpause_command(CommandContext& ctx);
void client_unblock_command(CommandContext& ctx);

}  // namespace aerie

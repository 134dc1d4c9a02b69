// SPDX-License-Identifier: BSD-3-Clause
//
// The subcommands of CLIENT about client-side caching: TRACKING, CACHING, GETREDIR, TRACKINGINFO. Their rows
// stand with those of the other subcommands in client_commands.cc.
#pragma once

namespace aerie {

class CommandContext;

void client_tracking_command(CommandContext& ctx);
void client_caching_command(CommandContext& ctx);
void client_getredir_command(CommandContext& ctx);
void client_trackinginfo_command(CommandContext& ctx);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The subcommands of ACL that tell what users may not do; their rows are in acl_commands.cc. Private to the
// room.
#pragma once

namespace aerie {

class CommandContext;

void acl_log_command(CommandContext& ctx);
void acl_dryrun_command(CommandContext& ctx);

}  // namespace aerie

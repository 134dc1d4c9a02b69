// SPDX-License-Identifier: BSD-3-Clause
//
// CONFIG: the client's side of the options table (aerie/engine/config.h), and the reset of statistics. Which
// options exist and what they accept is not known here.
#include <cstring>
#include <utility>
#include <vector>

#include "aerie/base/log.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void config_get_command(CommandContext& ctx) {
  const auto matches = ctx.engine().config.get(ctx.args().subspan(2));
  ctx.reply().map(matches.size());
  for (const auto& [name, value] : matches) {
    ctx.reply().bulk(name);
    ctx.reply().bulk(value);
  }
}

void config_set_command(CommandContext& ctx) {
  if (ctx.argc() % 2 != 0) return ctx.reply().error(kSyntaxError);
  std::vector<Config::Pair> pairs;
  for (size_t i = 2; i < ctx.argc(); i += 2) pairs.emplace_back(ctx.arg(i), ctx.arg(i + 1));
  const std::optional<ConfigError> error = ctx.engine().config.set(pairs);
  if (!error) return ctx.reply().ok();
  ctx.reply().error(error->reason.empty() ? unknown_config_option(error->option)
                                          : config_set_failed(error->option, error->reason));
}

// CONFIG SET name value [name value ...].
bool is_secret_value(std::span<const std::string_view> args, size_t index) {
  return index >= 3 && index % 2 == 1 && Config::is_secret(args[index - 1]);
}

void config_resetstat_command(CommandContext& ctx) {
  ctx.engine().stats.reset();
  ctx.keyspace().stats() = KeyspaceStats();
  ctx.reply().ok();
}

void config_rewrite_command(CommandContext& ctx) {
  if (!ctx.engine().rewrite_config_file) return ctx.reply().error(kNoConfigFile);
  const Status written = ctx.engine().rewrite_config_file();
  if (written.ok()) {
    log_notice("CONFIG REWRITE executed with success.");
    return ctx.reply().ok();
  }
  const char* reason = std::strerror(written.error().code);
  log_warning("CONFIG REWRITE failed: %s", reason);
  ctx.reply().error(config_rewrite_failed(reason));
}

void config_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "GET <pattern> [<pattern> ...]",
      "    Show the parameters whose names match a pattern, with their values.",
      "RESETSTAT",
      "    Start the counters that INFO shows again.",
      "REWRITE",
      "    Write the parameters as they are now into the configuration file.",
      "SET <parameter> <value> [<parameter> <value> ...]",
      "    Change parameters, all of them or none.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript | kLoading | kStale;

constexpr CommandSpec kSubcommands[] = {
    {.name = "get",
     .run = config_get_command,
     .arity = -3,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.0.0",
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .syntax = "parameter [parameter ...]",
     .summary = "Answers the values of configuration parameters.",
     .history = "7.0.0: Added the ability to pass multiple pattern parameters in one call"},
    {.name = "help",
     .run = config_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kServer,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "resetstat",
     .run = config_resetstat_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Starts the server's counters again.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "rewrite",
     .run = config_rewrite_command,
     .arity = 2,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.8.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Writes the parameters as they are now into the configuration file.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "set",
     .run = config_set_command,
     .arity = -4,
     .flags = kAdminFlags,
     .group = CommandGroup::kServer,
     .since = "2.0.0",
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .syntax = "<data: parameter value>...",
     .summary = "Changes configuration parameters, all of them or none.",
     .history = "7.0.0: Added the ability to set multiple parameters in one call.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .is_secret = is_secret_value},
};

constexpr CommandSpec kRows[] = {
    {.name = "config",
     .arity = -2,
     .group = CommandGroup::kServer,
     .since = "2.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Configuration parameters of the running server.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> config_rows() {
  return kRows;
}

}  // namespace aerie

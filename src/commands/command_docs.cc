// SPDX-License-Identifier: BSD-3-Clause
//
// Rows in the form of COMMAND DOCS: texts of the row, and the argument tree of its syntax (command_syntax.h).
// Optional parts of the map are left out as in Redis, so each count is computed before its map is written.
#include <algorithm>
#include <string_view>
#include <vector>

#include "aerie/base/assert.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_writer.h"
#include "commands/command_description.h"
#include "commands/command_syntax.h"

namespace aerie {

namespace {

std::string_view group_name(CommandGroup group) {
  switch (group) {
    case CommandGroup::kGeneric:
      return "generic";
    case CommandGroup::kString:
      return "string";
    case CommandGroup::kList:
      return "list";
    case CommandGroup::kConnection:
      return "connection";
    case CommandGroup::kServer:
      return "server";
    case CommandGroup::kTransactions:
      return "transactions";
    case CommandGroup::kPubsub:
      return "pubsub";
    case CommandGroup::kCluster:
      return "cluster";
  }
  AERIE_UNREACHABLE();
}

void write_pair(std::string_view name, std::string_view value, ReplyWriter& reply) {
  reply.bulk(name);
  reply.bulk(value);
}

void write_arguments(const std::vector<SyntaxArgument>& arguments, ReplyWriter& reply);

void write_argument(const SyntaxArgument& argument, ReplyWriter& reply) {
  const bool shown = !argument.has_parts();
  const bool flagged = argument.optional || argument.multiple;
  reply.map(2 + shown + (argument.key_spec >= 0) + !argument.token.empty() + flagged + argument.has_parts());
  write_pair("name", argument.name, reply);
  write_pair("type", argument.type, reply);
  if (shown) write_pair("display_text", argument.shown.empty() ? argument.name : argument.shown, reply);
  if (argument.key_spec >= 0) {
    reply.bulk("key_spec_index");
    reply.integer(argument.key_spec);
  }
  if (!argument.token.empty()) write_pair("token", argument.token, reply);
  if (flagged) {
    reply.bulk("flags");
    reply.set(static_cast<size_t>(argument.optional) + static_cast<size_t>(argument.multiple) +
              static_cast<size_t>(argument.multiple_token));
    if (argument.optional) reply.simple("optional");
    if (argument.multiple) reply.simple("multiple");
    if (argument.multiple_token) reply.simple("multiple_token");
  }
  if (argument.has_parts()) {
    reply.bulk("arguments");
    write_arguments(argument.parts, reply);
  }
}

void write_arguments(const std::vector<SyntaxArgument>& arguments, ReplyWriter& reply) {
  reply.array(arguments.size());
  for (const SyntaxArgument& argument : arguments) write_argument(argument, reply);
}

// "7.0.0: Added this." per line, as pairs of version and text.
void write_history(std::string_view history, ReplyWriter& reply) {
  reply.set(static_cast<size_t>(std::count(history.begin(), history.end(), '\n')) + 1);
  while (!history.empty()) {
    const std::string_view line = history.substr(0, history.find('\n'));
    const size_t colon = line.find(": ");
    AERIE_ASSERT(colon != line.npos);
    reply.array(2);
    reply.bulk(line.substr(0, colon));
    reply.bulk(line.substr(colon + 2));
    history.remove_prefix(std::min(line.size() + 1, history.size()));
  }
}

}  // namespace

void document_command(const CommandTable& table, const Command& command, ReplyWriter& reply) {
  const CommandSpec& spec = *command.spec;
  const std::vector<SyntaxArgument> arguments = parse_syntax(spec);
  const bool deprecated = !spec.deprecated_since.empty();
  reply.map(3 + !spec.complexity.empty() + 3 * deprecated + !spec.history.empty() + !arguments.empty() +
            !spec.subcommands.empty());
  write_pair("summary", spec.summary, reply);
  write_pair("since", spec.since, reply);
  write_pair("group", group_name(spec.group), reply);
  if (!spec.complexity.empty()) write_pair("complexity", spec.complexity, reply);
  if (deprecated) {
    reply.bulk("doc_flags");
    reply.set(1);
    reply.simple("deprecated");
    write_pair("deprecated_since", spec.deprecated_since, reply);
    write_pair("replaced_by", spec.replaced_by, reply);
  }
  if (!spec.history.empty()) {
    reply.bulk("history");
    write_history(spec.history, reply);
  }
  if (!arguments.empty()) {
    reply.bulk("arguments");
    write_arguments(arguments, reply);
  }
  if (spec.subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map(spec.subcommands.size());
  for (uint32_t i = 0; i < spec.subcommands.size(); ++i) {
    const Command& subcommand = table.at(command.first_subcommand + i);
    reply.bulk(subcommand.full_name);
    document_command(table, subcommand, reply);
  }
}

}  // namespace aerie

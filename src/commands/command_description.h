// SPDX-License-Identifier: BSD-3-Clause
//
// A command's row as COMMAND, COMMAND INFO and COMMAND DOCS describe it. Everything is computed from the row.
// Private to the room.
#pragma once

#include <cstdint>
#include <string_view>

namespace aerie {

class CommandTable;
class ReplyWriter;
struct Command;

// Ten elements: name, arity, flags, first key, last key, step, categories, tips, key specifications,
// subcommands.
void describe_command(const CommandTable& table, const Command& command, ReplyWriter& reply);
// A map: summary, since, group, complexity, history, arguments, subcommands.
void document_command(const CommandTable& table, const Command& command, ReplyWriter& reply);
// What is done to a key, as a set of words. `flags` are KeySpecFlags.
void describe_key_flags(uint16_t flags, ReplyWriter& reply);

}  // namespace aerie

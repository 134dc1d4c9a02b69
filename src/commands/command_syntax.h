// SPDX-License-Identifier: BSD-3-Clause
//
// The argument tree of a command, made from the one line of syntax in its row; COMMAND DOCS prints it and
// interactive clients turn it into hints. The notation: lower-case words are arguments, upper-case ones
// tokens, [] is optional, | separates alternatives, <> groups them, and a bracket that repeats what stands
// before it and ends with "..." says that it may be given several times:
//
//   key value [NX | XX] [EX seconds | PX milliseconds]        key value [key value ...]        [TYPE <A | B>]
//
// A choice or a block is named by a word with a colon in front of its parts ("[condition: NX | XX]"), an
// argument that is shown otherwise than it is called says so ("addr=ip:port"), and a group may be repeated as
// a whole
// ("<A | B>...").
// Pure; for rows only, never for what a client sends. Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aerie {

struct CommandSpec;

struct SyntaxArgument {
  std::string name;        // lower case; of a block or a choice without one the names of its parts, joined
  std::string_view type;   // as COMMAND DOCS calls it: "key", "integer", "oneof", "block", "pure-token", ...
  std::string token;       // upper case; empty: none
  std::string shown = {};  // what hints show instead of the name; empty: the name
  int key_spec = -1;       // of a key: the index of its key specification
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;  // with its token each time
  std::vector<SyntaxArgument> parts = {};  // of a block or a choice

  bool has_parts() const { return !parts.empty(); }
};

// REQUIRES: the row's syntax is well-formed.
std::vector<SyntaxArgument> parse_syntax(const CommandSpec& spec);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The command line of aerie-server, with the shapes that redis-server takes: a configuration file first, "-"
// (first or last) for standard input, and options "--name value ...", of which name and value may stand in
// one argument. Pure: reads no file and prints nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aerie {

struct CommandLine {
  enum class Action { kRun, kShowVersion, kShowHelp };
  Action action = Action::kRun;
  std::string config_file;  // as given; empty: none
  bool reads_stdin = false;
  std::string options;  // one directive per line, in the syntax of redis.conf
};

// `args` without the program's name.
CommandLine parse_command_line(std::span<const std::string_view> args);

// The text of --help.
std::string command_line_help(std::string_view program);

}  // namespace aerie

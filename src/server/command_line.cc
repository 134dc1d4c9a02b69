// SPDX-License-Identifier: BSD-3-Clause
//
// Turns arguments into lines of configuration. An argument that starts with "--" begins a directive unless
// the one before is still without its first value: so `--requirepass --x` takes "--x" as the password, as
// redis-server does.
#include "aerie/server/command_line.h"

#include <optional>
#include <vector>

#include "aerie/base/quoted_words.h"

namespace aerie {

namespace {

bool is_option(std::string_view arg) {
  return arg.starts_with("--");
}

bool is_bare_save(std::string_view arg) {
  if (arg.size() != 6) return false;
  for (size_t i = 0; i < arg.size(); ++i) {
    const char lower = arg[i] >= 'A' && arg[i] <= 'Z' ? static_cast<char>(arg[i] + 32) : arg[i];
    if (lower != std::string_view("--save")[i]) return false;
  }
  return true;
}

// Appends the directive that `args[at]` begins; returns whether it still waits for its first value.
bool begin_directive(std::span<const std::string_view> args, size_t at, std::string* options) {
  const std::string_view arg = args[at];
  if (!options->empty()) options->push_back('\n');
  options->append(arg.substr(2));
  options->push_back(' ');
  const auto words = split_words(arg);
  if (words.has_value() && words->size() > 1) return false;
  // `--save` without a value means no save points: scripts generate it from an empty list.
  const bool without_value = at + 1 == args.size() || is_option(args[at + 1]);
  if (is_bare_save(arg) && without_value) {
    options->append("\"\"");
    return false;
  }
  return true;
}

}  // namespace

CommandLine parse_command_line(std::span<const std::string_view> args) {
  CommandLine line;
  if (!args.empty()) {
    // Whatever stands behind them.
    if (args[0] == "-v" || args[0] == "--version") line.action = CommandLine::Action::kShowVersion;
    if (args[0] == "-h" || args[0] == "--help") line.action = CommandLine::Action::kShowHelp;
    if (line.action != CommandLine::Action::kRun) return line;
  }
  size_t at = 0;
  if (!args.empty() && !args[0].empty() && args[0][0] != '-') {
    line.config_file = args[0];
    at = 1;
  }
  bool wants_value = false;
  for (; at < args.size(); ++at) {
    const std::string_view arg = args[at];
    if (arg == "-" && (at == 0 || at + 1 == args.size())) {
      line.reads_stdin = true;
    } else if (is_option(arg) && !wants_value) {
      wants_value = begin_directive(args, at, &line.options);
    } else {
      append_quoted(arg, &line.options);
      line.options.push_back(' ');
      wants_value = false;
    }
  }
  return line;
}

std::string command_line_help(std::string_view program) {
  const std::string name(program);
  return "Usage: " + name + " [/path/to/redis.conf] [--directive value ...] [-]\n" + "       " + name +
         " -               configuration from standard input\n" + "       " + name + " -v | --version\n" +
         "       " + name + " -h | --help\n\n" +
         "Every directive of redis.conf may be given as an option; options override the file.\n\n" +
         "Examples:\n" + "       " + name + "\n" + "       " + name + " --port 7777 --bind 127.0.0.1\n" +
         "       " + name + " /etc/redis/redis.conf --loglevel verbose\n" + "       echo 'timeout 60' | " +
         name + " -\n";
}

}  // namespace aerie

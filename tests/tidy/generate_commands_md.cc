// SPDX-License-Identifier: BSD-3-Clause
//
// Writes docs/commands.md from the rows of the command table: to stdout, or with `--check FILE` compares it
// with the file and fails when they differ. After a change of a row:
//
//   build/tests/generate_commands_md > docs/commands.md
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "aerie/commands/families.h"
#include "aerie/engine/command_spec.h"
#include "tidy/generated_page.h"

namespace {

using aerie::CommandGroup;
using aerie::CommandSpec;

std::string_view title(CommandGroup group) {
  switch (group) {
    case CommandGroup::kGeneric:
      return "Keys";
    case CommandGroup::kString:
      return "Strings";
    case CommandGroup::kList:
      return "Lists";
    case CommandGroup::kConnection:
      return "Connection";
    case CommandGroup::kServer:
      return "Server";
    case CommandGroup::kTransactions:
      return "Transactions";
    case CommandGroup::kPubsub:
      return "Publish/subscribe";
    case CommandGroup::kCluster:
      return "Cluster";
  }
  return {};
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

// The notation of rows for readers: without the names of choices and of arguments that are shown otherwise.
std::string readable(std::string_view syntax) {
  std::string out;
  while (!syntax.empty()) {
    const size_t end = std::min(syntax.find_first_of(" []<>|"), syntax.size());
    std::string_view word = syntax.substr(0, end);
    const bool names_a_choice = !word.empty() && word.back() == ':';
    if (word.find('=') != word.npos) word.remove_prefix(word.find('=') + 1);
    if (!names_a_choice) out += word;
    syntax.remove_prefix(end);
    if (names_a_choice) syntax.remove_prefix(1);  // the blank behind it
    if (names_a_choice || syntax.empty()) continue;
    out += syntax.front();
    syntax.remove_prefix(1);
  }
  return out;
}

void write_row(const std::string& name, const CommandSpec& spec, std::ostream& out) {
  const std::string call = spec.syntax.empty() ? name : name + " " + readable(spec.syntax);
  out << "| `" << aerie::cell(call) << "` | " << aerie::cell(spec.summary) << " | "
      << aerie::cell(spec.complexity) << " | " << spec.since << " |\n";
}

std::string generate() {
  std::map<CommandGroup, std::ostringstream> groups;
  size_t commands = 0;
  size_t subcommands = 0;
  for (const auto family : aerie::command_families()) {
    for (const CommandSpec& spec : family) {
      ++commands;
      subcommands += spec.subcommands.size();
      std::ostringstream& out = groups[spec.group];
      if (spec.run != nullptr) write_row(upper(spec.name), spec, out);
      for (const CommandSpec& sub : spec.subcommands)
        write_row(upper(spec.name) + " " + upper(sub.name), sub, out);
    }
  }
  std::ostringstream page;
  page << "# Commands\n\n"
       << "This page is generated from the rows of the command table (`tests/tidy/generate_commands_md.cc`); "
          "a test\n"
       << "fails when it is out of date. There are " << commands << " commands and " << subcommands
       << " subcommands. \"Since\" names the version of Redis that\n"
       << "introduced a command. Arguments in brackets may be left out, `|` separates alternatives, what "
          "stands in `<>` belongs\n"
       << "together, and `...` behind something says that it may be given several times.\n";
  for (const auto& [group, rows] : groups) {
    page << "\n## " << title(group) << "\n\n| Command | What it does | Cost | Since |\n|---|---|---|---|\n"
         << rows.str();
  }
  return page.str();
}

}  // namespace

int main(int argc, char** argv) {
  return aerie::write_or_check(argc, argv, generate());
}

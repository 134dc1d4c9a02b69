// SPDX-License-Identifier: BSD-3-Clause
//
// Writes docs/configuration.md from the rows of the options table: to stdout, or with `--check FILE` compares
// it with the file and fails when they differ. After a change of a row:
//
//   build/tests/generate_configuration_md > docs/configuration.md
#include "aerie/engine/option_list.h"
#include "tidy/generated_page.h"

namespace {

using aerie::OptionInfo;

struct Part {
  OptionInfo::Effect effect;
  const char* text;
};

constexpr Part kParts[] = {
    {OptionInfo::Effect::kWorks, "## Options that work\n"},
    {OptionInfo::Effect::kNone,
     "## Accepted without effect\n\nThey tune what does not exist yet or does not need it. They are checked, "
     "kept and "
     "shown; the log of the start names\nthose that differ from their initial value.\n"},
    {OptionInfo::Effect::kRefused,
     "## Refused\n\nThey change durability, security or topology, and what they ask for does not exist yet: "
     "anything "
     "but the initial\nvalue stops the start, and is an error for CONFIG SET.\n"},
};

std::string_view set_by(OptionInfo::SetBy how) {
  switch (how) {
    case OptionInfo::SetBy::kConfigSet:
      return "at any time";
    case OptionInfo::SetBy::kStart:
      return "at the start";
    case OptionInfo::SetBy::kStartGuarded:
      return "at the start; protected";
    case OptionInfo::SetBy::kDirectiveOnly:
      return "a line of the file only";
  }
  return {};
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + aerie::cell(text) + "`";
}

void write_row(const OptionInfo& option, std::ostream& out) {
  out << "| " << code(option.name);
  if (!option.alias.empty()) out << "; old name " << code(option.alias);
  out << " | " << option.type;
  if (!option.values.empty()) out << ": " << aerie::cell(option.values);
  out << " | " << (option.initial.empty() ? "empty" : code(option.initial)) << " | " << set_by(option.set_by)
      << " |\n";
}

std::string generate() {
  const std::vector<OptionInfo> options = aerie::option_list();
  std::ostringstream page;
  page << "# Configuration\n\n"
       << "This page is generated from the rows of the options table "
          "(`tests/tidy/generate_configuration_md.cc`); a "
          "test fails\nwhen it is out of date. There are "
       << options.size()
       << " options. What those that work do stands in [aerie.conf](aerie.conf), a sample\nfile to start "
          "from; how the "
          "file is read, and where this differs from Redis, "
          "in\n[compatibility.md](compatibility.md#configuration).\n\n"
       << "Options are set in a file (`aerie-server /path/to/aerie.conf`), on the command line (`--timeout "
          "60`), and as "
          "far as the\nlast column says so with CONFIG SET. CONFIG REWRITE brings the file up to date. Sizes "
          "may have a "
          "unit: `1k` is 1,000\nbytes, `1kb` 1,024, and so on with `m` and `g`.\n";
  for (const Part& part : kParts) {
    page << "\n" << part.text << "\n| Option | Type | Initial value | Set |\n|---|---|---|---|\n";
    for (const OptionInfo& option : options) {
      if (option.effect == part.effect) write_row(option, page);
    }
  }
  return page.str();
}

}  // namespace

int main(int argc, char** argv) {
  return aerie::write_or_check(argc, argv, generate());
}

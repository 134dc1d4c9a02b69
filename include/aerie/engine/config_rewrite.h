// SPDX-License-Identifier: BSD-3-Clause
//
// CONFIG REWRITE as text: an old configuration file and what the options are now give the new file. Comments,
// order, and lines of other directives stay; the lines of an option are replaced where they stand, and what
// has no line yet is appended behind a line that says where it comes from. The layout is that of Redis,
// blank lines included, because people compare such files. Pure: reads and writes no file, and knows no
// option by name (the rows' part is Config::rewritten).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

struct FileLine {
  std::string text;
  bool forced = false;  // wanted also where the file has no line of the option left
};

// An option and the lines that it wants. Old lines beyond these are removed.
struct FileOption {
  std::string_view name;
  std::string_view alias;  // an old name: its lines count as the option's. Empty: none
  std::vector<FileLine> lines;
};

// `other_directives` are the names of lines that stay as they are. What is neither of these nor an option
// becomes a comment, "# ??? ...", as does a line with unbalanced quotes. Names are lower case.
std::string rewrite_config(std::string_view old_text, std::span<const FileOption> options,
                           std::span<const std::string_view> other_directives);

}  // namespace aerie

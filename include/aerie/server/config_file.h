// SPDX-License-Identifier: BSD-3-Clause
//
// The text form of a configuration: redis.conf, standard input, and the options of the command line, which
// are lines of the same syntax. Splits lines into words, follows `include`, and loads each directive into a
// Config. It knows no directive by itself but `include`. Not for CONFIG SET, whose values arrive as separate
// arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

class Config;

// The words of one line, as QuotedWords reads them. Nothing when quotes are unbalanced, or a closing quote
// touches the next word.
std::optional<std::vector<std::string>> split_words(std::string_view line);

// One word in double quotes, such that split_words() gives it back.
std::string quote_word(std::string_view word);

// The heading of what is printed when a configuration stops the start, line ends included.
std::string config_error_heading();

// Why a configuration was refused.
struct ConfigFileError {
  int line = 0;      // counted from 1; 0: a file could not be read, `reason` says everything
  std::string text;  // the line without blanks at its ends
  std::string reason;
  std::string file = {};  // the included file that the line stands in; empty: none

  // What is printed before the server gives up: the block that starts with "*** FATAL CONFIG FILE ERROR", or
  // the one line about the file.
  std::string message() const;
};

// Loads each line of `text`, in order; a later line overrides an earlier one. Stops at the first error.
std::optional<ConfigFileError> load_config_text(std::string_view text, Config* config);

// The whole content of a file ("-": standard input), or the error.
std::optional<ConfigFileError> read_config_file(const std::string& path, std::string* content);

}  // namespace aerie

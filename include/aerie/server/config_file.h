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

#include "aerie/base/result.h"

namespace aerie {

class Config;

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

// Appends the whole content of a file ("-": standard input), as a part of a configuration.
std::optional<ConfigFileError> read_config_file(const std::string& path, std::string* content);
// The same for who wants to know the errno. A file of more than 64 MB is an error.
Status read_whole_file(const std::string& path, std::string* content);

}  // namespace aerie

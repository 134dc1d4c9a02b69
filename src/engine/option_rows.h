// SPDX-License-Identifier: BSD-3-Clause
//
// What an option is: one row of name, alias, type, range and flags, over a field of Settings, or over text
// that Config keeps for it when nothing reads it yet. The rows themselves stand in option_rows.cc; how text
// becomes a value is in option_values.cc, how a value becomes lines of a file in option_lines.cc; CONFIG's
// rules (immutable, all or none, hooks) are in config.cc. Private to the room.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "aerie/engine/config_rewrite.h"
#include "aerie/engine/settings.h"

namespace aerie {

enum class OptionKind : uint8_t {
  kYesNo,
  kInteger,
  kOctal,      // file modes
  kMemory,     // bytes, with units
  kWord,       // one of `words`
  kWordFlags,  // several of `words`
  kText,       // anything; one word in redis.conf
  kWords,      // a list of words
  kChecked,    // whatever `check` accepts; several words in redis.conf
};

enum OptionFlag : uint16_t {
  kImmutable = 1u << 0,      // only at start
  kGuarded = 1u << 1,        // CONFIG SET needs enable-protected-configs, which does not exist yet
  kWithoutEffect = 1u << 2,  // accepted, shown, and nothing reads it yet
  kUnsupported =
      1u << 3,  // only the initial value is accepted: anything else would promise what is not there
  kDirectiveOnly = 1u << 4,  // a line of redis.conf that CONFIG GET and SET do not know
  kAccumulates = 1u << 5,    // repeated lines of redis.conf add up; an empty value clears
  kSecret = 1u << 6,         // its value is shown by CONFIG GET alone, and by no log
  kAlwaysInFile = 1u << 7,   // CONFIG REWRITE writes it also at its initial value
  kEmptyInFile = 1u << 8,  // CONFIG REWRITE writes an empty value; others say by no line that they have none
  kUserLine = 1u << 9,     // words of a user; each line of redis.conf is another one
};

// Brings `text` into the form that CONFIG GET shows. `current` is the value so far. Returns what is wrong, or
// "".
using OptionCheck = std::string (*)(std::string_view text, std::string_view current, std::string* canonical);

struct OptionRow;
// The lines of a configuration file that give the option its value.
using OptionToFile = std::vector<FileLine> (*)(const OptionRow& row, std::string_view value);

using OptionField =
    std::variant<std::monostate, bool Settings::*, int64_t Settings::*, uint64_t Settings::*,
                 std::string Settings::*, std::vector<std::string> Settings::*, LogLevel Settings::*>;

struct OptionRow {
  std::string_view name;
  OptionKind kind = OptionKind::kText;
  OptionField field = {};
  std::string_view initial = {};  // of options without a field; the others start as Settings says
  int64_t least = 0;              // of kInteger, kOctal and kMemory
  int64_t most = std::numeric_limits<int64_t>::max();
  std::span<const std::string_view> words = {};
  OptionCheck check = nullptr;     // of kChecked; of other kinds a last word on what the kind accepts
  OptionToFile to_file = nullptr;  // of kChecked; the other kinds have one way each
  std::string_view form = {};      // of kChecked: what it accepts, for readers
  uint16_t flags = 0;
  std::string_view alias = {};  // an old name that still works

  constexpr bool has(uint16_t flag) const { return (flags & flag) != 0; }
  // Config holds its text, since it has no field.
  constexpr bool is_kept() const { return std::holds_alternative<std::monostate>(field); }
};

std::span<const OptionRow> option_rows();

// What the row accepts `text` as, in the form that CONFIG GET shows. Returns what is wrong, or "".
std::string canonical_value(const OptionRow& row, std::string_view text, std::string_view current,
                            std::string* canonical);
// Writes a canonical value into the row's field. REQUIRES: the row has a field.
void store_value(const OptionRow& row, std::string_view canonical, Settings* settings);
// The field as CONFIG GET shows it. REQUIRES: the row has a field.
std::string field_text(const OptionRow& row, const Settings& settings);

// The row as CONFIG REWRITE sees it, with this value.
FileOption file_option(const OptionRow& row, std::string_view value);
// Users, each as a line of the file.
std::vector<FileLine> user_lines(const std::vector<std::vector<std::string>>& users);
// The value that the option has at the start.
std::string initial_value(const OptionRow& row);

// Ways to write a kChecked option.
std::vector<FileLine> to_plain_line(const OptionRow& row, std::string_view value);
std::vector<FileLine> to_quoted_line(const OptionRow& row, std::string_view value);
std::vector<FileLine> to_memory_line(const OptionRow& row, std::string_view value);
std::vector<FileLine> to_save_lines(const OptionRow& row, std::string_view value);
std::vector<FileLine> to_limit_lines(const OptionRow& row, std::string_view value);

// Checks of single options.
std::string check_save_points(std::string_view text, std::string_view current, std::string* canonical);
std::string check_output_limits(std::string_view text, std::string_view current, std::string* canonical);
std::string check_event_classes(std::string_view text, std::string_view current, std::string* canonical);
std::string check_percentiles(std::string_view text, std::string_view current, std::string* canonical);
std::string check_oom_mode(std::string_view text, std::string_view current, std::string* canonical);
std::string check_oom_values(std::string_view text, std::string_view current, std::string* canonical);
std::string check_memory_limit(std::string_view text, std::string_view current, std::string* canonical);
std::string check_client_memory(std::string_view text, std::string_view current, std::string* canonical);
std::string check_hz(std::string_view text, std::string_view current, std::string* canonical);
std::string check_backlog_size(std::string_view text, std::string_view current, std::string* canonical);
std::string check_shutdown_words(std::string_view text, std::string_view current, std::string* canonical);
std::string check_title_template(std::string_view text, std::string_view current, std::string* canonical);
std::string check_file_name(std::string_view text, std::string_view current, std::string* canonical);
std::string check_host_name(std::string_view text, std::string_view current, std::string* canonical);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// From the value of an option to the lines of a configuration file that give it that value: one function per
// form. Lines look as Redis writes them: texts in quotes, sizes with the largest unit that divides them, one
// line for each save point and each class of clients.
#include <algorithm>

#include "aerie/base/assert.h"
#include "aerie/base/number.h"
#include "aerie/base/quoted_words.h"
#include "engine/option_rows.h"

namespace aerie {

namespace {

std::string line_of(const OptionRow& row, std::string_view words) {
  return std::string(row.name).append(" ").append(words);
}

// A size that is no plain number, such as a percentage, stays as it is.
std::string with_unit(std::string_view value) {
  static constexpr std::pair<uint64_t, std::string_view> kUnits[] = {
      {uint64_t{1} << 30, "gb"}, {uint64_t{1} << 20, "mb"}, {uint64_t{1} << 10, "kb"}};
  const std::optional<uint64_t> bytes = parse_uint64(value);
  for (const auto& [unit, name] : kUnits) {
    if (bytes && *bytes != 0 && *bytes % unit == 0) return std::to_string(*bytes / unit).append(name);
  }
  return std::string(value);
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(text, &out);
  return out;
}

// Quoted only where it would read as something else otherwise.
std::string word_in_file(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\'';
  });
  return plain ? word : quoted(word);
}

std::vector<FileLine> to_word_list_line(const OptionRow& row, std::string_view value) {
  if (value == initial_value(row)) return {};
  std::string words;
  for (std::string_view rest = value; !rest.empty();) {
    const size_t blank = std::min(rest.find(' '), rest.size());
    words.append(words.empty() ? "" : " ").append(word_in_file(std::string(rest.substr(0, blank))));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return {{line_of(row, words.empty() ? "\"\"" : words), true}};
}

std::vector<FileLine> to_lines(const OptionRow& row, std::string_view value) {
  switch (row.kind) {
    case OptionKind::kYesNo:
    case OptionKind::kInteger:
    case OptionKind::kOctal:
    case OptionKind::kWord:
    case OptionKind::kWordFlags:
      return to_plain_line(row, value);
    case OptionKind::kMemory:
      return to_memory_line(row, value);
    case OptionKind::kText:
      return to_quoted_line(row, value);
    case OptionKind::kWords:
      return to_word_list_line(row, value);
    case OptionKind::kChecked:
      return row.to_file(row, value);
  }
  AERIE_UNREACHABLE();
}

}  // namespace

std::vector<FileLine> user_lines(const std::vector<std::vector<std::string>>& users) {
  std::vector<FileLine> lines;
  for (const std::vector<std::string>& words : users) {
    std::string line = "user";
    for (const std::string& word : words) line.append(" ").append(word_in_file(word));
    lines.push_back({std::move(line), true});
  }
  return lines;
}

std::string initial_value(const OptionRow& row) {
  return row.is_kept() ? std::string(row.initial) : field_text(row, Settings());
}

FileOption file_option(const OptionRow& row, std::string_view value) {
  return {row.name, row.alias, to_lines(row, value)};
}

std::vector<FileLine> to_plain_line(const OptionRow& row, std::string_view value) {
  const bool forced = row.has(kAlwaysInFile) || value != initial_value(row);
  return {{line_of(row, value.empty() ? "\"\"" : value), forced}};
}

std::vector<FileLine> to_quoted_line(const OptionRow& row, std::string_view value) {
  const std::string initial = initial_value(row);
  if (value.empty() && initial.empty() && !row.has(kEmptyInFile)) return {};
  return {{line_of(row, quoted(value)), row.has(kAlwaysInFile) || value != initial}};
}

std::vector<FileLine> to_memory_line(const OptionRow& row, std::string_view value) {
  return {{line_of(row, with_unit(value)), value != initial_value(row)}};
}

// Always there, since no line at all would mean the save points that the server has by itself.
std::vector<FileLine> to_save_lines(const OptionRow& row, std::string_view value) {
  std::vector<FileLine> lines;
  while (!value.empty()) {
    const size_t first = value.find(' ');
    const size_t second = std::min(value.find(' ', first + 1), value.size());
    lines.push_back({line_of(row, value.substr(0, second)), true});
    value.remove_prefix(std::min(second + 1, value.size()));
  }
  if (lines.empty()) lines.push_back({line_of(row, "\"\""), true});
  return lines;
}

// A class is four words: its name, the hard and the soft limit, seconds. They have the same places in the
// initial value.
std::vector<FileLine> to_limit_lines(const OptionRow& row, std::string_view value) {
  const auto words_of = [](std::string_view text) { return *split_words(text); };
  const std::vector<std::string> now = words_of(value);
  const std::vector<std::string> initial = words_of(initial_value(row));
  std::vector<FileLine> lines;
  for (size_t i = 0; i + 3 < now.size(); i += 4) {
    const std::string limits = with_unit(now[i + 1]) + " " + with_unit(now[i + 2]) + " " + now[i + 3];
    const bool forced = !std::equal(&now[i], &now[i] + 4, &initial[i]);
    lines.push_back({line_of(row, (now[i] == "slave" ? "replica" : now[i]) + " " + limits), forced});
  }
  return lines;
}

}  // namespace aerie

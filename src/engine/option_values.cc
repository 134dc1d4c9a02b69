// SPDX-License-Identifier: BSD-3-Clause
//
// From the text of an option to its value and back: one function per kind. What is wrong is said in the words
// that Redis uses, because tools compare them. No option is named here except in the checks of single
// options.
#include <algorithm>
#include <charconv>

#include "aerie/base/assert.h"
#include "aerie/base/number.h"
#include "aerie/base/process_info.h"
#include "engine/option_rows.h"

namespace aerie {

namespace {

constexpr size_t kMaxBindAddresses = 16;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) parts.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return parts;
}

// The same with exactly one blank between two parts: more, or one at an end, make empty parts.
std::vector<std::string_view> split_at_each_blank(std::string_view text) {
  std::vector<std::string_view> parts;
  if (text.empty()) return parts;
  for (size_t blank = text.find(' '); blank != text.npos; blank = text.find(' ')) {
    parts.push_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  parts.push_back(text);
  return parts;
}

template <typename Parts>
std::string join(const Parts& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

std::string between(const std::string& least, const std::string& most) {
  return "argument must be between " + least + " and " + most + " inclusive";
}

std::string to_octal(int64_t value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 8);
  return std::string(digits, end.ptr);
}

// What the row's own check makes of a value that its kind accepts.
std::string last_word(const OptionRow& row, std::string* canonical) {
  if (row.check == nullptr) return {};
  const std::string accepted = *canonical;
  return row.check(accepted, {}, canonical);
}

std::string canonical_integer(const OptionRow& row, std::string_view text, std::string* canonical) {
  const std::optional<int64_t> value = parse_int64(text);
  if (!value) return "argument couldn't be parsed into an integer";
  if (*value < row.least || *value > row.most)
    return between(std::to_string(row.least), std::to_string(row.most));
  *canonical = std::to_string(*value);
  return last_word(row, canonical);
}

std::string canonical_octal(const OptionRow& row, std::string_view text, std::string* canonical) {
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    return "argument couldn't be parsed as an octal number";
  }
  if (value < row.least || value > row.most) return between(to_octal(row.least), to_octal(row.most));
  *canonical = to_octal(value);
  return {};
}

// A size in bytes; nothing at all is 0, as in Redis.
std::optional<uint64_t> memory_size(std::string_view text) {
  return text.empty() ? 0 : parse_memory_size(text);
}

std::string canonical_memory(const OptionRow& row, std::string_view text, std::string* canonical) {
  const std::optional<uint64_t> value = memory_size(text);
  if (!value) return "argument must be a memory value";
  if (*value < static_cast<uint64_t>(row.least) || *value > static_cast<uint64_t>(row.most)) {
    return between(std::to_string(row.least), std::to_string(row.most));
  }
  *canonical = std::to_string(*value);
  return last_word(row, canonical);
}

std::string one_of(std::span<const std::string_view> words) {
  std::string wrong = "argument(s) must be one of the following: ";
  for (size_t i = 0; i < words.size(); ++i) wrong.append(i == 0 ? "" : ", ").append(words[i]);
  return wrong;
}

std::string canonical_word(const OptionRow& row, std::string_view text, std::string* canonical) {
  for (std::string_view candidate : row.words) {
    if (!same_word(text, candidate)) continue;
    *canonical = candidate;
    return last_word(row, canonical);
  }
  return one_of(row.words);
}

// The first word stands for none of the others; they are shown in the row's order.
std::string canonical_word_flags(const OptionRow& row, std::string_view text, std::string* canonical) {
  const std::vector<std::string_view> given = split_at_each_blank(text);
  std::vector<bool> set(row.words.size());
  for (std::string_view word : given) {
    size_t i = 0;
    while (i < set.size() && !same_word(word, row.words[i])) ++i;
    if (i == set.size()) return one_of(row.words);
    set[i] = true;
  }
  if (given.empty()) return one_of(row.words);
  std::vector<std::string_view> shown;
  for (size_t i = 1; i < set.size(); ++i) {
    if (set[i]) shown.push_back(row.words[i]);
  }
  if (shown.empty()) shown.push_back(row.words[0]);
  *canonical = join(shown);
  return last_word(row, canonical);
}

size_t word_index(const OptionRow& row, std::string_view word) {
  return static_cast<size_t>(std::find(row.words.begin(), row.words.end(), word) - row.words.begin());
}

}  // namespace

std::string canonical_value(const OptionRow& row, std::string_view text, std::string_view current,
                            std::string* canonical) {
  switch (row.kind) {
    case OptionKind::kYesNo:
      if (!same_word(text, "yes") && !same_word(text, "no")) return "argument must be 'yes' or 'no'";
      *canonical = same_word(text, "yes") ? "yes" : "no";
      return {};
    case OptionKind::kInteger:
      return canonical_integer(row, text, canonical);
    case OptionKind::kOctal:
      return canonical_octal(row, text, canonical);
    case OptionKind::kMemory:
      return canonical_memory(row, text, canonical);
    case OptionKind::kWord:
      return canonical_word(row, text, canonical);
    case OptionKind::kWordFlags:
      return canonical_word_flags(row, text, canonical);
    case OptionKind::kText:
      *canonical = text;
      return last_word(row, canonical);
    case OptionKind::kWords: {
      const std::vector<std::string_view> words = split(text);
      if (words.size() > kMaxBindAddresses) return "Too many bind addresses specified.";
      if (text.find('\0') != text.npos) return "an address contains a zero byte";
      *canonical = join(words);
      return {};
    }
    case OptionKind::kChecked:
      return row.check(text, current, canonical);
  }
  AERIE_UNREACHABLE();
}

void store_value(const OptionRow& row, std::string_view canonical, Settings* settings) {
  if (auto* flag = std::get_if<bool Settings::*>(&row.field)) {
    settings->*(*flag) = canonical == "yes";
  } else if (auto* number = std::get_if<int64_t Settings::*>(&row.field)) {
    int64_t value = 0;
    const int base = row.kind == OptionKind::kOctal ? 8 : 10;
    std::from_chars(canonical.data(), canonical.data() + canonical.size(), value, base);
    settings->*(*number) = value;
  } else if (auto* bytes = std::get_if<uint64_t Settings::*>(&row.field)) {
    settings->*(*bytes) = parse_uint64(canonical).value_or(0);
  } else if (auto* string = std::get_if<std::string Settings::*>(&row.field)) {
    settings->*(*string) = canonical;
  } else if (auto* list = std::get_if<std::vector<std::string> Settings::*>(&row.field)) {
    const std::vector<std::string_view> words = split(canonical);
    (settings->*(*list)).assign(words.begin(), words.end());
  } else if (auto* level = std::get_if<LogLevel Settings::*>(&row.field)) {
    settings->*(*level) = static_cast<LogLevel>(word_index(row, canonical));
  } else {
    AERIE_UNREACHABLE();
  }
}

std::string field_text(const OptionRow& row, const Settings& settings) {
  if (auto* flag = std::get_if<bool Settings::*>(&row.field)) return settings.*(*flag) ? "yes" : "no";
  if (auto* number = std::get_if<int64_t Settings::*>(&row.field)) {
    return row.kind == OptionKind::kOctal ? to_octal(settings.*(*number))
                                          : std::to_string(settings.*(*number));
  }
  if (auto* bytes = std::get_if<uint64_t Settings::*>(&row.field)) return std::to_string(settings.*(*bytes));
  if (auto* string = std::get_if<std::string Settings::*>(&row.field)) return settings.*(*string);
  if (auto* list = std::get_if<std::vector<std::string> Settings::*>(&row.field))
    return join(settings.*(*list));
  if (auto* level = std::get_if<LogLevel Settings::*>(&row.field)) {
    return std::string(row.words[static_cast<size_t>(settings.*(*level))]);
  }
  AERIE_UNREACHABLE();
}

// Pairs of "seconds changes"; exactly one blank between two numbers.
std::string check_save_points(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  const std::vector<std::string_view> parts = split(text);
  bool good = parts.size() % 2 == 0 && join(parts).size() == text.size();
  for (size_t i = 0; good && i < parts.size(); ++i) {
    const std::optional<int64_t> number = parse_int64(parts[i]);
    good = number && *number >= (i % 2 == 0 ? 1 : 0) && *number <= std::numeric_limits<int32_t>::max();
  }
  if (!good) return "Invalid save parameters";
  *canonical = text;
  return {};
}

// Groups of "class hard soft seconds"; classes that are not named keep what they have.
std::string check_output_limits(std::string_view text, std::string_view current, std::string* canonical) {
  constexpr size_t kFields = 4;
  const std::vector<std::string_view> given = split_at_each_blank(text);
  if (given.size() % kFields != 0) {
    return "Wrong number of arguments in buffer limit configuration.";
  }
  const std::vector<std::string_view> before = split(current);
  std::vector<std::string> limits(before.begin(), before.end());
  for (size_t i = 0; i < given.size(); i += kFields) {
    const std::string_view name = same_word(given[i], "replica") ? "slave" : given[i];
    size_t at = 0;
    while (at < limits.size() && !same_word(name, limits[at])) at += kFields;
    if (at >= limits.size()) return "Invalid client class specified in buffer limit configuration.";
    const std::optional<uint64_t> hard = parse_memory_size(given[i + 1]);
    const std::optional<uint64_t> soft = parse_memory_size(given[i + 2]);
    const std::optional<int64_t> seconds = parse_int64(given[i + 3]);
    if (!hard || !soft || !seconds || *seconds < 0) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    limits[at + 1] = std::to_string(*hard);
    limits[at + 2] = std::to_string(*soft);
    limits[at + 3] = std::to_string(*seconds);
  }
  *canonical = join(limits);
  return {};
}

// Letters of notify-keyspace-events, shown in a fixed order; all data classes together are "A".
std::string check_event_classes(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  static constexpr std::string_view kAll = "g$lshzxetd";
  static constexpr std::string_view kRest = "KEmn";
  std::string letters;
  for (char c : text) {
    if (c == 'A') {
      letters += kAll;
    } else if (kAll.find(c) != kAll.npos || kRest.find(c) != kRest.npos) {
      letters += c;
    } else {
      return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    }
  }
  const auto has = [&](char c) { return letters.find(c) != std::string::npos; };
  const bool all = std::all_of(kAll.begin(), kAll.end(), has);
  canonical->assign(all ? 1 : 0, 'A');
  for (char c : std::string_view("g$lshzxetdnKEm")) {
    if (has(c) && !(all && kAll.find(c) != kAll.npos)) *canonical += c;
  }
  return {};
}

// Six digits behind the point, without the zeros at their end.
std::string six_digits(double value) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 6);
  std::string text(digits, end.ptr);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string check_percentiles(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  std::vector<std::string> shown;
  for (std::string_view part : split_at_each_blank(text)) {
    const std::optional<double> value = parse_double(part);
    if (!value) return "Invalid latency-tracking-info-percentiles parameters";
    if (*value < 0 || *value > 100) {
      return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
    }
    shown.push_back(six_digits(*value));
  }
  *canonical = join(shown);
  return {};
}

// Two words for the same.
std::string check_oom_mode(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  *canonical = text == "relative" ? "yes" : text;
  return {};
}

std::string check_oom_values(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  const std::vector<std::string_view> parts = split_at_each_blank(text);
  if (parts.size() != 3) return "wrong number of arguments";
  for (std::string_view part : parts) {
    const std::optional<int64_t> value = parse_int64(part);
    if (!value || *value < -2000 || *value > 2000) {
      return "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
    }
  }
  *canonical = join(parts);
  return {};
}

// Bytes, or a percentage of the memory that this process may have, which becomes a number at once.
std::string check_memory_limit(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  std::optional<uint64_t> bytes = memory_size(text);
  if (!text.empty() && text.back() == '%') {
    const std::optional<int64_t> percent = parse_int64(text.substr(0, text.size() - 1));
    if (!percent || *percent < 1 || *percent > 100) return "percentage argument must be between 1 and 100";
    const size_t available = available_memory_bytes();
    if (available == 0) return "the memory of this machine is not known: give a number of bytes";
    bytes = available / 100 * static_cast<uint64_t>(*percent);
  }
  if (!bytes) return "argument must be a memory value";
  *canonical = std::to_string(*bytes);
  return {};
}

// Bytes, or a percentage of maxmemory.
std::string check_client_memory(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  if (!text.empty() && text.back() == '%') {
    const std::optional<int64_t> percent = parse_int64(text.substr(0, text.size() - 1));
    if (!percent || *percent < 0) return "argument must be a memory or percent value";
    if (*percent > 100) return "percentage argument must be less or equal to 100";
    *canonical = *percent == 0 ? std::string("0") : std::to_string(*percent) + '%';
    return {};
  }
  const std::optional<uint64_t> bytes = memory_size(text);
  if (!bytes || *bytes > INT64_MAX) return "argument must be a memory or percent value";
  *canonical = std::to_string(*bytes);
  return {};
}

// Redis accepts any of these and serves with the nearest one that it can.
std::string check_hz(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  *canonical = std::to_string(std::clamp<int64_t>(parse_int64(text).value_or(0), 1, 500));
  return {};
}

std::string check_backlog_size(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  constexpr uint64_t kLeast = 16 * 1024;
  *canonical = std::to_string(std::max(parse_uint64(text).value_or(0), kLeast));
  return {};
}

std::string check_shutdown_words(std::string_view text, std::string_view /*current*/,
                                 std::string* canonical) {
  if (text.starts_with("save nosave")) return "shutdown options SAVE and NOSAVE can't be used simultaneously";
  *canonical = text;
  return {};
}

// Text with {variables}; "{{" is a brace. It must not come out empty.
std::string check_title_template(std::string_view text, std::string_view /*current*/,
                                 std::string* canonical) {
  static constexpr std::string_view kNeverEmpty[] = {"title", "listen-addr", "port", "tls-port"};
  static constexpr std::string_view kMayBeEmpty[] = {"server-mode", "config-file", "unixsocket"};
  const auto among = [](std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  bool good = true;
  bool empty = true;
  for (size_t i = 0; good && i < text.size(); ++i) {
    if (text[i] != '{' || text.substr(i).starts_with("{{")) {
      if (text[i] == '{') ++i;
      empty = empty && text[i] == ' ';
      continue;
    }
    const size_t end = text.find('}', i);
    const std::string_view name = text.substr(i + 1, end == text.npos ? end : end - i - 1);
    good = end != text.npos && (among(kNeverEmpty, name) || among(kMayBeEmpty, name));
    empty = empty && !among(kNeverEmpty, name);
    i = end;
  }
  if (!good || empty) return "template format is invalid or contains unknown variables";
  *canonical = text;
  return {};
}

std::string check_file_name(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  if (text.find('/') != text.npos) return "dbfilename can't be a path, just a filename";
  *canonical = text;
  return {};
}

std::string check_host_name(std::string_view text, std::string_view /*current*/, std::string* canonical) {
  if (text.size() >= 256) return "Hostnames must be less than 256 characters";
  for (char c : text) {
    const bool good = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!good) return "Hostnames may only contain alphanumeric characters, hyphens or dots";
  }
  *canonical = text;
  return {};
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Unquoting one word. What a backslash means depends on the quotes: in double ones it begins an escape, in
// single ones it matters only in front of a single quote, outside it is a byte like any other. An escape that
// is not known means the byte itself.
#include "aerie/base/quoted_words.h"

#include <algorithm>

namespace aerie {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// line[at] is a backslash inside double quotes and not the last byte. Returns the byte meant, moves *at
// behind it.
char take_escape(std::string_view line, size_t* at) {
  if (line[*at + 1] == 'x' && *at + 3 < line.size()) {
    const int high = hex_digit(line[*at + 2]);
    const int low = hex_digit(line[*at + 3]);
    if (high >= 0 && low >= 0) {
      *at += 4;
      return static_cast<char>(high * 16 + low);
    }
  }
  *at += 2;
  return unescaped(line[*at - 1]);
}

}  // namespace

std::string_view take_word(std::string_view* text) {
  const size_t end = std::min(text->find(' '), text->size());
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return word;
}

char* unquote_word(std::string_view line, size_t* at, char* out) {
  size_t i = *at;
  char quote = 0;
  while (i < line.size()) {
    const char c = line[i];
    if (quote == 0) {
      if (ends_word(c)) break;
      if (c == '"' || c == '\'') {
        quote = c;
      } else {
        *out++ = c;
      }
      ++i;
    } else if (c == '\\' && quote == '"' && i + 1 < line.size()) {
      *out++ = take_escape(line, &i);
    } else if (c == '\\' && quote == '\'' && i + 1 < line.size() && line[i + 1] == '\'') {
      *out++ = '\'';
      i += 2;
    } else if (c == quote) {
      // The closing quote ends the word; something glued to it is an error.
      ++i;
      if (i < line.size() && !is_space(line[i])) return nullptr;
      *at = i;
      return out;
    } else {
      *out++ = c;
      ++i;
    }
  }
  *at = i;
  return quote == 0 ? out : nullptr;
}

void append_quoted(std::string_view bytes, std::string* out) {
  static constexpr std::string_view kEscaped = "\n\r\t\b\a\\\"";
  static constexpr std::string_view kLetters = "nrtba\\\"";
  static constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const size_t place = kEscaped.find(c);
    if (place != kEscaped.npos) {
      *out += '\\';
      *out += kLetters[place];
    } else if (byte >= 0x20 && byte < 0x7f) {
      *out += c;
    } else {
      *out += "\\x";
      *out += kHex[byte >> 4];
      *out += kHex[byte & 15];
    }
  }
  *out += '"';
}

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  line = line.substr(0, line.find('\0'));
  std::vector<std::string> words;
  std::string scratch(line.size(), '\0');
  const bool balanced = for_each_word(
      line, [&scratch] { return scratch.data(); },
      [&words](std::string_view word) { words.emplace_back(word); });
  if (!balanced) return std::nullopt;
  return words;
}

}  // namespace aerie

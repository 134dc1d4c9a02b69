// SPDX-License-Identifier: BSD-3-Clause
//
// Unquoting one word. What a backslash means depends on the quotes: in double ones it begins an escape, in
// single ones it matters only in front of a single quote, outside it is a byte like any other. An escape that
// is not known means the byte itself.
#include "aerie/base/quoted_words.h"

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

}  // namespace aerie

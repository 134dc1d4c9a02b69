// SPDX-License-Identifier: BSD-3-Clause
//
// Judging header lines and unquoting inline words: the rare parts of the request grammar. The common header
// (a few digits and a CR) is read by the parser itself; what is unusual in any way ends here.
#include "resp/request_syntax.h"

#include <optional>

#include "aerie/base/number.h"
#include "aerie/resp/reply_errors.h"

namespace aerie::resp_internal {

std::string_view judge_argument_count(std::string_view digits, const ParserLimits& limits, size_t* count) {
  const std::optional<int64_t> value = parse_int64(digits);
  *count = 0;
  if (!value) return kBadMultibulkLength;
  if (*value <= 0) return {};
  const auto wanted = static_cast<uint64_t>(*value);
  if (wanted > limits.max_arguments) return kBadMultibulkLength;
  if (limits.unauthenticated && wanted > kUnauthenticatedMaxArguments) return kUnauthenticatedMultibulk;
  *count = wanted;
  return {};
}

std::string_view judge_bulk_size(std::string_view digits, const ParserLimits& limits, size_t* size) {
  const std::optional<int64_t> value = parse_int64(digits);
  *size = 0;
  if (!value || *value < 0 || static_cast<uint64_t>(*value) > limits.max_bulk_bytes) return kBadBulkLength;
  const auto wanted = static_cast<uint64_t>(*value);
  if (limits.unauthenticated && wanted > kUnauthenticatedMaxBulk) return kUnauthenticatedBulk;
  *size = wanted;
  return {};
}

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

}  // namespace aerie::resp_internal

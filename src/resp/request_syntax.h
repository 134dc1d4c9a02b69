// SPDX-License-Identifier: BSD-3-Clause
//
// The grammar of requests, in one place for the parser (whole input at hand) and the assembler (input in
// pieces): what a header line may say under given limits, where a line ends, how an inline line falls into
// words. No state, no memory of its own. A line of the original protocol is searched with strchr, so a NUL
// byte in front of its end hides the end for ever: that is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "aerie/resp/request_parser.h"

namespace aerie::resp_internal {

inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Ends a word that is not in quotes. Vertical tab and form feed do not, though they are skipped in front of
// one.
inline bool ends_word(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Offset of the first `stop` in `input` that no NUL byte precedes, or npos.
inline size_t find_line_end(std::string_view input, char stop) {
  if (input.empty()) return std::string_view::npos;
  const void* found = std::memchr(input.data(), stop, input.size());
  if (found == nullptr) return std::string_view::npos;
  const size_t at = static_cast<size_t>(static_cast<const char*>(found) - input.data());
  if (at != 0 && std::memchr(input.data(), 0, at) != nullptr) return std::string_view::npos;
  return at;
}

// Judges the text behind '*'. Returns the error text or an empty one; *count is 0 for an empty request.
std::string_view judge_argument_count(std::string_view digits, const ParserLimits& limits, size_t* count);

// Judges the text behind '$'. Returns the error text or an empty one.
std::string_view judge_bulk_size(std::string_view digits, const ParserLimits& limits, size_t* size);

// Reads one word of an inline line from *at on, which is not a space, into `out` (at most the bytes that it
// has in the line) and moves *at behind it. Returns the end of what was written; nullptr: quotes are
// unbalanced.
char* unquote_word(std::string_view line, size_t* at, char* out);

// Splits a line into words: plain ones are views into it, others are unescaped into scratch(), which is
// called at most once per line and must give room for line.size() bytes. sink(std::string_view) takes each
// word. False: unbalanced quotes.
template <typename Scratch, typename Sink>
bool split_inline(std::string_view line, Scratch&& scratch, Sink&& sink) {
  char* out = nullptr;
  size_t at = 0;
  while (true) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) return true;
    const size_t begin = at;
    while (at < line.size() && !ends_word(line[at]) && line[at] != '"' && line[at] != '\'') ++at;
    if (at == line.size() || ends_word(line[at])) {
      sink(line.substr(begin, at - begin));
      continue;
    }
    at = begin;
    if (out == nullptr) out = scratch();
    char* end = unquote_word(line, &at, out);
    if (end == nullptr) return false;
    sink(std::string_view(out, static_cast<size_t>(end - out)));
    out = end;
  }
}

}  // namespace aerie::resp_internal

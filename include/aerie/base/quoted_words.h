// SPDX-License-Identifier: BSD-3-Clause
//
// A line of text in words, with the quotes of Redis: inline requests and redis.conf are written in this one
// grammar. Words are divided by white space; "..." may hold blanks and the escapes \n \r \t \b \a \\ \" and
// \xHH; '...' may hold blanks and \'. A closing quote ends its word. The caller gives the memory, so that the
// parser of requests can go without allocation. A line holds no NUL byte: where one may come, cut there
// first. split_words() does all that for who needs no such care.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Ends a word that is not in quotes. Vertical tab and form feed do not, though they are skipped in front of
// one.
inline bool ends_word(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Takes the first word off a text whose words are divided by one blank, without quotes. Empty: there is none.
std::string_view take_word(std::string_view* text);

// Reads one word of a line from *at on, which is not a space, into `out` (at most the bytes that it
// has in the line) and moves *at behind it. Returns the end of what was written; nullptr: quotes are
// unbalanced.
char* unquote_word(std::string_view line, size_t* at, char* out);

// Appends the bytes in double quotes, as unquote_word() reads them: what is not printable ASCII as an escape.
void append_quoted(std::string_view bytes, std::string* out);

// Splits a line into words: plain ones are views into it, others are unescaped into scratch(), which is
// called at most once per line and must give room for line.size() bytes. sink(std::string_view) takes each
// word. False: unbalanced quotes.
template <typename Scratch, typename Sink>
bool for_each_word(std::string_view line, Scratch&& scratch, Sink&& sink) {
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

// The words of one line of configuration, up to its first NUL byte. Nothing when quotes are unbalanced, or a
// closing quote touches the next word.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The one grammar of quoted words: what is a view into the line, what is unescaped, where quotes are
// unbalanced, and that memory is asked for once and never overrun.
#include "aerie/base/quoted_words.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace aerie {
namespace {

using Words = std::vector<std::string>;

std::optional<Words> words_of(std::string_view line, int* requests = nullptr) {
  // Exactly as large as promised, so that a sanitizer sees the first byte too many.
  std::vector<char> scratch(line.size());
  int asked = 0;
  Words words;
  const bool balanced = for_each_word(
      line, [&] { return ++asked, scratch.data(); },
      [&](std::string_view word) { words.emplace_back(word); });
  if (requests != nullptr) *requests = asked;
  if (!balanced) return std::nullopt;
  return words;
}

TEST(QuotedWords, PlainWordsNeedNoMemory) {
  int requests = -1;
  EXPECT_EQ(words_of(" set\tkey  value ", &requests), (Words{"set", "key", "value"}));
  EXPECT_EQ(requests, 0);
  EXPECT_EQ(words_of("", &requests), Words{});
}

TEST(QuotedWords, QuotedOnesAskOnce) {
  int requests = 0;
  EXPECT_EQ(words_of(R"("a b" plain '' "\x41\n")", &requests), (Words{"a b", "plain", "", "A\n"}));
  EXPECT_EQ(requests, 1);
}

TEST(QuotedWords, VerticalTabAndFormFeedDoNotEndAWord) {
  EXPECT_EQ(words_of("\v a\vb\fc d"), (Words{"a\vb\fc", "d"}));
}

TEST(QuotedWords, QuotesMustMatchAndEndTheWord) {
  for (const char* line : {"\"a", "'a", "\"a\"b", "'a'b", "a\"b", "\"\\", "\"\\x4"}) {
    EXPECT_EQ(words_of(line), std::nullopt) << line;
  }
}

TEST(QuotedWords, WhatIsQuotedIsReadBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  std::string line = "x ";
  append_quoted(all, &line);
  line += ' ';
  append_quoted("", &line);
  EXPECT_EQ(words_of(line), (Words{"x", all, ""}));
  std::string shown;
  append_quoted("\n\r\t\b\a\\\"\x01\xe9 z", &shown);
  EXPECT_EQ(shown, R"("\n\r\t\b\a\\\"\x01\xe9 z")");
}

TEST(QuotedWords, WordsAreTakenOffAText) {
  std::string_view text = "50 99  x";
  EXPECT_EQ(take_word(&text), "50");
  EXPECT_EQ(take_word(&text), "99");
  EXPECT_EQ(take_word(&text), "");
  EXPECT_EQ(take_word(&text), "x");
  EXPECT_EQ(take_word(&text), "");
  EXPECT_EQ(text, "");
}

TEST(SplitWords, BlanksSeparate) {
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words("  \t "), Words{});
  EXPECT_EQ(split_words(" a  bc\td "), (Words{"a", "bc", "d"}));
}

TEST(SplitWords, DoubleQuotesUnescape) {
  EXPECT_EQ(split_words(R"(a "b c" "\x41\n\t\r\b\a\"\\\q")"), (Words{"a", "b c", "A\n\t\r\b\a\"\\q"}));
  EXPECT_EQ(split_words(R"("" x)"), (Words{"", "x"}));
  EXPECT_EQ(split_words(R"("\x4")"), (Words{"x4"}));
}

TEST(SplitWords, SingleQuotesKeepAllButTheirOwnEscape) {
  EXPECT_EQ(split_words(R"('a\n "b"' 'it\'s')"), (Words{R"(a\n "b")", "it's"}));
}

TEST(SplitWords, AQuoteMayFollowPlainText) {
  EXPECT_EQ(split_words(R"(a"b c")"), (Words{"ab c"}));
}

TEST(SplitWords, UnbalancedQuotesAreRefused) {
  for (const char* line : {"\"abc", "'abc", "a \"b\"c", "'a'b", "\"a\\"}) {
    EXPECT_FALSE(split_words(line).has_value()) << line;
  }
}

TEST(SplitWords, ALineEndsAtItsFirstZeroByte) {
  EXPECT_EQ(split_words(std::string_view("a b\0 c", 7)), (Words{"a", "b"}));
}

}  // namespace
}  // namespace aerie

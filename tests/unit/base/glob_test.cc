// SPDX-License-Identifier: BSD-3-Clause
//
// Glob matching: a table of what Redis answers in its corner cases, a recursive model on random patterns
// without classes, and hostile sizes, judged by CPU time. The limit of work that the header states is tested
// from both sides.
#include "aerie/base/glob.h"

#include <gtest/gtest.h>

#include <string>

#include "aerie/base/clock.h"
#include "aerie/base/random.h"

namespace aerie {
namespace {

TEST(Glob, AnswersAsRedisDoes) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } kCases[] = {{"", "", true},
                {"*", "", false},
                {"", "a", false},
                {"*", "a", true},
                {"a*", "a", true},
                {"a**", "a", true},
                {"a*b", "a", false},
                {"*a", "ba", true},
                {"h?llo", "hello", true},
                {"h?llo", "hllo", false},
                {"h[ae]llo", "hallo", true},
                {"h[ae]llo", "hillo", false},
                {"h[^e]llo", "hallo", true},
                {"h[^e]llo", "hello", false},
                {"h[a-b]llo", "hbllo", true},
                {"h[b-a]llo", "hbllo", true},
                {"h[a-b]llo", "hcllo", false},
                {"\\*", "*", true},
                {"\\*", "a", false},
                {"\\", "\\", true},
                {"a\\", "a\\", true},
                {"[", "a", false},
                {"[a", "a", true},
                {"[abc", "c", true},
                {"[^", "a", true},
                {"[]", "a", false},
                {"[]", "]", false},
                {"[\\]]", "]", true},
                {"[a-]", "]", true},
                {"[a\\-c]", "-", true},
                {"[a\\-c]", "b", false},
                {"a*c*e", "abcde", true},
                {"a*c*f", "abcde", false},
                {"*abc*", "xxabxabcx", true},
                {"[*]", "*", true},
                {"[*]", "a", false},
                {"a[?]c", "a?c", true},
                {"a[?]c", "abc", false},
                {"???", "ab", false},
                {"*?", "a", true},
                {"?*?", "a", false},
                {"user:*:name", "user:1:2:name", true},
                {"a\\*b*", "a*bc", true},
                {"[^a-z]x", "Ax", true},
                {"*[0-9]", "abc7", true},
                {"*\\?", "what?", true}};
  for (const auto& c : kCases)
    EXPECT_EQ(glob_match(c.pattern, c.text), c.matches) << c.pattern << " " << c.text;
}

TEST(Glob, IgnoresCaseOnRequest) {
  EXPECT_TRUE(glob_match("HeLLo*", "hEllO world", true));
  EXPECT_FALSE(glob_match("HeLLo*", "hEllO world"));
  EXPECT_TRUE(glob_match("[A-C]x", "bX", true));
  EXPECT_TRUE(glob_match("\\A", "a", true));
  EXPECT_FALSE(glob_match("[\\A]", "a", true));
}

TEST(Glob, BinaryBytesAreBytes) {
  EXPECT_TRUE(glob_match(std::string_view("a\0?", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(glob_match(std::string_view("a\0", 2), std::string_view("a", 1)));
  EXPECT_TRUE(glob_match("[\x80-\xff]", "\xc3"));
}

// The definition: what a pattern without classes and escapes matches, by recursion.
bool model(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return model(pattern.substr(1), text) || (!text.empty() && model(pattern, text.substr(1)));
  if (text.empty()) return false;
  return (pattern[0] == '?' || pattern[0] == text[0]) && model(pattern.substr(1), text.substr(1));
}

TEST(Glob, AgreesWithTheDefinition) {
  Random random(11);
  int matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string pattern;
    std::string text;
    for (uint64_t n = random.below(8); n > 0; --n) pattern += "ab*?"[random.below(4)];
    for (uint64_t n = 1 + random.below(9); n > 0; --n) text += "ab"[random.below(2)];
    const bool expected = model(pattern, text);
    ASSERT_EQ(glob_match(pattern, text), expected) << pattern << " " << text;
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 20'000);
}

TEST(Glob, HostileSizesEndSoon) {
  const int64_t began_ns = thread_cpu_ns();
  std::string stars;
  for (int i = 0; i < 5000; ++i) stars += "a*";
  const std::string long_text(1 << 20, 'a');
  EXPECT_FALSE(glob_match(stars + "b", long_text));
  EXPECT_TRUE(glob_match(std::string(1 << 20, '*'), long_text));
  EXPECT_FALSE(glob_match(std::string(1 << 20, '['), long_text));
  EXPECT_FALSE(glob_match("*" + std::string(1 << 19, 'a') + "b", long_text));  // gives up
  EXPECT_FALSE(glob_match("*" + std::string(1 << 20, '[') + "*x", long_text));
  EXPECT_TRUE(glob_match(long_text, long_text));
  EXPECT_LT(thread_cpu_ns() - began_ns, 10'000'000'000);  // an exponential case never ends
}

TEST(Glob, ExactUpToTheStatedProduct) {
  // The worst kind of work just below the limit: each of many starts fails at the last byte of the piece.
  const size_t half = 2048;
  const std::string text(half - 1, 'a');
  static_assert(half * half <= kGlobMaxWork);
  EXPECT_TRUE(glob_match("*" + std::string(half / 2, 'a') + "b", text + "b"));
}

// Patterns that each cost as much as may be: together they get little more than one alone.
TEST(Glob, ManyPatternsShareABudget) {
  const std::string text(8'000, 'a');
  const std::string hard = "*" + std::string(2'000, 'a') + "b";
  GlobBudget budget;
  size_t used_up = 0;
  for (; budget.left != 0; ++used_up) EXPECT_FALSE(glob_match(hard, text, &budget));
  EXPECT_LE(used_up, 2u);
  // Those who ask for little are still answered rightly.
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(glob_match("*a", text.substr(0, 1'000), &budget));
    EXPECT_TRUE(glob_match("a?[a-c]*a*a", "abcdefabcdefa", &budget));
    EXPECT_FALSE(glob_match("*b", text.substr(0, 1'000), &budget));
    EXPECT_TRUE(glob_match("a*", text, &budget));
  }
  EXPECT_FALSE(glob_match("*" + std::string(2'000, 'a') + "*a", text + "ba", &budget));
  EXPECT_EQ(budget.left, 0u);
}

// The little that each costs is not taken off.
TEST(Glob, OrdinaryPatternsCostNoBudget) {
  GlobBudget budget;
  for (int i = 0; i < 100'000; ++i)
    EXPECT_FALSE(
        glob_match("__keyspace@*__:user:*:" + std::to_string(i), "__keyspace@0__:user:7:name", &budget));
  EXPECT_EQ(budget.left, kGlobMaxWork);
}

}  // namespace
}  // namespace aerie

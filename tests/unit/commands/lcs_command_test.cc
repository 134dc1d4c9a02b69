// SPDX-License-Identifier: BSD-3-Clause
//
// LCS: known answers, every option, agreement with a plain table of lengths on random strings, and that two
// strings whose table would be enormous are refused before anything is allocated.
#include <gtest/gtest.h>

#include <algorithm>

#include "aerie/base/random.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

TEST(Lcs, TextLengthAndIndexes) {
  EngineFixture e;
  e.text("MSET a ohmytext b mynewtext");
  EXPECT_EQ(e.text("LCS a b"), "\"mytext\"");
  EXPECT_EQ(e.text("LCS a b LEN"), ":6");
  EXPECT_EQ(e.text("LCS a b IDX"),
            "*[\"matches\", *[*[*[:4, :7], *[:5, :8]], *[*[:2, :3], *[:0, :1]]], \"len\", :6]");
  EXPECT_EQ(e.text("LCS a b idx MINMATCHLEN 4"), "*[\"matches\", *[*[*[:4, :7], *[:5, :8]]], \"len\", :6]");
  EXPECT_EQ(e.text("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"),
            "*[\"matches\", *[*[*[:4, :7], *[:5, :8], :4]], \"len\", :6]");
  EXPECT_EQ(e.text("LCS a b IDX MINMATCHLEN -5"), e.text("LCS a b IDX"));
  EXPECT_EQ(e.text("LCS a b LEN WITHMATCHLEN MINMATCHLEN 100"), ":6");
}

TEST(Lcs, Resp3AnswersAMap) {
  EngineFixture e;
  e.session().protocol = 3;
  e.text("MSET a x b x");
  EXPECT_EQ(e.text("LCS a b IDX"), "%[\"matches\", *[*[*[:0, :0], *[:0, :0]]], \"len\", :1]");
}

TEST(Lcs, MissingKeysAreEmpty) {
  EngineFixture e;
  e.text("SET a x");
  EXPECT_EQ(e.text("LCS a missing"), "\"\"");
  EXPECT_EQ(e.text("LCS missing a LEN"), ":0");
  EXPECT_EQ(e.text("LCS missing other IDX"), "*[\"matches\", *[], \"len\", :0]");
}

TEST(Lcs, IntegersAreText) {
  EngineFixture e;
  e.text("MSET a 123 b 9129");
  EXPECT_EQ(e.text("LCS a b"), "\"12\"");
}

TEST(Lcs, Errors) {
  EngineFixture e;
  e.text("MSET a x b y");
  EXPECT_EQ(e.text("LCS a b LEN IDX"), "-ERR If you want both the length and indexes, please just use IDX.");
  EXPECT_EQ(e.text("LCS a b MINMATCHLEN"), "-ERR syntax error");
  EXPECT_EQ(e.text("LCS a b MINMATCHLEN x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(e.text("LCS a b FOO"), "-ERR syntax error");
  EXPECT_EQ(e.text("LCS a"), "-ERR wrong number of arguments for 'lcs' command");
}

TEST(Lcs, SecondKeyExpiresWhileTheFirstIsRead) {
  EngineFixture e;
  e.text("SET a abc");
  e.text("SET b abc PX 10");
  e.advance_clock_ms(10);
  EXPECT_EQ(e.text("LCS a b"), "\"\"");
  EXPECT_EQ(e.text("LCS a a"), "\"abc\"");
}

// The table would have 4 billion cells.
TEST(Lcs, TooLarge) {
  EngineFixture e;
  const std::string value(64 * 1024, 'x');
  e.run({"MSET", "a", value, "b", value});
  const std::string refused = "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
  EXPECT_EQ(e.text("LCS a b"), refused);
  EXPECT_EQ(e.text("LCS a b LEN"), refused);
  EXPECT_EQ(e.text("LCS a b IDX"), refused);
}

// Whatever proto-max-bulk-len allows, the product stays bounded.
TEST(Lcs, TooLargeUnderAnUnlimitedOption) {
  EngineFixture e({{"proto-max-bulk-len", "9223372036854775807"}});
  const std::string value(64 * 1024, 'x');
  e.run({"MSET", "a", value, "b", value});
  EXPECT_EQ(e.run({"LCS", "a", "b"}).type, '-');
}

// The lengths by the definition, cell by cell.
size_t plain_length(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] =
          a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table[a.size()][b.size()];
}

bool is_subsequence(std::string_view part, std::string_view whole) {
  size_t at = 0;
  for (char c : whole) at += at < part.size() && part[at] == c ? 1 : 0;
  return at == part.size();
}

// The text that the ranges of IDX name in one of the strings (side 0 or 1), first range first.
std::string text_of_ranges(const Reply& matches, const std::string& source, size_t side) {
  std::string text;
  for (size_t i = matches.elements.size(); i-- > 0;) {
    const Reply& range = matches.elements[i].elements[side];
    const size_t first = static_cast<size_t>(range.elements[0].integer);
    const size_t last = static_cast<size_t>(range.elements[1].integer);
    text += source.substr(first, last - first + 1);
  }
  return text;
}

TEST(Lcs, AgreesWithThePlainTable) {
  EngineFixture e;
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    std::string a(1 + random.below(40), ' ');
    std::string b(1 + random.below(40), ' ');
    for (char& c : a) c = static_cast<char>('a' + random.below(4));
    for (char& c : b) c = static_cast<char>('a' + random.below(4));
    e.run({"MSET", "a", a, "b", b});
    const std::string text = e.run({"LCS", "a", "b"}).text;
    ASSERT_EQ(text.size(), plain_length(a, b)) << a << " " << b;
    EXPECT_EQ(e.run({"LCS", "a", "b", "LEN"}).integer, static_cast<int64_t>(text.size()));
    EXPECT_TRUE(is_subsequence(text, a) && is_subsequence(text, b));
    const Reply indexes = e.run({"LCS", "a", "b", "IDX"});
    EXPECT_EQ(text_of_ranges(indexes.elements[1], a, 0), text);
    EXPECT_EQ(text_of_ranges(indexes.elements[1], b, 1), text);
  }
}

}  // namespace
}  // namespace aerie

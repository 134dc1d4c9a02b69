// SPDX-License-Identifier: BSD-3-Clause
//
// ReplyParser: every type in both directions (parsed, printed, encoded again), any cut, hostile bytes. The
// rows of one table serve all three kinds of test, so a type that is added there is cut everywhere as well.
// Random bytes are the business of the fuzz program.
#include "aerie/resp/reply_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aerie {
namespace {

Reply one(std::string_view bytes) {
  ReplyParser parser;
  parser.feed(bytes);
  std::optional<Reply> reply = parser.next();
  EXPECT_TRUE(reply.has_value()) << bytes << ": " << parser.error();
  EXPECT_TRUE(parser.at_boundary()) << bytes;
  return reply ? *std::move(reply) : Reply{};
}

struct Row {
  std::string bytes;
  std::string text;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"+OK\r\n", "+OK"},
      {"-ERR no\r\n", "-ERR no"},
      {":-42\r\n", ":-42"},
      {"$3\r\na\"\n\r\n", "\"a\\\"\\x0a\""},
      {"$0\r\n\r\n", "\"\""},
      {"$-1\r\n", "$nil"},
      {"*-1\r\n", "*nil"},
      {"_\r\n", "nil"},
      {"*0\r\n", "*[]"},
      {"*3\r\n:1\r\n*2\r\n+a\r\n$1\r\nb\r\n_\r\n", "*[:1, *[+a, \"b\"], nil]"},
      {"#t\r\n", "#t"},
      {",3.14\r\n", ",3.14"},
      {",inf\r\n", ",inf"},
      {"(123456789012345678901234567890\r\n", "(123456789012345678901234567890"},
      {"=7\r\ntxt:abc\r\n", "=\"txt:abc\""},
      {"!5\r\nERR x\r\n", "!\"ERR x\""},
      {"%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n", "%[+a, :1, +b, %[]]"},
      {"~2\r\n:1\r\n:2\r\n", "~[:1, :2]"},
      {">2\r\n+message\r\n+x\r\n", ">[+message, +x]"},
      {"|1\r\n+ttl\r\n:5\r\n$1\r\nv\r\n", "|{+ttl, :5} \"v\""},
      {"*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:7\r\n|1\r\n+z\r\n:0\r\n*1\r\n:8\r\n",
       "*[|{+k, *[:1]} :7, |{+z, :0} *[:8]]"},
  };
  return all;
}

TEST(ReplyParser, EveryType) {
  for (const Row& row : rows()) {
    const Reply reply = one(row.bytes);
    EXPECT_EQ(reply.to_string(), row.text);
    EXPECT_EQ(reply.encode(), row.bytes);
  }
  EXPECT_EQ(one(":-42\r\n").integer, -42);
  EXPECT_EQ(one("#t\r\n").integer, 1);
  EXPECT_TRUE(one("-ERR\r\n").is_error());
  EXPECT_TRUE(one("$-1\r\n").null);
}

TEST(ReplyParser, OneByteAtATime) {
  std::string stream;
  for (const Row& row : rows()) stream += row.bytes;
  ReplyParser parser;
  std::vector<std::string> seen;
  for (const char c : stream) {
    parser.feed({&c, 1});
    while (std::optional<Reply> reply = parser.next()) seen.push_back(reply->to_string());
    ASSERT_FALSE(parser.failed()) << parser.error();
  }
  ASSERT_EQ(seen.size(), rows().size());
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], rows()[i].text);
  EXPECT_TRUE(parser.at_boundary());
}

TEST(ReplyParser, CutAnywhere) {
  std::string stream;
  for (const Row& row : rows()) stream += row.bytes;
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    ReplyParser parser;
    size_t seen = 0;
    parser.feed(std::string_view(stream).substr(0, cut));
    while (parser.next()) ++seen;
    parser.feed(std::string_view(stream).substr(cut));
    while (parser.next()) ++seen;
    ASSERT_EQ(seen, rows().size()) << cut;
  }
}

TEST(ReplyParser, WrongBytesFail) {
  for (const std::string& bytes : std::vector<std::string>{
           "x\r\n", "$x\r\n", "$-2\r\n", "$1\r\nabc", "*-2\r\n", "*x\r\n", ":1x\r\n", ":\r\n", "#x\r\n",
           "_x\r\n", "=3\r\ntxt\r\n", "%-1\r\n", "*9223372036854775807\r\n", "$99999999999\r\n",
           "|1\r\n+a\r\n+b\r\n|1\r\n+c\r\n+d\r\n"}) {
    ReplyParser parser;
    parser.feed(bytes);
    EXPECT_FALSE(parser.next().has_value()) << bytes;
    EXPECT_TRUE(parser.failed()) << bytes;
    parser.feed("+OK\r\n");
    EXPECT_FALSE(parser.next().has_value()) << bytes;
  }
}

TEST(ReplyParser, DepthIsLimited) {
  std::string deep;
  for (size_t i = 0; i < ReplyParser::kMaxDepth; ++i) deep += "*1\r\n";
  one(deep + "+x\r\n");
  ReplyParser parser;
  parser.feed(deep + "*1\r\n+x\r\n");
  EXPECT_FALSE(parser.next().has_value());
  EXPECT_TRUE(parser.failed());
}

TEST(ReplyParser, AnnouncedCountsCostNothing) {
  ReplyParser parser;
  parser.feed("*4000000000000000000\r\n*1000000000\r\n:1\r\n");
  EXPECT_FALSE(parser.next().has_value());
  EXPECT_FALSE(parser.failed());
  EXPECT_FALSE(parser.at_boundary());
}

}  // namespace
}  // namespace aerie

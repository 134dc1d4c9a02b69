// SPDX-License-Identifier: BSD-3-Clause
//
// LRANGE, LINDEX, LSET, LINSERT, LTRIM, LREM, LPOS: what they answer at the ends and beyond, their errors and
// events, on lists of both forms. The differential scripts compare them with Redis in all forms.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kWrongTypeReply = "-WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr const char* kNotInteger = "-ERR value is not an integer or out of range";
constexpr const char* kLeast = "-9223372036854775808";
constexpr const char* kMost = "9223372036854775807";

std::string line(std::initializer_list<std::string_view> words) {
  std::string all;
  for (const std::string_view word : words) all.append(all.empty() ? "" : " ").append(word);
  return all;
}

// A list "0", "1", ... that is too long for its entry.
void push_numbers(EngineFixture& e, int count) {
  for (int i = 0; i < count; ++i) e.run({"RPUSH", "k", std::to_string(i)});
}

TEST(ListRangeCommands, Lrange) {
  EngineFixture e;
  e.text("RPUSH k a b c");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\", \"b\", \"c\"]");
  EXPECT_EQ(e.text("LRANGE k -2 1"), "*[\"b\"]");
  EXPECT_EQ(e.text("LRANGE k 2 1"), "*[]");
  EXPECT_EQ(e.text("LRANGE k 3 9"), "*[]");
  EXPECT_EQ(e.text("LRANGE k 0 -9"), "*[]");
  EXPECT_EQ(e.text(line({"LRANGE k", kLeast, kMost})), "*[\"a\", \"b\", \"c\"]");
  EXPECT_EQ(e.text(line({"LRANGE k", kMost, kLeast})), "*[]");
  EXPECT_EQ(e.text(line({"LRANGE k", kLeast, kLeast})), "*[]");
  EXPECT_EQ(e.text(line({"LRANGE k", kMost, kMost})), "*[]");
  EXPECT_EQ(e.text("LRANGE missing 0 -1"), "*[]");
  EXPECT_EQ(e.text("LRANGE missing x -1"), kNotInteger);
  EXPECT_EQ(e.text("LRANGE k 0 9223372036854775808"), kNotInteger);
  e.text("SET s x");
  EXPECT_EQ(e.text("LRANGE s 0 -1"), kWrongTypeReply);
}

TEST(ListRangeCommands, LongListsFromBothEnds) {
  EngineFixture e;
  push_numbers(e, 20'000);
  EXPECT_EQ(e.text("LRANGE k 9999 10001"), "*[\"9999\", \"10000\", \"10001\"]");
  EXPECT_EQ(e.text("LRANGE k -3 -2"), "*[\"19997\", \"19998\"]");
  EXPECT_EQ(e.text("LINDEX k 19999"), "\"19999\"");
  EXPECT_EQ(e.text("LINDEX k -20000"), "\"0\"");
  EXPECT_EQ(e.text("LPOS k 15000"), ":15000");
  EXPECT_EQ(e.text("LPOS k 15000 RANK -1 MAXLEN 5000"), ":15000");
  EXPECT_EQ(e.text("LPOS k 15000 RANK -1 MAXLEN 4999"), "$nil");
  EXPECT_EQ(e.run({"LRANGE", "k", "0", "-1"}).elements.size(), 20'000u);
  EXPECT_EQ(e.text("LTRIM k 5000 5002"), "+OK");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"5000\", \"5001\", \"5002\"]");
}

TEST(ListRangeCommands, Lindex) {
  EngineFixture e;
  e.text("RPUSH k a 2");
  EXPECT_EQ(e.text("LINDEX k 1"), "\"2\"");
  EXPECT_EQ(e.text("LINDEX k -2"), "\"a\"");
  EXPECT_EQ(e.text("LINDEX k 2"), "$nil");
  EXPECT_EQ(e.text("LINDEX k -3"), "$nil");
  EXPECT_EQ(e.text(line({"LINDEX k", kLeast})), "$nil");
  EXPECT_EQ(e.text("LINDEX k x"), kNotInteger);
  // A key that is not there is answered before the index is looked at.
  EXPECT_EQ(e.text("LINDEX missing x"), "$nil");
}

TEST(ListRangeCommands, Lset) {
  EngineFixture e;
  EXPECT_EQ(e.text("LSET missing x v"), "-ERR no such key");
  e.text("RPUSH k a b");
  EXPECT_EQ(e.text("LSET k -1 12"), "+OK");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\", \"12\"]");
  EXPECT_EQ(e.text("LSET k 2 v"), "-ERR index out of range");
  EXPECT_EQ(e.text(line({"LSET k", kLeast, "v"})), "-ERR index out of range");
  EXPECT_EQ(e.text("LSET k x v"), kNotInteger);
  EXPECT_EQ(e.events_of("LSET k 0 z"), (Events{"0:lset k"}));
  EXPECT_EQ(e.events_of("LSET k 9 z"), Events{});
  e.run({"LSET", "k", "0", std::string(20'000, 'x')});
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"quicklist\"");
  e.text("LSET k 0 small");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"listpack\"");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"small\", \"12\"]");
}

TEST(ListRangeCommands, Linsert) {
  EngineFixture e;
  EXPECT_EQ(e.text("LINSERT missing BEFORE a b"), ":0");
  EXPECT_EQ(e.text("LINSERT missing BESIDE a b"), "-ERR syntax error");
  e.text("RPUSH k a 1 a");
  EXPECT_EQ(e.text("LINSERT k before 1 x"), ":4");
  EXPECT_EQ(e.text("LINSERT k AFTER a y"), ":5");
  EXPECT_EQ(e.text("LINSERT k AFTER zz y"), ":-1");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\", \"y\", \"x\", \"1\", \"a\"]");
  EXPECT_EQ(e.events_of("LINSERT k AFTER a z"), (Events{"0:linsert k"}));
  EXPECT_EQ(e.events_of("LINSERT k AFTER zz z"), Events{});
  push_numbers(e, 3000);
  EXPECT_EQ(e.text("LINSERT k AFTER 2500 new"), ":3007");
  EXPECT_EQ(e.text("LINDEX k 2507"), "\"new\"");
}

TEST(ListRangeCommands, Ltrim) {
  EngineFixture e;
  EXPECT_EQ(e.text("LTRIM missing 0 1"), "+OK");
  EXPECT_EQ(e.text("LTRIM missing x 1"), kNotInteger);
  e.text("RPUSH k a b c d");
  EXPECT_EQ(e.events_of("LTRIM k 0 -1"), (Events{"0:ltrim k"}));
  EXPECT_EQ(e.text("LTRIM k 1 -2"), "+OK");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"b\", \"c\"]");
  EXPECT_EQ(e.text(line({"LTRIM k", kLeast, kMost})), "+OK");
  EXPECT_EQ(e.text("LLEN k"), ":2");
  EXPECT_EQ(e.events_of("LTRIM k 5 9"), (Events{"0:ltrim k", "0:del k"}));
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(ListRangeCommands, Lrem) {
  EngineFixture e;
  EXPECT_EQ(e.text("LREM missing 0 a"), ":0");
  e.text("RPUSH k a b a 1 a");
  EXPECT_EQ(e.text("LREM k -1 a"), ":1");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\", \"b\", \"a\", \"1\"]");
  EXPECT_EQ(e.text("LREM k 1 a"), ":1");
  EXPECT_EQ(e.events_of("LREM k 0 zz"), Events{});
  EXPECT_EQ(e.text(line({"LREM k", kLeast, "1"})), ":1");
  EXPECT_EQ(e.text("LREM k x a"), kNotInteger);
  EXPECT_EQ(e.text("LREM k 0 b"), ":1");
  EXPECT_EQ(e.events_of("LREM k 0 a"), (Events{"0:lrem k", "0:del k"}));
}

TEST(ListRangeCommands, Lpos) {
  EngineFixture e;
  e.text("RPUSH k a b c 1 2 3 c c");
  EXPECT_EQ(e.text("LPOS k c"), ":2");
  EXPECT_EQ(e.text("LPOS k c RANK 2"), ":6");
  EXPECT_EQ(e.text("LPOS k c RANK -1 COUNT 2"), "*[:7, :6]");
  EXPECT_EQ(e.text("LPOS k c COUNT 0 MAXLEN 7"), "*[:2, :6]");
  EXPECT_EQ(e.text("LPOS k zz COUNT 0"), "*[]");
  EXPECT_EQ(e.text("LPOS k zz"), "$nil");
  EXPECT_EQ(e.text("LPOS missing c"), "$nil");
  EXPECT_EQ(e.text("LPOS missing c COUNT 1"), "*[]");
  EXPECT_EQ(e.text(line({"LPOS k c COUNT", kMost, "MAXLEN", kMost})), "*[:2, :6, :7]");
  EXPECT_EQ(e.text(line({"LPOS k c RANK", kMost})), "$nil");
}

TEST(ListRangeCommands, LposRefusesBadOptions) {
  EngineFixture e;
  e.text("RPUSH k a");
  EXPECT_EQ(e.text("LPOS k a COUNT -1"), "-ERR COUNT can't be negative");
  EXPECT_EQ(e.text("LPOS k a MAXLEN x"), "-ERR MAXLEN can't be negative");
  EXPECT_EQ(
      e.text("LPOS k a RANK 0"),
      "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative "
      "to start from the end of the list");
  EXPECT_EQ(e.text("LPOS k a RANK x"), kNotInteger);
  // Its absolute value is no integer. (7.0 takes it for a rank of its own kind.)
  EXPECT_EQ(e.text(line({"LPOS k a RANK", kLeast})),
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
  EXPECT_EQ(e.text("LPOS k a RANK"), "-ERR syntax error");
  EXPECT_EQ(e.text("LPOS k a FOO 1"), "-ERR syntax error");
}

}  // namespace
}  // namespace aerie

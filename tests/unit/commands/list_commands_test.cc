// SPDX-License-Identifier: BSD-3-Clause
//
// The ends of lists: LPUSH, RPUSH, LPUSHX, RPUSHX, LPOP, RPOP, LLEN. What they answer, their events, and that
// counts from hostile clients cost nothing. The differential scripts compare them with Redis in all forms.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kWrongTypeReply = "-WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr const char* kNotPositive = "-ERR value is out of range, must be positive";

TEST(ListCommands, PushBothEnds) {
  EngineFixture e;
  EXPECT_EQ(e.text("RPUSH k b c"), ":2");
  EXPECT_EQ(e.text("LPUSH k a 1"), ":4");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"1\", \"a\", \"b\", \"c\"]");
  EXPECT_EQ(e.text("LLEN k"), ":4");
  EXPECT_EQ(e.text("TYPE k"), "+list");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"listpack\"");
  EXPECT_EQ(e.text("LPUSH k"), "-ERR wrong number of arguments for 'lpush' command");
  e.text("SET s x");
  for (const char* command :
       {"LPUSH s a", "RPUSH s a", "LPUSHX s a", "RPUSHX s a", "LLEN s", "LPOP s", "RPOP s 2"})
    EXPECT_EQ(e.text(command), kWrongTypeReply) << command;
  EXPECT_EQ(e.text("GET s"), "\"x\"");
}

TEST(ListCommands, PushOnlyOntoAListThatExists) {
  EngineFixture e;
  EXPECT_EQ(e.text("LPUSHX k a"), ":0");
  EXPECT_EQ(e.text("RPUSHX k a"), ":0");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
  e.text("RPUSH k a");
  EXPECT_EQ(e.text("LPUSHX k b c"), ":3");
  EXPECT_EQ(e.text("RPUSHX k d"), ":4");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"c\", \"b\", \"a\", \"d\"]");
  EXPECT_EQ(e.events_of("LPUSHX missing x"), Events{});
}

TEST(ListCommands, PopBothEnds) {
  EngineFixture e;
  e.text("RPUSH k a b 3 d e");
  EXPECT_EQ(e.text("LPOP k"), "\"a\"");
  EXPECT_EQ(e.text("RPOP k"), "\"e\"");
  EXPECT_EQ(e.text("LPOP k 0"), "*[]");
  EXPECT_EQ(e.text("RPOP k 2"), "*[\"d\", \"3\"]");
  EXPECT_EQ(e.text("LPOP k 9223372036854775807"), "*[\"b\"]");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
  EXPECT_EQ(e.text("LPOP k"), "$nil");
  EXPECT_EQ(e.text("LPOP k 0"), "*nil");
  EXPECT_EQ(e.text("RPOP k 5"), "*nil");
}

TEST(ListCommands, CountsOfPopsAreChecked) {
  EngineFixture e;
  e.text("RPUSH k a");
  for (const char* count : {"-1", "abc", "''", "9223372036854775808", "-9223372036854775808"})
    EXPECT_EQ(e.text(std::string("LPOP k ") + count), kNotPositive) << count;
  EXPECT_EQ(e.text("LPOP k 1 2"), "-ERR wrong number of arguments for 'lpop' command");
  EXPECT_EQ(e.text("LLEN k"), ":1");
}

TEST(ListCommands, ThroughBothFormsAndBack) {
  EngineFixture e;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(e.run({"RPUSH", "k", std::to_string(i * 1000)}).integer, i + 1);
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"listpack\"");
  for (int i = 1000; i < 3000; ++i) e.run({"RPUSH", "k", std::to_string(i * 1000)});
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"quicklist\"");
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(e.run({"LPOP", "k"}).text, std::to_string(i * 1000));
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(ListCommands, TheThresholdIsAnOption) {
  EngineFixture e({{"list-max-ziplist-size", "2"}});
  e.text("RPUSH k a b");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"listpack\"");
  e.text("RPUSH k c");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"quicklist\"");
  EXPECT_EQ(e.text("CONFIG SET list-max-listpack-size -1"), "+OK");
  e.text("RPUSH other a b c");
  EXPECT_EQ(e.text("OBJECT ENCODING other"), "\"listpack\"");
  // Limits beyond all reason are no danger: an element that no chunk can hold stands alone.
  EXPECT_EQ(e.text("CONFIG SET list-max-listpack-size 2147483647"), "+OK");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(e.run({"RPUSH", "large", large, "a", large}).integer, 3);
  EXPECT_EQ(e.text("OBJECT ENCODING large"), "\"quicklist\"");
  EXPECT_EQ(e.run({"LINDEX", "large", "2"}).text, large);
}

TEST(ListCommands, EventsInOrder) {
  EngineFixture e;
  EXPECT_EQ(e.events_of("LPUSH k a b c"), (Events{"0:lpush k"}));
  EXPECT_EQ(e.events_of("RPUSHX k d"), (Events{"0:rpush k"}));
  EXPECT_EQ(e.events_of("LPOP k"), (Events{"0:lpop k"}));
  EXPECT_EQ(e.events_of("LPOP k 0"), Events{});
  EXPECT_EQ(e.events_of("RPOP k 9"), (Events{"0:rpop k", "0:del k"}));
}

TEST(ListCommands, ListsExpireAndKeepTheirDeadlines) {
  EngineFixture e;
  e.text("RPUSH k a");
  e.text("PEXPIRE k 100");
  e.text("RPUSH k b");
  e.text("LPOP k");
  EXPECT_EQ(e.text("PTTL k"), ":100");
  e.advance_ms(100);
  EXPECT_EQ(e.text("LLEN k"), ":0");
  EXPECT_EQ(e.text("RPUSH k new"), ":1");
  EXPECT_EQ(e.text("TTL k"), ":-1");
}

TEST(ListCommands, OtherTypesAreRefused) {
  EngineFixture e;
  e.text("RPUSH k a");
  for (const char* command :
       {"GET k", "GETSET k x", "GETDEL k", "GETEX k", "STRLEN k", "APPEND k x", "INCR k", "DECR k",
        "INCRBY k 2", "DECRBY k 2", "INCRBYFLOAT k 1.5", "GETRANGE k 0 1", "SETRANGE k 0 x", "SET k v GET"})
    EXPECT_EQ(e.text(command), kWrongTypeReply) << command;
  EXPECT_EQ(e.text("MGET k"), "*[$nil]");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\"]");
  EXPECT_EQ(e.text("SET k v"), "+OK");
  EXPECT_EQ(e.text("GET k"), "\"v\"");
}

}  // namespace
}  // namespace aerie

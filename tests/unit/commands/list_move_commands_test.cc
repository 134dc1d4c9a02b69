// SPDX-License-Identifier: BSD-3-Clause
//
// LMOVE, RPOPLPUSH, LMPOP: between lists, within one list, from the first of several; events in Redis' order.
// The differential scripts compare them with Redis in all forms.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kWrongTypeReply = "-WRONGTYPE Operation against a key holding the wrong kind of value";

TEST(ListMoveCommands, BetweenTwoLists) {
  EngineFixture e;
  e.text("RPUSH a 1 two 3");
  EXPECT_EQ(e.text("LMOVE a b LEFT RIGHT"), "\"1\"");
  EXPECT_EQ(e.text("LMOVE a b right left"), "\"3\"");
  EXPECT_EQ(e.text("RPOPLPUSH a b"), "\"two\"");
  EXPECT_EQ(e.text("EXISTS a"), ":0");
  EXPECT_EQ(e.text("LRANGE b 0 -1"), "*[\"two\", \"3\", \"1\"]");
  EXPECT_EQ(e.text("LMOVE a b LEFT LEFT"), "$nil");
  EXPECT_EQ(e.text("LMOVE a b LEFT FOO"), "-ERR syntax error");
  e.text("SET s x");
  EXPECT_EQ(e.text("LMOVE b s LEFT LEFT"), kWrongTypeReply);
  EXPECT_EQ(e.text("LMOVE s b LEFT LEFT"), kWrongTypeReply);
  EXPECT_EQ(e.text("RPOPLPUSH missing s"), "$nil");
  EXPECT_EQ(e.text("LLEN b"), ":3");
}

TEST(ListMoveCommands, WithinOneList) {
  EngineFixture e;
  e.text("RPUSH k a b 3");
  e.text("PEXPIRE k 1000");
  EXPECT_EQ(e.text("LMOVE k k LEFT RIGHT"), "\"a\"");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"b\", \"3\", \"a\"]");
  EXPECT_EQ(e.text("RPOPLPUSH k k"), "\"a\"");
  EXPECT_EQ(e.text("LMOVE k k RIGHT RIGHT"), "\"3\"");
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\", \"b\", \"3\"]");
  e.text("LTRIM k 0 0");
  EXPECT_EQ(e.events_of("RPOPLPUSH k k"), (Events{"0:lpush k", "0:rpop k"}));
  EXPECT_EQ(e.text("PTTL k"), ":1000");
  const std::string large(100'000, 'x');
  e.run({"RPUSH", "k", large});
  EXPECT_EQ(e.run({"RPOPLPUSH", "k", "k"}).text, large);
  EXPECT_EQ(e.run({"LINDEX", "k", "0"}).text, large);
}

TEST(ListMoveCommands, ALargeElementMovesAsItIs) {
  EngineFixture e;
  const std::string large(300'000, 'x');
  e.run({"RPUSH", "k", "a", large});
  const auto place_of = [&](std::string_view key, ListEnd end) {
    Keyspace& keyspace = e.engine().keyspace;
    const ListpackElement element = keyspace.db(0).edit_list(keyspace.key(key)).peek(end);
    EXPECT_EQ(element.string(), large);
    return element.string().data();
  };
  const char* const place = place_of("k", ListEnd::kBack);
  EXPECT_EQ(e.run({"LMOVE", "k", "other", "RIGHT", "LEFT"}).text, large);
  EXPECT_EQ(place_of("other", ListEnd::kFront), place);
  e.text("RPUSH other b c");
  EXPECT_EQ(e.run({"LMOVE", "other", "other", "LEFT", "RIGHT"}).text, large);
  EXPECT_EQ(place_of("other", ListEnd::kBack), place);
  EXPECT_EQ(e.text("LRANGE k 0 -1"), "*[\"a\"]");
  e.text("DEL k");
  EXPECT_EQ(e.text("LTRIM other 0 1"), "+OK");
  while (e.engine().free_some(1'000)) {
  }
  EXPECT_EQ(e.engine().keyspace.memory().to_be_freed, 0u);
}

TEST(ListMoveCommands, EventsOfAMove) {
  EngineFixture e;
  e.text("RPUSH a 1 2");
  EXPECT_EQ(e.events_of("LMOVE a b LEFT RIGHT"), (Events{"0:rpush b", "0:lpop a"}));
  EXPECT_EQ(e.events_of("RPOPLPUSH a b"), (Events{"0:lpush b", "0:rpop a", "0:del a"}));
  EXPECT_EQ(e.events_of("RPOPLPUSH a b"), Events{});
}

TEST(ListMoveCommands, Lmpop) {
  EngineFixture e;
  e.text("RPUSH a 1 two 3");
  EXPECT_EQ(e.text("LMPOP 2 missing a LEFT"), "*[\"a\", *[\"1\"]]");
  EXPECT_EQ(e.text("LMPOP 1 a RIGHT COUNT 9223372036854775807"), "*[\"a\", *[\"3\", \"two\"]]");
  EXPECT_EQ(e.text("LMPOP 2 missing a LEFT"), "*nil");
  e.text("RPUSH a 1");
  EXPECT_EQ(e.events_of("LMPOP 2 a a LEFT"), (Events{"0:lpop a", "0:del a"}));
  e.text("SET s x");
  EXPECT_EQ(e.text("LMPOP 2 missing s LEFT"), kWrongTypeReply);
}

TEST(ListMoveCommands, LmpopChecksItsCounts) {
  EngineFixture e;
  e.text("RPUSH a 1");
  for (const char* count : {"0", "-1", "abc", "9223372036854775808", "-9223372036854775808"})
    EXPECT_EQ(e.text(std::string("LMPOP ") + count + " a LEFT"), "-ERR numkeys should be greater than 0")
        << count;
  for (const char* rest : {"2 a LEFT", "9223372036854775807 a LEFT", "1 a FOO", "1 a LEFT COUNT",
                           "1 a LEFT FOO 1", "1 a LEFT COUNT 1 COUNT 2"})
    EXPECT_EQ(e.text(std::string("LMPOP ") + rest), "-ERR syntax error") << rest;
  EXPECT_EQ(e.text("LMPOP 1 a LEFT COUNT 0"), "-ERR count should be greater than 0");
  EXPECT_EQ(e.text("LLEN a"), ":1");
}

TEST(ListMoveCommands, AWatchSeesAMove) {
  EngineFixture e;
  e.text("RPUSH a 1 2");
  e.text("WATCH b", 1);
  e.text("LMOVE a b LEFT LEFT");
  e.text("MULTI", 1);
  e.text("PING", 1);
  EXPECT_EQ(e.text("EXEC", 1), "*nil");
  e.text("WATCH a", 1);
  e.text("LMPOP 2 missing b LEFT");
  e.text("MULTI", 1);
  e.text("PING", 1);
  EXPECT_EQ(e.text("EXEC", 1), "*[+PONG]");
}

}  // namespace
}  // namespace aerie

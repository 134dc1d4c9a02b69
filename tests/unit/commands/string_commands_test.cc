// SPDX-License-Identifier: BSD-3-Clause
//
// SET and GET in all their forms, MSET, MSETNX, MGET: replies, deadlines, key events, the order of checks.
// Expected texts are those of redis-server. Comparison with the real one over random commands is in
// tests/differential.
#include <gtest/gtest.h>

#include <limits>

#include "aerie/engine/command_context.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr int64_t kNowMs = 1'700'000'000'000;  // where FakeClock starts

TEST(StringCommands, SetAndGet) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET key value"), "+OK");
  EXPECT_EQ(e.text("GET key"), "\"value\"");
  EXPECT_EQ(e.text("set KEY other"), "+OK");
  EXPECT_EQ(e.text("gEt key"), "\"value\"");
  EXPECT_EQ(e.text("GET missing"), "$nil");
  EXPECT_EQ(e.text("SET key ''"), "+OK");
  EXPECT_EQ(e.text("GET key"), "\"\"");
  EXPECT_EQ(e.text("SET '' empty"), "+OK");
  EXPECT_EQ(e.text("GET ''"), "\"empty\"");
}

TEST(StringCommands, BytesComeBackAsTheyWereStored) {
  EngineFixture e;
  const std::string binary("\0\r\n$\xff\x80 *", 8);
  for (size_t size : {size_t{0}, size_t{1}, size_t{44}, size_t{45}, size_t{255}, size_t{256}, size_t{1000},
                      size_t{1001}, size_t{70000}, size_t{1} << 20}) {
    std::string value = binary;
    value.resize(size, 'v');
    EXPECT_EQ(e.run({"SET", binary, value}).text, "OK");
    EXPECT_EQ(e.run({"GET", binary}).text, value) << size;
  }
}

TEST(StringCommands, NumbersKeepTheirText) {
  EngineFixture e;
  for (std::string_view text : {"0", "-1", "9223372036854775807", "-9223372036854775808",
                                "9223372036854775808", "01", "-0", "+1", "1.0", " 1", "1 "}) {
    e.run({"SET", "n", text});
    EXPECT_EQ(e.run({"GET", "n"}).text, text);
  }
}

TEST(StringCommands, SetConditions) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET k 1 XX"), "$nil");
  EXPECT_EQ(e.text("SET k 1 NX"), "+OK");
  EXPECT_EQ(e.text("SET k 2 NX"), "$nil");
  EXPECT_EQ(e.text("SET k 3 xx"), "+OK");
  EXPECT_EQ(e.text("SET k 4 GET"), "\"3\"");
  EXPECT_EQ(e.text("SET k 5 NX GET"), "\"4\"");
  EXPECT_EQ(e.text("GET k"), "\"4\"");
  EXPECT_EQ(e.text("SET new 1 XX GET"), "$nil");
  EXPECT_EQ(e.text("SET new 1 NX GET"), "$nil");
  EXPECT_EQ(e.text("GET new"), "\"1\"");
}

TEST(StringCommands, SetOptionsThatExcludeEachOther) {
  EngineFixture e;
  for (const char* line : {"SET k v NX XX", "SET k v XX NX", "SET k v EX 1 PX 1", "SET k v EX 1 KEEPTTL",
                           "SET k v KEEPTTL EXAT 1", "SET k v PXAT 1 EXAT 1", "SET k v EX", "SET k v PERSIST",
                           "SET k v FOO", "SET k v ''", "SET k v GET BAR", "SETEX k 1 v x"}) {
    EXPECT_EQ(e.text(line).substr(0, 4), "-ERR") << line;
  }
  EXPECT_EQ(e.text("SET k v EX 1 PX 1"), "-ERR syntax error");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
  // The same option again is fine; the last time counts.
  EXPECT_EQ(e.text("SET k v NX NX EX 10 EX 20 GET GET"), "$nil");
  EXPECT_EQ(e.text("TTL k"), ":20");
}

TEST(StringCommands, SetWithTime) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET k v EX 10"), "+OK");
  EXPECT_EQ(e.text("PTTL k"), ":10000");
  EXPECT_EQ(e.text("SET k v PX 1500"), "+OK");
  EXPECT_EQ(e.text("PTTL k"), ":1500");
  EXPECT_EQ(e.text("SET k w KEEPTTL"), "+OK");
  EXPECT_EQ(e.text("PTTL k"), ":1500");
  EXPECT_EQ(e.text("GET k"), "\"w\"");
  EXPECT_EQ(e.text("SET k v"), "+OK");
  EXPECT_EQ(e.text("PTTL k"), ":-1");
  const std::string at = std::to_string(kNowMs + 5000);
  EXPECT_EQ(e.text("SET k v PXAT " + at), "+OK");
  EXPECT_EQ(e.text("PEXPIRETIME k"), ":" + at);
  EXPECT_EQ(e.text("SET k v EXAT 1700000009"), "+OK");
  EXPECT_EQ(e.text("EXPIRETIME k"), ":1700000009");
  e.advance_ms(8999);
  EXPECT_EQ(e.text("GET k"), "\"v\"");
  e.advance_ms(1);
  EXPECT_EQ(e.text("GET k"), "$nil");
  EXPECT_EQ(e.text("DBSIZE"), ":0");
}

TEST(StringCommands, SetIntoThePastLeavesNoKey) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET k v PXAT 1"), "+OK");
  EXPECT_EQ(e.text("GET k"), "$nil");
  EXPECT_EQ(e.text("SET k v"), "+OK");
  EXPECT_EQ(e.text("SET k v EXAT 1700000000 GET"), "\"v\"");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(StringCommands, SetRefusesTimesOutOfRange) {
  EngineFixture e;
  e.text("SET k old");
  for (const char* time : {"EX 0", "EX -1", "PX 0", "PX -9223372036854775808", "EXAT 0", "PXAT -5",
                           "EX 9223372036854775807", "EX 9223372036854775", "PX 9223372036854775807",
                           "EXAT 9223372036854775807", "EXAT 9223372036854776"}) {
    EXPECT_EQ(e.text("SET k new " + std::string(time)), "-ERR invalid expire time in 'set' command") << time;
  }
  for (const char* time : {"EX x", "PX 1.5", "EX ''", "EX 9223372036854775808"}) {
    EXPECT_EQ(e.text("SET k new " + std::string(time)), "-ERR value is not an integer or out of range")
        << time;
  }
  EXPECT_EQ(e.text("GET k"), "\"old\"");
  EXPECT_EQ(e.text("SETEX k 0 v"), "-ERR invalid expire time in 'setex' command");
  EXPECT_EQ(e.text("PSETEX k -1 v"), "-ERR invalid expire time in 'psetex' command");
  EXPECT_EQ(e.text("GETEX k EX 0"), "-ERR invalid expire time in 'getex' command");
  EXPECT_EQ(e.text("SETEX k x v"), "-ERR value is not an integer or out of range");
}

TEST(StringCommands, TheLatestTimeOfAllIsStillADeadline) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET k v PXAT 9223372036854775807"), "+OK");
  EXPECT_EQ(e.text("PEXPIRETIME k"), ":9223372036854775807");
  EXPECT_EQ(e.text("GET k"), "\"v\"");
}

TEST(StringCommands, SetnxSetexPsetex) {
  EngineFixture e;
  EXPECT_EQ(e.text("SETNX k 1"), ":1");
  EXPECT_EQ(e.text("SETNX k 2"), ":0");
  EXPECT_EQ(e.text("GET k"), "\"1\"");
  EXPECT_EQ(e.text("SETEX k 7 v"), "+OK");
  EXPECT_EQ(e.text("TTL k"), ":7");
  EXPECT_EQ(e.text("PSETEX k 700 v"), "+OK");
  EXPECT_EQ(e.text("PTTL k"), ":700");
  e.advance_clock_ms(700);
  EXPECT_EQ(e.text("SETNX k again"), ":1");
  EXPECT_EQ(e.text("TTL k"), ":-1");
}

TEST(StringCommands, GetsetAndGetdel) {
  EngineFixture e;
  EXPECT_EQ(e.text("GETSET k 1"), "$nil");
  e.text("EXPIRE k 100");
  EXPECT_EQ(e.text("GETSET k 2"), "\"1\"");
  EXPECT_EQ(e.text("TTL k"), ":-1");
  EXPECT_EQ(e.text("GETDEL k"), "\"2\"");
  EXPECT_EQ(e.text("GETDEL k"), "$nil");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(StringCommands, Getex) {
  EngineFixture e;
  EXPECT_EQ(e.text("GETEX k EX abc"), "$nil");
  e.text("SET k v");
  EXPECT_EQ(e.text("GETEX k"), "\"v\"");
  EXPECT_EQ(e.text("TTL k"), ":-1");
  EXPECT_EQ(e.text("GETEX k EX 10"), "\"v\"");
  EXPECT_EQ(e.text("TTL k"), ":10");
  EXPECT_EQ(e.text("GETEX k"), "\"v\"");
  EXPECT_EQ(e.text("TTL k"), ":10");
  EXPECT_EQ(e.text("GETEX k persist"), "\"v\"");
  EXPECT_EQ(e.text("TTL k"), ":-1");
  EXPECT_EQ(e.text("GETEX k PX 10 PERSIST"), "-ERR syntax error");
  EXPECT_EQ(e.text("GETEX k KEEPTTL"), "-ERR syntax error");
  EXPECT_EQ(e.text("GETEX k NX"), "-ERR syntax error");
  EXPECT_EQ(e.text("GETEX k EXAT 1"), "\"v\"");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(StringCommands, ManyKeys) {
  EngineFixture e;
  EXPECT_EQ(e.text("MSET a 1 b 2 a 3"), "+OK");
  EXPECT_EQ(e.text("MGET a b c a"), "*[\"3\", \"2\", $nil, \"3\"]");
  EXPECT_EQ(e.text("MSET a 1 b"), "-ERR wrong number of arguments for 'mset' command");
  EXPECT_EQ(e.text("MSETNX a 1 b"), "-ERR wrong number of arguments for 'msetnx' command");
  EXPECT_EQ(e.text("MSETNX c 1 a 1"), ":0");
  EXPECT_EQ(e.text("EXISTS c"), ":0");
  EXPECT_EQ(e.text("MSETNX x 1 x 2"), ":1");
  EXPECT_EQ(e.text("GET x"), "\"2\"");
  e.text("EXPIRE x 100");
  EXPECT_EQ(e.text("MSET x 1"), "+OK");
  EXPECT_EQ(e.text("TTL x"), ":-1");
}

// More keys than are looked ahead at a time, with a remainder.
TEST(StringCommands, MoreKeysThanAGroup) {
  EngineFixture e;
  std::vector<std::string> words = {"MSET"};
  for (int i = 0; i < 100; ++i)
    words.insert(words.end(), {"key" + std::to_string(i), "value" + std::to_string(i)});
  EXPECT_EQ(e.run(std::vector<std::string_view>(words.begin(), words.end())).text, "OK");
  std::vector<std::string> names = {"MGET"};
  for (int i = 99; i >= 0; --i) names.push_back("key" + std::to_string(i));
  const Reply reply = e.run(std::vector<std::string_view>(names.begin(), names.end()));
  ASSERT_EQ(reply.elements.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(reply.elements[i].text, "value" + std::to_string(99 - i));
  EXPECT_EQ(e.text("DBSIZE"), ":100");
}

TEST(StringCommands, NullsOfResp3) {
  EngineFixture e;
  e.session().protocol = 3;
  EXPECT_EQ(e.text("GET k"), "nil");
  EXPECT_EQ(e.text("SET k v XX"), "nil");
  EXPECT_EQ(e.text("MGET k"), "*[nil]");
}

TEST(StringCommands, Arity) {
  EngineFixture e;
  EXPECT_EQ(e.text("SET k"), "-ERR wrong number of arguments for 'set' command");
  EXPECT_EQ(e.text("GET"), "-ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(e.text("GET a b"), "-ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(e.text("MGET"), "-ERR wrong number of arguments for 'mget' command");
}

TEST(StringCommands, KeyEvents) {
  EngineFixture e;
  EXPECT_EQ(e.events_of("SET k v"), Events({"0:set k"}));
  EXPECT_EQ(e.events_of("SET k v EX 10"), Events({"0:set k", "0:expire k"}));
  EXPECT_EQ(e.events_of("SET k v NX"), Events{});
  EXPECT_EQ(e.events_of("SET k v EX 0"), Events{});
  EXPECT_EQ(e.events_of("SETNX k v"), Events{});
  EXPECT_EQ(e.events_of("SETNX n v"), Events({"0:set n"}));
  EXPECT_EQ(e.events_of("SETEX k 1 v"), Events({"0:set k", "0:expire k"}));
  EXPECT_EQ(e.events_of("GETSET k v"), Events({"0:set k"}));
  EXPECT_EQ(e.events_of("GETEX k EX 10"), Events({"0:expire k"}));
  EXPECT_EQ(e.events_of("GETEX k PERSIST"), Events({"0:persist k"}));
  EXPECT_EQ(e.events_of("GETEX k PERSIST"), Events{});
  EXPECT_EQ(e.events_of("GETEX k"), Events{});
  EXPECT_EQ(e.events_of("GETEX k PXAT 1"), Events({"0:del k"}));
  EXPECT_EQ(e.events_of("GETDEL k"), Events{});
  EXPECT_EQ(e.events_of("GETDEL n"), Events({"0:del n"}));
  EXPECT_EQ(e.events_of("MSET a 1 b 2"), Events({"0:set a", "0:set b"}));
  EXPECT_EQ(e.events_of("MSETNX a 1 c 2"), Events{});
  EXPECT_EQ(e.events_of("MSETNX c 1 d 2"), Events({"0:set c", "0:set d"}));
  EXPECT_EQ(e.events_of("GET a"), Events{});
  EXPECT_EQ(e.events_of("MGET a b"), Events{});
}

// A large argument that was read into memory of its own becomes the value without a copy.
TEST(StringCommands, LargeValueIsHandedOver) {
  EngineFixture e;
  const std::string value(100000, 'x');
  std::vector<LargeArg> large(1);
  large[0] = {2, Blob::copy_of(value)};
  const char* memory = large[0].memory.data();
  const std::vector<std::string_view> args = {"SET", "k", large[0].memory.view()};
  e.session();
  e.engine().executor.run(e.session(), args, large);
  EXPECT_EQ(e.run_raw({"GET", "k"}), "+OK\r\n$100000\r\n" + value + "\r\n");
  const Key key = e.engine().keyspace.key("k");
  NumberText scratch;
  EXPECT_EQ(e.engine().keyspace.db(0).find<StringValue>(key)->bytes(&scratch).data(), memory);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// DEL, UNLINK, EXISTS, TYPE, TOUCH, RENAME, RENAMENX, COPY, MOVE: counts, replacement, deadlines that travel
// with their keys, the order of checks, key events.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kSame = "-ERR source and destination objects are the same";

TEST(KeyCommands, DelAndUnlink) {
  EngineFixture e;
  e.text("MSET a 1 b 2 c 3 d 4");
  EXPECT_EQ(e.text("DEL a a missing"), ":1");
  EXPECT_EQ(e.text("UNLINK b c"), ":2");
  EXPECT_EQ(e.text("DBSIZE"), ":1");
  EXPECT_EQ(e.text("DEL"), "-ERR wrong number of arguments for 'del' command");
}

TEST(KeyCommands, ExistsCountsRepeats) {
  EngineFixture e;
  e.text("SET a 1");
  EXPECT_EQ(e.text("EXISTS a a b a"), ":3");
  e.text("PEXPIRE a 5");
  e.advance_clock_ms(5);
  EXPECT_EQ(e.text("EXISTS a"), ":0");
}

TEST(KeyCommands, ExpiredKeysAreNotDeletedAgain) {
  EngineFixture e;
  e.text("SET a 1 PX 5");
  e.advance_clock_ms(5);
  EXPECT_EQ(e.text("DEL a"), ":0");
}

TEST(KeyCommands, TypeAndTouch) {
  EngineFixture e;
  e.text("SET a 1");
  EXPECT_EQ(e.text("TYPE a"), "+string");
  EXPECT_EQ(e.text("TYPE b"), "+none");
  e.advance_ms(5000);
  EXPECT_EQ(e.text("EXISTS a"), ":1");
  EXPECT_EQ(e.text("TYPE a"), "+string");
  EXPECT_EQ(e.text("OBJECT IDLETIME a"), ":5");
  EXPECT_EQ(e.text("TOUCH a b a"), ":2");
  EXPECT_EQ(e.text("OBJECT IDLETIME a"), ":0");
}

TEST(KeyCommands, Rename) {
  EngineFixture e;
  EXPECT_EQ(e.text("RENAME a b"), "-ERR no such key");
  EXPECT_EQ(e.text("RENAME a a"), "-ERR no such key");
  EXPECT_EQ(e.text("RENAMENX a a"), "-ERR no such key");
  e.text("SET a 1 PX 100");
  e.text("SET b 2");
  EXPECT_EQ(e.text("RENAME a a"), "+OK");
  EXPECT_EQ(e.text("RENAMENX a a"), ":0");
  EXPECT_EQ(e.text("RENAMENX a b"), ":0");
  EXPECT_EQ(e.text("RENAME a b"), "+OK");
  EXPECT_EQ(e.text("GET b"), "\"1\"");
  EXPECT_EQ(e.text("PTTL b"), ":100");
  EXPECT_EQ(e.text("EXISTS a"), ":0");
  EXPECT_EQ(e.text("RENAMENX b c"), ":1");
  EXPECT_EQ(e.text("PTTL c"), ":100");
  e.text("SET d 1");
  EXPECT_EQ(e.text("RENAME d c"), "+OK");
  EXPECT_EQ(e.text("PTTL c"), ":-1");
  EXPECT_EQ(e.text("DBSIZE"), ":1");
}

TEST(KeyCommands, RenameOntoAnExpiredKey) {
  EngineFixture e;
  e.text("MSET a 1 b 2");
  e.text("PEXPIRE b 5");
  e.advance_clock_ms(5);
  EXPECT_EQ(e.text("RENAMENX a b"), ":1");
  EXPECT_EQ(e.text("GET b"), "\"1\"");
  EXPECT_EQ(e.text("TTL b"), ":-1");
}

TEST(KeyCommands, Copy) {
  EngineFixture e;
  EXPECT_EQ(e.text("COPY a b"), ":0");
  EXPECT_EQ(e.text("COPY a a"), kSame);
  e.text("SET a 1 PX 100");
  EXPECT_EQ(e.text("COPY a b"), ":1");
  EXPECT_EQ(e.text("PTTL b"), ":100");
  EXPECT_EQ(e.text("COPY a b"), ":0");
  e.text("SET a 2");
  EXPECT_EQ(e.text("COPY a b replace"), ":1");
  EXPECT_EQ(e.text("MGET a b"), "*[\"2\", \"2\"]");
  EXPECT_EQ(e.text("PTTL b"), ":-1");
  EXPECT_EQ(e.text("COPY a a DB 1"), ":1");
  EXPECT_EQ(e.text("COPY a a DB 1"), ":0");
  EXPECT_EQ(e.text("COPY a a REPLACE DB 1"), ":1");
  EXPECT_EQ(e.text("COPY a a DB 1 DB 0"), kSame);
  e.session().db = 1;
  EXPECT_EQ(e.text("GET a"), "\"2\"");
}

TEST(KeyCommands, CopyIsIndependent) {
  EngineFixture e;
  const std::string large(100000, 'x');
  e.run({"SET", "a", large});
  e.text("COPY a b");
  e.text("SETRANGE a 0 y");
  EXPECT_EQ(e.run({"GET", "b"}).text, large);
  e.text("DEL a");
  EXPECT_EQ(e.run({"GET", "b"}).text, large);
}

TEST(KeyCommands, CopyErrors) {
  EngineFixture e;
  EXPECT_EQ(e.text("COPY a b DB"), "-ERR syntax error");
  EXPECT_EQ(e.text("COPY a b FOO"), "-ERR syntax error");
  EXPECT_EQ(e.text("COPY a b DB 16"), "-ERR DB index is out of range");
  EXPECT_EQ(e.text("COPY a b DB -1"), "-ERR DB index is out of range");
  EXPECT_EQ(e.text("COPY a b DB x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(e.text("COPY a b DB 99999999999"),
            "-ERR value is out of range, value must between -2147483648 and 2147483647");
}

TEST(KeyCommands, Move) {
  EngineFixture e;
  e.text("SET a 1 PX 100");
  EXPECT_EQ(e.text("MOVE a 0"), kSame);
  EXPECT_EQ(e.text("MOVE a 1"), ":1");
  EXPECT_EQ(e.text("MOVE a 1"), ":0");
  EXPECT_EQ(e.text("EXISTS a"), ":0");
  e.text("SET a 2");
  EXPECT_EQ(e.text("MOVE a 1"), ":0");
  EXPECT_EQ(e.text("MOVE a 16"), "-ERR DB index is out of range");
  EXPECT_EQ(e.text("MOVE a x"), "-ERR value is not an integer or out of range");
  e.session().db = 1;
  EXPECT_EQ(e.text("GET a"), "\"1\"");
  EXPECT_EQ(e.text("PTTL a"), ":100");
  e.advance_ms(100);
  EXPECT_EQ(e.text("DBSIZE"), ":0");
}

TEST(KeyCommands, KeyEvents) {
  EngineFixture e;
  e.text("MSET a 1 b 2 c 3");
  EXPECT_EQ(e.events_of("DEL a missing b"), Events({"0:del a", "0:del b"}));
  EXPECT_EQ(e.events_of("UNLINK c"), Events({"0:del c"}));
  EXPECT_EQ(e.events_of("DEL c"), Events{});
  e.text("MSET a 1 b 2");
  EXPECT_EQ(e.events_of("RENAME a a"), Events{});
  EXPECT_EQ(e.events_of("RENAMENX a b"), Events{});
  EXPECT_EQ(e.events_of("RENAME a b"), Events({"0:rename_from a", "0:rename_to b"}));
  EXPECT_EQ(e.events_of("COPY b c"), Events({"0:copy_to c"}));
  EXPECT_EQ(e.events_of("COPY b c"), Events{});
  EXPECT_EQ(e.events_of("COPY b c REPLACE"), Events({"0:copy_to c"}));
  EXPECT_EQ(e.events_of("COPY b c DB 3"), Events({"3:copy_to c"}));
  EXPECT_EQ(e.events_of("MOVE b 2"), Events({"0:move_from b", "2:move_to b"}));
  EXPECT_EQ(e.events_of("MOVE b 2"), Events{});
  EXPECT_EQ(e.events_of("TOUCH c"), Events{});
  EXPECT_EQ(e.events_of("EXISTS c"), Events{});
  e.text("PEXPIRE c 5");
  e.advance_clock_ms(5);
  EXPECT_EQ(e.events_of("TYPE c"), Events({"0:expired c"}));
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH: who is served by what, in which order, when nobody may wait, and
// how a wait ends. Client 0 pushes; the others wait.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/engine/block_registry.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

class ListBlocking : public ::testing::Test {
 protected:
  // A request that answers nothing for now.
  void wait(size_t client, std::initializer_list<std::string_view> args) {
    EXPECT_EQ(e.run_raw(args, client), "") << "client " << client;
  }
  Lines told(size_t client) { return e.told(client); }
  size_t waiters() { return e.engine().blocked.waiters(); }
  void TearDown() override {
    EXPECT_FALSE(e.engine().blocked.any_ready());
    for (size_t client = 1; client < 6; ++client) e.disconnect(client);
    EXPECT_EQ(waiters(), 0u);
    EXPECT_EQ(e.engine().blocked.keys(), 0u);
  }

  EngineFixture e;
};

TEST_F(ListBlocking, TakeWhatIsThereAtOnce) {
  e.text("RPUSH b 1 2 3 4 5 6");
  EXPECT_EQ(e.text("BLPOP a b 0"), "*[\"b\", \"1\"]");
  EXPECT_EQ(e.text("BRPOP a b 0"), "*[\"b\", \"6\"]");
  EXPECT_EQ(e.text("BLMPOP 0 2 a b LEFT COUNT 2"), "*[\"b\", *[\"2\", \"3\"]]");
  EXPECT_EQ(e.text("BLMOVE b c RIGHT LEFT 0"), "\"5\"");
  EXPECT_EQ(e.text("BRPOPLPUSH b c 0"), "\"4\"");
  EXPECT_EQ(e.text("LRANGE c 0 -1"), "*[\"4\", \"5\"]");
  EXPECT_EQ(e.text("EXISTS b"), ":0");
}

TEST_F(ListBlocking, TheLongestWaitingIsServedFirst) {
  wait(1, {"BRPOP", "k", "0"});
  wait(2, {"BLPOP", "k", "0"});
  wait(3, {"BRPOP", "k", "0"});
  EXPECT_EQ(e.text("RPUSH k a b"), ":2");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"b\"]"});
  EXPECT_EQ(told(2), Lines{"*[\"k\", \"a\"]"});
  EXPECT_EQ(told(3), Lines{});
  EXPECT_EQ(e.text("EXISTS k"), ":0");
  EXPECT_EQ(e.text("LPUSH k c"), ":1");
  EXPECT_EQ(told(3), Lines{"*[\"k\", \"c\"]"});
  EXPECT_EQ(waiters(), 0u);
}

TEST_F(ListBlocking, TheFirstOfTheKeysInTheOrderOfTheArgumentsServes) {
  wait(1, {"BLPOP", "a", "b", "a", "0"});
  EXPECT_EQ(e.text("MULTI"), "+OK");
  e.text("RPUSH b 1");
  e.text("RPUSH a 2");
  EXPECT_EQ(e.text("EXEC"), "*[:1, :1]");
  EXPECT_EQ(told(1), Lines{"*[\"a\", \"2\"]"});
  EXPECT_EQ(e.text("LLEN b"), ":1");
}

TEST_F(ListBlocking, OnlyAListServes) {
  wait(1, {"BLPOP", "k", "0"});
  EXPECT_EQ(e.text("SET k v"), "+OK");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_EQ(e.text("DEL k"), ":1");
  EXPECT_EQ(e.text("RPUSH k x"), ":1");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"x\"]"});
  e.text("SET k v");
  EXPECT_EQ(e.text("BLPOP a k 0"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST_F(ListBlocking, EveryWayInWhichAListComesToBeWakes) {
  e.text("RPUSH src 1 2 3 4 5 6");
  wait(1, {"BLPOP", "k", "0"});
  e.text("LMOVE src k LEFT LEFT");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"1\"]"});
  wait(1, {"BLPOP", "k", "0"});
  e.text("COPY src k");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"2\"]"});
  e.text("DEL k");
  wait(1, {"BLPOP", "k", "0"});
  e.text("RENAME src k");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"2\"]"});
  e.text("DEL k");
  wait(1, {"BLPOP", "k", "0"});
  e.text("SELECT 1");
  e.text("RPUSH k 7");
  e.text("MOVE k 0");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"7\"]"});
  wait(1, {"BLPOP", "k", "0"});
  e.text("RPUSH k 8");
  EXPECT_EQ(told(1), Lines{});
  e.text("SWAPDB 0 1");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"8\"]"});
}

TEST_F(ListBlocking, AListPastItsDeadlineServesNobodyAndLeavesNoEvent) {
  e.text("SELECT 1");
  e.text("RPUSH k 7");
  e.text("PEXPIRE k 10");
  wait(1, {"BLPOP", "k", "0"});
  e.advance_clock_ms(10);
  e.text("SWAPDB 0 1");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_TRUE(e.engine().keyspace.events().empty());
}

TEST_F(ListBlocking, WhatIsNoListMakesNoKeyReady) {
  wait(1, {"BLMOVE", "a", "c", "LEFT", "RIGHT", "0"});
  wait(2, {"BLMOVE", "b", "c", "LEFT", "RIGHT", "0"});
  // Keys are served in the order in which they came to hold a list.
  const auto after = [&](std::initializer_list<std::string_view> lines) {
    e.text("MULTI");
    for (const std::string_view line : lines) e.text(line);
    e.text("DEL b");
    e.text("RPUSH a 1");
    e.text("RPUSH b 2");
    e.text("EXEC");
    EXPECT_EQ(told(1), Lines{"\"1\""});
    EXPECT_EQ(told(2), Lines{"\"2\""});
    EXPECT_EQ(e.text("LRANGE c 0 -1"), "*[\"1\", \"2\"]");
    e.text("DEL c");
    wait(1, {"BLMOVE", "a", "c", "LEFT", "RIGHT", "0"});
    wait(2, {"BLMOVE", "b", "c", "LEFT", "RIGHT", "0"});
  };
  after({"SET b v"});
  after({"SET b v EX 100"});
  after({"APPEND b v"});
  after({"SET s v", "RENAME s b"});
  after({"SET s v", "COPY s b REPLACE", "DEL s"});
  e.text("SET b v EX 100");
  after({"PERSIST b"});
  e.text("SET b v");
  after({"EXPIRE b 100"});
}

TEST_F(ListBlocking, AChainOfMovesIsServedInOneGo) {
  wait(1, {"BLMOVE", "a", "b", "LEFT", "RIGHT", "0"});
  wait(2, {"BLMOVE", "b", "c", "LEFT", "RIGHT", "0"});
  wait(3, {"BRPOP", "c", "0"});
  EXPECT_EQ(e.text("RPUSH a x"), ":1");
  EXPECT_EQ(told(1), Lines{"\"x\""});
  EXPECT_EQ(told(2), Lines{"\"x\""});
  EXPECT_EQ(told(3), Lines{"*[\"c\", \"x\"]"});
  EXPECT_EQ(e.text("DBSIZE"), ":0");
}

TEST_F(ListBlocking, ADestinationOfAnotherTypeIsAnErrorOnceThereIsAnElement) {
  e.text("SET dst v");
  wait(1, {"BLMOVE", "src", "dst", "LEFT", "LEFT", "0"});
  wait(2, {"BLPOP", "src", "0"});
  e.text("RPUSH src x");
  EXPECT_EQ(told(1), Lines{"-WRONGTYPE Operation against a key holding the wrong kind of value"});
  EXPECT_EQ(told(2), Lines{"*[\"src\", \"x\"]"});
}

TEST_F(ListBlocking, WhatATransactionTookAwayAgainServesNobody) {
  wait(1, {"BLPOP", "k", "0"});
  e.text("MULTI");
  e.text("RPUSH k a");
  e.text("DEL k");
  e.text("EXEC");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_EQ(waiters(), 1u);
}

TEST_F(ListBlocking, NobodyWaitsInsideATransaction) {
  e.text("MULTI");
  for (const char* line :
       {"BLPOP k 0", "BRPOP k 0", "BLMPOP 0 1 k LEFT", "BLMOVE k l LEFT LEFT 0", "BRPOPLPUSH k l 0"})
    EXPECT_EQ(e.text(line), "+QUEUED");
  EXPECT_EQ(e.text("EXEC"), "*[*nil, *nil, *nil, $nil, $nil]");
}

TEST_F(ListBlocking, ATimeOutAnswersNullOnTheMillisecond) {
  wait(1, {"BLPOP", "k", "0.0015"});  // two milliseconds
  wait(2, {"BLMOVE", "k", "l", "LEFT", "LEFT", "1"});
  wait(3, {"BLMPOP", "0", "1", "k", "LEFT"});
  e.advance_ms(1);
  EXPECT_EQ(told(1), Lines{});
  e.advance_ms(1);
  EXPECT_EQ(told(1), Lines{"*nil"});
  e.advance_ms(997);
  EXPECT_EQ(told(2), Lines{});
  e.advance_ms(1);
  EXPECT_EQ(told(2), Lines{"*nil"});
  e.advance_ms(1'000'000'000);
  EXPECT_EQ(told(3), Lines{});
  EXPECT_EQ(waiters(), 1u);
}

TEST_F(ListBlocking, StepsOfTheWallClockMoveNoDeadline) {
  constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;
  wait(1, {"BLPOP", "k", "1"});
  e.text("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(e.run_raw({"SET", "s", "v"}, 2), "");
  e.clock().step_wall_us(kDayUs);
  e.advance_ms(999);
  EXPECT_EQ(told(1), Lines{});
  e.clock().step_wall_us(-2 * kDayUs);
  e.advance_ms(0);
  EXPECT_EQ(told(1), Lines{});
  EXPECT_TRUE(e.session(2).postponed);
  e.advance_ms(1);
  EXPECT_EQ(told(1), Lines{"*nil"});
  EXPECT_FALSE(e.session(2).postponed);
}

TEST_F(ListBlocking, WhatCameAndWentWithinATransactionChangesNothing) {
  wait(1, {"BLPOP", "k", "1"});
  wait(2, {"BLPOP", "k", "0"});
  e.advance_ms(600);
  e.text("MULTI");
  e.text("RPUSH k a");
  e.text("DEL k");
  e.text("SET k now-a-string");
  e.text("EXEC");
  e.text("DEL k");
  e.text("RPUSH k b");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"b\"]"});
  EXPECT_EQ(told(2), Lines{});
  wait(1, {"BLPOP", "k", "1"});
  e.text("MULTI");
  e.text("RPUSH k a");
  e.text("LPOP k");
  e.text("EXEC");
  e.advance_ms(999);
  EXPECT_EQ(told(1), Lines{});
  e.advance_ms(1);
  EXPECT_EQ(told(1), Lines{"*nil"});
}

TEST_F(ListBlocking, ArgumentsAreJudgedAtOnce) {
  EXPECT_EQ(e.text("BLPOP k -1"), "-ERR timeout is negative");
  EXPECT_EQ(e.text("BLPOP k nan"), "-ERR timeout is not a float or out of range");
  EXPECT_EQ(e.text("BLPOP k x"), "-ERR timeout is not a float or out of range");
  EXPECT_EQ(e.text("BLPOP k 1e300"), "-ERR timeout is out of range");
  EXPECT_EQ(e.text("BLPOP k inf"), "-ERR timeout is out of range");
  EXPECT_EQ(e.text("BLMPOP 0 0 k LEFT"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(e.text("BLMPOP 0 1 k MIDDLE"), "-ERR syntax error");
  EXPECT_EQ(e.text("BLMPOP 0 1 k LEFT COUNT 0"), "-ERR count should be greater than 0");
  EXPECT_EQ(e.text("BLMOVE k l LEFT UP 0"), "-ERR syntax error");
  EXPECT_EQ(waiters(), 0u);
}

TEST_F(ListBlocking, ClientUnblockEndsAWait) {
  const std::string id = std::to_string(e.session(1).id);
  const std::string other = std::to_string(e.session(2).id);
  wait(1, {"BLPOP", "k", "0"});
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + id), ":1");
  EXPECT_EQ(told(1), Lines{"*nil"});
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + id), ":0");
  wait(1, {"BLPOP", "k", "0"});
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + id + " ERROR"), ":1");
  EXPECT_EQ(told(1), Lines{"-UNBLOCKED client unblocked via CLIENT UNBLOCK"});
  const std::string info = e.text("INFO commandstats");
  const std::string calls = info.substr(info.find("cmdstat_blpop:"));
  EXPECT_EQ(calls.find("calls=2,"), calls.find(':') + 1) << calls;
  EXPECT_NE(calls.find("rejected_calls=0,failed_calls=1\\x0d"), std::string::npos) << calls;
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + other + " TIMEOUT"), ":0");
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + other + " FOO"),
            "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  EXPECT_EQ(e.text("CLIENT UNBLOCK foo"), "-ERR value is not an integer or out of range");
}

TEST_F(ListBlocking, NothingIsTakenForAClientThatIsAboutToGo) {
  wait(1, {"BLPOP", "k", "0"});
  wait(2, {"BLPOP", "k", "0"});
  e.text("MULTI");
  e.text("CLIENT KILL ID " + std::to_string(e.session(1).id));
  e.text("RPUSH k a");
  e.text("EXEC");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_EQ(told(2), Lines{"*[\"k\", \"a\"]"});
}

TEST_F(ListBlocking, APauseHoldsPushesBackAndNotDeadlines) {
  const std::string id = std::to_string(e.session(2).id);
  wait(1, {"BLPOP", "k", "0.1"});
  EXPECT_EQ(e.text("CLIENT PAUSE 1000 WRITE"), "+OK");
  EXPECT_EQ(e.run_raw({"RPUSH", "k", "a"}, 2), "");
  EXPECT_TRUE(e.session(2).postponed);
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + id), ":0");
  EXPECT_EQ(e.text("PING", 3), "+PONG");
  e.advance_ms(100);
  EXPECT_EQ(told(1), Lines{"*nil"});
  e.advance_ms(899);
  EXPECT_TRUE(e.session(2).postponed);
  e.advance_ms(1);
  EXPECT_FALSE(e.session(2).postponed);
  EXPECT_EQ(e.run_raw({"RPUSH", "k", "a"}, 2), ":1\r\n");
}

TEST_F(ListBlocking, APauseChecksItsArguments) {
  const std::string wrong =
      "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.";
  EXPECT_EQ(e.text("CLIENT PAUSE 1 WRITE x"), wrong);
  EXPECT_EQ(e.text("CLIENT PAUSE x y z"), wrong);
  EXPECT_EQ(e.text("CLIENT PAUSE x FOO"), "-ERR CLIENT PAUSE mode must be WRITE or ALL");
  EXPECT_EQ(e.text("PING"), "+PONG");
}

TEST_F(ListBlocking, ClientListNamesTheCommandThatIsHeldBack) {
  e.text("PING", 1);
  e.text("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(e.run_raw({"SET", "k", "v"}, 1), "");
  const std::string list = e.text("CLIENT LIST ID " + std::to_string(e.session(1).id));
  EXPECT_NE(list.find("flags=b "), std::string::npos) << list;
  EXPECT_NE(list.find(" cmd=set "), std::string::npos) << list;
}

TEST_F(ListBlocking, ClientUnblockLeavesWhoIsHeldBackAlone) {
  const std::string id = std::to_string(e.session(1).id);
  e.text("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(e.run_raw({"BLPOP", "k", "0"}, 1), "");
  for (const char* reason : {"", " TIMEOUT", " ERROR"})
    EXPECT_EQ(e.text("CLIENT UNBLOCK " + id + reason), ":0");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_TRUE(e.session(1).postponed);
  EXPECT_EQ(waiters(), 0u);
  e.text("CLIENT UNPAUSE");
  wait(1, {"BLPOP", "k", "0"});
  EXPECT_EQ(e.text("CLIENT UNBLOCK " + id), ":1");
  EXPECT_EQ(told(1), Lines{"*nil"});
}

TEST_F(ListBlocking, APauseHoldsTransactionsThatWriteBack) {
  e.text("MULTI", 1);
  e.text("SET a 1", 1);
  e.text("MULTI", 2);
  e.text("GET a", 2);
  e.text("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(e.run_raw({"EXEC"}, 1), "");
  EXPECT_EQ(e.text("EXEC", 2), "*[$nil]");
  EXPECT_EQ(e.text("CLIENT UNPAUSE"), "+OK");
  EXPECT_EQ(e.text("EXEC", 1), "*[+OK]");
}

TEST_F(ListBlocking, APauseOfAllHoldsEverythingBack) {
  e.text("CLIENT PAUSE 50");
  EXPECT_EQ(e.run_raw({"PING"}, 1), "");
  e.text("CLIENT PAUSE", 2);  // an error is answered all the same
  e.advance_ms(50);
  EXPECT_EQ(e.text("PING", 1), "+PONG");
}

TEST_F(ListBlocking, ABlockedCommandCountsOnce) {
  wait(1, {"BLPOP", "k", "0"});
  e.text("RPUSH k a");
  told(1);
  const std::string info = e.text("INFO commandstats");
  EXPECT_NE(info.find("cmdstat_blpop:calls=1,"), std::string::npos) << info;
  wait(1, {"BLPOP", "k", "10"});
  const std::string clients = e.text("INFO clients");
  EXPECT_NE(clients.find("blocked_clients:1\\x0d"), std::string::npos) << clients;
  EXPECT_NE(clients.find("total_blocking_keys:1\\x0d"), std::string::npos) << clients;
  EXPECT_NE(e.text("CLIENT LIST").find("flags=b "), std::string::npos);
}

TEST_F(ListBlocking, InfoTellsHowLateTimeoutsWere) {
  const auto fields = [this](std::string_view count, std::string_view p99, std::string_view max) {
    const std::string info = e.text("INFO stats");
    EXPECT_NE(info.find("blocked_timeouts:" + std::string(count) + "\\x0d"), std::string::npos) << info;
    EXPECT_NE(info.find("lateness_p99_usec:" + std::string(p99) + "\\x0d"), std::string::npos) << info;
    EXPECT_NE(info.find("lateness_max_usec:" + std::string(max) + "\\x0d"), std::string::npos) << info;
  };
  fields("0", "0", "0");
  wait(1, {"BLPOP", "k", "0.1"});
  wait(2, {"BLPOP", "k", "0"});
  e.advance_ms(103);
  EXPECT_EQ(told(1), Lines{"*nil"});
  fields("1", "3000", "3000");
  // One who gets an item is not late.
  e.text("RPUSH k a");
  EXPECT_EQ(told(2), Lines{"*[\"k\", \"a\"]"});
  fields("1", "3000", "3000");
  e.text("CONFIG RESETSTAT");
  fields("0", "0", "0");
}

TEST_F(ListBlocking, ASkippedReplyIsThatOfTheCommandThatWaited) {
  EXPECT_EQ(e.run_raw({"CLIENT", "REPLY", "SKIP"}, 1), "");
  wait(1, {"BLPOP", "k", "0"});
  e.text("RPUSH k a");
  EXPECT_EQ(told(1), Lines{});
  EXPECT_EQ(e.text("PING", 1), "+PONG");
}

// Or a client without replies would be closed for idleness when it has been given something.
TEST_F(ListBlocking, WaitingIsNotIdleness) {
  e.run_raw({"CLIENT", "REPLY", "OFF"}, 1);
  wait(1, {"BLPOP", "k", "0"});
  e.advance_ms(60'000);
  e.text("RPUSH k a");
  EXPECT_EQ(e.session(1).last_active_us, e.clock().monotonic_us());
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST_F(ListBlocking, Resp3AnswersItsOwnNull) {
  e.text("HELLO 3", 1);
  wait(1, {"BLPOP", "k", "0.1"});
  e.advance_ms(100);
  EXPECT_EQ(told(1), Lines{"nil"});
}

TEST_F(ListBlocking, AWatchedKeyThatAWokenClientEmptiesIsDirty) {
  wait(1, {"BLPOP", "k", "0"});
  e.text("WATCH k", 2);
  e.text("RPUSH k a");
  EXPECT_EQ(told(1), Lines{"*[\"k\", \"a\"]"});
  e.text("MULTI", 2);
  EXPECT_EQ(e.text("EXEC", 2), "*nil");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of clients that wait, where there are very many of them or very much is asked for: what
// a SWAPDB leaves for later, limits of output, and what is kept of clients that went.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/engine/block_registry.h"
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_writer.h"
#include "aerie/store/list_value.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

// Client 1 waits for very many keys, client 2 for "last"; then a database with a list of this name takes the
// place of theirs.
class LongSwap : public ::testing::Test {
 protected:
  static constexpr size_t kMany = 5'000;

  void SetUp() override {
    std::vector<std::string> words{"BLPOP"};
    for (size_t i = 0; i < kMany; ++i) words.push_back("k" + std::to_string(i));
    words.emplace_back("0");
    const std::vector<std::string_view> views(words.begin(), words.end());
    EXPECT_EQ(e.run_raw(views, 1), "");
    EXPECT_EQ(e.run_raw({"BLPOP", "last", "0"}, 2), "");
    e.text("SELECT 1");
    e.text("RPUSH last a b");
    EXPECT_EQ(e.text("SWAPDB 0 1"), "+OK");
    EXPECT_TRUE(e.engine().executor.is_looking_through());
    e.text("SELECT 0");
  }
  void TearDown() override {
    for (size_t client = 1; client < 5; ++client) e.disconnect(client);
    while (e.engine().free_some(1'000)) {
    }
    e.advance_ms(1);
    EXPECT_EQ(e.engine().blocked.keys(), 0u);
    EXPECT_FALSE(e.engine().executor.is_looking_through());
  }
  Lines told(size_t client) { return e.told(client); }

  EngineFixture e;
};

TEST_F(LongSwap, IsDoneInSlices) {
  EXPECT_EQ(told(2), Lines{});
  size_t slices = 0;
  while (e.engine().executor.look_through(100)) ++slices;
  EXPECT_GE(slices, (kMany - 1'024) / 100);
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, WhoAsksForAKeyComesBehindThoseWhoWaitForIt) {
  EXPECT_EQ(e.text("BLPOP last 0", 3), "*[\"last\", \"b\"]");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, SoDoesATransaction) {
  e.text("MULTI", 3);
  e.text("LRANGE last 0 -1", 3);
  EXPECT_EQ(told(2), Lines{});
  EXPECT_EQ(e.text("EXEC", 3), "*[*[\"b\"]]");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, APushServesAtOnce) {
  EXPECT_EQ(e.text("RPUSH last c"), ":2");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

// A transaction may go to the database in question, and some commands name it.
TEST_F(LongSwap, SoDoesATransactionThatSelectsTheDatabase) {
  e.text("SELECT 5", 3);
  e.text("MULTI", 3);
  e.text("SELECT 0", 3);
  e.text("LPOP last", 3);
  EXPECT_EQ(e.text("EXEC", 3), "*[+OK, \"b\"]");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, SoDoesAMoveFromAnotherDatabase) {
  e.text("SELECT 5", 3);
  e.text("RPUSH last c", 3);
  EXPECT_EQ(e.text("MOVE last 0", 3), ":0");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, BackAgainServesNobody) {
  e.text("SWAPDB 0 1");
  e.advance_ms(1);
  EXPECT_EQ(told(2), Lines{});
  EXPECT_EQ(e.engine().blocked.waiters(), 2u);
}

// Nothing is looked at with the SWAPDB itself, so that what happens before it is can be small.
class UnseenSwap : public ::testing::Test {
 protected:
  void SetUp() override { e.engine().executor.set_looked_through_at_once(0); }
  void TearDown() override {
    e.advance_ms(1);
    EXPECT_FALSE(e.engine().executor.is_looking_through());
  }

  void wait(size_t client, std::initializer_list<std::string_view> words) {
    EXPECT_EQ(e.run_raw(words, client), "");
  }
  // From another database, so that no command names a key of the one in question.
  void swap_in(std::initializer_list<std::string_view> pushes) {
    e.text("SELECT 1", 9);
    for (const std::string_view push : pushes) e.text(push, 9);
    EXPECT_EQ(e.text("SWAPDB 0 1", 9), "+OK");
    EXPECT_TRUE(e.engine().executor.is_looking_through());
  }

  EngineFixture e;
};

TEST_F(UnseenSwap, WhoIsWokenByAnotherKeyComesBehindThoseWhoWaitLonger) {
  wait(1, {"BLPOP", "last", "0"});
  wait(2, {"BLPOP", "last", "k", "0"});
  swap_in({"RPUSH last a"});
  EXPECT_EQ(e.text("RPUSH k b"), ":1");
  EXPECT_EQ(e.told(1), Lines{"*[\"last\", \"a\"]"});
  EXPECT_EQ(e.told(2), Lines{"*[\"k\", \"b\"]"});
}

TEST_F(UnseenSwap, EvenBehindThoseOfSeveralKeys) {
  wait(1, {"BLPOP", "x", "0"});
  wait(2, {"BLPOP", "y", "0"});
  wait(3, {"BLPOP", "x", "y", "z", "k", "0"});
  wait(4, {"BLPOP", "k", "0"});
  swap_in({"RPUSH x a", "RPUSH y b"});
  EXPECT_EQ(e.text("RPUSH k c d"), ":2");
  EXPECT_EQ(e.told(1), Lines{"*[\"x\", \"a\"]"});
  EXPECT_EQ(e.told(2), Lines{"*[\"y\", \"b\"]"});
  EXPECT_EQ(e.told(3), Lines{"*[\"k\", \"c\"]"});
  EXPECT_EQ(e.told(4), Lines{"*[\"k\", \"d\"]"});
}

// Client 3 comes behind 2 for y, who comes behind 1 for x.
TEST_F(UnseenSwap, AndTheyBehindOthers) {
  wait(1, {"BLPOP", "x", "0"});
  wait(2, {"BLPOP", "x", "y", "0"});
  wait(3, {"BLPOP", "y", "k", "0"});
  swap_in({"RPUSH x a", "RPUSH y b"});
  EXPECT_EQ(e.text("RPUSH k c"), ":1");
  EXPECT_EQ(e.told(1), Lines{"*[\"x\", \"a\"]"});
  EXPECT_EQ(e.told(2), Lines{"*[\"y\", \"b\"]"});
  EXPECT_EQ(e.told(3), Lines{"*[\"k\", \"c\"]"});
}

TEST_F(UnseenSwap, TheFirstOfAllNeedNotWaitForAnybody) {
  wait(1, {"BLPOP", "x", "k", "0"});
  swap_in({"RPUSH x a"});
  EXPECT_EQ(e.text("RPUSH k b"), ":1");
  EXPECT_EQ(e.told(1), Lines{"*[\"x\", \"a\"]"});
  EXPECT_EQ(e.text("LLEN k"), ":1");
}

TEST_F(UnseenSwap, NobodyIsAskedForAKeyThatHoldsNoList) {
  wait(1, {"BLPOP", "x", "0"});
  wait(2, {"BLPOP", "x", "k", "0"});
  swap_in({"SET x a"});
  EXPECT_EQ(e.text("RPUSH k b"), ":1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.told(2), Lines{"-WRONGTYPE Operation against a key holding the wrong kind of value"});
}

// Client 1 stays where it is: it is about to go.
TEST_F(UnseenSwap, WhoCannotBeServedHoldsNobodyUp) {
  wait(1, {"BLPOP", "x", "0"});
  wait(2, {"BLPOP", "x", "k", "0"});
  e.session(1).close_now = true;
  swap_in({"RPUSH x a"});
  EXPECT_EQ(e.text("RPUSH k b"), ":1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.told(2), Lines{"*[\"x\", \"a\"]"});
}

TEST_F(UnseenSwap, ACopyFromAnotherDatabaseFindsTheKeyTaken) {
  wait(1, {"BLPOP", "x", "0"});
  swap_in({"RPUSH x a"});
  e.text("SELECT 5", 2);
  e.text("RPUSH x b", 2);
  EXPECT_EQ(e.text("COPY x x DB 0", 2), ":1");
  EXPECT_EQ(e.told(1), Lines{"*[\"x\", \"a\"]"});
}

TEST(ExecutorBlocking, WhatIsPushedBehindASwapInATransactionIsServedBehindIt) {
  EngineFixture e;
  e.text("SELECT 1", 9);
  e.text("RPUSH last a", 9);
  EXPECT_EQ(e.run_raw({"BLPOP", "last", "0"}, 1), "");
  EXPECT_EQ(e.run_raw({"BLPOP", "last", "k", "0"}, 2), "");
  e.text("MULTI");
  e.text("SWAPDB 0 1");
  e.text("RPUSH k b");
  EXPECT_EQ(e.text("EXEC"), "*[+OK, :1]");
  EXPECT_EQ(e.told(1), Lines{"*[\"last\", \"a\"]"});
  EXPECT_EQ(e.told(2), Lines{"*[\"k\", \"b\"]"});
}

// PAIRPOP key deadline: waits until the list has two elements, and pops both. It looks closer than at the
// type of a key, as commands of streams do.
void pairpop_command(CommandContext& ctx) {
  const Key key = ctx.key(1);
  ListEdit list = ctx.db().edit_list(key);
  if (list.size() >= 2) {
    list.drop(ListEnd::kFront, 2);
    list.changed("lpop", KeyEffect::kShrank);
    return ctx.reply().ok();
  }
  if (!ctx.engine().executor.may_block()) return ctx.reply().null_array();
  const int64_t deadline_us = ctx.engine().executor.now_us() + *ctx.integer(2) * 1'000;
  ctx.engine().executor.block(ctx, {&key, 1}, Type::kList, deadline_us);
}

constexpr KeySpec kPairpopKey[] = {{.flags = kKeyRw, .begin = 1, .last = 0}};
constexpr CommandSpec kPairpop[] = {{
    .name = "pairpop",
    .run = pairpop_command,
    .arity = 3,
    .flags = kWrite | kBlocking,
    .key_specs = kPairpopKey,
    .group = CommandGroup::kList,
    .since = "1.0.0",
    .complexity = "O(1)",
    .syntax = "key milliseconds",
    .summary = "Pops two.",
}};

TEST(ExecutorBlocking, WhoRunsAgainAndFindsNothingKeepsPlaceAndDeadline) {
  EngineFixture e({}, kPairpop);
  EXPECT_EQ(e.run_raw({"PAIRPOP", "k", "1000"}, 1), "");
  EXPECT_EQ(e.run_raw({"PAIRPOP", "k", "5000"}, 2), "");
  e.advance_ms(600);
  EXPECT_EQ(e.text("RPUSH k a"), ":1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.run_raw({"BLPOP", "none", "k", "0"}, 3), "*2\r\n$1\r\nk\r\n$1\r\na\r\n");
  EXPECT_EQ(e.text("RPUSH k b c"), ":2");
  EXPECT_EQ(e.told(1), Lines{"+OK"});
  EXPECT_EQ(e.told(2), Lines{});
  EXPECT_EQ(e.run_raw({"PAIRPOP", "k", "1000"}, 1), "");
  e.advance_ms(600);
  EXPECT_EQ(e.text("RPUSH k d"), ":1");
  e.advance_ms(399);
  EXPECT_EQ(e.told(1), Lines{});
  e.advance_ms(1);
  EXPECT_EQ(e.told(1), Lines{"*nil"});
  EXPECT_EQ(e.text("RPUSH k e"), ":2");
  EXPECT_EQ(e.told(2), Lines{"+OK"});
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

// The one in front finds nothing, but holds nobody up who does.
TEST(ExecutorBlocking, WhoFindsNothingLetsTheNextOneBeAsked) {
  EngineFixture e({}, kPairpop);
  EXPECT_EQ(e.run_raw({"PAIRPOP", "k", "1000"}, 1), "");
  EXPECT_EQ(e.run_raw({"BLPOP", "k", "0"}, 2), "");
  EXPECT_EQ(e.text("RPUSH k a"), ":1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.told(2), Lines{"*[\"k\", \"a\"]"});
}

// While a database is looked through, those in front of others by arrival are asked first; one who found
// nothing is not asked again and again.
TEST(ExecutorBlocking, WhoFindsNothingEndsNoTurnOfALongSwap) {
  EngineFixture e({}, kPairpop);
  e.engine().executor.set_looked_through_at_once(0);
  EXPECT_EQ(e.run_raw({"PAIRPOP", "x", "1000"}, 1), "");
  EXPECT_EQ(e.run_raw({"BLPOP", "x", "k", "0"}, 2), "");
  e.text("SELECT 1", 9);
  e.text("RPUSH x a", 9);
  e.text("SWAPDB 0 1", 9);
  EXPECT_EQ(e.text("RPUSH k b"), ":1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.told(2), Lines{"*[\"x\", \"a\"]"});
}

// The reply goes beyond what a client may leave unread: it is cut off, so the client has to go.
TEST(ExecutorBlocking, AnElementTooLargeForTheOutputOfAWokenClientClosesIt) {
  EngineFixture e;
  e.engine().executor.set_output_limits(1, 1);
  EXPECT_EQ(e.run_raw({"BLPOP", "k", "0"}, 1), "");
  const std::string large(3 * Executor::kOutputHighWater, 'x');
  EXPECT_EQ(e.run_raw({"RPUSH", "k", large}), ":1\r\n");
  EXPECT_TRUE(e.session(1).close_now);
}

TEST(ExecutorBlocking, ClientsThatGoDuringAPauseLeaveNothingBehind) {
  EngineFixture e;
  e.text("CLIENT PAUSE 1000000 WRITE");
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(e.run_raw({"SET", "k", std::to_string(i)}, 1'000 + i), "");
  for (size_t i = 0; i < 20'000; ++i) {
    EXPECT_EQ(e.run_raw({"SET", "k", "v"}, 1), "");
    e.disconnect(1);
  }
  EXPECT_LT(e.engine().executor.pause().held_back(), 5'000u);
  EXPECT_EQ(e.text("CLIENT UNPAUSE"), "+OK");
  for (size_t i = 0; i < 10; ++i) EXPECT_FALSE(e.session(1'000 + i).postponed);
}

TEST(ExecutorBlocking, MemoryOfWhoWaitsIsCounted) {
  EngineFixture e;
  const auto figure = [&](std::string_view name) {
    const std::string info = e.run({"INFO", "memory"}).text;
    const size_t at = info.find("\n" + std::string(name) + ":");
    return std::stoull(info.substr(at + name.size() + 2));
  };
  const uint64_t before = figure("mem_clients_normal");
  std::vector<std::string> words{"BLPOP"};
  const std::string name(100, 'k');
  for (int i = 0; i < 1'000; ++i) words.push_back(name + std::to_string(i));
  words.emplace_back("0");
  const std::vector<std::string_view> views(words.begin(), words.end());
  EXPECT_EQ(e.run_raw(views, 1), "");
  // Each name twice: in the arguments, and in its queue.
  EXPECT_GT(figure("mem_clients_normal") - before, 1'000u * (2 * 100 + 32 + 64));
  EXPECT_EQ(figure("lazyfree_pending_bytes"), 0u);
  e.text("CLIENT UNBLOCK " + std::to_string(e.session(1).id));
  EXPECT_GT(figure("lazyfree_pending_bytes"), 1'000u * (100 + 32));
  while (e.engine().free_some(1'000)) {
  }
  EXPECT_EQ(figure("lazyfree_pending_bytes"), 0u);
  EXPECT_LT(figure("mem_clients_normal") - before, 2'000u);
}

}  // namespace
}  // namespace aerie

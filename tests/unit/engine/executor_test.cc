// SPDX-License-Identifier: BSD-3-Clause
//
// The executor: the order of its gates, budgets of a batch, reply
// modes, what WATCH hears of, and statistics.
#include "aerie/engine/executor.h"

#include <gtest/gtest.h>

#include <string>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string request(std::initializer_list<std::string_view> words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (std::string_view word : words)
    bytes += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
  return bytes;
}

TEST(ExecutorGates, ReportTheFirstThingThatIsWrong) {
  EngineFixture engine({{"requirepass", "secret"}});
  EXPECT_EQ(engine.text("nonsense a"), "-ERR unknown command 'nonsense', with args beginning with: 'a' ");
  EXPECT_EQ(engine.text("get"), "-ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(engine.text("get a"), "-NOAUTH Authentication required.");
  EXPECT_EQ(engine.text("auth secret"), "+OK");
  EXPECT_EQ(engine.text("get a"), "$nil");
  EXPECT_EQ(engine.run({"debug", "sleep", "0"}).text,
            "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can "
            "run it from "
            "a local connection, otherwise you need to set this option in the configuration file, and then "
            "restart the "
            "server.");
}

TEST(ExecutorGates, AnyErrorWhileQueueingAbortsTheTransaction) {
  for (const char* wrong : {"nonsense", "get", "client nonsense"}) {
    EngineFixture engine;
    EXPECT_EQ(engine.text("multi"), "+OK");
    EXPECT_EQ(engine.text("set a 1"), "+QUEUED");
    EXPECT_EQ(engine.text(wrong).substr(0, 4), "-ERR");
    EXPECT_EQ(engine.text("exec"), "-EXECABORT Transaction discarded because of previous errors.");
    EXPECT_EQ(engine.text("exists a"), ":0");
  }
}

TEST(ExecutorGates, ARefusedExecEndsTheTransaction) {
  EngineFixture engine;
  engine.text("multi");
  engine.text("set a 1");
  EXPECT_EQ(engine.text("exec x"),
            "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command");
  EXPECT_EQ(engine.text("exec"), "-ERR EXEC without MULTI");
  EXPECT_EQ(engine.text("exists a"), ":0");
}

TEST(ExecutorBatch, StopsAtItsBudgetAndAtTheEndOfTheClient) {
  EngineFixture fixture;
  Session& session = fixture.session();
  Executor& executor = fixture.engine().executor;
  std::string input;
  for (int i = 0; i < 10; ++i) input += request({"incr", "n"});
  RequestBatch batch;
  ASSERT_EQ(parse_batch(input, ParserLimits(), 100, &batch), ParseStop::kEnd);
  BatchResult result = executor.run_batch(session, batch, 0, 4);
  EXPECT_EQ(result.end, BatchEnd::kBudget);
  EXPECT_EQ(result.executed, 4u);
  result = executor.run_batch(session, batch, 4, 100);
  EXPECT_EQ(result.end, BatchEnd::kAll);
  EXPECT_EQ(result.executed, 6u);
  EXPECT_EQ(fixture.engine().keyspace.db(0).find<StringValue>(fixture.engine().keyspace.key("n"))->integer(),
            10);

  const std::string ending = request({"quit"}) + request({"incr", "n"});
  ASSERT_EQ(parse_batch(ending, ParserLimits(), 100, &batch), ParseStop::kEnd);
  result = executor.run_batch(session, batch, 0, 100);
  EXPECT_EQ(result.end, BatchEnd::kClosing);
  EXPECT_EQ(result.executed, 1u);
}

TEST(ExecutorBatch, JudgesEachRequestByTheStateThatTheOneBeforeLeft) {
  EngineFixture fixture;
  Session& session = fixture.session();
  // The look-ahead hashes and prefetches every key before the first request runs, for the database of that
  // moment.
  const std::string input = request({"set", "k", "zero"}) + request({"select", "1"}) +
                            request({"set", "k", "one"}) + request({"select", "0"}) +
                            request({"rename", "k", "moved"}) + request({"get", "k"}) +
                            request({"get", "moved"});
  RequestBatch batch;
  ASSERT_EQ(parse_batch(input, ParserLimits(), 100, &batch), ParseStop::kEnd);
  EXPECT_EQ(fixture.engine().executor.run_batch(session, batch, 0, 100).end, BatchEnd::kAll);
  // What the batch answered comes in front of the reply to the next request.
  EXPECT_EQ(fixture.run_raw({"exists", "moved"}),
            "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n$-1\r\n$4\r\nzero\r\n:1\r\n");
}

TEST(ExecutorBatch, EndsBehindAChangeOfTheSettings) {
  EngineFixture fixture;
  // What follows was parsed by limits that may not hold any more.
  const std::string input =
      request({"config", "set", "proto-max-bulk-len", "2mb"}) + request({"ping"}) + request({"ping"});
  RequestBatch batch;
  ASSERT_EQ(parse_batch(input, ParserLimits(), 100, &batch), ParseStop::kEnd);
  Executor& executor = fixture.engine().executor;
  BatchResult result = executor.run_batch(fixture.session(), batch, 0, 100);
  EXPECT_EQ(result.end, BatchEnd::kBudget);
  EXPECT_EQ(result.executed, 1u);
  result = executor.run_batch(fixture.session(), batch, 1, 100);
  EXPECT_EQ(result.end, BatchEnd::kAll);
  EXPECT_EQ(result.executed, 2u);
}

TEST(ExecutorReplies, ModesGateReplies) {
  EngineFixture engine;
  EXPECT_EQ(engine.run_raw({"client", "reply", "skip"}), "");
  EXPECT_EQ(engine.run_raw({"set", "a", "1"}), "");
  EXPECT_EQ(engine.run_raw({"get", "a"}), "$1\r\n1\r\n");
  EXPECT_EQ(engine.run_raw({"client", "reply", "off"}), "");
  EXPECT_EQ(engine.run_raw({"get", "a"}), "");
  EXPECT_EQ(engine.run_raw({"nonsense"}), "");
  EXPECT_EQ(engine.run_raw({"client", "reply", "on"}), "+OK\r\n");
  EXPECT_EQ(engine.run_raw({"get", "a"}), "$1\r\n1\r\n");
}

TEST(ExecutorWatch, HearsOfEveryKindOfChange) {
  const struct {
    const char* prepare;
    const char* change;
    bool dirty;
  } cases[] = {
      {"set k 1", "set k 1", true},      {"set k 1", "append k x", true},
      {"set k 1", "del k", true},        {"set k 1", "del other", false},
      {"ping", "del k", false},          {"set k 1", "expire k 100", true},
      {"set k 1", "persist k", false},   {"set k 1", "rename k z", true},
      {"set z 1", "rename z k", true},   {"set z 1", "copy z k", true},
      {"set k 1", "move k 1", true},     {"set k 1", "flushdb", true},
      {"ping", "flushall", false},       {"set k 1", "swapdb 0 1", true},
      {"ping", "swapdb 0 1", false},     {"set k 1", "setrange k 0 ''", false},
      {"set k 1", "getdel k", true},     {"set k 1", "get k", false},
      {"set k 1", "set k 2 nx", false},  {"ping", "set k 2 xx", false},
      {"set k 1", "getex k ex 9", true},
  };
  for (const auto& one : cases) {
    EngineFixture engine;
    engine.text(one.prepare, 1);
    EXPECT_EQ(engine.text("watch k"), "+OK");
    engine.text(one.change, 1);
    engine.text("multi");
    engine.text("ping");
    EXPECT_EQ(engine.text("exec"), one.dirty ? "*nil" : "*[+PONG]") << one.prepare << "; " << one.change;
    EXPECT_TRUE(engine.engine().watches.empty());
  }
}

TEST(ExecutorWatch, ExpiryMakesAWatchDirty) {
  for (const bool looked_at : {false, true}) {
    EngineFixture engine;
    engine.text("set k 1 px 50");
    engine.text("watch k");
    looked_at ? engine.advance_ms(60) : engine.advance_clock_ms(60);
    engine.text("multi");
    EXPECT_EQ(engine.text("exec"), "*nil");
  }
}

TEST(ExecutorWatch, ADisconnectedClientIsForgotten) {
  EngineFixture engine;
  engine.text("watch a b c", 1);
  EXPECT_EQ(engine.engine().watches.size(), 3u);
  engine.disconnect(1);
  EXPECT_TRUE(engine.engine().watches.empty());
  EXPECT_EQ(engine.text("set a 1"), "+OK");
}

TEST(ExecutorStats, CountCallsFailuresAndRejections) {
  EngineFixture fixture;
  fixture.text("set a x");
  fixture.text("incr a");
  fixture.text("incr");
  const Engine& engine = fixture.engine();
  const CommandStats& incr = engine.stats.commands[engine.command_table.find("incr")->number];
  EXPECT_EQ(incr.calls, 1u);
  EXPECT_EQ(incr.failed_calls, 1u);
  EXPECT_EQ(incr.rejected_calls, 1u);
  EXPECT_EQ(engine.stats.error_replies, 2u);
  EXPECT_EQ(engine.stats.errors.at("ERR"), 2u);
}

TEST(ExecutorTime, StandsStillWithinACommandAndATransaction) {
  EngineFixture engine;
  engine.text("set k 1 px 100");
  engine.text("multi");
  engine.text("pttl k");
  engine.text("pttl k");
  EXPECT_EQ(engine.text("exec"), "*[:100, :100]");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// SLOWLOG and MONITOR in process: what is kept and told of commands, what of them is a secret, and which
// clients are told. Error texts were taken from redis-server 7.0.15.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

// The arguments of the entries, the newest first, one line each.
std::vector<std::string> logged(EngineFixture& engine) {
  std::vector<std::string> lines;
  const Reply reply = engine.run({"SLOWLOG", "GET", "-1"});
  for (const Reply& entry : reply.elements) {
    std::string line;
    for (const Reply& arg : entry.elements.at(3).elements) line += (line.empty() ? "" : " ") + arg.text;
    lines.push_back(line);
  }
  return lines;
}

// What a monitor was told, without the time: `[0 ?:0] "PING"`. told() shows quotes and backslashes escaped.
std::vector<std::string> monitored(EngineFixture& engine, size_t client) {
  std::vector<std::string> lines;
  for (const std::string& told : engine.told(client)) {
    std::string& line = lines.emplace_back();
    for (size_t i = told.find(' ') + 1; i < told.size(); ++i) {
      if (told[i] == '\\' && i + 1 < told.size()) ++i;
      line += told[i];
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(SlowLog, KeepsWhatTookLong) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  engine.text("CLIENT SETNAME me");
  engine.text("SET k v");
  const Reply reply = engine.run({"SLOWLOG", "GET"});
  ASSERT_EQ(reply.elements.size(), 2U);
  const Reply& entry = reply.elements[0];
  ASSERT_EQ(entry.elements.size(), 6U);
  EXPECT_EQ(entry.elements[0].integer, 1);
  EXPECT_EQ(entry.elements[1].integer, engine.clock().wall_ms() / 1000);
  EXPECT_GE(entry.elements[2].integer, 0);
  EXPECT_EQ(entry.elements[3].to_string(), "*[\"SET\", \"k\", \"v\"]");
  EXPECT_EQ(entry.elements[4].text, "?:0");
  EXPECT_EQ(entry.elements[5].text, "me");
}

TEST(SlowLog, ThresholdAndLengthFollowTheOptions) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}, {"slowlog-max-len", "3"}});
  for (const char* key : {"a", "b", "c", "d", "e"}) engine.run({"GET", key});
  EXPECT_EQ(logged(engine), (Lines{"GET e", "GET d", "GET c"}));
  engine.text("CONFIG SET slowlog-log-slower-than 1000000");
  EXPECT_EQ(engine.text("SLOWLOG RESET"), "+OK");
  engine.text("GET a");
  EXPECT_EQ(engine.text("SLOWLOG LEN"), ":0");
  engine.text("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 0");
  engine.text("GET a");
  EXPECT_EQ(engine.text("SLOWLOG LEN"), ":0");
  engine.text("CONFIG SET slowlog-max-len 128");
  engine.text("CONFIG SET slowlog-log-slower-than -1");
  engine.text("GET a");
  EXPECT_EQ(logged(engine), (Lines{"CONFIG SET slowlog-max-len 128"})) << "ids go on, entries are forgotten";
}

TEST(SlowLog, CountsAndErrors) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  for (int i = 0; i < 15; ++i) engine.text("GET k");
  EXPECT_EQ(engine.run({"SLOWLOG", "GET"}).elements.size(), 10U);
  EXPECT_EQ(engine.run({"SLOWLOG", "GET", "3"}).elements.size(), 3U);
  EXPECT_EQ(engine.run({"SLOWLOG", "GET", "0"}).elements.size(), 0U);
  EXPECT_EQ(engine.run({"SLOWLOG", "GET", "9223372036854775807"}).elements.size(), 19U - 1U);
  EXPECT_EQ(engine.text("SLOWLOG GET -2"), "-" + std::string(kSlowLogCount));
  EXPECT_EQ(engine.text("SLOWLOG GET x"), "-" + std::string(kSlowLogCount));
  EXPECT_EQ(engine.text("SLOWLOG GET 1 2"),
            "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
}

TEST(SlowLog, LongCommandsAreCut) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  std::vector<std::string> words = {"DEL"};
  for (int i = 0; i < 40; ++i) words.push_back("k" + std::to_string(i));
  engine.run(std::vector<std::string_view>(words.begin(), words.end()));
  engine.run({"SET", "k", std::string(200, 'x')});
  const Reply reply = engine.run({"SLOWLOG", "GET"});
  EXPECT_EQ(reply.elements[0].elements[3].elements[2].text, std::string(128, 'x') + "... (72 more bytes)");
  const std::vector<Reply>& args = reply.elements[1].elements[3].elements;
  ASSERT_EQ(args.size(), 32U);
  EXPECT_EQ(args[30].text, "k29");
  EXPECT_EQ(args[31].text, "... (10 more arguments)");
}

TEST(SlowLog, ShowsNoSecrets) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  engine.text("AUTH secret");
  engine.text("AUTH default secret");
  engine.text("HELLO 2 SETNAME n AUTH default secret");
  engine.text("HELLO 2 AUTH default secret SETNAME auth");
  engine.text("CONFIG SET timeout 7 RequirePass secret masterauth secret");
  engine.text("AUTH secret");
  for (const std::string& line : logged(engine)) EXPECT_EQ(line.find("secret"), std::string::npos) << line;
  EXPECT_EQ(logged(engine).back(), "AUTH (redacted)");
  const Lines lines = logged(engine);
  EXPECT_EQ(lines[lines.size() - 3], "HELLO 2 SETNAME n AUTH (redacted) (redacted)");
  EXPECT_EQ(lines[lines.size() - 4], "HELLO 2 AUTH (redacted) (redacted) SETNAME auth");
  EXPECT_EQ(lines[lines.size() - 5], "CONFIG SET timeout 7 RequirePass (redacted) masterauth (redacted)");
}

TEST(SlowLog, CommandsOfATransactionAreLoggedEach) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  engine.text("MULTI");
  engine.text("GET a");
  engine.text("EXEC");
  EXPECT_EQ(logged(engine), (Lines{"GET a", "MULTI"}));
}

TEST(Monitor, TellsOfEveryCommand) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("MONITOR", 1), "+OK");
  engine.text("SET k v");
  engine.text("SELECT 3");
  engine.run({"ECHO", std::string_view("a\"\\\n\r\t\a\b\0\xe9z", 11)});
  engine.text("AUTH default secret");
  engine.text("nosuch");
  engine.text("GET");
  EXPECT_EQ(monitored(engine, 1), (Lines{"[0 ?:0] \"SET\" \"k\" \"v\"", "[3 ?:0] \"SELECT\" \"3\"",
                                         "[3 ?:0] \"ECHO\" \"a\\\"\\\\\\n\\r\\t\\a\\b\\x00\\xe9z\"",
                                         "[3 ?:0] \"AUTH\" \"(redacted)\" \"(redacted)\""}));
}

TEST(Monitor, AdministrationIsNotShown) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  for (const char* line : {"CONFIG GET port", "CLIENT LIST", "SLOWLOG LEN", "LATENCY LATEST", "MONITOR"})
    engine.text(line, 2);
  EXPECT_EQ(monitored(engine, 1), Lines{});
}

TEST(Monitor, CommandsOfATransactionAreShownAsTheyRun) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  engine.text("MULTI");
  engine.text("INCR n");
  engine.text("SELECT 2");
  EXPECT_EQ(monitored(engine, 1), (Lines{"[0 ?:0] \"MULTI\""}));
  engine.text("EXEC");
  EXPECT_EQ(monitored(engine, 1),
            (Lines{"[0 ?:0] \"INCR\" \"n\"", "[2 ?:0] \"SELECT\" \"2\"", "[2 ?:0] \"EXEC\""}));
}

TEST(Monitor, AClientThatWaitsIsShownOnce) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  engine.run_raw({"BLPOP", "k", "0"}, 2);
  engine.text("RPUSH k a");
  EXPECT_EQ(monitored(engine, 1), (Lines{"[0 ?:0] \"BLPOP\" \"k\" \"0\"", "[0 ?:0] \"RPUSH\" \"k\" \"a\""}));
}

TEST(Monitor, SeesItsOwnCommandsBehindTheirReplies) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  const std::string raw = engine.run_raw({"PING"}, 1);
  EXPECT_EQ(raw.substr(0, 8), "+PONG\r\n+");
  EXPECT_NE(raw.find("[0 ?:0] \"PING\"\r\n"), std::string::npos);
}

TEST(Monitor, HasNothingToDoWithKeys) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  for (const char* line : {"GET k", "SET k v", "PUBLISH c m", "BLPOP k 0"})
    EXPECT_EQ(engine.text(line, 1), "-" + std::string(kMonitorsOnly)) << line;
  EXPECT_EQ(engine.text("INFO nothing", 3), "\"\"");
  EXPECT_EQ(monitored(engine, 1), (Lines{"[0 ?:0] \"INFO\" \"nothing\""}));
}

TEST(Monitor, EndsWithResetAndWithTheConnection) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  engine.text("MONITOR", 2);
  EXPECT_EQ(engine.text("RESET", 1), "+RESET");
  engine.disconnect(2);
  EXPECT_FALSE(engine.engine().executor.observer().has_monitors());
  engine.text("PING");
  EXPECT_EQ(monitored(engine, 1), Lines{});
  EXPECT_EQ(engine.text("GET k", 1), "$nil");
}

TEST(Monitor, IsRefusedWhereItCannotWait) {
  EngineFixture engine;
  engine.text("MULTI");
  engine.text("MONITOR");
  EXPECT_EQ(engine.text("EXEC"), "*[-" + std::string(kNoMonitorInExec) + "]");
}

// A request of megabytes is not multiplied by those who watch.
TEST(Monitor, LongCommandsAreCut) {
  EngineFixture engine;
  engine.text("MONITOR", 1);
  const std::string long_text(CommandObserver::kMaxMonitoredBytes + 1'000, 'x');
  engine.run({"ECHO", long_text});
  std::vector<std::string> words = {"DEL"};
  words.resize(100'000, "key");
  engine.run(std::vector<std::string_view>(words.begin(), words.end()));
  const Lines lines = monitored(engine, 1);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("xxx... (1005 more bytes)\""), std::string::npos);
  EXPECT_LT(lines[0].size(), CommandObserver::kMaxMonitoredBytes + 100);
  EXPECT_NE(lines[1].find(" more arguments)\""), std::string::npos);
  EXPECT_LT(lines[1].size(), 3 * CommandObserver::kMaxMonitoredBytes) << "each word is quoted";
}

// The store has taken the argument over, and may have freed it by the time somebody looks.
TEST(Monitor, BytesThatTheStoreTookAreNotRead) {
  EngineFixture engine({{"slowlog-log-slower-than", "0"}});
  engine.text("MONITOR", 1);
  std::vector<LargeArg> large;
  const std::string value(100'000, 'v');
  large.push_back({2, Blob::copy_of(value)});
  const std::string_view args[] = {"SET", "k", large[0].memory.view()};
  engine.engine().executor.run(engine.session(), args, large);
  engine.told(0);
  EXPECT_EQ(monitored(engine, 1), (Lines{"[0 ?:0] \"SET\" \"k\" \"... (100000 more bytes)\""}));
  EXPECT_EQ(logged(engine)[0], "SET k ... (100000 more bytes)");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// LATENCY and the section latencystats of INFO, in process. Durations are real ones, so that counts and
// shapes are compared here; how exact they are is tested with the histogram.
#include <gtest/gtest.h>

#include <string>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

class LatencyCommands : public testing::Test {
 protected:
  LatencyCommands() : engine_({{"latency-monitor-threshold", "10"}, {"enable-debug-command", "yes"}}) {}

  // As if something had taken so long now.
  void note(std::string_view event, int64_t ms) {
    engine_.engine().executor.observer().latency().note(event, engine_.clock().wall_ms() / 1000, ms);
  }
  std::string now_s() { return ":" + std::to_string(engine_.clock().wall_ms() / 1000); }

  EngineFixture engine_;
};

TEST_F(LatencyCommands, LatestAndHistory) {
  EXPECT_EQ(engine_.text("LATENCY LATEST"), "*[]");
  EXPECT_EQ(engine_.text("LATENCY HISTORY command"), "*[]");
  note("command", 30);
  const std::string first = now_s();
  engine_.advance_clock_ms(2'000);
  note("command", 20);
  note("expire-cycle", 11);
  EXPECT_EQ(engine_.text("LATENCY LATEST"),
            "*[*[\"command\", " + now_s() + ", :20, :30], *[\"expire-cycle\", " + now_s() + ", :11, :11]]");
  EXPECT_EQ(engine_.text("LATENCY HISTORY command"), "*[*[" + first + ", :30], *[" + now_s() + ", :20]]");
}

TEST_F(LatencyCommands, CommandsThatTakeLongAreNoted) {
  engine_.text("DEBUG SLEEP 0.02");
  engine_.text("PING");
  const Reply latest = engine_.run({"LATENCY", "LATEST"});
  ASSERT_EQ(latest.elements.size(), 1U);
  EXPECT_EQ(latest.elements[0].elements[0].text, "command");
  EXPECT_GE(latest.elements[0].elements[2].integer, 20);
  engine_.text("CONFIG SET latency-monitor-threshold 0");
  engine_.text("LATENCY RESET");
  engine_.text("DEBUG SLEEP 0.02");
  EXPECT_EQ(engine_.text("LATENCY LATEST"), "*[]");
}

TEST_F(LatencyCommands, Reset) {
  for (const char* event : {"a", "b", "c"}) note(event, 50);
  EXPECT_EQ(engine_.text("LATENCY RESET b nosuch b"), ":1");
  EXPECT_EQ(engine_.text("LATENCY RESET"), ":2");
  EXPECT_EQ(engine_.text("LATENCY RESET"), ":0");
}

TEST_F(LatencyCommands, Graph) {
  EXPECT_EQ(engine_.text("LATENCY GRAPH command"), "-" + no_latency_samples("command"));
  for (const int64_t ms : {10, 20, 40, 80}) {
    note("command", ms);
    engine_.advance_clock_ms(15'000);
  }
  const std::string graph = engine_.run({"LATENCY", "GRAPH", "command"}).text;
  EXPECT_EQ(graph, "command - high 80 ms, low 10 ms (all time high 80 ms)\n" + std::string(80, '-') +
                       "\n"
                       "   #\n"
                       "   #\n"
                       "  ##\n"
                       "_###\n"
                       "\n"
                       "1431\n"
                       "m505\n"
                       " sss\n");
}

TEST_F(LatencyCommands, DoctorSaysWhatThereIs) {
  EXPECT_NE(engine_.run({"LATENCY", "DOCTOR"}).text.find("Nothing took 10 ms"), std::string::npos);
  note("command", 40);
  note("command", 60);
  const std::string report = engine_.run({"LATENCY", "DOCTOR"}).text;
  EXPECT_NE(report.find("- command: 1 samples, 60 ms on average"), std::string::npos) << report;
  EXPECT_NE(report.find("SLOWLOG GET"), std::string::npos);
  engine_.text("CONFIG SET latency-monitor-threshold 0");
  EXPECT_NE(engine_.run({"LATENCY", "DOCTOR"}).text.find("monitor is off"), std::string::npos);
}

TEST_F(LatencyCommands, HistogramCountsCalls) {
  for (int i = 0; i < 5; ++i) engine_.text("GET k");
  engine_.text("CONFIG GET port");
  engine_.text("CONFIG GET port");
  engine_.text("DEBUG SLEEP 0.03");
  engine_.text("HELLO 3");
  const Reply reply = engine_.run({"LATENCY", "HISTOGRAM", "get", "config", "nosuch", "set", "debug"});
  ASSERT_EQ(reply.type, '%');
  ASSERT_EQ(reply.elements.size(), 6U);
  EXPECT_EQ(reply.elements[0].text, "get");
  EXPECT_EQ(reply.elements[1].elements[1].integer, 5);
  EXPECT_EQ(reply.elements[2].text, "config|get");
  EXPECT_EQ(reply.elements[3].elements[1].integer, 2);
  const Reply& debug = reply.elements[5];
  EXPECT_EQ(debug.elements[0].text, "calls");
  EXPECT_EQ(debug.elements[2].text, "histogram_usec");
  ASSERT_EQ(debug.elements[3].elements.size(), 2U);
  EXPECT_GE(debug.elements[3].elements[0].integer, 33'816) << "the first power of two behind 30 ms";
  EXPECT_EQ(debug.elements[3].elements[1].integer, 1);
  EXPECT_EQ(engine_.run({"LATENCY", "HISTOGRAM"}).elements.size(), 2U * 5U)
      << "get, config|get, debug, hello, latency|histogram";
}

TEST_F(LatencyCommands, PercentilesAreThoseOfTheOption) {
  engine_.text("GET k");
  std::string stats = engine_.run({"INFO", "latencystats"}).text;
  EXPECT_NE(stats.find("latency_percentiles_usec_get:p50="), std::string::npos) << stats;
  EXPECT_NE(stats.find(",p99="), std::string::npos);
  EXPECT_NE(stats.find(",p99.9="), std::string::npos);
  engine_.text("CONFIG SET latency-tracking-info-percentiles 100");
  engine_.text("CONFIG RESETSTAT");
  stats = engine_.run({"INFO", "latencystats"}).text;
  EXPECT_EQ(stats.find("_get:"), std::string::npos) << stats;
  EXPECT_NE(stats.find("latency_percentiles_usec_config|resetstat:p100="), std::string::npos) << stats;
  engine_.text("CONFIG SET latency-tracking no");
  EXPECT_EQ(engine_.run({"INFO", "latencystats"}).text, "# Latencystats\r\n");
}

TEST_F(LatencyCommands, TurnsAreShownNewestFirst) {
  EXPECT_EQ(engine_.text("LATENCY TURNS"), "*[]");
  TurnLog& log = engine_.engine().turn_log;
  for (int64_t i = 0; i < 12; ++i) {
    TurnLog::Entry entry;
    entry.wall_s = 100 + i;
    entry.cpu_us = 1'000 + i;
    entry.wall_us = 2'000 + i;
    entry.served = 3;
    entry.phases = {{"ready", 900}, {"write", 100}};
    entry.commands = {{"keys", 2}};
    log.add(entry);
    log.set_waited(7);
  }
  EXPECT_EQ(engine_.text("LATENCY TURNS 1"),
            "*[*[:11, :111, :1011, :2011, :3, :7, *[\"ready\", :900, \"write\", :100], *[\"keys\", :2]]]");
  EXPECT_EQ(engine_.run({"LATENCY", "TURNS"}).elements.size(), 10U);
  EXPECT_EQ(engine_.run({"LATENCY", "TURNS", "-1"}).elements.size(), 12U);
  log.set_max_entries(2);
  EXPECT_EQ(engine_.run({"LATENCY", "TURNS", "-1"}).elements.size(), 2U);
  EXPECT_EQ(engine_.text("LATENCY TURNS RESET"), "+OK");
  EXPECT_EQ(engine_.text("LATENCY TURNS 5"), "*[]");
  EXPECT_EQ(engine_.run({"LATENCY", "TURNS", "-2"}).type, '-');
  EXPECT_EQ(engine_.run({"LATENCY", "TURNS", "1", "2"}).type, '-');
}

}  // namespace
}  // namespace aerie

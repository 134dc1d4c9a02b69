// SPDX-License-Identifier: BSD-3-Clause
//
// CONFIG, INFO, TIME, ROLE, MEMORY, SHUTDOWN, LOLWUT, DEBUG and the commands of a persistence that does not
// exist. Error texts were taken from redis-server 7.0.15.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "aerie/base/allocator.h"
#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string error(std::string_view text) {
  return "-" + std::string(text);
}

// "Server Clients ..." in order.
std::string headings(const std::string& info) {
  std::string names;
  for (size_t at = info.find("# "); at != std::string::npos; at = info.find("# ", at + 1)) {
    names += info.substr(at + 2, info.find("\r\n", at) - at - 2) + " ";
  }
  return names;
}

std::string info_field(const std::string& info, const std::string& name) {
  const size_t at = info.find("\r\n" + name + ":");
  if (at == std::string::npos) return "<none>";
  const size_t begin = at + name.size() + 3;
  return info.substr(begin, info.find("\r\n", begin) - begin);
}

TEST(ConfigCommands, GetAnswersNamesAndValues) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CONFIG GET save"), "*[\"save\", \"\"]");
  EXPECT_EQ(engine.text("CONFIG GET appendonly SAVE save"), "*[\"appendonly\", \"no\", \"SAVE\", \"\"]");
  EXPECT_EQ(engine.text("CONFIG GET nothing"), "*[]");
  EXPECT_EQ(engine.text("CONFIG GET"), error(wrong_number_of_arguments("config|get")));
  EXPECT_EQ(engine.text("CONFIG foo"), "-ERR unknown subcommand 'foo'. Try CONFIG HELP.");
  engine.text("HELLO 3");
  EXPECT_EQ(engine.text("CONFIG GET timeout"), "%[\"timeout\", \"0\"]");
}

TEST(ConfigCommands, SetChangesAllOrNothing) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CONFIG SET timeout 7 tcp-keepalive 100"), "+OK");
  EXPECT_EQ(
      engine.text("CONFIG SET timeout 8 tcp-keepalive abc"),
      "-ERR CONFIG SET failed (possibly related to argument 'tcp-keepalive') - argument couldn't be parsed "
      "into an integer");
  EXPECT_EQ(engine.text("CONFIG GET timeout"), "*[\"timeout\", \"7\"]");
  EXPECT_EQ(engine.text("CONFIG SET nothing 1"),
            "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'");
  EXPECT_EQ(engine.text("CONFIG SET databases 3"),
            "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config");
  EXPECT_EQ(engine.text("CONFIG SET timeout 1 maxclients"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CONFIG SET timeout"), error(wrong_number_of_arguments("config|set")));
}

TEST(ConfigCommands, AccessPolicyFollowsAtOnce) {
  EngineFixture engine;
  engine.text("SET k v");
  EXPECT_EQ(engine.text("OBJECT FREQ k"), error(kLfuNotSelected));
  EXPECT_EQ(engine.text("CONFIG SET maxmemory-policy allkeys-lfu"), "+OK");
  EXPECT_EQ(engine.run({"OBJECT", "FREQ", "k"}).type, ':');
  EXPECT_EQ(engine.text("OBJECT IDLETIME k"), error(kLfuSelected));
  EXPECT_EQ(engine.text("CONFIG SET maxmemory-policy noeviction"), "+OK");
  EXPECT_EQ(engine.text("OBJECT IDLETIME k"), ":0");
  EngineFixture from_start({{"maxmemory-policy", "volatile-lfu"}});
  from_start.text("SET k v");
  EXPECT_EQ(from_start.run({"OBJECT", "FREQ", "k"}).type, ':');
}

TEST(ConfigCommands, ResetstatStartsCountersAgain) {
  EngineFixture engine;
  engine.text("GET missing");
  engine.text("GET");
  EXPECT_GT(engine.engine().stats.commands_processed, 0u);
  EXPECT_EQ(engine.engine().keyspace.stats().misses, 1u);
  EXPECT_EQ(engine.text("CONFIG RESETSTAT"), "+OK");
  EXPECT_EQ(engine.engine().stats.commands_processed, 1u) << "itself";
  EXPECT_EQ(engine.engine().keyspace.stats().misses, 0u);
  EXPECT_TRUE(engine.engine().stats.errors.empty());
}

TEST(InfoCommand, ChoosesSections) {
  EngineFixture engine;
  const std::string usual =
      "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace ";
  const std::string all =
      "Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Latencystats "
      "Cluster "
      "Keyspace ";
  EXPECT_EQ(headings(engine.run({"INFO"}).text), usual);
  EXPECT_EQ(headings(engine.run({"INFO", "default"}).text), usual);
  EXPECT_EQ(headings(engine.run({"INFO", "ALL"}).text), all);
  EXPECT_EQ(headings(engine.run({"INFO", "everything"}).text), all);
  EXPECT_EQ(headings(engine.run({"INFO", "clients", "SERVER", "clients", "foo"}).text), "Server Clients ");
  EXPECT_EQ(engine.text("INFO foo"), "\"\"");
  engine.text("HELLO 3");
  EXPECT_EQ(engine.run_raw({"INFO", "cluster"}), "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
}

TEST(InfoCommand, TellsWhatTheServerIs) {
  EngineFixture engine;
  engine.text("SET a 1");
  engine.text("SET b 1 PX 100000");
  engine.text("SELECT 3");
  engine.text("SET c 1");
  const std::string info = engine.run({"INFO", "everything"}).text;
  EXPECT_EQ(info_field(info, "redis_version"), "7.2.4");
  EXPECT_EQ(info_field(info, "server_name"), "aerie");
  EXPECT_EQ(info_field(info, "redis_mode"), "standalone");
  EXPECT_EQ(info_field(info, "connected_clients"), "1");
  EXPECT_EQ(info_field(info, "role"), "master");
  EXPECT_EQ(info_field(info, "aof_enabled"), "0");
  EXPECT_EQ(info_field(info, "loading"), "0");
  EXPECT_EQ(info_field(info, "maxclients"), "10000");
  EXPECT_EQ(info_field(info, "total_commands_processed"), "4");
  EXPECT_EQ(info_field(info, "rdb_changes_since_last_save"),
            std::to_string(engine.engine().keyspace.events().changes()));
  EXPECT_EQ(info_field(info, "db3"), "keys=1,expires=0,avg_ttl=0");
  EXPECT_EQ(info_field(info, "db0").substr(0, 15), "keys=2,expires=");
  EXPECT_EQ(info_field(info, "db1"), "<none>");
  EXPECT_EQ(info_field(info, "mem_allocator"), allocator_name());
  EXPECT_GT(std::stoull(info_field(info, "used_memory_rss")), 0u);
  EXPECT_EQ(info_field(info, "eventloop_cycles"), "0") << "embedded, without a loop";
}

TEST(InfoCommand, ListsWhatIsListenedOn) {
  EngineFixture engine({{"bind", "127.0.0.1 -::1"}});
  EXPECT_EQ(info_field(engine.run({"INFO", "server"}).text, "listener0"), "<none>");
  engine.engine().facts.tcp_port = 6379;
  engine.engine().sessions.unix_path = "/run/a.sock";
  const std::string info = engine.run({"INFO", "server"}).text;
  EXPECT_EQ(info_field(info, "listener0"), "name=tcp,bind=127.0.0.1,bind=-::1,port=6379");
  EXPECT_EQ(info_field(info, "listener1"), "name=unix,bind=/run/a.sock");
}

TEST(InfoCommand, HzIsTheOptions) {
  EngineFixture engine;
  engine.text("CONFIG SET hz 1000");
  EXPECT_EQ(info_field(engine.run({"INFO", "server"}).text, "configured_hz"), "500");
}

// Turns are measured when asked, over the time since somebody asked before.
TEST(InfoCommand, RatesOfTheEventLoop) {
  EngineFixture engine;
  engine.run({"INFO", "stats"});
  engine.engine().facts.turns = 400;
  engine.engine().facts.turn_total_us = 60'000;
  engine.advance_clock_ms(2000);
  const std::string info = engine.run({"INFO", "stats"}).text;
  EXPECT_EQ(info_field(info, "instantaneous_eventloop_cycles_per_sec"), "200");
  EXPECT_EQ(info_field(info, "instantaneous_eventloop_duration_usec"), "150");
}

TEST(Lolwut, NumbersOfTheOldDrawingsAreNumbers) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("LOLWUT VERSION 5 x"), error(kNotAnInteger));
  EXPECT_EQ(engine.text("LOLWUT VERSION 6 1 x"), error(kNotAnInteger));
  EXPECT_EQ(engine.run({"LOLWUT", "VERSION", "6", "1", "1", "x"}).type, '$');
  EXPECT_EQ(engine.run({"LOLWUT", "VERSION", "1", "x"}).type, '$');
}

TEST(InfoCommand, MemoryPartsAddUp) {
  EngineFixture engine;
  for (int i = 0; i < 100; ++i) engine.text("SET key" + std::to_string(i) + " value");
  const std::string info = engine.run({"INFO", "memory"}).text;
  const auto number = [&](const std::string& name) { return std::stoull(info_field(info, name)); };
  EXPECT_EQ(number("used_memory"), number("used_memory_dataset") + number("used_memory_overhead"));
  EXPECT_EQ(number("used_memory"), number("keyspace_entries_bytes") + number("keyspace_values_bytes") +
                                       number("keyspace_tables_bytes") + number("keyspace_expiry_bytes") +
                                       number("keyspace_slab_free_bytes") + number("lazyfree_pending_bytes") +
                                       number("mem_clients_normal"));
  EXPECT_GE(number("used_memory_peak"), number("used_memory"));
}

TEST(InfoCommand, CountsCommandsAndErrors) {
  EngineFixture engine;
  engine.text("GET k");
  engine.text("GET k");
  engine.text("GET");
  engine.text("INCR k x");
  engine.text("SET k v");
  engine.text("INCR k");
  const std::string info = engine.run({"INFO", "commandstats", "errorstats"}).text;
  EXPECT_EQ(info_field(info, "cmdstat_get").substr(0, 8), "calls=2,");
  EXPECT_NE(info_field(info, "cmdstat_get").find("rejected_calls=1,failed_calls=0"), std::string::npos);
  EXPECT_NE(info_field(info, "cmdstat_incr").find("rejected_calls=1,failed_calls=1"), std::string::npos);
  EXPECT_EQ(info_field(info, "errorstat_ERR"), "count=3");
  EXPECT_EQ(info_field(info, "cmdstat_del"), "<none>");
}

TEST(ServerCommands, TimeAndRole) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("TIME"), "*[\"1700000000\", \"0\"]");
  engine.clock().advance_us(1'500'001);
  EXPECT_EQ(engine.text("TIME"), "*[\"1700000001\", \"500001\"]");
  EXPECT_EQ(engine.text("TIME x"), error(wrong_number_of_arguments("time")));
  EXPECT_EQ(engine.text("ROLE"), "*[\"master\", :0, *[]]");
}

TEST(ServerCommands, MemoryUsage) {
  EngineFixture engine;
  engine.text("SET k v");
  EXPECT_GT(engine.run({"MEMORY", "USAGE", "k"}).integer, 0);
  EXPECT_EQ(engine.text("MEMORY USAGE k SAMPLES 0"), engine.text("MEMORY USAGE k"));
  EXPECT_EQ(engine.text("MEMORY USAGE missing"), "$nil");
  EXPECT_EQ(engine.text("MEMORY USAGE k SAMPLES"), error(kSyntaxError));
  EXPECT_EQ(engine.text("MEMORY USAGE k SAMPLES -1"), error(kSyntaxError));
  EXPECT_EQ(engine.text("MEMORY USAGE k SAMPLES x"), error(kNotAnInteger));
  EXPECT_EQ(engine.text("MEMORY USAGE k foo 1"), error(kSyntaxError));
  const int64_t small = engine.run({"MEMORY", "USAGE", "k"}).integer;
  engine.run({"SET", "k", std::string(10'000, 'x')});
  EXPECT_GE(engine.run({"MEMORY", "USAGE", "k"}).integer, small + 9'900);
}

// Name and number of each field that is a number.
std::map<std::string, int64_t> numbers_of(const Reply& fields) {
  std::map<std::string, int64_t> numbers;
  for (size_t i = 0; i + 1 < fields.elements.size(); i += 2) {
    if (fields.elements[i + 1].type == ':') numbers[fields.elements[i].text] = fields.elements[i + 1].integer;
  }
  return numbers;
}

TEST(ServerCommands, MemoryStatsAreThoseOfInfo) {
  EngineFixture engine;
  for (int i = 0; i < 100; ++i) engine.run({"SET", "key" + std::to_string(i), std::string(1'000, 'v')});
  engine.text("SELECT 3");
  engine.text("SET k v EX 100");
  const std::string info = engine.run({"INFO", "memory"}).text;
  const Reply stats = engine.run({"MEMORY", "STATS"});
  std::map<std::string, int64_t> numbers = numbers_of(stats);
  EXPECT_EQ(std::to_string(numbers["total.allocated"]), info_field(info, "used_memory"));
  EXPECT_EQ(std::to_string(numbers["dataset.bytes"]), info_field(info, "used_memory_dataset"));
  EXPECT_EQ(numbers["total.allocated"], numbers["dataset.bytes"] + numbers["overhead.total"]);
  EXPECT_EQ(numbers["keys.count"], 101);
  EXPECT_EQ(numbers["keys.bytes-per-key"], numbers["total.allocated"] / 101);
  int databases = 0;
  for (const Reply& field : stats.elements) databases += field.text == "db.0" || field.text == "db.3" ? 1 : 0;
  EXPECT_EQ(databases, 2);
  EXPECT_EQ(engine.text("MEMORY PURGE"), "+OK");
  EXPECT_NE(engine.run({"MEMORY", "MALLOC-STATS"}).text.find("name:" + allocator_name()), std::string::npos);
}

TEST(ServerCommands, MemoryDoctorNamesWhatIsOutOfProportion) {
  EngineFixture engine;
  EXPECT_NE(engine.run({"MEMORY", "DOCTOR"}).text.find("too little"), std::string::npos);
  for (int i = 0; i < 40; ++i) engine.run({"SET", "key" + std::to_string(i), std::string(1'000'000, 'v')});
  engine.text("MEMORY DOCTOR");
  for (int i = 0; i < 30; ++i) engine.run({"DEL", "key" + std::to_string(i)});
  while (engine.engine().free_some(1'000)) {
  }
  EXPECT_NE(engine.run({"MEMORY", "DOCTOR"}).text.find("There once was"), std::string::npos);
}

TEST(ServerCommands, ShutdownIsAWish) {
  EngineFixture engine;
  const bool& requested = engine.engine().shutdown_requested;
  for (std::string_view wrong :
       {"SHUTDOWN foo", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT NOW", "SHUTDOWN NOSAVE foo"}) {
    EXPECT_EQ(engine.text(wrong), error(kSyntaxError)) << wrong;
  }
  EXPECT_EQ(engine.text("SHUTDOWN ABORT"), error(kNoShutdownInProgress));
  EXPECT_EQ(engine.text("SHUTDOWN SAVE"), error(kNoPersistence));
  EXPECT_FALSE(requested);
  EXPECT_EQ(engine.run_raw({"SHUTDOWN", "nosave", "now", "force"}), "")
      << "the end of the connection is the answer";
  EXPECT_TRUE(requested);
  EXPECT_EQ(engine.text("SHUTDOWN ABORT"), "+OK");
  EXPECT_FALSE(requested);
  EXPECT_EQ(engine.run_raw({"SHUTDOWN"}), "");
  EXPECT_TRUE(requested);
}

TEST(ServerCommands, NothingIsStoredAndNothingPretends) {
  EngineFixture engine;
  engine.engine().facts.started_wall_s = 1'600'000'000;
  EXPECT_EQ(engine.text("SAVE"), error(kNoPersistence));
  EXPECT_EQ(engine.text("BGSAVE"), error(kNoPersistence));
  EXPECT_EQ(engine.text("BGSAVE schedule"), error(kNoPersistence));
  EXPECT_EQ(engine.text("BGSAVE foo"), error(kSyntaxError));
  EXPECT_EQ(engine.text("BGREWRITEAOF"), error(kNoPersistence));
  EXPECT_EQ(engine.text("LASTSAVE"), ":1600000000");
}

TEST(ServerCommands, LolwutDrawsAndTellsTheVersion) {
  EngineFixture engine;
  const std::string first = engine.run({"LOLWUT"}).text;
  EXPECT_NE(first.find("\\_oO_/"), std::string::npos);
  EXPECT_TRUE(first.ends_with("\n")) << first;
  // Clients' suites look for "Redis ver. ".
  EXPECT_TRUE(first.ends_with("\nRedis ver. 7.2.4 (Aerie 0.1.0)\n")) << first;
  EXPECT_NE(engine.run({"LOLWUT"}).text, first);
  EXPECT_EQ(engine.text("LOLWUT VERSION x"), error(kNotAnInteger));
  EXPECT_FALSE(engine.run({"LOLWUT", "VERSION", "5", "1"}).is_error());
  for (int i = 0; i < 1000; ++i) ASSERT_NE(engine.run({"LOLWUT"}).text.find("\\_oO_/"), std::string::npos);
}

TEST(DebugCommand, IsGated) {
  EngineFixture closed;
  EXPECT_EQ(closed.run({"DEBUG", "SLEEP", "0"}).text, command_not_allowed("DEBUG", "enable-debug-command"));
  EngineFixture local({{"enable-debug-command", "local"}});
  EXPECT_TRUE(local.run({"DEBUG", "SLEEP", "0"}).is_error());
  local.session().peer.family = Endpoint::Family::kUnix;
  EXPECT_EQ(local.text("DEBUG SLEEP 0"), "+OK");
}

TEST(DebugCommand, ChecksItsArguments) {
  EngineFixture engine({{"enable-debug-command", "yes"}});
  EXPECT_EQ(engine.text("DEBUG JMAP"),
            "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP.");
  EXPECT_EQ(engine.text("DEBUG SLEEP"),
            "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.");
  EXPECT_EQ(engine.text("DEBUG"), error(wrong_number_of_arguments("debug")));
  EXPECT_EQ(engine.text("DEBUG SLEEP x"), "+OK");
  for (std::string_view no_time :
       {"DEBUG SLEEP -1", "DEBUG SLEEP inf", "DEBUG SLEEP 1e300", "DEBUG SLEEP nan"}) {
    EXPECT_EQ(engine.text(no_time), "+OK");
  }
  EXPECT_EQ(engine.text("DEBUG OBJECT missing"), error(kNoSuchKey));
  EXPECT_EQ(engine.text("DEBUG POPULATE x"), error(kMustBePositive));
  EXPECT_EQ(engine.text("DEBUG POPULATE -1"), error(kMustBePositive));
  EXPECT_EQ(engine.text("DEBUG POPULATE 1 p -5"), error(kMustBePositive));
  EXPECT_EQ(engine.text("DEBUG POPULATE 1 p 9223372036854775807"), error(kStringTooLong));
  EXPECT_EQ(engine.run({"DEBUG", "HELP"}).elements.at(0).text,
            "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
}

TEST(DebugCommand, ShowsAndMakesKeys) {
  EngineFixture engine({{"enable-debug-command", "yes"}});
  engine.text("SET foo bar");
  EXPECT_TRUE(engine.text("DEBUG OBJECT foo")
                  .starts_with("+Value at:0x0 refcount:1 encoding:embstr serializedlength:4 lru:"));
  engine.text("SET foo 300");
  EXPECT_NE(engine.text("DEBUG OBJECT foo").find("encoding:int serializedlength:3"), std::string::npos);
  engine.text("SET key:1 mine");
  EXPECT_EQ(engine.text("DEBUG POPULATE 3"), "+OK");
  EXPECT_EQ(engine.text("MGET key:0 key:1 key:2 key:3"), "*[\"value:0\", \"mine\", \"value:2\", $nil]");
  EXPECT_EQ(engine.text("DEBUG POPULATE 2 pre 10"), "+OK");
  EXPECT_EQ(engine.run({"GET", "pre:1"}).text, std::string("value:1\0\0\0", 10));
  EXPECT_EQ(engine.text("DEBUG POPULATE 0"), "+OK");
}

TEST(DebugCommand, ShowsTheNodesOfAQuicklist) {
  EngineFixture engine({{"enable-debug-command", "yes"}});
  const auto fields = [&engine] {
    const std::string text = engine.text("DEBUG OBJECT k");
    const size_t at = text.find(" ql_");
    return at == std::string::npos ? std::string() : text.substr(at);
  };
  engine.text("RPUSH k a bc");
  EXPECT_EQ(fields(), "") << "of a quicklist alone";
  // Two elements to a node: the frame of a listpack is 7 bytes, one of a letter takes 3.
  engine.text("CONFIG SET list-max-listpack-size 2");
  engine.text("DEL k");
  engine.text("RPUSH k a b c");
  EXPECT_EQ(fields(),
            " ql_nodes:1 ql_avg_node:3.00 ql_listpack_max:2 ql_compressed:0 ql_uncompressed_size:16");
  engine.text("DEL k");
  const std::string item(1000, 'x');  // with head and length 1004 bytes
  for (int i = 0; i < 5; ++i) engine.run({"RPUSH", "k", item});
  EXPECT_EQ(fields(),
            " ql_nodes:3 ql_avg_node:1.67 ql_listpack_max:2 ql_compressed:0 ql_uncompressed_size:5041");
  // An element too large for a listpack is a node of its own, without a frame.
  engine.run({"LPUSH", "k", std::string(10'000, 'L')});
  EXPECT_EQ(fields(),
            " ql_nodes:4 ql_avg_node:1.50 ql_listpack_max:2 ql_compressed:0 ql_uncompressed_size:15041");
  engine.text("CONFIG SET list-max-listpack-size -7 list-compress-depth 1");
  EXPECT_EQ(fields(),
            " ql_nodes:4 ql_avg_node:1.50 ql_listpack_max:-5 ql_compressed:0 ql_uncompressed_size:15041");
  engine.text("CONFIG SET list-max-listpack-size 100000");
  EXPECT_NE(fields().find(" ql_listpack_max:32767 "), std::string::npos);
}

TEST(DebugCommand, TurnsActiveExpiryOffAndOn) {
  EngineFixture engine({{"enable-debug-command", "yes"}});
  EXPECT_EQ(engine.text("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK");
  engine.text("SET k v PX 100");
  engine.advance_ms(200);
  EXPECT_EQ(engine.text("DBSIZE"), ":1");
  EXPECT_EQ(engine.text("DEBUG SET-ACTIVE-EXPIRE 1"), "+OK");
  engine.advance_ms(1);
  EXPECT_EQ(engine.text("DBSIZE"), ":0");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The options table: what each kind of value accepts and how it is shown, what may be set when, and that
// CONFIG SET changes everything or nothing. Error texts were taken from redis-server 7.0.15.
#include "aerie/engine/config.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aerie {
namespace {

using Words = std::vector<std::string>;

std::string load(Config& config, std::string_view name, const Words& values) {
  const Status status = config.load(name, values);
  return status.ok() ? "OK" : status.error().message();
}

// "OK", or "option: reason".
std::string set(Config& config, std::initializer_list<Config::Pair> pairs) {
  const auto error = config.set(std::vector<Config::Pair>(pairs));
  return error ? error->option + ": " + error->reason : "OK";
}

std::string get(const Config& config, std::string_view name) {
  const auto found = config.get(std::vector<std::string_view>{name});
  return found.size() == 1 ? found[0].second : "<" + std::to_string(found.size()) + " matches>";
}

TEST(Config, StartsWithTheDefaultsOfSettings) {
  const Config config;
  EXPECT_EQ(get(config, "port"), "6379");
  EXPECT_EQ(get(config, "bind"), "* -::*");
  EXPECT_EQ(get(config, "save"), "");
  EXPECT_EQ(get(config, "appendonly"), "no");
  EXPECT_EQ(get(config, "loglevel"), "notice");
  EXPECT_EQ(get(config, "unixsocketperm"), "0");
  EXPECT_EQ(get(config, "proto-max-bulk-len"), "536870912");
  EXPECT_EQ(get(config, "maxmemory"), "0");
  EXPECT_TRUE(config.without_effect().empty());
}

TEST(Config, EveryParameterTakesItsOwnValueOrSaysWhyNot) {
  Config config;
  const auto all = config.get(std::vector<std::string_view>{"*"});
  EXPECT_GT(all.size(), 150u);
  for (const auto& [name, value] : all) {
    const auto error = config.set(std::vector<Config::Pair>{{name, value}});
    if (!error) continue;
    EXPECT_EQ(error->option, name);
    EXPECT_TRUE(error->reason == "can't set immutable config" ||
                error->reason == "can't set protected config")
        << name << ": " << error->reason;
  }
}

TEST(Config, ReadsEachKindOfValue) {
  Config config;
  EXPECT_EQ(set(config, {{"timeout", "100"}}), "OK");
  EXPECT_EQ(config.settings().timeout_s, 100);
  EXPECT_EQ(set(config, {{"PROTECTED-mode", "No"}}), "OK");
  EXPECT_FALSE(config.settings().protected_mode);
  EXPECT_EQ(set(config, {{"proto-max-bulk-len", "2mb"}}), "OK");
  EXPECT_EQ(config.settings().proto_max_bulk_len, 2u * 1024 * 1024);
  EXPECT_EQ(set(config, {{"loglevel", "WARNING"}}), "OK");
  EXPECT_EQ(config.settings().loglevel, LogLevel::kWarning);
  EXPECT_EQ(get(config, "loglevel"), "warning");
  EXPECT_EQ(set(config, {{"maxmemory-policy", "allkeys-lfu"}}), "OK");
  EXPECT_EQ(config.settings().maxmemory_policy, "allkeys-lfu");
  EXPECT_EQ(set(config, {{"bind", "127.0.0.1 -::1"}}), "OK");
  EXPECT_EQ(config.settings().bind, (Words{"127.0.0.1", "-::1"}));
  EXPECT_EQ(set(config, {{"save", "100 1 200 2"}}), "OK");
  EXPECT_EQ(config.settings().save, "100 1 200 2");
  EXPECT_EQ(load(config, "unixsocketperm", {"700"}), "OK");
  EXPECT_EQ(config.settings().unixsocketperm, 0700);
  EXPECT_EQ(get(config, "unixsocketperm"), "700");
}

TEST(Config, SaysWhatIsWrongWithAValue) {
  Config config;
  const auto reason = [&](std::string_view name, std::string_view value) {
    const auto error = config.set(std::vector<Config::Pair>{{name, value}});
    return error ? error->reason : "OK";
  };
  EXPECT_EQ(reason("timeout", "abc"), "argument couldn't be parsed into an integer");
  EXPECT_EQ(reason("timeout", "1.5"), "argument couldn't be parsed into an integer");
  EXPECT_EQ(reason("timeout", ""), "argument couldn't be parsed into an integer");
  EXPECT_EQ(reason("timeout", "9223372036854775808"), "argument couldn't be parsed into an integer");
  EXPECT_EQ(reason("timeout", "-1"), "argument must be between 0 and 2147483647 inclusive");
  EXPECT_EQ(reason("maxclients", "0"), "argument must be between 1 and 4294967295 inclusive");
  EXPECT_EQ(reason("protected-mode", "maybe"), "argument must be 'yes' or 'no'");
  EXPECT_EQ(reason("proto-max-bulk-len", "1x"), "argument must be a memory value");
  EXPECT_EQ(reason("proto-max-bulk-len", "1"),
            "argument must be between 1048576 and 9223372036854775807 inclusive");
  EXPECT_EQ(reason("loglevel", "foo"),
            "argument(s) must be one of the following: debug, verbose, notice, warning, nothing");
  EXPECT_EQ(reason("bind", "a b c d e f g h i j k l m n o p q"), "Too many bind addresses specified.");
  EXPECT_EQ(reason("bind", std::string_view("127.0.0.1\0x", 11)), "an address contains a zero byte");
  EXPECT_EQ(reason("save", "100"), "Invalid save parameters");
  EXPECT_EQ(reason("save", "0 0"), "Invalid save parameters");
  EXPECT_EQ(reason("save", " 100   1 "), "Invalid save parameters");
  EXPECT_EQ(reason("client-output-buffer-limit", "normal 0 0"),
            "Wrong number of arguments in buffer limit configuration.");
  EXPECT_EQ(reason("client-output-buffer-limit", "foo 0 0 0"),
            "Invalid client class specified in buffer limit configuration.");
  EXPECT_EQ(reason("client-output-buffer-limit", "normal a 0 0"),
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
  EXPECT_EQ(reason("notify-keyspace-events", "xyzzy"),
            "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  EXPECT_EQ(reason("oom-score-adj-values", "1"), "wrong number of arguments");
  EXPECT_EQ(reason("oom-score-adj-values", "1 2 3000"),
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
  EXPECT_EQ(reason("maxmemory-clients", "200%"), "percentage argument must be less or equal to 100");
  EXPECT_EQ(reason("maxmemory-clients", "x"), "argument must be a memory or percent value");
  EXPECT_EQ(reason("latency-tracking-info-percentiles", "a"),
            "Invalid latency-tracking-info-percentiles parameters");
  EXPECT_EQ(reason("latency-tracking-info-percentiles", "101"),
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
  EXPECT_EQ(reason("cluster-announce-hostname", "a b"),
            "Hostnames may only contain alphanumeric characters, hyphens or dots");
  EXPECT_EQ(reason("shutdown-on-sigterm", "default later"),
            "argument(s) must be one of the following: default, save, nosave, now, force");
}

TEST(Config, ShowsValuesAsRedisDoes) {
  Config config;
  EXPECT_EQ(set(config, {{"client-output-buffer-limit", "normal 1kb 2 3 slave 4 5 6"}}), "OK");
  EXPECT_EQ(get(config, "client-output-buffer-limit"),
            "normal 1024 2 3 slave 4 5 6 pubsub 33554432 8388608 60");
  EXPECT_EQ(set(config, {{"client-output-buffer-limit", "replica 7 8 9"}}), "OK");
  EXPECT_EQ(get(config, "client-output-buffer-limit"),
            "normal 1024 2 3 slave 7 8 9 pubsub 33554432 8388608 60");
  EXPECT_EQ(set(config, {{"notify-keyspace-events", "KEA"}}), "OK");
  EXPECT_EQ(get(config, "notify-keyspace-events"), "AKE");
  EXPECT_EQ(set(config, {{"notify-keyspace-events", "KEg"}}), "OK");
  EXPECT_EQ(get(config, "notify-keyspace-events"), "gKE");
  EXPECT_EQ(set(config, {{"shutdown-on-sigterm", "NOSAVE now"}}), "OK");
  EXPECT_EQ(get(config, "shutdown-on-sigterm"), "nosave now");
  EXPECT_EQ(set(config, {{"maxmemory-clients", "1%"}}), "OK");
  EXPECT_EQ(get(config, "maxmemory-clients"), "1%");
}

TEST(Config, GetMatchesPatternsNamesAndOldNamesOnce) {
  Config config;
  const auto names = [&](std::vector<std::string_view> patterns) {
    std::string joined;
    for (const auto& [name, value] : config.get(patterns)) joined += name + " ";
    return joined;
  };
  EXPECT_EQ(names({"port", "po*", "PORT"}), "port ");
  EXPECT_EQ(names({"SAVE"}), "SAVE ");
  EXPECT_EQ(names({"Save", "s?ve"}), "Save ");
  EXPECT_EQ(names({"nothing-like-this", ""}), "");
  EXPECT_EQ(names({"*-slaves-*"}), "min-slaves-max-lag min-slaves-to-write ");
  EXPECT_EQ(names({"rename-command", "user"}), "");
  EXPECT_EQ(set(config, {{"hash-max-ziplist-entries", "7"}}), "OK");
  EXPECT_EQ(get(config, "hash-max-listpack-entries"), "7");
}

TEST(Config, SetRefusesWholeRequests) {
  Config config;
  EXPECT_EQ(set(config, {{"foo", "1"}, {"daemonize", "yes"}}), "foo: ");
  EXPECT_EQ(set(config, {{"daemonize", "yes"}, {"foo", "1"}}), "daemonize: can't set immutable config");
  EXPECT_EQ(set(config, {{"port", "abc"}, {"foo", "1"}}), "foo: ");
  EXPECT_EQ(set(config, {{"dir", "/tmp"}}), "dir: can't set protected config");
  EXPECT_EQ(set(config, {{"PORT", "abc"}}), "port: argument couldn't be parsed into an integer");
  EXPECT_EQ(set(config, {{"timeout", "1"}, {"timeout", "2"}}), "timeout: duplicate parameter");
  // The name as it was written, unlike in errors about values.
  EXPECT_EQ(set(config, {{"timeout", "1"}, {"TIMEOUT", "2"}}), "TIMEOUT: duplicate parameter");
  EXPECT_EQ(set(config, {{"Daemonize", "yes"}}), "Daemonize: can't set immutable config");
  EXPECT_EQ(set(config, {{"timeout", "8"}, {"tcp-keepalive", "abc"}}),
            "tcp-keepalive: argument couldn't be parsed into an integer");
  EXPECT_EQ(config.settings().timeout_s, 0);
  EXPECT_EQ(set(config, {{"rename-command", "x"}}), "rename-command: ");
}

TEST(Config, HooksRunForChangesAndRollBackEverything) {
  Config config;
  std::vector<int64_t> ports;
  config.set_apply_hook("port", [&](const Settings& settings) -> Status {
    ports.push_back(settings.port);
    return {};
  });
  config.set_apply_hook("maxclients", [&](const Settings& settings) -> Status {
    if (settings.maxclients > 1000) return Error{0, "too many"};
    return {};
  });
  EXPECT_EQ(set(config, {{"port", "6379"}}), "OK");
  EXPECT_TRUE(ports.empty()) << "an unchanged value is not applied";
  EXPECT_EQ(set(config, {{"port", "7000"}, {"maxclients", "500"}}), "OK");
  EXPECT_EQ(set(config, {{"hz", "50"}, {"port", "8000"}, {"maxclients", "5000"}}), "maxclients: too many");
  EXPECT_EQ(ports, (std::vector<int64_t>{7000, 8000, 7000}));
  EXPECT_EQ(config.settings().port, 7000);
  EXPECT_EQ(config.settings().maxclients, 500);
  EXPECT_EQ(get(config, "hz"), "10");
}

TEST(Config, LoadTakesDirectivesOfAFile) {
  Config config;
  EXPECT_EQ(load(config, "daemonize", {"yes"}), "OK");
  EXPECT_TRUE(config.settings().daemonize);
  EXPECT_EQ(load(config, "bind", {"127.0.0.1", "::1"}), "OK");
  EXPECT_EQ(config.settings().bind.size(), 2u);
  EXPECT_EQ(load(config, "slave-read-only", {"no"}), "OK");
  EXPECT_EQ(get(config, "replica-read-only"), "no");
  EXPECT_EQ(load(config, "port", {"1", "2"}), "wrong number of arguments");
  EXPECT_EQ(load(config, "port", {}), "wrong number of arguments");
  EXPECT_EQ(load(config, "no-such-thing", {"1"}), "Bad directive or wrong number of arguments");
  EXPECT_EQ(load(config, "client-output-buffer-limit", {"pubsub", "1mb", "1mb", "5"}), "OK");
}

TEST(Config, ForgetsWhatRedisForgets) {
  Config config;
  for (const char* name : {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"}) {
    EXPECT_EQ(load(config, name, {"7"}), "OK");
    EXPECT_EQ(load(config, name, {}), "wrong number of arguments");
    EXPECT_EQ(set(config, {{name, "7"}}), std::string(name) + ": ");
    EXPECT_EQ(get(config, name), "<0 matches>");
  }
  EXPECT_TRUE(config.without_effect().empty());
}

TEST(Config, ADirectiveOfManyWordsMayHaveNone) {
  Config config;
  EXPECT_EQ(load(config, "bind", {}), "OK");
  EXPECT_TRUE(config.settings().bind.empty());
  EXPECT_EQ(load(config, "latency-tracking-info-percentiles", {}), "OK");
  EXPECT_EQ(get(config, "latency-tracking-info-percentiles"), "");
  EXPECT_EQ(load(config, "oom-score-adj-values", {}), "wrong number of arguments");
  EXPECT_EQ(load(config, "client-output-buffer-limit", {"normal", "1", "1", "1"}), "OK");
  EXPECT_EQ(load(config, "client-output-buffer-limit", {}), "OK");
  EXPECT_EQ(get(config, "client-output-buffer-limit"),
            "normal 1 1 1 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  EXPECT_EQ(load(config, "save", {"900", "1"}), "OK");
  EXPECT_EQ(load(config, "save", {}), "OK");
  EXPECT_EQ(get(config, "save"), "900 1");
}

TEST(Config, RepeatedSaveLinesAddUp) {
  Config config;
  EXPECT_EQ(load(config, "save", {"900", "1"}), "OK");
  EXPECT_EQ(load(config, "save", {"300", "10"}), "OK");
  EXPECT_EQ(config.settings().save, "900 1 300 10");
  EXPECT_EQ(config.without_effect(), Words{"save"});
  EXPECT_EQ(load(config, "save", {""}), "OK");
  EXPECT_EQ(config.settings().save, "");
  EXPECT_TRUE(config.without_effect().empty());
}

TEST(Config, UserLinesAreKeptAndChecked) {
  Config config;
  EXPECT_EQ(load(config, "user", {"alice", "on", ">secret", "(+get", "~a)"}), "OK");
  EXPECT_EQ(load(config, "user", {"bob"}), "OK");
  ASSERT_EQ(config.settings().users.size(), 2u);
  EXPECT_EQ(config.settings().users[0], (Words{"alice", "on", ">secret", "(+get", "~a)"}));
  EXPECT_EQ(
      load(config, "user", {"bob", "off"}),
      "Error in user declaration 'bob': Duplicate user found. A user can only be defined once in config "
      "files");
  EXPECT_EQ(load(config, "user", {}), "Bad directive or wrong number of arguments");
  EXPECT_EQ(set(config, {{"user", "carol on"}}), "user: ") << "is no parameter";
  config.set_user_check(
      [](std::span<const std::string> words) { return words.size() > 2 ? "too long" : ""; });
  EXPECT_EQ(load(config, "user", {"dave", "on"}), "OK");
  EXPECT_EQ(load(config, "user", {"erin", "on", "~a"}), "Error in user declaration 'erin': too long");
  EXPECT_EQ(config.settings().users.size(), 3u);
}

TEST(Config, RefusesWhatWouldPromiseTooMuch) {
  Config config;
  for (const auto& [name, values] :
       std::vector<std::pair<std::string, Words>>{{"appendonly", {"yes"}},
                                                  {"tls-port", {"6380"}},
                                                  {"replicaof", {"127.0.0.1", "6380"}},
                                                  {"slaveof", {"127.0.0.1", "6380"}},
                                                  {"cluster-enabled", {"yes"}},
                                                  {"rename-command", {"GET", "G"}},
                                                  {"loadmodule", {"x.so"}},
                                                  {"min-replicas-to-write", {"1"}}}) {
    EXPECT_NE(load(config, name, values).find("this server does not support it yet"), std::string::npos)
        << name;
  }
  EXPECT_NE(load(config, "rename-command", {"GET", "G"}).find("it must be left out"), std::string::npos);
  EXPECT_EQ(load(config, "appendonly", {"no"}), "OK");
  EXPECT_EQ(load(config, "maxmemory", {"100mb"}), "OK");
  EXPECT_EQ(config.settings().maxmemory, 104'857'600U);
  EXPECT_EQ(load(config, "cluster-enabled", {"no"}), "OK");
  EXPECT_EQ(set(config, {{"appendonly", "yes"}}),
            "appendonly: this server does not support it yet: the only accepted value is 'no'");
  EXPECT_EQ(get(config, "appendonly"), "no");
}

TEST(Config, NamesOptionsThatHaveNoEffect) {
  Config config;
  EXPECT_EQ(load(config, "hz", {"10"}), "OK");
  EXPECT_TRUE(config.without_effect().empty()) << "the initial value asks for nothing";
  EXPECT_EQ(load(config, "hz", {"100"}), "OK");
  EXPECT_EQ(load(config, "io-threads", {"4"}), "OK");
  EXPECT_EQ(config.without_effect(), (Words{"hz", "io-threads"}));
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// CONFIG REWRITE over sockets: a server that is started again with the file it wrote has the same options,
// whatever they were; and the file is the one that redis-server writes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "aerie/engine/option_list.h"
#include "integration/server_test.h"

namespace aerie {
namespace {

using Values = std::map<std::string, std::string>;

std::string config_of(const ServerProcess& server) {
  return server.directory() + "/server.conf";
}

class ConfigRewrite : public ServerTest {
 protected:
  // A server that has its options from a file alone.
  void start_from_file(const std::string& config) {
    ServerOptions options;
    options.bare = true;
    options.config = "port %p\nbind 127.0.0.1\n" + config;
    start_as(options);
  }
  void restart_from_file() {
    ASSERT_EQ(server().stop(), 0);
    ServerOptions options;
    options.kind = GetParam();
    options.bare = true;
    options.args = {"%d/server.conf"};
    server().restart(options);
  }
  void expect_same_values(const Values& before, RespClient& client) {
    const Values after = config_values(client);
    EXPECT_EQ(after.size(), before.size());
    for (const auto& [name, value] : before) {
      const auto found = after.find(name);
      ASSERT_NE(found, after.end()) << name;
      EXPECT_EQ(found->second, value) << name;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ConfigRewrite, both_servers(), server_test_name);

class ConfigRewriteOfAerie : public ConfigRewrite {};
INSTANTIATE_TEST_SUITE_P(Servers, ConfigRewriteOfAerie, testing::Values(ServerKind::kAerie),
                         server_test_name);

TEST_P(ConfigRewrite, EveryParameterTakesItsValueAndTheFileGivesItBack) {
  start_from_file("# mine\nmaxclients 500\nsave 900 1\nsave 300 10\n");
  RespClient client = connect();
  const Values before = config_values(client);
  EXPECT_GT(before.size(), 150U);
  size_t taken = 0;
  for (const auto& [name, value] : before) {
    const std::string reply = client.command({"CONFIG", "SET", name, value});
    const std::string failure = "-ERR CONFIG SET failed (possibly related to argument '" + name + "') - ";
    taken += reply == "+OK\r\n" ? 1 : 0;
    EXPECT_TRUE(reply == "+OK\r\n" || reply == failure + "can't set immutable config\r\n" ||
                reply == failure + "can't set protected config\r\n")
        << name << " " << value << ": " << reply;
  }
  EXPECT_GT(taken, 100U);
  EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
  restart_from_file();
  client = connect();
  expect_same_values(before, client);
  EXPECT_TRUE(file_text(config_of(server())).starts_with("port ")) << "lines stay where they are";
}

// What is legal for some option, in the order in which they are tried.
const char* const kCandidates[] = {"yes",
                                   "no",
                                   "a \"b\\c\r\n'd\xff# ",
                                   "3000",
                                   "57",
                                   "7",
                                   "20mb",
                                   "nosave now",
                                   "always",
                                   "allkeys-lfu",
                                   "swapdb",
                                   "hostname",
                                   "panic",
                                   "allchannels",
                                   "verbose",
                                   "KEA",
                                   "5 6 7 8",
                                   "1 2 3",
                                   "normal 1mb 5mb 6",
                                   "clients",
                                   "optional",
                                   "{title} {port}",
                                   "absolute",
                                   "99.5 1",
                                   "127.0.0.1 -::1",
                                   "h.example"};

TEST_P(ConfigRewriteOfAerie, EveryParameterThatCanBeSetComesBackChanged) {
  start_from_file("slave-read-only yes\nhash-max-ziplist-entries 512\n");
  RespClient client = connect();
  const std::set<std::string> kOnlyOff = {
      "appendonly",         "tls-port", "tls-cluster", "tls-replication", "min-replicas-to-write",
      "min-slaves-to-write"};
  const Values initial = config_values(client);
  size_t changed = 0;
  for (const auto& [name, value] : initial) {
    if (name == "port") continue;  // this test cannot know a free one
    bool is_changed = false;
    std::string reply;
    for (const char* candidate : kCandidates) {
      if (is_changed) break;
      reply = client.command({"CONFIG", "SET", name, candidate});
      if (reply.find("can't set") != reply.npos) break;
      is_changed = client.ask({"CONFIG", "GET", name}).elements.at(1).text != value;
    }
    changed += is_changed ? 1 : 0;
    const bool settable = reply.find("can't set") == reply.npos && !kOnlyOff.contains(name);
    EXPECT_EQ(is_changed, settable) << name << ": " << reply;
  }
  EXPECT_GT(changed, 100U);
  const Values before = config_values(client);
  EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
  restart_from_file();
  client = connect();
  EXPECT_EQ(client.command({"AUTH", before.at("requirepass")}), "+OK\r\n");
  expect_same_values(before, client);
  EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
  restart_from_file();
  client = connect();
  EXPECT_EQ(client.command({"AUTH", before.at("requirepass")}), "+OK\r\n");
  expect_same_values(before, client);
}

TEST_P(ConfigRewrite, WithoutAFileThereIsNothingToRewrite) {
  EXPECT_EQ(connect().command({"CONFIG", "REWRITE"}), "-ERR The server is running without a config file\r\n");
}

TEST_P(ConfigRewrite, TheFileMayBeGoneOrADirectory) {
  start({}, "hz 20\n");
  RespClient client = connect();
  std::filesystem::remove(config_of(server()));
  EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
  EXPECT_NE(file_text(config_of(server())).find("hz 20\n"), std::string::npos);
  std::filesystem::remove(config_of(server()));
  std::filesystem::create_directory(config_of(server()));
  EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "-ERR Rewriting config file: Is a directory\r\n");
  EXPECT_TRUE(server().wait_for_output("CONFIG REWRITE failed: Is a directory", std::chrono::seconds(5)));
  EXPECT_TRUE(server().wait_for_output("CONFIG REWRITE executed with success.", std::chrono::seconds(5)));
}

// --- the same file, the same changes: the same text

// The text in parts that can be compared: what stands where lines stood, then the appended lines in order of
// the alphabet, since Redis has them in the order of a hash table. Users of 7.2 say `sanitize-payload`.
std::vector<std::string> comparable(std::string text, const ServerProcess& server) {
  for (const auto& [from, to] :
       {std::pair(server.directory(), "%d"), {std::to_string(server.port()), "%p"}}) {
    for (size_t at = text.find(from); at != text.npos; at = text.find(from))
      text.replace(at, from.size(), to);
  }
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const size_t flag = line.starts_with("user ") ? line.find(" sanitize-payload") : line.npos;
    if (flag != line.npos) line.erase(flag, std::string_view(" sanitize-payload").size());
    lines.push_back(line);
  }
  const auto appended = std::find(lines.begin(), lines.end(), "# Generated by CONFIG REWRITE");
  std::sort(appended, lines.end());
  return lines;
}

struct Sample {
  const char* file;
  std::vector<Words> changes;
};

class RewrittenFiles : public testing::TestWithParam<Sample> {
 protected:
  static std::vector<std::string> lines_of(ServerKind kind) {
    ServerOptions options;
    options.kind = kind;
    options.config = GetParam().file;
    ServerProcess server(options);
    RespClient client = RespClient::tcp(server.port());
    for (Words change : GetParam().changes) {
      change.insert(change.begin(), {"CONFIG", "SET"});
      EXPECT_EQ(client.command(change), "+OK\r\n") << change[2];
    }
    EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
    return comparable(file_text(config_of(server)), server);
  }
};

TEST_P(RewrittenFiles, AreThoseOfRedis) {
  EXPECT_EQ(lines_of(ServerKind::kAerie), lines_of(ServerKind::kOracle));
}

const Sample kSamples[] = {
    {"# nothing but this", {}},
    {"\n\n\n", {{"timeout", "5"}}},
    {"# a\n\n\n  # b \t\n  timeout   7  \nsave 100 1\nsave 200 2\nsave 300 3\n# c\nbind 127.0.0.1\nbind "
     "127.0.0.1 -::1\n\n\nport 1\n",
     {{"timeout", "0"}, {"save", "5 1"}, {"hz", "20"}}},
    {"TIMEOUT 3\r\ntimeout 5\r\nslave-read-only no\nhash-max-ziplist-entries 7\nlua-time-limit 77\n"
     "zset-max-ziplist-value 1024\nslave-priority 5\nreplica-priority 6\nmin-slaves-max-lag 3",
     {{"replica-read-only", "yes"}, {"masterauth", "a \"b\\c\r\n\x01\xc3\xa9"}}},
    {"masteruser \"\"\nlogfile \"\"\nmasterauth xyz\nproc-title-template '{title} {port}'\n"
     "repl-backlog-size 1025kb\nauto-aof-rewrite-min-size 67108864\nclient-query-buffer-limit 1gb\n"
     "notify-keyspace-events KEA\noom-score-adj-values 1 2 3\nunixsocketperm 0700\nmaxmemory-clients 5%\n"
     "latency-tracking-info-percentiles 50 99.12",
     {{"masterauth", ""}, {"replica-announce-ip", "1.2.3.4"}}},
    {"client-output-buffer-limit pubsub 1mb 1000 5\nclient-output-buffer-limit normal 1 2 3\n",
     {{"client-output-buffer-limit", "replica 256mb 64mb 60"}, {"maxmemory-clients", "3mb"}}},
    {"client-output-buffer-limit pubsub 1mb 1000 5\n# x\nclient-output-buffer-limit slave 0 0 0\n", {}},
    {"shutdown-on-sigterm nosave now\nnotify-keyspace-events \"\"\nignore-warnings \"\"\ndbfilename x\n"
     "syslog-ident \"\"\npidfile \"\"\ncluster-announce-hostname h\nbind 127.0.0.1\n",
     {{"shutdown-on-sigterm", "default"},
      {"ignore-warnings", "ARM64-COW-BUG"},
      {"cluster-announce-hostname", ""},
      {"bind", "* -::*"},
      {"shutdown-on-sigint", "force nosave"}}},
    {"# Generated by CONFIG REWRITE\nsave 3600 1\nsave 300 100\n# by hand\ndir .\n",
     {{"save", "1 2 3 4 5 6 7 8"}, {"appendfsync", "always"}, {"maxmemory-policy", "allkeys-lru"}}},
    {"always-show-logo yes\nappenddirname d\nappendfilename \"a b\"\ncluster-config-file c\ncluster-port 7\n"
     "databases 7\ndisable-thp no\nenable-debug-command local\nio-threads 2\nio-threads-do-reads yes\n"
     "rdbchecksum no\nset-proc-title no\nsocket-mark-id 7\nsyslog-facility user\nsyslog-ident 'x'\n"
     "tcp-backlog 7\nunixsocketperm 777\nserver_cpulist 0\nsupervised no\n",
     {{"appendfsync", "no"}, {"dynamic-hz", "no"}}},
    {"include /dev/null\nsave \"\"\nappendonly no\nmaxmemory 0\ntls-port 0\ncluster-enabled no\n"
     "daemonize no\n\"hz\" 50\n",
     {{"latency-tracking-info-percentiles", ""}, {"oom-score-adj-values", "0 200 800"}, {"hz", "10"}}},
};
INSTANTIATE_TEST_SUITE_P(Samples, RewrittenFiles, testing::ValuesIn(kSamples));

// Options that CONFIG SET may change on both servers while a test talks to them.
std::vector<std::string> common_options(RespClient& redis) {
  const Values known = config_values(redis);
  // They would send the clients of this test away, or ask for a port that the test cannot know.
  const std::set<std::string> kOthers = {"port", "bind", "requirepass", "maxmemory-clients"};
  std::vector<std::string> names;
  for (const OptionInfo& option : option_list()) {
    const std::string name(option.name);
    if (option.set_by == OptionInfo::SetBy::kConfigSet && option.effect != OptionInfo::Effect::kRefused &&
        known.contains(name) && !kOthers.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

// CONFIG SET answers the same too.
TEST(RewrittenFile, OfEachOptionWithEachValueIsThatOfRedis) {
  ServerOptions options;
  options.config = "# both begin with this\n";
  ServerProcess aerie(options);
  options.kind = ServerKind::kOracle;
  ServerProcess redis(options);
  RespClient to_aerie = RespClient::tcp(aerie.port());
  RespClient to_redis = RespClient::tcp(redis.port());
  const std::vector<std::string> names = common_options(to_redis);
  EXPECT_GT(names.size(), 80U);
  size_t taken = 0;
  // 7.2 has a level more; Redis has active defragmentation only with an allocator that Debian does not use.
  const std::set<std::string> kOtherReplies = {"loglevel", "activedefrag"};
  for (const char* value : kCandidates) {
    for (const std::string& name : names) {
      const std::string before = to_redis.ask({"CONFIG", "GET", name}).elements.at(1).text;
      const std::string reply = to_redis.command({"CONFIG", "SET", name, value});
      const std::string own_reply = to_aerie.command({"CONFIG", "SET", name, value});
      taken += reply == "+OK\r\n" ? 1 : 0;
      if (!kOtherReplies.contains(name)) {
        EXPECT_EQ(own_reply, reply) << name << " " << value;
      } else if (own_reply != reply) {
        to_aerie.command({"CONFIG", "SET", name, before});
      }
    }
    EXPECT_EQ(to_aerie.command({"CONFIG", "REWRITE"}), "+OK\r\n");
    EXPECT_EQ(to_redis.command({"CONFIG", "REWRITE"}), "+OK\r\n");
    EXPECT_EQ(comparable(file_text(config_of(aerie)), aerie), comparable(file_text(config_of(redis)), redis))
        << value;
  }
  EXPECT_GT(taken, 300U);
}

}  // namespace
}  // namespace aerie

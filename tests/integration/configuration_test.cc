// SPDX-License-Identifier: BSD-3-Clause
//
// Whole configurations: the sample file of the documentation, the file that Debian ships with redis-server,
// and no file at all, where every option starts as in Redis or is named here with the reason.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "aerie/engine/option_list.h"
#include "integration/server_test.h"

namespace aerie {
namespace {

using Values = std::map<std::string, std::string>;

// What CONFIG GET shows on a server that has its options from this text alone, but for what differs each
// time.
Values values_with(ServerKind kind, const std::string& config) {
  ServerOptions options;
  options.kind = kind;
  options.bare = true;
  options.config = config;
  options.args = {"--port", "%p"};
  ServerProcess server(options);
  RespClient client = RespClient::tcp(server.port());
  Values values = config_values(client);
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(server.output().find("has no effect"), std::string::npos) << server.output();
  values.erase("dir");
  values.erase("port");
  return values;
}

// --- initial values

TEST(InitialValues, AreThoseOfRedis) {
  const Values redis = values_with(ServerKind::kOracle, "");
  const Values aerie = values_with(ServerKind::kAerie, "");
  const std::set<std::string> kNew = {"locale-collate",
                                      "set-max-listpack-entries",
                                      "set-max-listpack-value",
                                      "cluster-announce-human-nodename",  // since 7.2
                                      "turn-log-slower-than",
                                      "turn-log-max-len"};  // Aerie's own
  // Nothing is stored yet.
  const std::set<std::string> kOthers = {"save"};
  std::set<std::string> only_here;
  std::set<std::string> different;
  for (const auto& [name, value] : aerie) {
    const auto found = redis.find(name);
    if (found == redis.end()) {
      only_here.insert(name);
    } else if (found->second != value) {
      different.insert(name);
    }
  }
  EXPECT_EQ(only_here, kNew);
  EXPECT_EQ(different, kOthers);
  for (const auto& [name, value] : redis) EXPECT_TRUE(aerie.contains(name)) << name;
}

// --- the sample file

// The options that the sample shows, as it shows them: lines that begin with '#' and no blank.
std::vector<std::string> sample_lines() {
  std::vector<std::string> lines;
  std::istringstream in(file_text(AERIE_DOCS "/aerie.conf"));
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(line.empty() || line.front() == '#') << "the sample switches nothing on: " << line;
    if (line.size() > 1 && line[1] != ' ') lines.push_back(line.substr(1));
  }
  return lines;
}

TEST(SampleConfiguration, ShowsExactlyTheOptionsThatWork) {
  std::set<std::string> shown;
  for (const std::string& line : sample_lines()) shown.insert(line.substr(0, line.find(' ')));
  std::set<std::string> working = {"save"};
  for (const OptionInfo& option : option_list()) {
    if (option.effect == OptionInfo::Effect::kWorks) working.emplace(option.name);
  }
  for (const std::string& name : working)
    EXPECT_TRUE(shown.contains(name)) << name << " is missing in docs/aerie.conf";
  for (const std::string& name : shown) EXPECT_TRUE(working.contains(name)) << name << " does nothing";
}

TEST(SampleConfiguration, ChangesNothingAlsoWhenAllIsSwitchedOn) {
  const Values initial = values_with(ServerKind::kAerie, "");
  EXPECT_EQ(values_with(ServerKind::kAerie, file_text(AERIE_DOCS "/aerie.conf")), initial);
  std::string all;
  for (const std::string& line : sample_lines()) all += line + "\n";
  EXPECT_EQ(values_with(ServerKind::kAerie, all), initial);
}

// --- the file of Debian's package redis-server

// What stands in it besides comments; the test takes the file itself where it can be found, see
// docs/testing.md.
constexpr const char* kStockLines =
    "bind 127.0.0.1 -::1\nprotected-mode yes\nport 6379\ntcp-backlog 511\ntimeout 0\ntcp-keepalive 300\n"
    "daemonize yes\npidfile /run/redis/redis-server.pid\nloglevel notice\n"
    "logfile /var/log/redis/redis-server.log\ndatabases 16\nalways-show-logo no\nset-proc-title yes\n"
    "proc-title-template \"{title} {listen-addr} {server-mode}\"\nstop-writes-on-bgsave-error yes\n"
    "rdbcompression yes\nrdbchecksum yes\ndbfilename dump.rdb\nrdb-del-sync-files no\ndir /var/lib/redis\n"
    "replica-serve-stale-data yes\nreplica-read-only yes\nrepl-diskless-sync yes\n"
    "repl-diskless-sync-delay 5\nrepl-diskless-sync-max-replicas 0\nrepl-diskless-load disabled\n"
    "repl-disable-tcp-nodelay no\nreplica-priority 100\nacllog-max-len 128\nlazyfree-lazy-eviction no\n"
    "lazyfree-lazy-expire no\nlazyfree-lazy-server-del no\nreplica-lazy-flush no\n"
    "lazyfree-lazy-user-del no\nlazyfree-lazy-user-flush no\noom-score-adj no\n"
    "oom-score-adj-values 0 200 800\ndisable-thp yes\nappendonly no\nappendfilename \"appendonly.aof\"\n"
    "appenddirname \"appendonlydir\"\nappendfsync everysec\nno-appendfsync-on-rewrite no\n"
    "auto-aof-rewrite-percentage 100\nauto-aof-rewrite-min-size 64mb\naof-load-truncated yes\n"
    "aof-use-rdb-preamble yes\naof-timestamp-enabled no\n \nslowlog-log-slower-than 10000\n"
    "slowlog-max-len 128\nlatency-monitor-threshold 0\nnotify-keyspace-events \"\"\n"
    "hash-max-listpack-entries 512\nhash-max-listpack-value 64\nlist-max-listpack-size -2\n"
    "list-compress-depth 0\nset-max-intset-entries 512\nzset-max-listpack-entries 128\n"
    "zset-max-listpack-value 64\nhll-sparse-max-bytes 3000\nstream-node-max-bytes 4096\n"
    "stream-node-max-entries 100\nactiverehashing yes\nclient-output-buffer-limit normal 0 0 0\n"
    "client-output-buffer-limit replica 256mb 64mb 60\nclient-output-buffer-limit pubsub 32mb 8mb 60\n"
    "hz 10\ndynamic-hz yes\naof-rewrite-incremental-fsync yes\nrdb-save-incremental-fsync yes\n"
    "jemalloc-bg-thread yes\n";

std::vector<std::string> stock_files() {
  const char* given = std::getenv("AERIE_STOCK_CONFIG");
  const std::string file = given != nullptr ? given : "/etc/redis/redis.conf";
  if (given == nullptr && !std::filesystem::exists(file)) return {kStockLines};
  EXPECT_NE(file_text(file), "") << file;
  return {kStockLines, file_text(file)};
}

template <typename Condition>
bool wait_until(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// A server in the background, which no test waits for: ended at the latest here.
struct Daemon {
  pid_t pid;
  ~Daemon() { kill(pid, SIGKILL); }
  bool ended() const { return kill(pid, 0) != 0; }
};

// Only paths are changed.
std::string with_own_paths(std::string text) {
  for (const auto& [from, to] : {std::pair("/run/redis/", "%d/"), std::pair("/var/log/redis/", "%d/"),
                                 std::pair("/var/lib/redis", "%d")}) {
    for (size_t at = text.find(from); at != text.npos; at = text.find(from))
      text.replace(at, std::strlen(from), to);
  }
  return text;
}

TEST(StockConfiguration, OfDebianServesUnchanged) {
  for (const std::string& text : stock_files()) {
    ServerOptions options;
    options.bare = true;
    options.config = with_own_paths(text);
    options.args = {"--port", "%p"};
    options.wait_ready = false;
    ServerProcess parent(options);
    ASSERT_EQ(parent.wait_exit(), 0) << parent.output();
    const std::string pid_file = parent.directory() + "/redis-server.pid";
    const std::string log_file = parent.directory() + "/redis-server.log";
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(pid_file); }));
    ASSERT_TRUE(wait_until([&] { return file_text(pid_file).ends_with("\n"); }));
    const Daemon daemon{std::stoi(file_text(pid_file))};
    ASSERT_TRUE(wait_until([&] { return file_text(log_file).find("Ready to accept") != std::string::npos; }));
    RespClient client = RespClient::tcp(parent.port());
    EXPECT_EQ(client.command({"SET", "k", "v"}), "+OK\r\n");
    EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
    EXPECT_EQ(client.ask({"CONFIG", "GET", "bind"}).elements.at(1).text, "127.0.0.1 -::1");
    EXPECT_EQ(client.command({"CONFIG", "REWRITE"}), "+OK\r\n");
    kill(daemon.pid, SIGTERM);
    EXPECT_TRUE(wait_until([&] { return daemon.ended(); }));
    const std::string log = file_text(log_file);
    EXPECT_EQ(log.find("has no effect"), std::string::npos) << log;
    EXPECT_NE(log.find("ready to exit, bye bye"), std::string::npos) << log;
    EXPECT_FALSE(std::filesystem::exists(pid_file));
  }
}

}  // namespace
}  // namespace aerie

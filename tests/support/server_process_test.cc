// SPDX-License-Identifier: BSD-3-Clause
//
// The test infrastructure itself, against redis-server:
// starting, stopping, usage, failing starts.
#include "support/server_process.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <stdexcept>

#include "support/resp_client.h"

namespace aerie {
namespace {

ServerOptions oracle(const std::vector<std::string>& args = {}) {
  ServerOptions options;
  options.kind = ServerKind::kOracle;
  options.args = args;
  return options;
}

TEST(ServerProcess, StartsAnswersAndStops) {
  ServerProcess server(oracle());
  EXPECT_TRUE(server.is_redis());
  EXPECT_EQ(RespClient::tcp(server.port()).command({"PING"}), "+PONG\r\n");
  EXPECT_TRUE(server.wait_for_output("Ready to accept", std::chrono::seconds(5)));
  EXPECT_FALSE(server.wait_for_output("no such line", std::chrono::milliseconds(10)));
  EXPECT_EQ(server.stop(), 0);
  EXPECT_FALSE(server.running());
  EXPECT_EQ(server.crash_line(), "");
}

TEST(ServerProcess, TwoHaveTheirOwnPortAndDirectory) {
  ServerProcess one(oracle());
  std::string gone;
  {
    ServerProcess two(oracle());
    EXPECT_NE(one.port(), two.port());
    gone = two.directory();
    EXPECT_NE(one.directory(), gone);
  }
  struct stat status {};
  EXPECT_NE(stat(gone.c_str(), &status), 0);
}

TEST(ServerProcess, ReportsHowItEnded) {
  ServerProcess server(oracle());
  server.send_signal(SIGKILL);
  EXPECT_EQ(server.wait_exit(), -SIGKILL);
  EXPECT_THROW(server.send_signal(SIGTERM), std::runtime_error);
}

TEST(ServerProcess, FailedStartTellsWhy) {
  try {
    ServerProcess server(oracle({"--nonsense", "1"}));
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("FATAL CONFIG FILE ERROR"), std::string::npos) << error.what();
  }
}

TEST(ServerProcess, SeesACrash) {
  ServerProcess server(oracle({"--enable-debug-command", "yes"}));
  RespClient client = RespClient::tcp(server.port());
  client.send({"DEBUG", "SEGFAULT"});
  EXPECT_NE(server.wait_exit(), 0);
  EXPECT_NE(server.crash_line().find("BUG REPORT START"), std::string::npos) << server.output();
}

TEST(ServerProcess, UsageGrowsWithWork) {
  ServerProcess server(oracle());
  ProcessUsage before = server.usage();
  EXPECT_GT(before.rss_bytes, 1U << 20);
  EXPECT_GE(before.peak_rss_bytes, before.rss_bytes);
  RespClient client = RespClient::tcp(server.port());
  client.command({"SET", "k", std::string(20 << 20, 'x')});
  ProcessUsage after = server.usage();
  EXPECT_GT(after.rss_bytes, before.rss_bytes + (19U << 20));
  EXPECT_GT(after.cpu_ns, before.cpu_ns);
}

TEST(ServerProcess, ConfigurationFile) {
  ServerOptions options = oracle();
  options.config = "timeout 123\ndir %d\n";
  ServerProcess server(options);
  RespClient client = RespClient::tcp(server.port());
  EXPECT_EQ(client.ask({"CONFIG", "GET", "timeout"}).elements.at(1).text, "123");
  EXPECT_EQ(client.ask({"CONFIG", "GET", "dir"}).elements.at(1).text, server.directory());
}

}  // namespace
}  // namespace aerie

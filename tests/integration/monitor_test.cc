// SPDX-License-Identifier: BSD-3-Clause
//
// MONITOR over sockets: the lines as both servers write them, and monitors that do not read, whom a flood of
// commands passes by.
#include <regex>
#include <string>
#include <vector>

#include "integration/server_test.h"

namespace aerie {
namespace {

class Monitor : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(Servers, Monitor, both_servers(), server_test_name);

using MonitorOfAerie = Monitor;
INSTANTIATE_TEST_SUITE_P(Servers, MonitorOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(Monitor, ShowsCommandsWithTheirTimeAndClient) {
  RespClient monitor = connect();
  ASSERT_EQ(monitor.ask({"MONITOR"}).encode(), "+OK\r\n");
  RespClient client = connect();
  client.ask({"SELECT", "2"});
  client.ask({"SET", "k", std::string("\x00\xff\"\\\r\n", 6)});
  client.ask({"CONFIG", "GET", "port"});
  client.ask({"AUTH", "secret"});
  const std::string who = R"( \[2 127\.0\.0\.1:[0-9]+\] )";
  const std::string time = R"([0-9]{10}\.[0-9]{6})";
  for (const char* command :
       {R"x("SELECT" "2")x", R"x("SET" "k" "\\x00\\xff\\"\\\\\\r\\n")x", R"x("AUTH" "\(redacted\)")x"}) {
    const Reply line = monitor.read();
    EXPECT_EQ(line.type, '+');
    EXPECT_TRUE(std::regex_match(line.text, std::regex(time + who + command))) << line.text;
  }
}

TEST_P(Monitor, AllAreToldInOrder) {
  std::vector<RespClient> monitors;
  for (int i = 0; i < 5; ++i) {
    monitors.push_back(connect());
    monitors.back().ask({"MONITOR"});
  }
  RespClient client = connect();
  std::string requests;
  constexpr size_t kRequests = 20'000;
  for (size_t i = 0; i < kRequests; ++i) requests += encode_request({"ECHO", std::to_string(i)});
  client.send_raw(requests);
  for (size_t i = 0; i < kRequests; ++i) {
    for (RespClient& monitor : monitors) {
      const std::string line = monitor.read().text;
      const std::string end = "\"ECHO\" \"" + std::to_string(i) + "\"";
      ASSERT_TRUE(line.ends_with(end)) << line << " for " << end;
    }
    ASSERT_EQ(client.read().text, std::to_string(i));
  }
}

// Redis counts a monitor as a normal client, whose output has no limit.
TEST_P(MonitorOfAerie, WhoDoesNotReadIsCutOffAtItsLimit) {
  start({"--client-output-buffer-limit", "pubsub 1mb 0 0"});
  RespClient slow = RespClient::tcp(server().port(), 4096);
  slow.ask({"MONITOR"});
  RespClient quick = connect();
  quick.ask({"MONITOR"});
  RespClient client = connect();
  client.ask({"CLIENT", "SETNAME", "client"});
  quick.read();
  const uint64_t before = rss();
  for (int i = 0; i < 200; ++i) {
    const std::string text(100'000, 'x');
    EXPECT_EQ(client.ask({"ECHO", text}).text.size(), text.size());
    EXPECT_GT(quick.read().text.size(), 60'000U);
  }
  expect_rss_below(before, 20'000'000);
  EXPECT_EQ(client.ask({"CLIENT", "LIST"}).text.find("flags=O"),
            client.ask({"CLIENT", "LIST"}).text.rfind("flags=O"))
      << "one monitor is left";
  EXPECT_EQ(info_number(client, "stats", "client_output_buffer_limit_disconnections"), 1);
}

}  // namespace
}  // namespace aerie

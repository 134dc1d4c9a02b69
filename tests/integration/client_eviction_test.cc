// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory-clients over sockets: who takes most is closed, whatever it is that takes memory, and who said
// CLIENT NO-EVICT is not. Limits are below a megabyte of output: a client of Aerie that does not read has hardly
// more, since its requests wait.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "integration/server_test.h"

namespace aerie {
namespace {

class ClientEviction : public ServerTest {
 protected:
  // True when the server closes the connection within some seconds.
  static bool is_closed(RespClient& client) {
    try {
      for (int i = 0; i < 1'000; ++i) {
        client.ask({"PING"});
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    } catch (const std::exception&) {
      return true;
    }
    return false;
  }
  // Requests whose replies it does not read.
  static void ask_for_much(RespClient& client, size_t requests) {
    std::string text;
    for (size_t i = 0; i < requests; ++i) text += encode_request({"GET", "large"});
    client.send_raw(text);
  }
  RespClient slow_client() { return RespClient::tcp(server().port(), 4096); }
};
INSTANTIATE_TEST_SUITE_P(Servers, ClientEviction, both_servers(), server_test_name);

TEST_P(ClientEviction, WhoseOutputIsLargeIsClosed) {
  RespClient admin = connect();
  admin.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"SET", "large", std::string(1'000'000, 'x')});
  admin.ask({"CONFIG", "SET", "maxmemory-clients", "800000"});
  std::vector<RespClient> idle;
  for (int i = 0; i < 10; ++i) idle.push_back(connect());
  RespClient slow = slow_client();
  ask_for_much(slow, 20);
  for (int i = 0; i < 2'000 && info_number(admin, "stats", "evicted_clients") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(info_number(admin, "stats", "evicted_clients"), 1);
  for (RespClient& client : idle) EXPECT_EQ(client.ask({"PING"}).text, "PONG");
}

TEST_P(ClientEviction, WhoseInputIsLargeIsClosed) {
  RespClient admin = connect();
  admin.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"CONFIG", "SET", "maxmemory-clients", "2mb"});
  RespClient unfinished = connect();
  try {
    unfinished.send_raw("*2\r\n$4\r\nECHO\r\n$8000000\r\n" + std::string(4'000'000, 'x'));
  } catch (const std::exception&) {
    // It may be closed before it has sent all.
  }
  for (int i = 0; i < 2'000 && info_number(admin, "stats", "evicted_clients") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(info_number(admin, "stats", "evicted_clients"), 1);
}

TEST_P(ClientEviction, WhoQueuesMuchIsClosed) {
  RespClient admin = connect();
  admin.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"CONFIG", "SET", "maxmemory-clients", "2mb"});
  RespClient queueing = connect();
  queueing.ask({"MULTI"});
  bool closed = false;
  try {
    for (int i = 0; i < 100; ++i) queueing.ask({"SET", "k", std::string(100'000, 'x')});
    closed = is_closed(queueing);
  } catch (const std::exception&) {
    closed = true;
  }
  EXPECT_TRUE(closed);
  EXPECT_EQ(info_number(admin, "stats", "evicted_clients"), 1);
}

TEST_P(ClientEviction, WhoMustNotBeClosedIsNot) {
  RespClient admin = connect();
  admin.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"SET", "large", std::string(1'000'000, 'x')});
  RespClient slow = slow_client();
  slow.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"CONFIG", "SET", "maxmemory-clients", "1mb"});
  ask_for_much(slow, 10);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(slow.read().text.size(), 1'000'000U);
  EXPECT_EQ(info_number(admin, "stats", "evicted_clients"), 0);
}

TEST_P(ClientEviction, MayBeAPercentageOfMaxmemory) {
  RespClient admin = connect();
  admin.ask({"CLIENT", "NO-EVICT", "ON"});
  admin.ask({"SET", "large", std::string(1'000'000, 'x')});
  admin.ask({"CONFIG", "SET", "maxmemory", "20mb"});
  admin.ask({"CONFIG", "SET", "maxmemory-clients", "4%"});
  EXPECT_EQ(admin.ask({"CONFIG", "GET", "maxmemory-clients"}).elements.at(1).text, "4%");
  RespClient slow = slow_client();
  ask_for_much(slow, 20);
  for (int i = 0; i < 2'000 && info_number(admin, "stats", "evicted_clients") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(info_number(admin, "stats", "evicted_clients"), 1);
}

}  // namespace
}  // namespace aerie

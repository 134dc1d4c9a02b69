// SPDX-License-Identifier: BSD-3-Clause
//
// Clients that a pause holds back, over sockets: they may go away, send large requests, and neither they nor
// blocked clients keep a server from stopping.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class Pause : public ServerTest {
 protected:
  // Clients that CLIENT LIST shows as blocked: they wait for a key, or are held back.
  static size_t waiting(RespClient& client) {
    const std::string list = client.ask({"CLIENT", "LIST"}).text;
    size_t count = 0;
    for (size_t at = list.find(" flags=b "); at != std::string::npos; at = list.find(" flags=b ", at + 1))
      ++count;
    return count;
  }
  static void wait_until_waiting(RespClient& client, size_t wanted) {
    const auto deadline = steady_clock::now() + seconds(5);
    size_t count = waiting(client);
    while (count != wanted && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(1));
      count = waiting(client);
    }
    ASSERT_EQ(count, wanted);
  }
  static void pause_writes(RespClient& client) {
    ASSERT_EQ(client.command({"CLIENT", "PAUSE", "100000", "WRITE"}), "+OK\r\n");
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Pause, both_servers(), server_test_name);

TEST_P(Pause, WhoGoesMeanwhileIsNoticedAtOnceAndDoesNothing) {
  RespClient other = connect();
  pause_writes(other);
  for (int way = 0; way < 3; ++way) {
    RespClient client = connect();
    client.send_raw("SET k v\r\nSET k w\r\n");
    wait_until_waiting(other, 1);
    if (way == 0) client.close();
    if (way == 1) client.reset_connection();
    if (way == 2) client.half_close();
    wait_until_waiting(other, 0);
    EXPECT_TRUE(way != 2 || client.closed_by_server());
  }
  EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  EXPECT_EQ(other.command({"EXISTS", "k"}), ":0\r\n");
  EXPECT_EQ(other.command({"SET", "k", "v"}), "+OK\r\n");
}

TEST_P(Pause, LargeRequestsWaitAndRun) {
  RespClient other = connect();
  for (const size_t size : {size_t{33000}, size_t{100000}, size_t{3000000}}) {
    RespClient client = connect();
    ASSERT_EQ(client.command({"PING"}), "+PONG\r\n");
    pause_writes(other);
    const std::string large(size, 'x');
    client.send_raw(encode_request({"RPUSH", "k", large, "small", large}) + encode_request({"LLEN", "k"}) +
                    encode_request({"RPUSH", "k", large}) + encode_request({"PING"}));
    wait_until_waiting(other, 1);
    EXPECT_EQ(other.command({"EXISTS", "k"}), ":0\r\n");
    EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "+OK\r\n");
    EXPECT_EQ(client.read().encode(), ":3\r\n");
    EXPECT_EQ(client.read().encode(), ":3\r\n");
    EXPECT_EQ(client.read().encode(), ":4\r\n");
    EXPECT_EQ(client.read().encode(), "+PONG\r\n");
    for (const char* index : {"0", "2", "3"})
      EXPECT_TRUE(other.ask({"LINDEX", "k", index}).text == large) << index;
    EXPECT_EQ(other.command({"DEL", "k"}), ":1\r\n");
  }
}

// The pause begins, ends and begins again while the request arrives.
TEST_P(Pause, ALargeRequestThatArrivesMeanwhile) {
  RespClient other = connect();
  RespClient client = connect();
  const std::string request = encode_request({"RPUSH", "k", std::string(500000, 'x')});
  const std::string_view bytes = request;
  client.send_raw(bytes.substr(0, 100000));
  pause_writes(other);
  client.send_raw(bytes.substr(100000, 200000));
  EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  pause_writes(other);
  client.send_raw(bytes.substr(300000));
  wait_until_waiting(other, 1);
  // Held back again, and served from the same place.
  EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  EXPECT_EQ(client.read().encode(), ":1\r\n");
  EXPECT_EQ(other.ask({"LINDEX", "k", "0"}).text.size(), 500000U);
}

TEST_P(Pause, ALargePushServesWhoWaits) {
  RespClient other = connect();
  RespClient consumer = connect();
  RespClient producer = connect();
  consumer.send({"BLPOP", "k", "0"});
  wait_until_waiting(other, 1);
  pause_writes(other);
  producer.send({"RPUSH", "k", std::string(1000000, 'x')});
  wait_until_waiting(other, 2);
  EXPECT_EQ(other.command({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  EXPECT_EQ(producer.read().encode(), ":1\r\n");
  EXPECT_EQ(consumer.read().elements.at(1).text.size(), 1000000U);
  EXPECT_EQ(other.command({"EXISTS", "k"}), ":0\r\n");
}

TEST_P(Pause, ShutdownWithClientsThatWait) {
  RespClient other = connect();
  RespClient consumer = connect();
  RespClient writer = connect();
  consumer.send_raw("BLPOP k 0\r\nSET ran yes\r\n");
  wait_until_waiting(other, 1);
  pause_writes(other);
  writer.send({"RPUSH", "k", std::string(100000, 'x')});
  wait_until_waiting(other, 2);
  other.send({"SHUTDOWN", "NOSAVE"});
  EXPECT_EQ(server().wait_exit(), 0);
  EXPECT_EQ(other.read_to_end(), "");
  EXPECT_EQ(consumer.read_to_end(), "");
  EXPECT_EQ(writer.read_to_end(), "");
  already_stopped();
}

TEST_P(Pause, TermWithClientsThatWait) {
  RespClient other = connect();
  RespClient consumer = connect();
  RespClient paused = connect();
  consumer.send({"BLPOP", "k", "100"});
  wait_until_waiting(other, 1);
  ASSERT_EQ(other.command({"CLIENT", "PAUSE", "100000", "ALL"}), "+OK\r\n");
  paused.send({"PING"});
  EXPECT_EQ(paused.read_some(milliseconds(50)), "");
  server().send_signal(SIGTERM);
  EXPECT_EQ(server().wait_exit(), 0);
  EXPECT_EQ(consumer.read_to_end(), "");
  EXPECT_EQ(paused.read_to_end(), "");
  already_stopped();
}

}  // namespace
}  // namespace aerie

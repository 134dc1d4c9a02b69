// SPDX-License-Identifier: BSD-3-Clause
//
// The test client, against redis-server: replies,
// pipelines, deadlines, ends of connections.
#include "support/resp_client.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/server_process.h"

namespace aerie {
namespace {

class Client : public testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions result;
    result.kind = ServerKind::kOracle;
    result.args = {"--unixsocket", "%d/s"};
    return result;
  }

  RespClient connect() { return RespClient::tcp(server_.port()); }

  ServerProcess server_{options()};
};

TEST_F(Client, EncodesRequests) {
  EXPECT_EQ(encode_request({"GET", "", "a\r\n"}), "*3\r\n$3\r\nGET\r\n$0\r\n\r\n$3\r\na\r\n\r\n");
}

TEST_F(Client, RepliesInBothProtocols) {
  RespClient client = connect();
  EXPECT_EQ(client.command({"GET", "k"}), "$-1\r\n");
  EXPECT_EQ(client.ask({"HELLO", "3"}).type, '%');
  EXPECT_EQ(client.command({"GET", "k"}), "_\r\n");
  EXPECT_TRUE(client.ask({"FOO"}).is_error());
}

TEST_F(Client, PushesComeInTheirPlace) {
  RespClient client = connect();
  client.ask({"HELLO", "3"});
  EXPECT_EQ(client.ask({"SUBSCRIBE", "news"}).type, '>');
  EXPECT_EQ(connect().command({"PUBLISH", "news", "x"}), ":1\r\n");
  Reply push = client.read();
  EXPECT_EQ(push.type, '>');
  EXPECT_EQ(push.elements.at(2).text, "x");
}

TEST_F(Client, LongPipelineDoesNotDeadlock) {
  RespClient client = connect();
  client.ask({"SET", "k", std::string(50000, 'x')});
  std::string bytes;
  for (int i = 0; i < 2000; ++i)
    bytes += encode_request({"GET", "k"}) + encode_request({"ECHO", std::string(5000, 'e')});
  client.send_raw(bytes);
  for (int i = 0; i < 4000; ++i) ASSERT_EQ(client.read().text.size(), i % 2 == 0 ? 50000U : 5000U);
}

TEST_F(Client, DeadlinesFail) {
  RespClient client = connect();
  client.set_timeout(std::chrono::milliseconds(30));
  EXPECT_THROW(client.read(), std::runtime_error);
  EXPECT_FALSE(client.try_read(std::chrono::milliseconds(1)).has_value());
  EXPECT_FALSE(client.closed_by_server(std::chrono::milliseconds(10)));
  EXPECT_THROW(client.read_to_end(), std::runtime_error);
}

TEST_F(Client, EndOfConnection) {
  RespClient client = connect();
  client.send_raw("PING\r\nQUIT\r\n");
  EXPECT_EQ(client.read_to_end(), "+PONG\r\n+OK\r\n");
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THROW(client.read(), std::runtime_error);
  RespClient half = connect();
  half.half_close();
  EXPECT_TRUE(half.closed_by_server());
}

TEST_F(Client, UnixSocket) {
  RespClient client = RespClient::unix_socket(server_.directory() + "/s");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
  EXPECT_THROW(RespClient::unix_socket(server_.directory() + "/missing"), std::runtime_error);
}

TEST_F(Client, LocalPortIsWhatTheServerSees) {
  RespClient client = connect();
  std::string info = client.ask({"CLIENT", "INFO"}).text;
  EXPECT_NE(info.find("addr=127.0.0.1:" + std::to_string(client.local_port()) + " "), std::string::npos)
      << info;
}

TEST_F(Client, QuotesBytes) {
  EXPECT_EQ(printable(std::string("a\0\r\n\"\\\xff", 7)), "\"a\\x00\\r\\n\\\"\\\\\\xff\"");
  EXPECT_EQ(printable("abcdef", 3), "\"abc\"... (6 bytes)");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The server over real sockets: requests in pieces and in crowds, budgets and backpressure, ends of
// connections, options with outside effects, and what happens when the system refuses.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "unit/server/server_fixture.h"

namespace aerie {
namespace {

constexpr char kPong[] = "+PONG\r\n";

std::string repeat(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out.append(text);
  return out;
}

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string request(const std::vector<std::string>& words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) out += bulk(word);
  return out;
}

class ServerTest : public ServerFixture {};

// --- requests

TEST_F(ServerTest, AnswersWhatArrivesByteByByte) {
  start();
  TestSocket client = connect();
  const std::string all = request({"SET", "k", "hello"}) + request({"GET", "k"}) + "PING\r\n";
  for (const char byte : all) ASSERT_TRUE(client.send({&byte, 1}));
  const std::string replies = "+OK\r\n$5\r\nhello\r\n+PONG\r\n";
  EXPECT_EQ(client.receive(replies.size()), replies);
}

TEST_F(ServerTest, RunsAPipelineLongerThanAnyBudgetInOrder) {
  start();
  TestSocket client = connect();
  constexpr int kCount = 50'000;
  std::string replies;
  std::thread sender([&] {
    std::string requests;
    for (int i = 0; i < kCount; ++i) requests += request({"ECHO", std::to_string(i)});
    EXPECT_TRUE(client.send(requests));
  });
  for (int i = 0; i < kCount; ++i) replies += bulk(std::to_string(i));
  EXPECT_EQ(client.receive(replies.size()), replies);
  sender.join();
}

TEST_F(ServerTest, LargeValuesComeBackWhole) {
  start();
  TestSocket client = connect();
  for (const size_t size :
       {size_t{4'000}, size_t{40'000}, size_t{65'500}, size_t{70'000}, size_t{9'000'001}}) {
    std::string value(size, 'v');
    value.front() = 'a', value.back() = 'z';
    client.expect(request({"SET", "big", value}) + "PING\r\n", "+OK\r\n+PONG\r\n");
    client.expect(request({"GET", "big"}), bulk(value));
  }
}

TEST_F(ServerTest, LargeRequestsInsideAPipeline) {
  start();
  TestSocket client = connect();
  const std::string value(300'000, 'v');
  const std::string once = request({"SET", "big", value}) + request({"STRLEN", "big"});
  std::thread sender([&] { EXPECT_TRUE(client.send(repeat(once, 40))); });
  const std::string replies = repeat("+OK\r\n:300000\r\n", 40);
  EXPECT_EQ(client.receive(replies.size()), replies);
  sender.join();
}

TEST_F(ServerTest, ManyClientsAreServedWhileOneFloods) {
  start();
  TestSocket flooder = connect();
  std::thread sender([&] { EXPECT_TRUE(flooder.send(repeat("PING\r\n", 400'000))); });
  TestSocket other = connect();
  for (int i = 0; i < 200; ++i) other.expect("PING\r\n", kPong);
  EXPECT_EQ(flooder.receive(7 * 400'000).size(), size_t{7 * 400'000});
  sender.join();
}

// A read stops in front of an urgent byte, although all has arrived by then. Like redis-server the server
// never sees that byte.
TEST_F(ServerTest, UrgentDataHoldsNothingUp) {
  load("enable-debug-command", "yes");
  start();
  TestSocket busy = connect();
  TestSocket client = connect();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(busy.send("DEBUG SLEEP 0.05\r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(client.send("PING\r\nPI"));
    ASSERT_TRUE(client.send_urgent("!"));
    ASSERT_TRUE(client.send("NG\r\n"));
    EXPECT_EQ(client.receive(14), "+PONG\r\n+PONG\r\n");
    EXPECT_EQ(busy.receive(5), "+OK\r\n");
  }
}

// --- backpressure

TEST_F(ServerTest, AWholePipelineMayBeWrittenBeforeReading) {
  start();
  TestSocket client = connect();
  const std::string value(100'000, 'x');
  client.expect(request({"SET", "k", value}), "+OK\r\n");
  // 200 MB of replies wait while the requests are still being written.
  constexpr size_t kCount = 2'000;
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), kCount) + "PING\r\n"));
  const std::string reply = bulk(value);
  for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(client.receive(reply.size()), reply) << i;
  EXPECT_EQ(client.receive(7), kPong);
}

TEST_F(ServerTest, ManySmallRequestsMayBeWrittenBeforeReading) {
  start();
  TestSocket client = connect();
  const std::string key(1000, 'k');
  const std::string block = repeat(request({"ECHO", key}), 1000);
  // 60 MB in, 60 MB out: far more than socket buffers and the high-water mark hold.
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(client.send(block)) << i;
  const std::string replies = repeat(bulk(key), 1000);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(client.receive(replies.size()), replies) << i;
}

// In whatever pieces it comes, what a waiting client sends is kept as it is, in memory by its size.
TEST_F(ServerTest, WhatAWaitingClientSendsComesOutAsItWentIn) {
  start();
  TestSocket other = connect();
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1'000}, size_t{30'000}}) {
    TestSocket client = connect();
    ASSERT_TRUE(client.send("BLPOP k 0\r\n"));
    const size_t count = 60 * piece / 20 + 10;
    std::string sent;
    std::string expected;
    for (size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(1'000'000 + i);
      sent += "ECHO " + number + "\r\n";
      expected += "$7\r\n" + number + "\r\n";
    }
    for (size_t at = 0; at < sent.size(); at += piece) {
      ASSERT_TRUE(client.send(std::string_view(sent).substr(at, piece)));
      other.expect("PING\r\n", "+PONG\r\n");
    }
    ASSERT_TRUE(other.send("CLIENT LIST\r\nECHO end\r\n"));
    std::string list;
    while (list.find("$3\r\nend\r\n") == std::string::npos) list += other.receive(1);
    const size_t line = list.find(" cmd=blpop ");
    ASSERT_NE(line, std::string::npos) << list;
    const size_t held = std::stoul(list.substr(list.rfind(" qbuf=", line) + 6));
    EXPECT_GE(held, sent.size()) << piece;
    EXPECT_LE(held, sent.size() + sent.size() / 2 + sent.size() / 16 + 10'000) << piece;
    if (piece == 1) {
      EXPECT_LE(held, 2 * sent.size() + 100);
    }
    other.expect("RPUSH k a\r\n", ":1\r\n");
    ASSERT_EQ(client.receive(18), "*2\r\n$1\r\nk\r\n$1\r\na\r\n") << piece;
    EXPECT_TRUE(client.receive(expected.size()) == expected) << piece;
  }
}

TEST_F(ServerTest, UnauthenticatedClientThatDoesNotReadIsClosed) {
  load("requirepass", "secret");
  start();
  TestSocket client = connect();
  const std::string block = repeat("PING\r\n", 10'000);
  bool closed = false;
  for (int i = 0; i < 5'000 && !closed; ++i) closed = !client.send(block);
  EXPECT_TRUE(closed);
  connect().expect(request({"AUTH", "secret"}), "+OK\r\n");
}

// --- authentication limits

TEST_F(ServerTest, UnauthenticatedLimitsEndWithAuth) {
  load("requirepass", "secret");
  start();
  TestSocket refused = connect();
  ASSERT_TRUE(refused.send("*11\r\n"));
  EXPECT_EQ(refused.receive_all(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  TestSocket large = connect();
  ASSERT_TRUE(large.send("*2\r\n$4\r\nECHO\r\n$20000\r\n"));
  EXPECT_EQ(large.receive_all(), "-ERR Protocol error: unauthenticated bulk length\r\n");
  const std::string value(20'000, 'v');
  connect().expect(request({"AUTH", "secret"}) + request({"ECHO", value}), "+OK\r\n" + bulk(value));
}

// --- ends of connections

TEST_F(ServerTest, HalfCloseIsEndOfInput) {
  start();
  TestSocket client = connect();
  ASSERT_TRUE(client.send(repeat("PING\r\n", 20'000) + "PI"));
  client.finish_sending();
  EXPECT_EQ(client.receive_all(), repeat(kPong, 20'000));
}

TEST_F(ServerTest, HalfCloseBehindMuchOutputStillDeliversAll) {
  start();
  TestSocket client = connect();
  const std::string value(1'000'000, 'x');
  client.expect(request({"SET", "k", value}), "+OK\r\n");
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 30)));
  client.finish_sending();
  EXPECT_EQ(client.receive_all(), repeat(bulk(value), 30));
}

TEST_F(ServerTest, AFatalReplyArrivesAlthoughInputIsLeft) {
  start();
  for (int i = 0; i < 20; ++i) {
    TestSocket client = connect();
    ASSERT_TRUE(client.send("PING\r\n*1\r\n$-5\r\n" + std::string(200'000, 'z')));
    EXPECT_EQ(client.receive_all(), "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n");
  }
}

TEST_F(ServerTest, QuitAnswersWhatCameBeforeAndDropsTheRest) {
  start();
  TestSocket client = connect();
  ASSERT_TRUE(client.send("PING\r\nQUIT\r\nPING\r\n"));
  EXPECT_EQ(client.receive_all(), "+PONG\r\n+OK\r\n");
}

TEST_F(ServerTest, RunsWhatWasSentBeforeAReset) {
  start();
  TestSocket reader = connect();
  // So that each answer to STRLEN has two digits.
  reader.expect(request({"APPEND", "n", "0123456789"}), ":10\r\n");
  for (int i = 0; i < 50; ++i) {
    TestSocket client = connect();
    client.expect("PING\r\n", kPong);
    client.send(request({"APPEND", "n", "x"}));
    client.reset_connection();
  }
  std::string length;
  for (int i = 0; i < 500 && length != ":60\r\n"; ++i) {
    ASSERT_TRUE(reader.send(request({"STRLEN", "n"})));
    length = reader.receive(5);
  }
  EXPECT_EQ(length, ":60\r\n");
}

TEST_F(ServerTest, SurvivesResets) {
  start();
  for (int i = 0; i < 200; ++i) {
    TestSocket client = connect();
    client.send(repeat(request({"SET", "k", std::string(1000, 'x')}), 100));
    client.reset_connection();
  }
  connect().expect("PING\r\n", kPong);
}

TEST_F(ServerTest, KillClosesAnotherClient) {
  start();
  TestSocket victim = connect();
  victim.expect("CLIENT ID\r\n", ":1\r\n");
  connect().expect("CLIENT KILL ID 1\r\n", ":1\r\n");
  EXPECT_EQ(victim.receive_all(), "");
}

TEST_F(ServerTest, IdleClientsAreClosedAfterTheTimeout) {
  load("timeout", "1");
  start();
  TestSocket idle = connect();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(idle.receive_all(), "");
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, std::chrono::milliseconds(900));
}

TEST_F(ServerTest, ShutdownEndsTheServer) {
  start();
  TestSocket client = connect();
  ASSERT_TRUE(client.send("SHUTDOWN NOSAVE\r\n"));
  EXPECT_EQ(client.receive_all(), "");
  join();
}

// --- admission and listening

TEST_F(ServerTest, RefusesClientsBeyondTheLimit) {
  load("maxclients", "2");
  start();
  TestSocket first = connect();
  TestSocket second = connect();
  first.expect("PING\r\n", kPong);
  second.expect("PING\r\n", kPong);
  EXPECT_EQ(connect().receive_all(), "-ERR max number of clients reached\r\n");
  first.close();
  second.expect(request({"CONFIG", "SET", "maxclients", "3"}), "+OK\r\n");
  connect().expect("PING\r\n", kPong);
}

TEST_F(ServerTest, PortMovesWithConfigSet) {
  start();
  TestSocket client = connect();
  const int other = free_port();
  client.expect(request({"CONFIG", "SET", "port", std::to_string(other)}), "+OK\r\n");
  EXPECT_EQ(try_connect(port_), -1);
  port_ = other;
  connect().expect("PING\r\n", kPong);
  client.expect("PING\r\n", kPong);
}

TEST_F(ServerTest, AFailedMoveKeepsTheOldPort) {
  start();
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  TestSocket client = connect();
  client.expect(
      request({"CONFIG", "SET", "port", std::to_string(ntohs(address.sin_port))}),
      "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check "
      "server logs.\r\n");
  connect().expect("PING\r\n", kPong);
  client.expect(request({"CONFIG", "GET", "port"}), "*2\r\n$4\r\nport\r\n" + bulk(std::to_string(port_)));
  ::close(taken);
}

TEST_F(ServerTest, OptionalAddressesMayBeMissing) {
  const std::string words[] = {"127.0.0.1", "-192.0.2.1"};
  ASSERT_TRUE(config_.load("bind", words).ok());
  start();
  connect().expect("PING\r\n", kPong);
}

// A name stands for an IPv4 address: whatever the machine thinks of IPv6 is not asked.
TEST_F(ServerTest, NamesAreListenedOn) {
  load("bind", "localhost");
  sys::fail_nth(sys::Call::kSocket, 2, EAFNOSUPPORT);
  start();
  EXPECT_EQ(sys::counted(sys::Call::kSocket), 1u);
  connect().expect("PING\r\n", kPong);
}

TEST_F(ServerTest, AMissingAddressStopsTheStart) {
  const std::string words[] = {"127.0.0.1", "192.0.2.1"};
  ASSERT_TRUE(config_.load("bind", words).ok());
  const auto made = Server::create(config_, {});
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message().find("Failed listening on port"), std::string::npos);
}

TEST_F(ServerTest, NowhereToListenStopsTheStart) {
  load("port", "0");
  const auto made = Server::create(config_, {});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message(), "Configured to not listen anywhere, exiting.");
}

TEST_F(ServerTest, UnixSocketHasItsPermissionsAndGoesAtTheEnd) {
  const std::string path = "/tmp/aerie-unit-" + std::to_string(::getpid()) + ".sock";
  load("unixsocket", path);
  load("unixsocketperm", "600");
  load("port", "0");
  start();
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  connect_unix(path).expect("PING\r\n", kPong);
  stop();
  EXPECT_NE(::stat(path.c_str(), &facts), 0);
}

// --- time

TEST_F(ServerTest, KeysExpireWithoutBeingLookedAt) {
  start();
  TestSocket client = connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += request({"SET", "k" + std::to_string(i), "v", "PX", "50"});
  client.expect(requests, repeat("+OK\r\n", 1000));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  client.expect("DBSIZE\r\n", ":0\r\n");
}

// --- a system that refuses

TEST_F(ServerTest, AcceptGoesOnAfterDescriptorsRanOut) {
  start();
  sys::fail_nth(sys::Call::kAccept, 1, EMFILE);
  connect().expect("PING\r\n", kPong);
  sys::fail_nth(sys::Call::kAccept, 1, ECONNABORTED);
  connect().expect("PING\r\n", kPong);
}

TEST_F(ServerTest, AClientWhoseSocketCannotBeWatchedIsClosed) {
  start();
  sys::fail_nth(sys::Call::kPollerControl, 1, ENOSPC);
  EXPECT_EQ(connect().receive_all(), "");
  sys::clear_faults();
  connect().expect("PING\r\n", kPong);
}

TEST_F(ServerTest, FailedReadsAndWritesCloseOnlyTheirClient) {
  start();
  TestSocket bystander = connect();
  bystander.expect("PING\r\n", kPong);
  for (const sys::Call call : {sys::Call::kRecv, sys::Call::kSend}) {
    TestSocket client = connect();
    client.expect("PING\r\n", kPong);
    sys::fail_nth(call, 1, ECONNRESET);
    ASSERT_TRUE(client.send("PING\r\n"));
    const std::string got = client.receive_all();
    EXPECT_TRUE(got.empty() || got == "<reset>") << got;
    sys::clear_faults();
  }
  bystander.expect("PING\r\n", kPong);
}

TEST_F(ServerTest, OutputThatLeavesInSmallPiecesStaysInOrder) {
  start();
  TestSocket client = connect();
  sys::cap_transfer(sys::Call::kSend, 7);
  sys::cap_transfer(sys::Call::kSendVector, 7);
  std::string requests;
  std::string replies;
  for (int i = 0; i < 2000; ++i) {
    requests += request({"ECHO", std::to_string(i)});
    replies += bulk(std::to_string(i));
  }
  ASSERT_TRUE(client.send(requests));
  EXPECT_EQ(client.receive(replies.size()), replies);
}

TEST_F(ServerTest, BlockedOutputGoesOnAfterTheNextWritableEdge) {
  start();
  TestSocket client = connect();
  const std::string value(3'000'000, 'x');
  client.expect(request({"SET", "k", value}), "+OK\r\n");
  // The socket is full long before 60 MB are through; nothing but edges can make the server go on.
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 20)));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::string reply = bulk(value);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(client.receive(reply.size()), reply);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Little inputs of several clients that are read in one turn, wait together and then run: the order stays,
// and each runs as if nothing had happened in between. The test turns the loop itself: what it sends before a
// turn is read in one.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/event/event_loop.h"
#include "unit/server/server_fixture.h"

namespace aerie {
namespace {

class ArrivalsTest : public ServerFixture {
 protected:
  void create() {
    Result<std::unique_ptr<Server>> made = Server::create(config_, {"aerie-server", ""});
    ASSERT_TRUE(made.ok()) << made.error().message();
    server_ = std::move(made).value();
    port_ = server_->tcp_port();
  }
  ~ArrivalsTest() override { server_.reset(); }

  void turn() { server_->loop().run_once(0); }
  // Turns until the client can read something. One turn does it, unless the machine takes its time away.
  void turn_for(TestSocket& client) {
    for (int i = 0; i < 1000 && !client.readable(); ++i) turn();
  }
  // Clients that were accepted, in this order.
  std::vector<TestSocket> clients(size_t count) {
    std::vector<TestSocket> out;
    for (size_t i = 0; i < count; ++i) {
      out.push_back(connect());
      turn();
      turn();
    }
    return out;
  }
  // The reply of a server that stands still until somebody asks.
  std::string ask(TestSocket& client, const std::string& line, size_t size) {
    EXPECT_TRUE(client.send(line + "\r\n"));
    turn_for(client);
    return client.receive(size);
  }
};

TEST_F(ArrivalsTest, RunInTheOrderInWhichTheyCame) {
  create();
  // More than wait at a time, and now and then one that is too large to wait.
  std::vector<TestSocket> senders = clients(50);
  std::vector<std::string> values;
  for (size_t i = 0; i < senders.size(); ++i) {
    values.push_back(std::to_string(i) + std::string(i % 7 == 3 ? 2000 : 1, '.'));
    ASSERT_TRUE(senders[i].send("RPUSH order " + values.back() + "\r\n"));
  }
  for (size_t i = 0; i < senders.size(); ++i) {
    turn_for(senders[i]);
    const std::string reply = ":" + std::to_string(i + 1) + "\r\n";
    EXPECT_EQ(senders[i].receive(reply.size()), reply);
  }
  for (size_t i = 0; i < senders.size(); ++i) {
    const std::string reply = "$" + std::to_string(values[i].size()) + "\r\n" + values[i] + "\r\n";
    EXPECT_EQ(ask(senders[0], "LINDEX order " + std::to_string(i), reply.size()), reply);
  }
}

TEST_F(ArrivalsTest, OfAClientThatAnEarlierOneKilledDoNotRun) {
  create();
  std::vector<TestSocket> both = clients(2);
  EXPECT_EQ(ask(both[1], "CLIENT ID", 4), ":2\r\n");
  ASSERT_TRUE(both[0].send("CLIENT KILL ID 2\r\n"));
  ASSERT_TRUE(both[1].send("SET victim 1\r\n"));
  turn_for(both[0]);
  EXPECT_EQ(both[0].receive(4), ":1\r\n");
  turn_for(both[1]);
  EXPECT_EQ(both[1].receive_all(), "");
  EXPECT_EQ(ask(both[0], "EXISTS victim", 4), ":0\r\n");
}

TEST_F(ArrivalsTest, AreJudgedByTheSettingsOfTheirMoment) {
  create();
  std::vector<TestSocket> both = clients(2);
  ASSERT_TRUE(both[0].send("CONFIG SET proto-max-bulk-len 1mb\r\n"));
  ASSERT_TRUE(both[1].send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n"));
  turn_for(both[0]);
  EXPECT_EQ(both[0].receive(5), "+OK\r\n");
  turn_for(both[1]);
  turn();
  EXPECT_EQ(both[1].receive_all(), "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_F(ArrivalsTest, SeeWhatEarlierOnesDid) {
  create();
  std::vector<TestSocket> many = clients(5);
  // The keys were looked at before any of this happened.
  const std::string requests[] = {"SET k 1", "SWAPDB 0 1", "GET k", "SWAPDB 0 1", "GET k"};
  for (size_t i = 0; i < many.size(); ++i) ASSERT_TRUE(many[i].send(requests[i] + "\r\n"));
  for (TestSocket& client : many) turn_for(client);
  EXPECT_EQ(many[0].receive(5), "+OK\r\n");
  EXPECT_EQ(many[2].receive(5), "$-1\r\n");
  EXPECT_EQ(many[4].receive(7), "$1\r\n1\r\n");
}

TEST_F(ArrivalsTest, LeaveTheRestToTheNextTurnWhenTheyTakeLong) {
  load("enable-debug-command", "yes");
  create();
  std::vector<TestSocket> many = clients(10);
  for (size_t i = 0; i < many.size(); ++i) {
    ASSERT_TRUE(many[i].send("DEBUG SLEEP 0.002\r\nRPUSH order " + std::to_string(i) + "\r\n"));
  }
  size_t answered = 0;
  for (int turns = 0; turns < 1000 && answered < many.size(); ++turns) {
    turn();
    size_t now = 0;
    for (TestSocket& client : many) now += client.readable() ? 1 : 0;
    EXPECT_LE(now, answered + 1) << "two sleepers in one turn";
    answered = now;
  }
  EXPECT_EQ(answered, many.size());
  for (TestSocket& client : many) EXPECT_EQ(client.receive(5), "+OK\r\n");
  for (size_t i = 0; i < many.size(); ++i) {
    turn_for(many[i]);
    const std::string reply = ":" + std::to_string(i + 1) + "\r\n";
    EXPECT_EQ(many[i].receive(reply.size()), reply);
  }
}

// Who was read first runs first, also when the time of the phase ends among them.
TEST_F(ArrivalsTest, KeepTheirOrderWhenTheTurnEndsAmongThem) {
  load("enable-debug-command", "yes");
  create();
  std::vector<TestSocket> many = clients(40);
  ASSERT_TRUE(many[0].send("DEBUG SLEEP 0.002\r\n"));
  for (size_t i = 1; i < many.size(); ++i) {
    const std::string padding(i % 5 == 4 ? 2000 : 0, 'x');
    ASSERT_TRUE(many[i].send("RPUSH order " + std::to_string(i) + padding + "\r\n"));
  }
  for (size_t i = 1; i < many.size(); ++i) {
    turn_for(many[i]);
    const std::string reply = ":" + std::to_string(i) + "\r\n";
    EXPECT_EQ(many[i].receive(reply.size()), reply);
  }
}

TEST_F(ArrivalsTest, MayBeHalfARequest) {
  create();
  std::vector<TestSocket> both = clients(2);
  ASSERT_TRUE(both[0].send("PING\r\nECHO hal"));
  ASSERT_TRUE(both[1].send("*2\r\n$4\r\nECHO\r\n$5\r\nwh"));
  turn_for(both[0]);
  EXPECT_EQ(both[0].receive(7), "+PONG\r\n");
  turn();
  ASSERT_TRUE(both[0].send("f\r\n"));
  ASSERT_TRUE(both[1].send("ole\r\n"));
  for (TestSocket& client : both) turn_for(client);
  EXPECT_EQ(both[0].receive(10), "$4\r\nhalf\r\n");
  EXPECT_EQ(both[1].receive(11), "$5\r\nwhole\r\n");
}

}  // namespace
}  // namespace aerie

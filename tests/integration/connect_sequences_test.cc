// SPDX-License-Identifier: BSD-3-Clause
//
// What client libraries say when they connect, in their order, with a password, a name and a database: each
// reply must be what the library takes for success, or the error that it expects and goes on from. Written
// down from the libraries' documented behaviour; both servers are asked. Redis 7.0 does not know CLIENT
// SETINFO yet, whose error the libraries ignore.
#include <string>
#include <vector>

#include "integration/server_test.h"

namespace aerie {
namespace {

enum class Expect {
  kOk,          // +OK
  kSetinfo,     // +OK from 7.2 on
  kHello,       // a map (or an array in RESP2) that names the protocol
  kText,        // a bulk or verbatim string that contains `part`
  kInteger,     // a number
  kPairs,       // a name and a value (or a map of one)
  kNull,        // nothing there
  kEcho,        // the argument
  kPong,        // +PONG
  kSubscribed,  // the confirmation of a subscription
  kNoCluster,   // the error of a server without a cluster
  kUnknown,     // the error of an unknown command
};

struct Step {
  Words words;
  Expect expected;
  std::string part = {};
};

struct Sequence {
  std::string library;
  std::vector<Step> steps;
};

const std::string kGuid("\x01\x02\xff\x00guid", 8);

const std::vector<Sequence> kSequences = {
    {"go_redis_9",
     {{{"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "app"}, Expect::kHello},
      {{"SELECT", "3"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-NAME", "go-redis(app,go1.21)"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "9.5.1"}, Expect::kSetinfo},
      {{"PING"}, Expect::kPong}}},
    {"go_redis_cluster",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"CLUSTER", "SLOTS"}, Expect::kNoCluster},
      {{"READONLY"}, Expect::kNoCluster}}},
    {"jedis_5",
     {{{"AUTH", "default", "secret"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-NAME", "Jedis"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "5.1.0"}, Expect::kSetinfo},
      {{"SELECT", "3"}, Expect::kOk}}},
    {"lettuce_6",
     {{{"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "app"}, Expect::kHello},
      {{"CLIENT", "SETINFO", "lib-name", "Lettuce"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "lib-ver", "6.3.0"}, Expect::kSetinfo},
      {{"SELECT", "3"}, Expect::kOk},
      {{"PING"}, Expect::kPong},
      {{"INFO", "server"}, Expect::kText, "redis_version:7."}}},
    {"lettuce_6_resp2",
     {{{"HELLO", "2", "AUTH", "default", "secret"}, Expect::kHello},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"SELECT", "3"}, Expect::kOk}}},
    {"stackexchange_redis",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "lib-name", "SE.Redis"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "lib-ver", "2.7.33"}, Expect::kSetinfo},
      {{"CLIENT", "ID"}, Expect::kInteger},
      {{"CONFIG", "GET", "timeout"}, Expect::kPairs},
      {{"CONFIG", "GET", "slave-read-only"}, Expect::kPairs},
      {{"CONFIG", "GET", "databases"}, Expect::kPairs},
      {{"INFO", "replication"}, Expect::kText, "role:master"},
      {{"INFO", "server"}, Expect::kText, "redis_mode:standalone"},
      {{"CLUSTER", "NODES"}, Expect::kNoCluster},
      {{"GET", "__Booksleeve_TieBreak"}, Expect::kNull},
      {{"SENTINEL", "MASTERS"}, Expect::kUnknown},
      {{"ECHO", kGuid}, Expect::kEcho},
      {{"PING"}, Expect::kPong}}},
    {"stackexchange_redis_subscriber",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"SUBSCRIBE", "__Booksleeve_MasterChanged"}, Expect::kSubscribed}}},
    {"node_redis_4",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"SELECT", "3"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-NAME", "node-redis(app)"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "4.6.13"}, Expect::kSetinfo}}},
    {"node_redis_5",
     {{{"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "app"}, Expect::kHello},
      {{"SELECT", "3"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-VER", "5.0.0"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-NAME", "node-redis"}, Expect::kSetinfo}}},
    {"ioredis_5",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"SELECT", "3"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-NAME", "ioredis"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "5.4.1"}, Expect::kSetinfo},
      {{"INFO"}, Expect::kText, "loading:0"}}},
    {"redis_py_4",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"SELECT", "3"}, Expect::kOk}}},
    {"redis_py_5",
     {{{"HELLO", "3", "AUTH", "default", "secret"}, Expect::kHello},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "5.0.3"}, Expect::kSetinfo},
      {{"SELECT", "3"}, Expect::kOk}}},
    {"redis_rb_5",
     {{{"HELLO", "3", "AUTH", "default", "secret"}, Expect::kHello},
      {{"CLIENT", "SETINFO", "LIB-NAME", "redis-rb"}, Expect::kSetinfo},
      {{"CLIENT", "SETINFO", "LIB-VER", "5.1.0"}, Expect::kSetinfo},
      {{"CLIENT", "SETNAME", "app"}, Expect::kOk},
      {{"SELECT", "3"}, Expect::kOk}}},
    {"prometheus_exporter",
     {{{"AUTH", "secret"}, Expect::kOk},
      {{"CLIENT", "SETNAME", "redis_exporter"}, Expect::kOk},
      {{"CONFIG", "GET", "maxmemory"}, Expect::kPairs},
      {{"INFO", "ALL"}, Expect::kText, "# Keyspace"},
      {{"SLOWLOG", "LEN"}, Expect::kInteger},
      {{"CLUSTER", "INFO"}, Expect::kNoCluster}}},
};

class ConnectSequence : public ServerTest {
 protected:
  std::string refusal_of_setinfo() {
    return is_redis() ? "-ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.\r\n" : "+OK\r\n";
  }
  void expect_reply(const Step& step, const Reply& reply) {
    switch (step.expected) {
      case Expect::kOk:
        EXPECT_EQ(reply.encode(), "+OK\r\n");
        break;
      case Expect::kSetinfo:
        EXPECT_EQ(reply.encode(), refusal_of_setinfo());
        break;
      case Expect::kHello:
        EXPECT_EQ(reply.elements.at(4).text, "proto");
        EXPECT_EQ(std::to_string(reply.elements.at(5).integer), step.words[1]);
        EXPECT_EQ(reply.type, step.words[1] == "3" ? '%' : '*');
        break;
      case Expect::kText:
        EXPECT_NE(reply.text.find(step.part), std::string::npos) << reply.text.substr(0, 200);
        break;
      case Expect::kInteger:
        EXPECT_EQ(reply.type, ':');
        break;
      case Expect::kPairs:
        EXPECT_EQ(reply.elements.size(), 2U);
        break;
      case Expect::kNull:
        EXPECT_TRUE(reply.null);
        break;
      case Expect::kEcho:
        EXPECT_EQ(reply.text, step.words[1]);
        break;
      case Expect::kPong:
        EXPECT_EQ(reply.encode(), "+PONG\r\n");
        break;
      case Expect::kSubscribed:
        EXPECT_EQ(reply.elements.at(0).text, "subscribe");
        break;
      case Expect::kNoCluster:
        EXPECT_EQ(reply.encode(), "-ERR This instance has cluster support disabled\r\n");
        break;
      case Expect::kUnknown:
        EXPECT_EQ(reply.text.rfind("ERR unknown command", 0), 0U) << reply.text;
        break;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ConnectSequence, both_servers(), server_test_name);

TEST_P(ConnectSequence, EachStepSucceeds) {
  start({"--requirepass", "secret"});
  for (const Sequence& sequence : kSequences) {
    SCOPED_TRACE(sequence.library);
    RespClient client = connect();
    for (const Step& step : sequence.steps) {
      SCOPED_TRACE(step.words[0] + " " + (step.words.size() > 1 ? step.words[1] : ""));
      expect_reply(step, client.ask(step.words));
    }
  }
}

// Most libraries send all of it at once.
TEST_P(ConnectSequence, EachStepSucceedsInOnePipeline) {
  start({"--requirepass", "secret"});
  for (const Sequence& sequence : kSequences) {
    SCOPED_TRACE(sequence.library);
    RespClient client = connect();
    std::string all;
    for (const Step& step : sequence.steps) all += encode_request(step.words);
    client.send_raw(all);
    for (const Step& step : sequence.steps) {
      SCOPED_TRACE(step.words[0] + " " + (step.words.size() > 1 ? step.words[1] : ""));
      expect_reply(step, client.read());
    }
  }
}

// Without the password each first step is refused as the library expects, and the connection stays.
TEST_P(ConnectSequence, AWrongPasswordIsToldAsOne) {
  start({"--requirepass", "secret"});
  RespClient client = connect();
  EXPECT_EQ(client.ask({"HELLO", "3", "AUTH", "default", "wrong"}).text.rfind("WRONGPASS ", 0), 0U);
  EXPECT_EQ(client.ask({"AUTH", "wrong"}).text.rfind("WRONGPASS ", 0), 0U);
  EXPECT_EQ(client.ask({"HELLO", "3"}).text.rfind("NOAUTH ", 0), 0U);
  EXPECT_EQ(client.ask({"CLIENT", "SETNAME", "app"}).text, "NOAUTH Authentication required.");
  EXPECT_EQ(client.ask({"AUTH", "secret"}).text, "OK");
}

}  // namespace
}  // namespace aerie

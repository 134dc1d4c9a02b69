// SPDX-License-Identifier: BSD-3-Clause
//
// What belongs to one connection or acts on another: passwords, limits on clients, CLIENT LIST and KILL with
// real ids and addresses, timeouts, unix sockets.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;

class Session : public ServerTest {
 protected:
  std::string address_of(const RespClient& client) {
    return "127.0.0.1:" + std::to_string(client.local_port());
  }
  std::string id_of(RespClient& client) { return client.ask({"CLIENT", "ID"}).text; }

  // The fields of a line of CLIENT LIST.
  std::map<std::string, std::string> fields(const std::string& line) {
    std::map<std::string, std::string> result;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      size_t at = word.find('=');
      if (at != std::string::npos) result[word.substr(0, at)] = word.substr(at + 1);
    }
    return result;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Session, both_servers(), server_test_name);

TEST_P(Session, PasswordFromTheCommandLine) {
  start({"--requirepass", "secret"});
  RespClient client = connect();
  EXPECT_EQ(client.command({"GET", "k"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.command({"PING"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.command({"AUTH", "wrong"}),
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  EXPECT_EQ(client.command({"AUTH", "secret"}), "+OK\r\n");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
  RespClient pipelined = connect();
  pipelined.send_raw("GET k\r\nAUTH secret\r\nGET k\r\n");
  EXPECT_EQ(pipelined.read().encode(), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(pipelined.read().encode(), "+OK\r\n");
  EXPECT_EQ(pipelined.read().encode(), "$-1\r\n");
}

TEST_P(Session, TooManyClients) {
  start({"--maxclients", "5"});
  std::vector<RespClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(connect());
    ASSERT_EQ(clients.back().command({"PING"}), "+PONG\r\n") << i;
  }
  EXPECT_EQ(connect().read_to_end(), "-ERR max number of clients reached\r\n");
  clients.pop_back();
  for (int i = 0; i < 100; ++i) {
    RespClient again = connect();
    again.send({"PING"});
    if (again.read_some(std::chrono::seconds(2)) == "+PONG\r\n") return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "no client is accepted although one has gone";
}

TEST_P(Session, MaxclientsCanChange) {
  RespClient client = connect();
  EXPECT_EQ(client.command({"CONFIG", "SET", "maxclients", "1"}), "+OK\r\n");
  EXPECT_EQ(connect().read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(client.command({"CONFIG", "SET", "maxclients", "100"}), "+OK\r\n");
  expect_alive();
}

TEST_P(Session, IdleClientsAreClosed) {
  start({"--timeout", "1"});
  RespClient idle = connect();
  RespClient busy = connect();
  auto begin = std::chrono::steady_clock::now();
  bool closed = false;
  while (!closed && std::chrono::steady_clock::now() - begin < std::chrono::seconds(6)) {
    ASSERT_EQ(busy.command({"PING"}), "+PONG\r\n");
    closed = idle.closed_by_server(milliseconds(100));
  }
  EXPECT_TRUE(closed);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(900));
}

TEST_P(Session, AClientThatIsSendingIsNotIdle) {
  start({"--timeout", "1"});
  RespClient slow = connect();
  const std::string bytes = encode_request({"SET", "k", std::string(30, 'x')});
  for (const char& byte : bytes) {
    slow.send_raw({&byte, 1});
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(slow.read().encode(), "+OK\r\n");
}

TEST_P(Session, WhoeverCameBeforeThePasswordWentMayReadMuch) {
  start({"--requirepass", "secret"});
  RespClient early = connect();
  RespClient admin = connect();
  EXPECT_EQ(admin.command({"AUTH", "secret"}), "+OK\r\n");
  EXPECT_EQ(admin.command({"SET", "k", std::string(20'000'000, 'x')}), "+OK\r\n");
  EXPECT_EQ(admin.command({"CONFIG", "SET", "requirepass", ""}), "+OK\r\n");
  early.send_raw(encode_request({"GET", "k"}));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(early.read().text.size(), 20'000'000u);
}

TEST_P(Session, ClientListShowsEachClient) {
  RespClient one = connect();
  RespClient two = connect();
  one.ask({"CLIENT", "SETNAME", "first"});
  two.ask({"SELECT", "3"});
  std::string list = two.ask({"CLIENT", "LIST"}).text;
  std::istringstream lines(list);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  auto first = fields(line);
  EXPECT_EQ(first["id"], id_of(one));
  EXPECT_EQ(first["addr"], address_of(one));
  EXPECT_EQ(first["laddr"], "127.0.0.1:" + std::to_string(server().port()));
  EXPECT_EQ(first["name"], "first");
  EXPECT_EQ(first["db"], "0");
  EXPECT_EQ(first["cmd"], "client|setname");
  ASSERT_TRUE(std::getline(lines, line));
  auto second = fields(line);
  EXPECT_EQ(second["db"], "3");
  EXPECT_EQ(second["cmd"], "client|list");
  EXPECT_EQ(second["resp"], "2");
  EXPECT_FALSE(std::getline(lines, line));
  std::string picked = one.ask({"CLIENT", "LIST", "ID", id_of(two), "999999"}).text;
  EXPECT_EQ(fields(picked)["addr"], address_of(two));
  EXPECT_EQ(std::count(picked.begin(), picked.end(), '\n'), 1);
}

TEST_P(Session, KillInEachWay) {
  RespClient killer = connect();
  for (int way = 0; way < 6; ++way) {
    RespClient victim = connect();
    std::string id = id_of(victim);
    Words words = {"CLIENT", "KILL"};
    if (way == 0) words.insert(words.end(), {address_of(victim)});
    if (way == 1) words.insert(words.end(), {"ID", id});
    if (way == 2) words.insert(words.end(), {"ADDR", address_of(victim)});
    if (way == 3) words.insert(words.end(), {"ID", id, "ADDR", address_of(victim), "TYPE", "normal"});
    if (way == 4) words.insert(words.end(), {"LADDR", "127.0.0.1:" + std::to_string(server().port())});
    if (way == 5) words.insert(words.end(), {"USER", "default", "SKIPME", "yes"});
    EXPECT_EQ(killer.command(words), way == 0 ? "+OK\r\n" : ":1\r\n") << way;
    EXPECT_TRUE(victim.closed_by_server()) << way;
  }
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "127.0.0.1:1"}), "-ERR No such client\r\n");
  EXPECT_EQ(killer.command({"CLIENT", "KILL", "ID", "123456"}), ":0\r\n");
}

TEST_P(Session, KillOfOneself) {
  RespClient client = connect();
  client.send_raw("CLIENT KILL ID " + id_of(client) + " SKIPME no\r\nPING\r\n");
  EXPECT_EQ(client.read_to_end(), ":1\r\n");
  RespClient again = connect();
  again.send_raw("CLIENT KILL " + address_of(again) + "\r\nPING\r\n");
  EXPECT_EQ(again.read_to_end(), "+OK\r\n");
}

TEST_P(Session, KillOfOneselfInsideExec) {
  RespClient client = connect();
  std::string id = id_of(client);
  client.send_raw("MULTI\r\nCLIENT KILL ID " + id + " SKIPME no\r\nSET k after\r\nEXEC\r\nPING\r\n");
  std::string all = client.read_to_end();
  EXPECT_EQ(all.rfind("+OK\r\n+QUEUED\r\n+QUEUED\r\n", 0), 0U) << all;
  EXPECT_EQ(all.find("PONG"), std::string::npos) << all;
  EXPECT_EQ(connect().ask({"GET", "k"}).text, "after");
}

TEST_P(Session, KillOfAClientWithAPipeline) {
  RespClient killer = connect();
  for (int i = 0; i < 50; ++i) {
    RespClient victim = connect();
    std::string id = id_of(victim);
    std::string bytes;
    for (int j = 0; j < 2000; ++j) bytes += "APPEND x y\r\n";
    victim.send_raw(bytes);
    killer.ask({"CLIENT", "KILL", "ID", id});
    victim.read_to_end();
  }
  expect_alive();
}

TEST_P(Session, TransactionIsAtomicAmongClients) {
  RespClient one = connect();
  RespClient two = connect();
  one.ask({"MULTI"});
  one.ask({"INCR", "n"});
  EXPECT_EQ(two.command({"INCR", "n"}), ":1\r\n");
  one.ask({"INCR", "n"});
  EXPECT_EQ(one.command({"EXEC"}), "*2\r\n:2\r\n:3\r\n");
}

TEST_P(Session, DisconnectForgetsTransactionAndWatch) {
  RespClient one = connect();
  one.ask({"WATCH", "k"});
  one.ask({"MULTI"});
  one.ask({"SET", "k", "never"});
  one.close();
  EXPECT_EQ(connect().command({"SET", "k", "v"}), "+OK\r\n");
  EXPECT_EQ(connect().command({"GET", "k"}), "$1\r\nv\r\n");
}

TEST_P(Session, UnixSocket) {
  start({"--unixsocket", "%d/s.sock", "--unixsocketperm", "700"});
  std::string path = server().directory() + "/s.sock";
  RespClient client = RespClient::unix_socket(path);
  EXPECT_EQ(client.command({"SET", "k", "v"}), "+OK\r\n");
  EXPECT_EQ(connect().command({"GET", "k"}), "$1\r\nv\r\n");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  std::string info = client.ask({"CLIENT", "INFO"}).text;
  EXPECT_NE(info.find("addr=" + path + ":0 "), std::string::npos) << info;
}

TEST_P(Session, ClockOfTheServer) {
  Reply time = connect().ask({"TIME"});
  auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(std::stod(time.elements.at(0).text), static_cast<double>(now.count()), 3.0);
}

TEST_P(Session, ReplyOffStaysOff) {
  RespClient client = connect();
  client.send_raw("CLIENT REPLY OFF\r\nPING\r\nSET k v\r\n");
  EXPECT_FALSE(client.try_read(milliseconds(100)).has_value());
  EXPECT_EQ(client.command({"CLIENT", "REPLY", "ON"}), "+OK\r\n");
  EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile clients: each test is a class of attack from the security history of Redis and its kin. Expected is
// the reply that Redis gives or a closed connection, memory that stays flat, and a server that goes on
// serving. Where Redis itself is known to be weak, the test runs against Aerie alone.
#include <sys/resource.h>
#include <sys/stat.h>

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

constexpr uint64_t kMegabyte = 1 << 20;

class Hostile : public ServerTest {
 protected:
  // Sends until the server takes no more for `patience`; the bytes that went out.
  size_t flood(RespClient& client, std::string_view piece, size_t limit, milliseconds patience) {
    size_t sent = 0;
    std::string_view rest = piece;
    auto deadline = steady_clock::now() + patience;
    while (sent < limit && steady_clock::now() < deadline) {
      size_t n = client.send_some(rest);
      sent += n;
      rest.remove_prefix(n);
      if (rest.empty()) rest = piece;
      if (n > 0) deadline = steady_clock::now() + patience;
      if (n == 0) std::this_thread::sleep_for(milliseconds(1));
    }
    return sent;
  }

  std::string pipeline_replies(RespClient& client, const std::vector<Words>& commands) {
    std::string bytes;
    for (const Words& words : commands) bytes += encode_request(words);
    client.send_raw(bytes);
    std::string replies;
    for (size_t i = 0; i < commands.size(); ++i) replies += client.read().encode();
    return replies;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Hostile, both_servers(), server_test_name);

// What Redis does not withstand.
class HostileToAerie : public Hostile {};
INSTANTIATE_TEST_SUITE_P(Servers, HostileToAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(Hostile, UnauthenticatedAnnouncements) {
  // Ten thousand, or as many as the limit of descriptors leaves room for.
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto count = static_cast<int>(std::min<rlim_t>(10'000, limit.rlim_max - 100));
  ASSERT_GE(count, 2000);
  start({"--requirepass", "secret", "--maxclients", std::to_string(count)});
  uint64_t before = rss();
  std::vector<RespClient> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(connect());
    clients.back().send_raw(i % 2 == 0 ? "*1048576\r\n" : "*2\r\n$536870912\r\n");
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    ASSERT_EQ(clients[i].read_to_end(), i % 2 == 0
                                            ? "-ERR Protocol error: unauthenticated multibulk length\r\n"
                                            : "-ERR Protocol error: unauthenticated bulk length\r\n");
  }
  expect_rss_below(before, 30 * kMegabyte);
}

TEST_P(Hostile, UnauthenticatedLimitsAreExact) {
  start({"--requirepass", "secret"});
  RespClient client = connect();
  Words ten(10, "x");
  ten[0] = "DEL";
  client.send(ten);
  EXPECT_EQ(client.read().encode(), "-NOAUTH Authentication required.\r\n");
  client.send({"AUTH", std::string(16384, 'p')});
  EXPECT_EQ(client.read().encode(), "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  client.send_raw("*11\r\n");
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  RespClient other = connect();
  other.send_raw("*2\r\n$4\r\nAUTH\r\n$16385\r\n");
  EXPECT_EQ(other.read_to_end(), "-ERR Protocol error: unauthenticated bulk length\r\n");
  RespClient authenticated = connect();
  authenticated.send_raw("AUTH secret\r\n" + encode_request({"ECHO", std::string(20000, 'e')}));
  EXPECT_EQ(authenticated.read().encode(), "+OK\r\n");
  EXPECT_EQ(authenticated.read().text.size(), 20000U);
}

TEST_P(Hostile, RulesOfUsersThatAreNone) {
  start();
  RespClient client = connect();
  for (const Words& rules : {Words{"(+@all"},
                             {"(("},
                             {"("},
                             {"%"},
                             {"%RR~"},
                             {"~a b"},
                             {"+"},
                             {"-@"},
                             {"#"},
                             {"!"},
                             {"<"},
                             {")"},
                             {"+config|set|x"},
                             {std::string(100'000, '(')},
                             {std::string(100'000, '%')},
                             {"+" + std::string(100'000, '|')}}) {
    Words request = {"ACL", "SETUSER", "u"};
    request.insert(request.end(), rules.begin(), rules.end());
    const std::string reply = client.command(request);
    EXPECT_TRUE(reply.starts_with("-ERR Error in ACL SETUSER modifier '") ||
                reply.starts_with("-ERR Unmatched parenthesis in acl selector starting at '("))
        << rules[0].substr(0, 20) << ": " << reply.substr(0, 200);
  }
  EXPECT_EQ(client.command({"ACL", "USERS"}), "*1\r\n$7\r\ndefault\r\n");
  EXPECT_EQ(client.command({"ACL", "SETUSER", "u", "%R~", "(~a"}).substr(0, 5), "-ERR ");
}

TEST_P(HostileToAerie, NamesOfUsersInLogsAndLists) {
  start({"--loglevel", "verbose"});
  RespClient client = connect();
  const std::string name = "e\x1b[31m\"'\\\xff";
  EXPECT_EQ(client.command({"ACL", "SETUSER", name, "on", "nopass", "+@all"}), "+OK\r\n");
  EXPECT_EQ(client.command({"AUTH", name, ""}), "+OK\r\n");
  const std::string line = client.ask({"CLIENT", "INFO"}).text;
  EXPECT_NE(line.find(" user=e\\x1b[31m\\\"'\\\\\\xff "), std::string::npos) << line;
  EXPECT_EQ(client.command({"GET", "k"}), "-NOPERM No permissions to access a key\r\n");
  const std::string info = client.ask({"ACL", "LOG"}).encode();
  EXPECT_NE(info.find(" user=e\\x1b[31m"), std::string::npos) << "the line of its client";
  EXPECT_EQ(server().output().find('\x1b'), std::string::npos);
}

// Neither keys nor names of users stay in the log of refusals as large as they came, and a large password is
// not hashed.
TEST_P(HostileToAerie, LargeWordsAmongRefusals) {
  start();
  RespClient admin = connect();
  EXPECT_EQ(admin.command({"ACL", "SETUSER", "u", "on", "nopass", "+get"}), "+OK\r\n");
  RespClient client = connect();
  EXPECT_EQ(client.command({"AUTH", "u", "x"}), "+OK\r\n");
  uint64_t before = rss();
  for (int i = 0; i < 60; ++i) {
    const std::string large = std::to_string(i) + std::string(2 * kMegabyte, 'k');
    EXPECT_EQ(client.command({"GET", large}), "-NOPERM No permissions to access a key\r\n");
    EXPECT_EQ(client.command({"AUTH", large, large}).substr(0, 10), "-WRONGPASS");
    EXPECT_EQ(client.command({"AUTH", "u2", large}).substr(0, 10), "-WRONGPASS");
  }
  EXPECT_EQ(admin.ask({"ACL", "LOG", "1000"}).elements.size(), 121U);
  expect_rss_below(before, 40 * kMegabyte);
}

TEST_P(HostileToAerie, UnauthenticatedClientThatNeverReads) {
  start({"--requirepass", "secret"});
  RespClient client = RespClient::tcp(server().port(), 4096);
  uint64_t before = rss();
  std::string piece;
  for (int i = 0; i < 10000; ++i) piece += "GET k\r\n";
  flood(client, piece, 400 * kMegabyte, milliseconds(1500));
  expect_rss_below(before, 16 * kMegabyte);
  expect_rss_below(before, 16 * kMegabyte);
  RespClient other = connect();
  EXPECT_EQ(other.command({"AUTH", "secret"}), "+OK\r\n");
}

TEST_P(Hostile, RequestBeyondTheQueryBufferLimit) {
  start({"--client-query-buffer-limit", "1mb"});
  RespClient client = connect();
  EXPECT_EQ(client.command({"CLIENT", "SETNAME", "greedy"}), "+OK\r\n");
  flood(client, encode_request({"SET", "k", std::string(3 * kMegabyte, 'x')}), 3 * kMegabyte,
        milliseconds(500));
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(server().wait_for_output("Closing client that reached max query buffer length", seconds(1)));
  EXPECT_NE(server().output().find(" name=greedy "), std::string::npos) << "its line of CLIENT LIST";
  EXPECT_EQ(connect().command({"EXISTS", "k"}), ":0\r\n");
}

TEST_P(HostileToAerie, AuthenticatedClientThatNeverReads) {
  start({"--client-query-buffer-limit", "8mb"});
  connect().ask({"SET", "k", std::string(100000, 'k')});
  RespClient client = RespClient::tcp(server().port(), 4096);
  uint64_t before = rss();
  std::string piece;
  for (int i = 0; i < 1000; ++i) piece += "GET k\r\n";
  flood(client, piece, 64 * kMegabyte, milliseconds(1500));
  expect_rss_below(before, 40 * kMegabyte);
  auto begin = steady_clock::now();
  for (int i = 0; i < 100; ++i) expect_alive();
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
}

// The commands of a batch that are slow together let others go first.
TEST_P(HostileToAerie, SlowCommandsOfAPipelineLeaveTurnsShort) {
  RespClient client = connect();
  for (int i = 0; i < 3000; ++i) client.ask({"SET", "key:" + std::to_string(i), "v"});
  constexpr int kCommands = 500;
  std::string slow;
  for (int i = 0; i < kCommands; ++i) slow += "KEYS zz*\r\n";
  expect_short_turns([&] {
    forget_long_turns(client);
    client.send_raw(slow);
    for (int i = 0; i < kCommands; ++i) ASSERT_EQ(client.read().type, '*');
    // Some 500 us; more than 5 ms when all requests of a batch run at once.
    note_long_turn(client, "KEYS");
  });
}

// What one client has watched or queued by the hundred thousand is forgotten at once and freed in slices.
TEST_P(HostileToAerie, EndOfManyWatchesAndOfALongQueueLeavesTurnsShort) {
  constexpr int kCommands = 3000;
  constexpr int kKeys = 100;
  RespClient observer = connect();
  std::string watches;
  for (int i = 0; i < kCommands; ++i) {
    Words words{"WATCH"};
    for (int k = 0; k < kKeys; ++k) words.push_back("watched:" + std::to_string(i * kKeys + k));
    watches += encode_request(words);
  }
  std::string queue = encode_request({"MULTI"});
  for (int i = 0; i < kCommands * 50; ++i) queue += encode_request({"GET", "x"});
  const std::string closing = "the end of the connection";
  expect_short_turns([&] {
    RespClient client = connect();
    for (const std::string& ending : {std::string("UNWATCH"), std::string("DISCARD"), closing}) {
      client.send_raw(watches);
      for (int i = 0; i < kCommands; ++i) ASSERT_EQ(client.read().text, "OK");
      if (ending != "UNWATCH") {
        client.send_raw(queue);
        for (int i = 0; i <= kCommands * 50; ++i) ASSERT_EQ(client.read().type, '+');
      }
      forget_long_turns(observer);
      if (ending != closing) {
        EXPECT_EQ(client.ask({ending}).text, "OK");
      } else {
        client.close();
      }
      // INFO does not walk the watches either.
      for (int i = 0; i < 100; ++i) observer.ask({"INFO", "everything"});
      // Some 300 us; 100 ms and more when all is freed at once.
      note_long_turn(observer, ending);
    }
  });
}

// redis-py sends a whole pipeline before it reads: 1 GB of replies must neither deadlock nor be held in
// memory.
TEST_P(HostileToAerie, GigabyteOfRepliesToOnePipeline) {
  RespClient client = connect();
  client.set_timeout(seconds(120));
  client.ask({"SET", "k", std::string(1000000, 'k')});
  uint64_t before = rss();
  std::string bytes;
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) bytes += "GET k\r\n";
  ASSERT_EQ(flood(client, bytes, bytes.size(), seconds(10)), bytes.size());
  std::this_thread::sleep_for(milliseconds(200));
  expect_rss_below(before, 40 * kMegabyte);
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(client.read().text.size(), 1000000U) << i;
  expect_rss_below(before, 40 * kMegabyte);
}

TEST_P(Hostile, AnnounceAndStop) {
  uint64_t before = rss();
  std::vector<RespClient> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(connect());
    clients.back().send_raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nxx");
    clients.push_back(connect());
    clients.back().send_raw("*1048576\r\n$3\r\nDEL\r\n");
  }
  expect_alive();
  expect_alive();
  // Redis reserves the vector of announced arguments in steps of its own.
  expect_rss_below(before, 64 * kMegabyte);
  clients.clear();
  expect_alive();
}

TEST_P(HostileToAerie, AnnouncedMillionsOfArgumentsCostNothing) {
  uint64_t before = rss();
  std::vector<RespClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(connect());
    clients.back().send_raw("*1048576\r\n$3\r\nDEL\r\n$100000000\r\nabc");
  }
  expect_alive();
  expect_rss_below(before, 16 * kMegabyte);
}

TEST_P(Hostile, ManyTinyArgumentsByteByByteStayLinear) {
  RespClient client = connect();
  RespClient other = connect();
  auto begin = steady_clock::now();
  std::string bytes = "*200001\r\n$3\r\nDEL\r\n";
  for (int i = 0; i < 200000; ++i) bytes += "$1\r\nk\r\n";
  for (size_t at = 0; at < bytes.size(); at += 1400)
    client.send_raw(std::string_view(bytes).substr(at, 1400));
  EXPECT_EQ(client.read().encode(), ":0\r\n");
  EXPECT_LT(steady_clock::now() - begin, seconds(sanitized() ? 30 : 10));
}

TEST_P(Hostile, DeadlinesSetAndDropped) {
  RespClient client = connect();
  for (int round = 0; round < 2; ++round) {
    uint64_t before = rss();
    for (int batch = 0; batch < 100; ++batch) {
      std::vector<Words> commands;
      for (int i = 0; i < 500; ++i) {
        std::string key = "k" + std::to_string(i);
        commands.push_back({"SET", key, "v", "EX", std::to_string(86400 - batch)});
        commands.push_back({"EXPIRE", key, std::to_string(80000 - batch)});
        commands.push_back({"PERSIST", key});
        commands.push_back({"SET", key, "v", "EX", std::to_string(100000 + batch * 100 + i)});
        commands.push_back({"DEL", key});
      }
      pipeline_replies(client, commands);
    }
    // The first round may settle buffers; the second must be flat.
    if (round == 1) expect_rss_below(before, 2 * kMegabyte);
  }
  EXPECT_EQ(client.command({"DBSIZE"}), ":0\r\n");
}

// Each earlier deadline of a key leaves the later one behind, until that is cleared away.
TEST_P(Hostile, DeadlinesThatComeEverEarlier) {
  RespClient client = connect();
  client.ask({"SET", "k", "v"});
  for (int round = 0; round < 2; ++round) {
    const uint64_t before = rss();
    for (int batch = 0; batch < 100; ++batch) {
      std::vector<Words> commands;
      for (int i = 0; i < 2000; ++i)
        commands.push_back({"PEXPIRE", "k", std::to_string(100'000'000 - batch * 2000 - i)});
      pipeline_replies(client, commands);
    }
    if (round == 1) expect_rss_below(before, 2 * kMegabyte);
  }
  EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
}

TEST_P(Hostile, WatchesAndQueuesWithoutEnd) {
  RespClient client = connect();
  auto begin = steady_clock::now();
  int batches = is_redis() ? 5 : 200;  // Redis looks through all watches of a client at each new one
  for (int batch = 0; batch < batches; ++batch) {
    Words words = {"WATCH"};
    for (int i = 0; i < 1000; ++i) words.push_back("w" + std::to_string(batch * 1000 + i));
    ASSERT_EQ(client.command(words), "+OK\r\n");
  }
  ASSERT_EQ(client.command(Words(10001, "WATCH")), "+OK\r\n");  // one key, 10,000 times
  EXPECT_LT(steady_clock::now() - begin, seconds(sanitized() ? 60 : 20));
  EXPECT_EQ(connect().command({"SET", "w77", "v"}), "+OK\r\n");
  EXPECT_EQ(client.command({"MULTI"}), "+OK\r\n");
  std::vector<Words> queue(100000, Words{"SET", "k", "v"});
  pipeline_replies(client, queue);
  EXPECT_EQ(client.command({"EXEC"}), "*-1\r\n");
  EXPECT_EQ(client.command({"MULTI"}), "+OK\r\n");
  pipeline_replies(client, queue);
  client.send({"EXEC"});
  EXPECT_EQ(client.read().elements.size(), 100000U);
  client.ask({"WATCH", "k"});
  client.ask({"MULTI"});
  pipeline_replies(client, queue);
  client.close();
  expect_alive();
}

TEST_P(Hostile, NothingIsInjectedIntoTheLog) {
  start({"--loglevel", "debug"});
  RespClient client = connect();
  const std::string kEvil = "evil\n77:M 01 Jan 2020 00:00:00.000 # injected\x1b[31m\r\n";
  EXPECT_EQ(client.command({"CLIENT", "SETNAME", kEvil})[0], '-');
  client.ask({"AUTH", kEvil, "x"});
  client.ask({"SET", kEvil, kEvil});
  client.ask({kEvil, kEvil});
  client.ask({"CONFIG", "SET", "timeout", kEvil});
  client.ask({"CONFIG", "GET", kEvil});
  RespClient bad = connect();
  bad.send_raw("*1\r\n:\x1b[31m\n injected\r\n");
  bad.read_to_end();
  RespClient worse = connect();
  worse.send_raw("*1\r\n\x1b[31m\r\n");
  worse.read_to_end();
  std::string list = client.ask({"CLIENT", "LIST"}).text;
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 1) << list;
  std::string output = server().output();
  EXPECT_EQ(output.find('\x1b'), std::string::npos) << output;
  EXPECT_EQ(output.find("\n77:M"), std::string::npos) << output;
}

TEST_P(Hostile, ErrorTextsStayOnOneLine) {
  RespClient client = connect();
  for (const Words& words : std::vector<Words>{{"no\r\n+OK\r\nsuch", "a\r\n-b"}, {"CLIENT", "x\r\n+y"}}) {
    Reply reply = client.ask(words);
    EXPECT_EQ(reply.type, '-');
    EXPECT_EQ(reply.text.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(client.command({"ECHO", "next"}), "$4\r\nnext\r\n");
  }
}

TEST_P(Hostile, ResetsInTheBacklog) {
  RespClient before = connect();
  server().send_signal(SIGSTOP);
  for (int i = 0; i < 200; ++i) {
    RespClient client = connect();
    if (i % 2 == 0) client.send_raw("PING\r\n");
    client.reset_connection();
  }
  server().send_signal(SIGCONT);
  EXPECT_EQ(before.command({"PING"}), "+PONG\r\n");
  expect_alive();
}

TEST_P(Hostile, OutOfFileDescriptors) {
  RespClient first = connect();
  first.ask({"PING"});
  rlimit old{};
  ASSERT_EQ(prlimit(server().pid(), RLIMIT_NOFILE, nullptr, &old), 0);
  rlimit limit{40, old.rlim_max};
  ASSERT_EQ(prlimit(server().pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  std::vector<RespClient> clients;
  for (int i = 0; i < 80; ++i) clients.push_back(connect());
  EXPECT_EQ(first.command({"PING"}), "+PONG\r\n");
  uint64_t cpu_before = server().usage().cpu_ns;
  std::this_thread::sleep_for(seconds(1));
  uint64_t cpu = server().usage().cpu_ns - cpu_before;
  if (!is_redis()) {
    EXPECT_LT(cpu, 200000000U) << "ns of CPU in an idle second";
  }
  clients.clear();
  ASSERT_EQ(prlimit(server().pid(), RLIMIT_NOFILE, &old, nullptr), 0);
  for (int i = 0; i < 100; ++i) {
    RespClient client = connect();
    client.send_raw("PING\r\n");
    if (client.read_some(seconds(2)) == "+PONG\r\n") return;
  }
  FAIL() << "no connection is accepted after the limit is gone";
}

TEST_P(Hostile, OtherProtocols) {
  RespClient post = connect();
  post.send_raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nSET injected 1\r\n");
  EXPECT_EQ(post.read_to_end(), "");
  RespClient host = connect();
  host.send_raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nSET injected 1\r\n");
  host.read_to_end();
  RespClient bare = connect();
  bare.send_raw("host: x\r\nSET injected 1\r\n");
  EXPECT_EQ(bare.read_to_end(), "");
  EXPECT_EQ(connect().command({"EXISTS", "injected"}), ":0\r\n");
  EXPECT_TRUE(server().wait_for_output("SECURITY ATTACK", seconds(5)));
}

TEST_P(Hostile, OffsetsAndCounts) {
  RespClient client = connect();
  client.ask({"SET", "k", "Hello"});
  uint64_t before = rss();
  const std::string kTooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  EXPECT_EQ(client.command({"SETRANGE", "k", "9223372036854775807", "x"}), kTooLong);
  EXPECT_EQ(client.command({"SETRANGE", "k", "536870912", "x"}), kTooLong);
  EXPECT_EQ(client.command({"SETRANGE", "k", "-1", "x"}), "-ERR offset is out of range\r\n");
  EXPECT_EQ(client.command({"SETRANGE", "new", "9223372036854775807", ""}), ":0\r\n");
  EXPECT_EQ(client.command({"GETRANGE", "k", "-9223372036854775808", "9223372036854775807"}),
            "$5\r\nHello\r\n");
  EXPECT_EQ(client.command({"GETRANGE", "k", "9223372036854775807", "-9223372036854775808"}), "$0\r\n\r\n");
  EXPECT_EQ(client.command({"SCAN", "18446744073709551615", "COUNT", "9223372036854775807"}).substr(0, 2),
            "*2");
  EXPECT_EQ(client.command({"GET", "k"}), "$5\r\nHello\r\n");
  EXPECT_EQ(client.command({"EXISTS", "new"}), ":0\r\n");
  expect_rss_below(before, 4 * kMegabyte);
}

TEST_P(Hostile, DeadlinesOutOfRange) {
  RespClient client = connect();
  client.ask({"SET", "k", "v"});
  auto invalid = [](const std::string& name) {
    return "-ERR invalid expire time in '" + name + "' command\r\n";
  };
  for (const char* value : {"9223372036854775807", "9223372036854775", "-9223372036854775808"}) {
    EXPECT_EQ(client.command({"EXPIRE", "k", value}), invalid("expire")) << value;
  }
  EXPECT_EQ(client.command({"PEXPIRE", "k", "9223372036854775807"}), invalid("pexpire"));
  EXPECT_EQ(client.command({"EXPIREAT", "k", "9223372036854775807"}), invalid("expireat"));
  EXPECT_EQ(client.command({"SET", "k", "v", "EX", "9223372036854775807"}), invalid("set"));
  EXPECT_EQ(client.command({"SET", "k", "v", "PX", "9223372036854775807"}), invalid("set"));
  EXPECT_EQ(client.command({"SET", "k", "v", "EX", "0"}), invalid("set"));
  EXPECT_EQ(client.command({"SET", "k", "v", "PXAT", "-1"}), invalid("set"));
  EXPECT_EQ(client.command({"GETEX", "k", "EX", "9223372036854775807"}), invalid("getex"));
  EXPECT_EQ(client.command({"SETEX", "k", "9223372036854775807", "v"}), invalid("setex"));
  EXPECT_EQ(client.command({"PSETEX", "k", "0", "v"}), invalid("psetex"));
  EXPECT_EQ(client.command({"TTL", "k"}), ":-1\r\n");
  EXPECT_EQ(client.command({"PEXPIREAT", "k", "9223372036854775807"}), ":1\r\n");
  EXPECT_EQ(client.command({"PEXPIRETIME", "k"}), ":9223372036854775807\r\n");
  EXPECT_EQ(client.command({"GET", "k"}), "$1\r\nv\r\n");
}

TEST_P(Hostile, NumbersAtTheirEdges) {
  RespClient client = connect();
  const std::string kOverflow = "-ERR increment or decrement would overflow\r\n";
  client.ask({"SET", "n", "9223372036854775807"});
  EXPECT_EQ(client.command({"INCR", "n"}), kOverflow);
  EXPECT_EQ(client.command({"INCRBY", "n", "9223372036854775807"}), kOverflow);
  EXPECT_EQ(client.command({"DECRBY", "n", "-9223372036854775808"}), "-ERR decrement would overflow\r\n");
  EXPECT_EQ(client.command({"GET", "n"}), "$19\r\n9223372036854775807\r\n");
  client.ask({"SET", "f", "1"});
  EXPECT_EQ(client.command({"INCRBYFLOAT", "f", "inf"}), "-ERR increment would produce NaN or Infinity\r\n");
  EXPECT_EQ(client.command({"INCRBYFLOAT", "f", "nan"}), "-ERR value is not a valid float\r\n");
  EXPECT_EQ(client.command({"INCRBYFLOAT", "f", "1e5000"}), "-ERR value is not a valid float\r\n");
  EXPECT_EQ(client.command({"GET", "f"}), "$1\r\n1\r\n");
  // The largest numbers have thousands of digits; the second one would be past them.
  const std::string huge = client.ask({"INCRBYFLOAT", "f", "1e4932"}).text;
  EXPECT_EQ(huge.size(), 4933U);
  EXPECT_EQ(client.command({"INCRBYFLOAT", "f", "1e4932"}),
            "-ERR increment would produce NaN or Infinity\r\n");
  EXPECT_EQ(client.ask({"GET", "f"}).text, huge);
}

TEST_P(Hostile, DuplicateKeys) {
  RespClient client = connect();
  EXPECT_EQ(client.command({"MSETNX", "a", "1", "a", "2"}), ":1\r\n");
  EXPECT_EQ(client.command({"GET", "a"}), "$1\r\n2\r\n");
  EXPECT_EQ(client.command({"DEL", "a", "a"}), ":1\r\n");
  EXPECT_EQ(client.command({"MSET", "a", "1", "a", "3"}), "+OK\r\n");
  EXPECT_EQ(client.command({"RENAME", "a", "a"}), "+OK\r\n");
  EXPECT_EQ(client.command({"COPY", "a", "a", "REPLACE"}),
            "-ERR source and destination objects are the same\r\n");
  EXPECT_EQ(client.command({"EXISTS", "a", "a", "a"}), ":3\r\n");
  EXPECT_EQ(client.command({"UNLINK", "a", "a", "a"}), ":1\r\n");
  EXPECT_EQ(client.command({"SWAPDB", "0", "0"}), "+OK\r\n");
  const auto has_blocked_clients = [&client](int count) {
    const std::string line = "blocked_clients:" + std::to_string(count) + "\r\n";
    return client.ask({"INFO", "clients"}).text.find(line) != std::string::npos;
  };
  RespClient waiter = connect();
  waiter.send({"BLPOP", "k", "k", "0"});
  while (!has_blocked_clients(1)) {
  }
  EXPECT_EQ(client.command({"RPUSH", "k", "1", "2"}), ":2\r\n");
  EXPECT_EQ(waiter.read().encode(), "*2\r\n$1\r\nk\r\n$1\r\n1\r\n");
  EXPECT_EQ(client.command({"LLEN", "k"}), ":1\r\n");
  EXPECT_TRUE(has_blocked_clients(0));
}

TEST_P(Hostile, LcsOfTwoLargeStrings) {
  RespClient client = connect();
  client.ask({"SET", "a", std::string(70000, 'a')});
  client.ask({"SET", "b", std::string(70000, 'b')});
  uint64_t before = rss();
  auto begin = steady_clock::now();
  for (const char* option : {"LEN", "IDX"}) {
    Reply reply = client.ask({"LCS", "a", "b", option});
    EXPECT_EQ(reply.text, "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  EXPECT_LT(steady_clock::now() - begin, seconds(2));
  expect_rss_below(before, 4 * kMegabyte);
}

TEST_P(HostileToAerie, PatternsDoNotExplode) {
  RespClient client = connect();
  client.set_timeout(seconds(60));
  client.ask({"SET", std::string(1000000, 'a'), "v"});
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "a*";
  const std::string kPatterns[] = {
      stars + "b",
      std::string(1000000, '*'),
      std::string(1000000, '['),
      std::string(1000000, '?'),
      std::string(1000000, '\\'),
      "*" + std::string(1000000, 'a') + "b",
  };
  std::string mixed;
  for (int i = 0; i < 300000; ++i) mixed += "*?[";
  auto begin = steady_clock::now();
  for (const std::string& pattern : kPatterns) {
    client.ask({"KEYS", pattern});
    client.ask({"SCAN", "0", "COUNT", "1000", "MATCH", pattern});
  }
  client.ask({"KEYS", mixed});
  EXPECT_LT(steady_clock::now() - begin, seconds(sanitized() ? 60 : 15));
  expect_alive();
}

TEST_P(Hostile, ShortPatternsDoNotExplode) {
  RespClient client = connect();
  client.ask({"SET", std::string(100, 'a'), "v"});
  std::string stars;
  for (int i = 0; i < 10; ++i) stars += "a*";
  auto begin = steady_clock::now();
  EXPECT_EQ(client.command({"KEYS", stars + "b"}), "*0\r\n");
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
}

TEST_P(Hostile, KeyExtractionWithTooFewArguments) {
  RespClient client = connect();
  const std::string kInvalid = "-ERR Invalid number of arguments specified for command\r\n";
  EXPECT_EQ(client.command({"COMMAND", "GETKEYS", "LCS", "k"}), kInvalid);
  EXPECT_EQ(client.command({"COMMAND", "GETKEYS", "SET", "k"}), kInvalid);
  EXPECT_EQ(client.command({"COMMAND", "GETKEYS", "NOSUCH", "k"}), "-ERR Invalid command specified\r\n");
  EXPECT_EQ(client.command({"COMMAND", "GETKEYS", "PING", "k"}), "-ERR The command has no key arguments\r\n");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
}

TEST_P(HostileToAerie, UnixSocketIsNeverWiderThanConfigured) {
  for (int round = 0; round < 5; ++round) {
    ServerOptions options;
    options.kind = GetParam();
    options.args = {"--unixsocket", "%d/s.sock", "--unixsocketperm", "700"};
    options.wait_ready = false;
    ServerProcess starting(options);
    std::string path = starting.directory() + "/s.sock";
    auto deadline = steady_clock::now() + seconds(10);
    bool connected = false;
    while (!connected && steady_clock::now() < deadline) {
      struct stat status {};
      if (stat(path.c_str(), &status) != 0) continue;
      ASSERT_EQ(status.st_mode & 077U, 0U) << "mode " << std::oct << (status.st_mode & 0777U);
      try {
        connected = RespClient::unix_socket(path).command({"PING"}) == "+PONG\r\n";
      } catch (const std::exception&) {
        continue;
      }
    }
    EXPECT_TRUE(connected);
    EXPECT_EQ(starting.stop(), 0);
  }
}

TEST_P(Hostile, KillsDuringPipelines) {
  std::vector<RespClient> clients;
  uint64_t seed = 12345;
  auto next = [&seed] { return (seed = seed * 6364136223846793005ULL + 1442695040888963407ULL) >> 33; };
  for (int round = 0; round < 300; ++round) {
    while (clients.size() < 20) clients.push_back(connect());
    std::vector<std::string> ids;
    for (RespClient& client : clients) ids.push_back(client.ask({"CLIENT", "ID"}).text);
    for (size_t i = 0; i < clients.size(); ++i) {
      std::string bytes = next() % 3 == 0 ? "MULTI\r\n" : "WATCH k\r\n";
      bytes +=
          "INCR k\r\nCLIENT KILL ID " + ids[next() % ids.size()] + " SKIPME no\r\nGET k\r\nEXEC\r\nPING\r\n";
      clients[i].send_raw(bytes);
      if (next() % 7 == 0) clients[i].reset_connection();
    }
    for (RespClient& client : clients) {
      if (client.is_open() && next() % 2 == 0) client.read_some(milliseconds(100));
    }
    clients.clear();
  }
  expect_alive();
}

}  // namespace
}  // namespace aerie

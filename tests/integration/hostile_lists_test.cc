// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile use of lists: counts and indexes at the ends of their range, limits of encodings set beyond reason,
// lists of millions that go at once, and clients that wait for a million keys. Where Redis itself is known to
// be weak, the test runs against Aerie alone.
#include <chrono>
#include <thread>

#include "integration/server_test.h"

namespace aerie {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;
constexpr const char* kLeast = "-9223372036854775808";
constexpr const char* kMost = "9223372036854775807";

class HostileLists : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(Servers, HostileLists, both_servers(), server_test_name);

TEST_P(HostileLists, CountsAndIndexesAtTheirEnds) {
  RespClient client = connect();
  client.ask({"RPUSH", "k", "a", "b", "c"});
  const uint64_t before = rss();
  const std::string all = "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";
  EXPECT_EQ(client.command({"LRANGE", "k", kLeast, kMost}), all);
  EXPECT_EQ(client.command({"LRANGE", "k", kMost, kLeast}), "*0\r\n");
  EXPECT_EQ(client.command({"LINDEX", "k", kLeast}), "$-1\r\n");
  EXPECT_EQ(client.command({"LINDEX", "k", kMost}), "$-1\r\n");
  EXPECT_EQ(client.command({"LSET", "k", kLeast, "x"}), "-ERR index out of range\r\n");
  EXPECT_EQ(client.command({"LPOS", "k", "c", "RANK", kMost, "COUNT", kMost, "MAXLEN", kMost}), "*0\r\n");
  EXPECT_EQ(client.command({"LREM", "k", kLeast, "z"}), ":0\r\n");
  EXPECT_EQ(client.command({"LTRIM", "k", kLeast, kMost}), "+OK\r\n");
  EXPECT_EQ(client.command({"LMPOP", kMost, "k", "LEFT"}), "-ERR syntax error\r\n");
  EXPECT_EQ(client.command({"LMPOP", "18446744073709551615", "k", "LEFT"}),
            "-ERR numkeys should be greater than 0\r\n");
  EXPECT_EQ(client.command({"LPOP", "k", kLeast}), "-ERR value is out of range, must be positive\r\n");
  EXPECT_EQ(client.command({"LPOP", "k", kMost}), all);
  EXPECT_EQ(client.command({"EXISTS", "k"}), ":0\r\n");
  expect_rss_below(before, 4 * kMegabyte);
}

TEST_P(HostileLists, LimitsBeyondReason) {
  RespClient client = connect();
  const std::string large(8 * kMegabyte, 'x');
  for (const char* limit : {"2147483647", "-2147483648", "0", "1", "-5"}) {
    ASSERT_EQ(client.command({"CONFIG", "SET", "list-max-listpack-size", limit}), "+OK\r\n");
    client.ask({"DEL", "k"});
    for (int i = 0; i < 200; ++i) client.ask({"RPUSH", "k", "element", std::to_string(i)});
    EXPECT_EQ(client.ask({"RPUSH", "k", large, "7", large}).integer, 403);
    EXPECT_EQ(client.ask({"LINSERT", "k", "BEFORE", "7", large}).integer, 404);
    EXPECT_EQ(client.ask({"LSET", "k", "0", large}).text, "OK");
    EXPECT_EQ(client.ask({"LREM", "k", "0", large}).integer, 4);
    EXPECT_EQ(client.command({"LRANGE", "k", "-2", "-1"}), "*2\r\n$3\r\n199\r\n$1\r\n7\r\n");
  }
  expect_alive();
}

class LongListsOfAerie : public ServerTest {
 protected:
  static constexpr int kElements = 2'000'000;

  void fill(RespClient& client) {
    constexpr int kAtOnce = 1000;
    Words words{"RPUSH", "long"};
    words.resize(2 + kAtOnce, "0123456789abcdef");
    std::string pushes;
    for (int i = 0; i < 100; ++i) pushes += encode_request(words);
    for (int done = 0; done < kElements; done += 100 * kAtOnce) {
      client.send_raw(pushes);
      for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read().type, ':');
    }
    ASSERT_EQ(client.ask({"LLEN", "long"}).integer, kElements);
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, LongListsOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(LongListsOfAerie, GoWithoutALongTurn) {
  RespClient client = connect();
  struct Ending {
    Words words;
    int exists;  // afterwards
  };
  const std::vector<Ending> endings = {{{"DEL", "long"}, 0},
                                       {{"PEXPIRE", "long", "1"}, 0},
                                       {{"FLUSHALL"}, 0},
                                       {{"LTRIM", "long", "1", "0"}, 0},
                                       {{"LTRIM", "long", "1000000", "1000009"}, 1},
                                       {{"SET", "long", "x"}, 1},
                                       {{"RENAME", "other", "long"}, 1}};
  for (const Ending& ending : endings) {
    expect_short_turns([&] {
      client.ask({"DEL", "long"});
      client.ask({"SET", "other", "x"});
      fill(client);
      if (HasFatalFailure()) return;
      forget_long_turns(client);
      EXPECT_FALSE(client.ask(ending.words).is_error());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // for the deadline
      EXPECT_EQ(client.ask({"EXISTS", "long"}).integer, ending.exists);
      const auto left = [&] { return info_number(client, "memory", "lazyfree_pending_bytes"); };
      for (int i = 0; i < 100'000 && left() > 0; ++i) {
      }
      EXPECT_EQ(left(), 0) << ending.words[0];
      // Some 400 us; 30 ms and more when all is freed at once.
      note_long_turn(client, ending.words[0]);
    });
  }
}

class ManyWaitedKeysOfAerie : public ServerTest {
 protected:
  static constexpr int kKeys = 1'000'000;

  // A client that waits for all of them.
  void park(RespClient& observer, RespClient& many) {
    Words words{"BLPOP"};
    for (int i = 0; i < kKeys; ++i) words.push_back("k" + std::to_string(i));
    words.emplace_back("0");
    many.send(words);
    while (info_number(observer, "clients", "total_blocking_keys") < kKeys) {
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ManyWaitedKeysOfAerie, testing::Values(ServerKind::kAerie),
                         server_test_name);

TEST_P(ManyWaitedKeysOfAerie, LeaveTurnsShort) {
  RespClient client = connect();
  client.ask({"SELECT", "1"});
  // One long command, whatever it brings.
  std::string swaps = encode_request({"MULTI"});
  for (int i = 0; i < 1'000; ++i) swaps += encode_request({"SWAPDB", "0", "1"});
  swaps += encode_request({"EXEC"});
  expect_short_turns([&] {
    RespClient many = connect();
    RespClient last = connect();
    park(client, many);
    last.send({"BRPOP", "last", "0"});
    while (info_number(client, "clients", "blocked_clients") < 2) {
    }
    client.ask({"RPUSH", "last", "a", "b"});

    forget_long_turns(client);
    EXPECT_EQ(client.command({"SWAPDB", "0", "1"}), "+OK\r\n");
    EXPECT_EQ(last.read().encode(), "*2\r\n$4\r\nlast\r\n$1\r\nb\r\n");
    note_long_turn(client, "SWAPDB");

    forget_long_turns(client);
    EXPECT_EQ(client.command({"FLUSHALL"}), "+OK\r\n");
    client.ask({"PING"});
    note_long_turn(client, "FLUSHALL");

    forget_long_turns(client);
    client.send_raw(swaps);
    for (int i = 0; i < 1'002; ++i) client.read();
    note_long_turn(client, "EXEC");
  });
}

// The places and the names go in slices, and so does the memory that held them.
TEST_P(ManyWaitedKeysOfAerie, EndWithoutALongTurn) {
  RespClient client = connect();
  expect_short_turns([&] {
    RespClient many = connect();
    park(client, many);
    forget_long_turns(client);
    many.close();
    while (info_number(client, "clients", "total_blocking_keys") > 0) {
    }
    note_long_turn(client, "the end of the wait");
  });
}

// Parked, ended and parked again: what was forgotten is freed as fast as new ones come.
TEST_P(ManyWaitedKeysOfAerie, AgainAndAgainKeepMemoryFlat) {
  RespClient client = connect();
  Words words{"BLPOP"};
  for (int i = 0; i < kKeys / 10; ++i) words.push_back("k" + std::to_string(i));
  words.emplace_back("0.001");
  const std::string request = encode_request(words);
  const auto wait = [&] {
    client.send_raw(request);
    EXPECT_EQ(client.read().encode(), "*-1\r\n");
  };
  for (int i = 0; i < 5; ++i) wait();
  const uint64_t before = rss();
  for (int i = 0; i < 40; ++i) wait();
  expect_rss_below(before, (sanitized() ? 400 : 40) * kMegabyte);
}

}  // namespace
}  // namespace aerie

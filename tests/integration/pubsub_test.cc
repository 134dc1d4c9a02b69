// SPDX-License-Identifier: BSD-3-Clause
//
// Publish/subscribe over sockets: long messages to many, a subscriber that does not read, one that is quiet,
// and what a client with very many subscriptions may cost.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMegabyte = 1'000'000;

class Pubsub : public ServerTest {
 protected:
  std::vector<RespClient> subscribe_all(size_t count, const std::string& channel) {
    std::vector<RespClient> clients;
    for (size_t i = 0; i < count; ++i) {
      clients.push_back(connect());
      if (i % 2 == 1) clients.back().ask({"HELLO", "3"});
      clients.back().ask({"SUBSCRIBE", channel});
    }
    return clients;
  }
  static void expect_message(RespClient& client, const std::string& channel, const std::string& text) {
    const Reply reply = client.read();
    ASSERT_EQ(reply.elements.size(), 3U);
    EXPECT_EQ(reply.elements[0].text, "message");
    EXPECT_EQ(reply.elements[1].text, channel);
    EXPECT_TRUE(reply.elements[2].text == text) << reply.elements[2].text.size() << " bytes";
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Pubsub, both_servers(), server_test_name);

using PubsubOfAerie = Pubsub;
INSTANTIATE_TEST_SUITE_P(Servers, PubsubOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(Pubsub, LongMessagesReachAllInOrder) {
  std::vector<RespClient> clients = subscribe_all(10, "c");
  RespClient publisher = connect();
  const std::vector<size_t> sizes = {0, 1, 100, 5'000, 70'000, 3 * kMegabyte, 17, 200'000};
  for (size_t i = 0; i < sizes.size(); ++i) {
    publisher.send({"PUBLISH", "c", std::string(sizes[i], static_cast<char>('a' + i))});
  }
  for (RespClient& client : clients) {
    for (size_t i = 0; i < sizes.size(); ++i)
      expect_message(client, "c", std::string(sizes[i], static_cast<char>('a' + i)));
  }
  for (size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(publisher.read().encode(), ":10\r\n");
}

// More messages than may wait to be written: the publisher is held back, and nobody misses one.
TEST_P(Pubsub, AFloodOfMessagesReachesAllInOrder) {
  std::vector<RespClient> clients = subscribe_all(20, "c");
  RespClient publisher = connect();
  constexpr size_t kMessages = 3'000;
  std::string requests;
  for (size_t i = 0; i < kMessages; ++i)
    requests += encode_request({"PUBLISH", "c", std::to_string(i) + std::string(1'000, 'm')});
  publisher.send_raw(requests);
  for (size_t i = 0; i < kMessages; ++i) {
    for (RespClient& client : clients)
      expect_message(client, "c", std::to_string(i) + std::string(1'000, 'm'));
    EXPECT_EQ(publisher.read().encode(), ":20\r\n");
  }
}

TEST_P(Pubsub, WhoDoesNotReadIsCutOffAtItsLimit) {
  start({"--client-output-buffer-limit", "pubsub 2mb 0 0"});
  std::vector<RespClient> clients = subscribe_all(4, "c");
  RespClient slow = RespClient::tcp(server().port(), 4096);
  slow.ask({"CLIENT", "SETNAME", "slow"});
  slow.ask({"SUBSCRIBE", "c"});
  RespClient publisher = connect();
  const std::string text(100'000, 'x');
  std::string last;
  for (int i = 0; i < 300 && last != ":4\r\n"; ++i) {
    last = publisher.command({"PUBLISH", "c", text});
    for (RespClient& client : clients) expect_message(client, "c", text);
  }
  EXPECT_EQ(last, ":4\r\n");
  EXPECT_TRUE(server().wait_for_output("overcoming of output buffer limits", seconds(1)));
  EXPECT_NE(server().output().find(" name=slow "), std::string::npos);
  // 7.0 does not have the figure.
  if (!is_redis()) {
    EXPECT_EQ(info_number(publisher, "stats", "client_output_buffer_limit_disconnections"), 1);
  }
  slow.read_to_end();
}

// One EXEC publishes more than may wait for one client, before anything is written.
TEST_P(Pubsub, NoTransactionFillsTheMemory) {
  start({"--client-output-buffer-limit", "pubsub 2mb 0 0"});
  std::vector<RespClient> listeners = subscribe_all(100, "c");
  RespClient publisher = connect();
  const uint64_t before = rss();
  std::string requests = encode_request({"MULTI"});
  for (int i = 0; i < 200'000; ++i) requests += encode_request({"PUBLISH", "c", "x"});
  publisher.send_raw(requests + encode_request({"EXEC"}));
  for (int i = 0; i < 200'001; ++i) publisher.read();
  EXPECT_EQ(publisher.read().elements.size(), 200'000U);
  for (RespClient& listener : listeners) listener.read_to_end();
  // What was queued, its replies, and the output of each up to the limit; all of it would be 600 MB.
  if (!is_redis() && !sanitized()) expect_rss_below(before, 300 * kMegabyte);
}

// What a client tells itself is its output, too: here once for each of its patterns, and nothing is written
// in between.
TEST_P(Pubsub, NobodyFillsTheMemoryByTellingItself) {
  start({"--client-output-buffer-limit", "pubsub 2mb 0 0"});
  RespClient client = connect();
  client.ask({"HELLO", "3"});
  for (size_t stars = 1; stars <= 200; ++stars) client.ask({"PSUBSCRIBE", std::string(stars, '*')});
  const uint64_t before = server().usage().peak_rss_bytes;
  client.send({"PUBLISH", "c", std::string(kMegabyte, 'x')});
  client.read_to_end();
  EXPECT_TRUE(server().wait_for_output("overcoming of output buffer limits", seconds(1)));
  if (!is_redis() && !sanitized()) {
    EXPECT_LT(server().usage().peak_rss_bytes, before + 20 * kMegabyte);
  }
}

// Limits of the class normal are not those of subscribers, nor the other way round.
TEST_P(Pubsub, LimitsAreThoseOfTheClass) {
  start({"--client-output-buffer-limit", "normal 1mb 0 0 pubsub 0 0 0"});
  RespClient slow = RespClient::tcp(server().port(), 4096);
  slow.ask({"SUBSCRIBE", "c"});
  RespClient publisher = connect();
  const std::string text(100'000, 'x');
  for (int i = 0; i < 100; ++i) EXPECT_EQ(publisher.command({"PUBLISH", "c", text}), ":1\r\n");
  for (int i = 0; i < 100; ++i) expect_message(slow, "c", text);
}

TEST_P(Pubsub, WhoStaysAtTheSoftLimitIsCutOff) {
  start({"--client-output-buffer-limit", "pubsub 0 1mb 1"});
  RespClient slow = RespClient::tcp(server().port(), 4096);
  slow.ask({"SUBSCRIBE", "c"});
  RespClient publisher = connect();
  const std::string text(100'000, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_EQ(publisher.command({"PUBLISH", "c", text}), ":1\r\n") << i;
  std::string last;
  for (int i = 0; i < 100 && last != ":0\r\n"; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    last = publisher.command({"PUBLISH", "c", "x"});
  }
  EXPECT_EQ(last, ":0\r\n");
}

TEST_P(Pubsub, WhoListensIsNotIdle) {
  start({"--timeout", "1"});
  RespClient listener = connect();
  listener.ask({"SUBSCRIBE", "c"});
  RespClient idle = connect();
  idle.ask({"PING"});
  EXPECT_TRUE(idle.closed_by_server());
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(connect().command({"PUBLISH", "c", "x"}), ":1\r\n");
  expect_message(listener, "c", "x");
  // Who listens no more may be idle again.
  listener.ask({"UNSUBSCRIBE"});
  EXPECT_TRUE(listener.closed_by_server());
}

// Unlike a client that goes, one that stays sees it in its next reply.
TEST_P(Pubsub, ResetEndsAllSubscriptionsAtOnce) {
  RespClient client = connect();
  constexpr int kChannels = 1'000;
  Words subscribe{"SUBSCRIBE"};
  for (int i = 0; i < kChannels; ++i) subscribe.push_back("channel:" + std::to_string(i));
  client.send_raw(encode_request(subscribe) + encode_request({"RESET"}) +
                  encode_request({"PUBSUB", "NUMSUB", "channel:999"}) + encode_request({"INFO", "stats"}) +
                  encode_request({"PUBSUB", "CHANNELS"}));
  for (int i = 0; i < kChannels; ++i) client.read();
  EXPECT_EQ(client.read().encode(), "+RESET\r\n");
  EXPECT_EQ(client.read().encode(), "*2\r\n$11\r\nchannel:999\r\n:0\r\n");
  EXPECT_NE(client.read().text.find("\npubsub_channels:0\r"), std::string::npos);
  EXPECT_EQ(client.read().encode(), "*0\r\n");
}

TEST_P(Pubsub, WhoGoesIsToldNothing) {
  RespClient publisher = connect();
  for (int way = 0; way < 3; ++way) {
    std::vector<RespClient> clients = subscribe_all(3, "c");
    if (way == 0) clients[1].close();
    if (way == 1) clients[1].reset_connection();
    if (way == 2) clients[1].send_raw("QUIT\r\n");
    for (int i = 0; i < 1'000 && publisher.command({"PUBSUB", "NUMSUB", "c"}) != "*2\r\n$1\r\nc\r\n:2\r\n";
         ++i)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(publisher.command({"PUBLISH", "c", "x"}), ":2\r\n");
    expect_message(clients[0], "c", "x");
    expect_message(clients[2], "c", "x");
    clients.clear();
    for (int i = 0; i < 1'000 && publisher.command({"PUBSUB", "CHANNELS"}) != "*0\r\n"; ++i)
      std::this_thread::sleep_for(milliseconds(1));
  }
}

// A hundred clients are told 20 MB each and read nothing: the bytes are there once.
TEST_P(PubsubOfAerie, MessagesAreHeldOnceHoweverManyWait) {
  start({"--client-output-buffer-limit", "pubsub 0 0 0"});
  std::vector<RespClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(RespClient::tcp(server().port(), 4096));
    clients.back().ask({"SUBSCRIBE", "c"});
  }
  RespClient publisher = connect();
  const uint64_t before = rss();
  const long used_before = info_number(publisher, "memory", "used_memory");
  const std::string text(kMegabyte, 'x');
  for (int i = 0; i < 20; ++i) EXPECT_EQ(publisher.command({"PUBLISH", "c", text}), ":100\r\n");
  expect_rss_below(before, 60 * kMegabyte);
  // Once is also how INFO counts them; each client's line has them in full.
  // What the kernel took of all of them is gone.
  const long used = info_number(publisher, "memory", "used_memory") - used_before;
  EXPECT_GT(used, 10L * static_cast<long>(kMegabyte));
  EXPECT_LT(used, 21L * static_cast<long>(kMegabyte));
  if (!sanitized()) {
    const auto resident = static_cast<double>(rss() - before);
    EXPECT_NEAR(static_cast<double>(used), resident, 0.05 * resident + 1e6);
  }
  const std::string list = publisher.ask({"CLIENT", "LIST", "TYPE", "pubsub"}).text;
  EXPECT_GT(std::stol(list.substr(list.find(" omem=") + 6)), 15L * static_cast<long>(kMegabyte));
  for (int i = 0; i < 20; ++i) expect_message(clients[0], "c", text);
  clients.clear();
  for (int i = 0; i < 1'000 && publisher.command({"PUBLISH", "c", ""}) != ":0\r\n"; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  expect_rss_below(before, 20 * kMegabyte);
  EXPECT_LT(info_number(publisher, "memory", "used_memory"), used_before + 1'000'000);
}

// A client subscribes to very many channels: counted against it, and its end takes no long turn.
TEST_P(PubsubOfAerie, VeryManySubscriptionsOfOneClient) {
  const int channels = sanitized() ? 100'000 : 1'000'000;
  start({"--client-output-buffer-limit", "pubsub 0 0 0"});
  RespClient other = connect();
  Words words{"SUBSCRIBE"};
  for (int i = 0; i < channels; ++i) words.push_back("channel:" + std::to_string(i));
  const std::string request = encode_request(words);
  expect_short_turns([&] {
    RespClient many = connect();
    many.set_timeout(seconds(60));
    const std::string id = std::to_string(many.ask({"CLIENT", "ID"}).integer);
    many.send_raw(request);
    for (int i = 0; i < channels; ++i) many.read();
    EXPECT_EQ(info_number(other, "stats", "pubsub_channels"), channels);
    const std::string line = other.ask({"CLIENT", "LIST", "ID", id}).text;
    const long bytes = std::stol(line.substr(line.find(" tot-mem=") + 9));
    EXPECT_GT(bytes, channels * 64L);
    forget_long_turns(other);
    many.close();
    while (info_number(other, "stats", "pubsub_channels") > 0) {
    }
    note_long_turn(other, "the end of the subscriptions");
  });
}

// Keys with one deadline, and many who want to know of each: expiry waits until they were written to.
TEST_P(PubsubOfAerie, MassExpiryIsToldInSlices) {
  const int keys = sanitized() ? 1'000 : 5'000;
  start({"--notify-keyspace-events", "Ex", "--enable-debug-command", "yes"});
  std::vector<RespClient> listeners = subscribe_all(sanitized() ? 50 : 400, "__keyevent@0__:expired");
  RespClient client = connect();
  std::string requests;
  for (int i = 0; i < keys; ++i)
    requests += encode_request({"SET", "key:" + std::to_string(i), "v", "PX", "100"});
  expect_short_turns([&] {
    client.ask({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
    client.send_raw(requests);
    for (int i = 0; i < keys; ++i) client.read();
    std::this_thread::sleep_for(milliseconds(110));
    const uint64_t before = server().usage().peak_rss_bytes;
    forget_long_turns(client);
    client.ask({"DEBUG", "SET-ACTIVE-EXPIRE", "1"});
    for (RespClient& listener : listeners) {
      for (int i = 0; i < keys; ++i) ASSERT_EQ(listener.read().elements.size(), 3U);
    }
    note_long_turn(client, "the expiry");
    if (!sanitized()) {
      EXPECT_LT(server().usage().peak_rss_bytes, before + 60 * kMegabyte);
    }
  });
}

// PUBLISH is linear in the number of patterns, and each match is bounded.
TEST_P(PubsubOfAerie, VeryManyPatterns) {
  const int patterns = sanitized() ? 10'000 : 100'000;
  start({"--client-output-buffer-limit", "pubsub 0 0 0"});
  RespClient many = connect();
  Words words{"PSUBSCRIBE"};
  for (int i = 0; i < patterns; ++i) words.push_back("a*b*c*d*" + std::to_string(i));
  many.send(words);
  for (int i = 0; i < patterns; ++i) many.read();
  RespClient publisher = connect();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(publisher.command({"PUBLISH", "abcabcabc" + std::string(100, 'd'), "x"}), ":0\r\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  EXPECT_EQ(publisher.command({"PUBLISH", "abcd7", "x"}), ":1\r\n");
}

// Patterns made to take for ever, and a name as long as may be.
TEST_P(PubsubOfAerie, PatternsDoNotExplode) {
  RespClient listener = connect();
  std::string stars;
  for (int i = 0; i < 1'000; ++i) stars += "a*";
  for (const std::string& pattern : {stars + "b", std::string(kMegabyte, '*'), std::string(kMegabyte, '[')})
    listener.ask({"PSUBSCRIBE", pattern});
  RespClient publisher = connect();
  const auto begin = std::chrono::steady_clock::now();
  publisher.ask({"PUBLISH", std::string(kMegabyte, 'a'), "x"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(sanitized() ? 10 : 2));
  expect_alive();
}

}  // namespace
}  // namespace aerie

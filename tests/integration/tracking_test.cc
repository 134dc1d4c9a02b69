// SPDX-License-Identifier: BSD-3-Clause
//
// Client-side caching over sockets: a flood of invalidations for those who read and for those who do not,
// redirections whose other end goes, and what clients that read millions of keys may cost.
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMegabyte = 1'000'000;

class Tracking : public ServerTest {
 protected:
  RespClient connect_tracking(const Words& options = {}) {
    RespClient client = connect();
    track(client, options);
    return client;
  }
  static void track(RespClient& client, const Words& options = {}) {
    client.ask({"HELLO", "3"});
    Words words = {"CLIENT", "TRACKING", "ON"};
    words.insert(words.end(), options.begin(), options.end());
    ASSERT_EQ(client.command(words), "+OK\r\n");
  }
  static std::string id_of(RespClient& client) {
    return std::to_string(client.ask({"CLIENT", "ID"}).integer);
  }
  // The keys of an invalidation; nothing when it is of all keys.
  static std::vector<std::string> keys_of(const Reply& push) {
    std::vector<std::string> keys;
    EXPECT_EQ(push.type, '>') << push.to_string();
    if (push.elements.size() != 2) return keys;
    EXPECT_EQ(push.elements[0].text, "invalidate");
    for (const Reply& key : push.elements[1].elements) keys.push_back(key.text);
    return keys;
  }
  static void read_many(RespClient& client, size_t keys, const std::string& prefix = "key:") {
    constexpr size_t kBatch = 1'000;
    for (size_t first = 0; first < keys; first += kBatch) {
      std::string requests;
      for (size_t i = first; i < std::min(keys, first + kBatch); ++i)
        requests += encode_request({"GET", prefix + std::to_string(i)});
      client.send_raw(requests);
      for (size_t i = first; i < std::min(keys, first + kBatch);) i += client.read().type != '>' ? 1 : 0;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Tracking, both_servers(), server_test_name);

using TrackingOfAerie = Tracking;
INSTANTIATE_TEST_SUITE_P(Servers, TrackingOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(Tracking, EachChangeIsToldToAllWhoHaveRead) {
  std::vector<RespClient> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(connect_tracking());
  RespClient writer = connect();
  constexpr size_t kKeys = 2'000;
  for (RespClient& reader : readers) read_many(reader, kKeys);
  std::string requests;
  for (size_t i = 0; i < kKeys; ++i) requests += encode_request({"SET", "key:" + std::to_string(i), "1"});
  writer.send_raw(requests);
  for (RespClient& reader : readers) {
    for (size_t i = 0; i < kKeys; ++i)
      ASSERT_EQ(keys_of(reader.read()), (std::vector<std::string>{"key:" + std::to_string(i)}));
  }
  for (size_t i = 0; i < kKeys; ++i) ASSERT_EQ(writer.read().encode(), "+OK\r\n");
}

// However the changes fall into turns, each key is named to each client, in one message or in several.
TEST_P(Tracking, BroadcastsNameEveryKey) {
  std::vector<RespClient> listeners;
  for (int i = 0; i < 20; ++i) listeners.push_back(connect_tracking({"BCAST", "PREFIX", "key:"}));
  RespClient writer = connect();
  constexpr size_t kKeys = 20'000;
  std::string requests = encode_request({"MULTI"});
  for (size_t i = 0; i < kKeys; ++i) {
    if (i == kKeys / 2) requests += encode_request({"EXEC"});
    requests += encode_request({"SET", "key:" + std::to_string(i), "1"});
    requests += encode_request({"SET", "other:" + std::to_string(i), "1"});
  }
  writer.send_raw(requests + encode_request({"SET", "key:last", "1"}));
  for (RespClient& listener : listeners) {
    std::set<std::string> told;
    while (!told.contains("key:last")) {
      for (const std::string& key : keys_of(listener.read())) {
        ASSERT_TRUE(key.starts_with("key:"));
        told.insert(key);
      }
    }
    EXPECT_EQ(told.size(), kKeys + 1);
  }
}

TEST_P(Tracking, ARedirectionEndsWithTheOtherConnection) {
  RespClient writer = connect();
  for (int way = 0; way < 3; ++way) {
    RespClient other = connect();
    const std::string id = id_of(other);
    RespClient client = connect_tracking({"REDIRECT", id});
    other.ask({"SUBSCRIBE", "__redis__:invalidate"});
    client.ask({"MGET", "a", "b"});
    writer.ask({"SET", "a", "1"});
    EXPECT_EQ(other.read().encode(),
              "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\na\r\n");
    if (way == 0) other.close();
    if (way == 1) other.reset_connection();
    if (way == 2) writer.ask({"CLIENT", "KILL", "ID", id});
    for (int i = 0; i < 1'000 && !writer.ask({"CLIENT", "LIST", "ID", id}).text.empty(); ++i)
      std::this_thread::sleep_for(milliseconds(1));
    writer.ask({"SET", "b", "1"});
    EXPECT_EQ(client.read().encode(), ">2\r\n$21\r\ntracking-redir-broken\r\n:" + id + "\r\n");
  }
}

TEST_P(Tracking, WhoGoesTracksNothing) {
  RespClient writer = connect();
  EXPECT_EQ(info_number(writer, "clients", "tracking_clients"), 0);
  {
    RespClient one = connect_tracking();
    RespClient two = connect_tracking({"BCAST", "PREFIX", "a"});
    one.ask({"GET", "a"});
    EXPECT_EQ(info_number(writer, "clients", "tracking_clients"), 2);
    EXPECT_EQ(info_number(writer, "stats", "tracking_total_items"), 1);
    EXPECT_EQ(info_number(writer, "stats", "tracking_total_prefixes"), 1);
  }
  for (int i = 0; i < 1'000 && info_number(writer, "clients", "tracking_clients") != 0; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(info_number(writer, "stats", "tracking_total_prefixes"), 0);
  EXPECT_EQ(writer.command({"SET", "a", "1"}), "+OK\r\n");
}

// The limit of the table: whoever has read a key that is forgotten for it is told.
TEST_P(Tracking, TheTableHasALimit) {
  start({"--tracking-table-max-keys", "1000"});
  RespClient client = connect_tracking();
  std::set<std::string> cached;
  for (size_t i = 0; i < 3'000; ++i) {
    const std::string key = "key:" + std::to_string(i);
    client.send({"GET", key});
    for (Reply reply = client.read(); reply.type == '>'; reply = client.read()) {
      for (const std::string& forgotten : keys_of(reply)) cached.erase(forgotten);
    }
    cached.insert(key);
  }
  while (const auto push = client.try_read(milliseconds(100))) {
    for (const std::string& forgotten : keys_of(*push)) cached.erase(forgotten);
  }
  EXPECT_LE(cached.size(), 1'001U);
  EXPECT_GE(cached.size(), 900U);
  // And of the others it is told when they change.
  RespClient writer = connect();
  EXPECT_LE(info_number(writer, "stats", "tracking_total_keys"), 1'001);
  for (const std::string& key : cached) writer.ask({"SET", key, "1"});
  while (!cached.empty()) {
    for (const std::string& key : keys_of(client.read())) EXPECT_EQ(cached.erase(key), 1U) << key;
  }
}

TEST_P(Tracking, LimitsAreThoseOfTheClass) {
  start({"--client-output-buffer-limit", "normal 200kb 0 0"});
  RespClient slow = RespClient::tcp(server().port(), 4096);
  slow.ask({"CLIENT", "SETNAME", "slow"});
  track(slow, {"BCAST"});
  RespClient writer = connect();
  const std::string text(10'000, 'k');
  for (int i = 0; i < 2'000 && server().output().find(" name=slow ") == std::string::npos; ++i)
    writer.ask({"SET", text + std::to_string(i), "1"});
  EXPECT_TRUE(server().wait_for_output("overcoming of output buffer limits", seconds(1)));
}

// Clients that track all keys do not read, while the keyspace changes without end. They are not closed, and
// in the end they are told that everything is invalid.
TEST_P(TrackingOfAerie, AFloodOfInvalidationsDoesNotFillTheMemory) {
  std::vector<RespClient> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(RespClient::tcp(server().port(), 4096));
    track(slow.back(), {"BCAST"});
  }
  RespClient quick = connect_tracking({"BCAST"});
  RespClient writer = connect();
  const uint64_t before = rss();
  const size_t batches = sanitized() ? 40 : 200;
  const std::string filler(100, 'k');
  for (size_t batch = 0; batch < batches; ++batch) {
    std::string requests;
    for (size_t i = 0; i < 500; ++i)
      requests += encode_request({"SET", filler + std::to_string(batch * 500 + i), "1", "PX", "1000"});
    writer.send_raw(requests);
    for (size_t i = 0; i < 500; ++i) ASSERT_EQ(writer.read().encode(), "+OK\r\n");
    std::set<std::string> told;
    while (told.size() < 500) {
      for (const std::string& key : keys_of(quick.read())) {
        if (std::stoul(key.substr(filler.size())) / 500 == batch) told.insert(key);
      }
    }
  }
  // All of it would be 650 MB.
  if (!sanitized()) expect_rss_below(before, 200 * kMegabyte);
  bool all_invalid = false;
  while (const auto push = slow[0].try_read(milliseconds(300))) {
    if (keys_of(*push).empty()) all_invalid = true;
  }
  EXPECT_TRUE(all_invalid);
  EXPECT_EQ(slow[0].command({"PING"}), "+PONG\r\n");
}

// One client reads keys without end: the table is bounded, and so is what the client is told.
TEST_P(TrackingOfAerie, OneClientReadsMillionsOfKeys) {
  const size_t keys = sanitized() ? 200'000 : 2'000'000;
  start({"--tracking-table-max-keys", "100000"});
  RespClient client = connect_tracking();
  client.set_timeout(seconds(60));
  const uint64_t before = rss();
  read_many(client, keys);
  RespClient other = connect();
  EXPECT_EQ(info_number(other, "stats", "tracking_total_keys"), 100'000);
  if (!sanitized()) expect_rss_below(before, 50 * kMegabyte);
  // Names as long as they may be, of keys that are not there.
  for (size_t i = 0; i < 500; ++i) {
    client.send({"GET", std::string(kMegabyte, 'k') + std::to_string(i)});
    while (client.read().type == '>') {
    }
  }
  if (!sanitized()) expect_rss_below(before, 250 * kMegabyte);
}

// It goes, and leaves a million keys behind, or they are flushed.
TEST_P(TrackingOfAerie, TheEndOfVeryManyReadKeysLeavesTurnsShort) {
  const size_t keys = sanitized() ? 100'000 : 1'000'000;
  RespClient other = connect();
  for (const bool flush : {false, true}) {
    expect_short_turns([&] {
      RespClient many = connect_tracking();
      many.set_timeout(seconds(60));
      read_many(many, keys);
      EXPECT_EQ(info_number(other, "stats", "tracking_total_keys"), static_cast<long>(keys));
      forget_long_turns(other);
      if (flush) {
        other.ask({"FLUSHALL"});
        EXPECT_EQ(many.read().encode(), ">2\r\n$10\r\ninvalidate\r\n_\r\n");
        EXPECT_EQ(info_number(other, "stats", "tracking_total_keys"), 0);
      } else {
        many.close();
      }
      while (info_number(other, "memory", "lazyfree_pending_bytes") > 0 ||
             info_number(other, "stats", "tracking_total_items") > 0) {
      }
      note_long_turn(other, flush ? "a flush" : "the end of the client");
    });
  }
}

// Very many prefixes, and names made so that many of them begin alike.
TEST_P(TrackingOfAerie, VeryManyPrefixes) {
  std::vector<RespClient> clients;
  for (size_t i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().ask({"HELLO", "3"});
    Words words = {"CLIENT", "TRACKING", "ON", "BCAST"};
    for (size_t j = 0; j < 2'000; ++j) {
      words.push_back("PREFIX");
      words.push_back(std::string(i * 10, 'a') + "b" + std::to_string(10'000 + j));
    }
    ASSERT_EQ(clients.back().command(words), "+OK\r\n");
  }
  RespClient writer = connect();
  EXPECT_EQ(info_number(writer, "stats", "tracking_total_prefixes"), 100'000);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5'000; ++i) writer.send({"SET", std::string(1'000, 'a'), "1"});
  for (int i = 0; i < 5'000; ++i) writer.read();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(sanitized() ? 20 : 2));
  const std::string key = std::string(490, 'a') + "b11234";
  writer.ask({"SET", key + "x", "1"});
  EXPECT_EQ(keys_of(clients[49].read()), (std::vector<std::string>{key + "x"}));
  // Whole lists of them that overlap.
  Words words = {"CLIENT", "TRACKING", "ON", "BCAST"};
  for (size_t j = 0; j < 1'400; ++j) {
    words.push_back("PREFIX");
    words.push_back(std::string(1'400 - j, 'a'));
  }
  EXPECT_NE(writer.ask(words).text.find(" overlaps with another provided prefix "), std::string::npos);
  expect_alive();
}

}  // namespace
}  // namespace aerie

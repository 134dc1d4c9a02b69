// SPDX-License-Identifier: BSD-3-Clause
//
// The promise of client-side caching, in process: whatever clients do, a cache that does what it is told
// never holds what the server does not. Each client of the model keeps what it has read, drops what it is
// told to, and knows what it changes itself; behind each step all caches are compared with the keyspace.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Words = std::vector<std::string>;

struct CachingClient {
  std::string options;
  size_t told_at;             // the client that is told, by its number
  bool knows_own = false;     // NOLOOP: it drops what it changes itself
  bool says_caching = false;  // OPTIN
  std::string prefix = {};    // keys that it caches
  std::map<std::string, std::string> cache = {};
};

constexpr size_t kFirst = 1;
constexpr size_t kListener = 8;  // that is told for another one, in RESP2

class CachesModel {
 public:
  explicit CachesModel(uint64_t seed) : random_(seed), e_({{"tracking-table-max-keys", "5"}}) {
    e_.text("SUBSCRIBE __redis__:invalidate", kListener);
    const std::string listener = std::to_string(e_.session(kListener).id);
    clients_ = {{"", 1},
                {"NOLOOP", 2, true},
                {"BCAST", 3},
                {"BCAST NOLOOP PREFIX a", 4, true, false, "a"},
                {"REDIRECT " + listener, kListener},
                {"OPTIN", 6, false, true},
                {"OPTOUT NOLOOP", 7, true}};
    for (size_t i = 0; i < clients_.size(); ++i) {
      e_.text(i == 4 ? "HELLO 2" : "HELLO 3", kFirst + i);
      EXPECT_EQ(e_.text("CLIENT TRACKING ON " + clients_[i].options, kFirst + i), "+OK");
    }
  }

  void step() {
    const uint64_t dice = random_.below(100);
    if (dice < 50) {
      read(random_.below(clients_.size()));
    } else if (dice < 85) {
      send(random_.below(clients_.size() + 1), {change()});
    } else if (dice < 95) {
      transaction(random_.below(clients_.size() + 1));
    } else if (dice < 97) {
      e_.advance_ms(3);
    } else if (dice < 98) {
      // What is past its deadline may be found by a read.
      e_.advance_clock_ms(3);
      read(random_.below(clients_.size()));
      e_.advance_ms(0);
    } else {
      restart(random_.below(clients_.size()));
    }
    listen();
  }

  // What the caches hold that the keyspace does not.
  std::string stale() {
    std::string found;
    for (const CachingClient& client : clients_) {
      for (const auto& [key, value] : client.cache) {
        if (e_.run({"GET", key}).encode() != value) found += " [" + client.options + "] " + key;
      }
    }
    return found;
  }
  size_t cached() const {
    size_t sum = 0;
    for (const CachingClient& client : clients_) sum += client.cache.size();
    return sum;
  }

 private:
  std::string key() {
    static constexpr const char* kKeys[] = {"a", "b", "ab", "abc", "c", "ca", "x", "y"};
    return kKeys[random_.below(8)];
  }

  Words change() {
    const std::string value = std::to_string(++values_);
    switch (random_.below(12)) {
      case 0:
        return {"DEL", key(), key()};
      case 1:
        return {"APPEND", key(), value};
      case 2:
        return {"RENAME", key(), key()};
      case 3:
        return {"PEXPIRE", key(), std::to_string(1 + random_.below(10))};
      case 4:
        return {"MSET", key(), value, key(), value};
      case 5:
        return random_.below(10) == 0 ? Words{"FLUSHALL"} : Words{"GETDEL", key()};
      case 6:
        return {"COPY", key(), key(), "REPLACE"};
      case 7:
        return {"SET", key(), value, "PX", std::to_string(1 + random_.below(10))};
      default:
        return {"SET", key(), value};
    }
  }

  // Of the caching client `i`, or of one that caches nothing.
  size_t number(size_t i) const { return i < clients_.size() ? kFirst + i : 0; }

  void send(size_t i, const std::vector<Words>& requests) {
    for (const Words& words : requests) {
      const std::vector<Reply> replies = run(number(i), words);
      if (i < clients_.size()) take(clients_[i], words, replies);
    }
  }

  std::vector<Reply> run(size_t client, const Words& words) {
    ReplyParser& parser = parsers_[client];
    parser.feed(e_.run_raw(std::vector<std::string_view>(words.begin(), words.end()), client));
    std::vector<Reply> replies;
    while (std::optional<Reply> reply = parser.next()) replies.push_back(*std::move(reply));
    return replies;
  }

  void read(size_t i) {
    const std::string name = key();
    if (!name.starts_with(clients_[i].prefix)) return;
    if (clients_[i].says_caching) send(i, {{"CLIENT", "CACHING", "YES"}});
    send(i, {{"GET", name}});
  }

  void transaction(size_t i) {
    const bool caches = i < clients_.size();
    if (caches && clients_[i].says_caching) send(i, {{"CLIENT", "CACHING", "YES"}});
    run(number(i), {"MULTI"});
    std::vector<Words> queued;
    for (size_t left = 1 + random_.below(6); left > 0; --left) {
      queued.push_back(random_.below(2) == 0 ? Words{"GET", key()} : change());
      run(number(i), queued.back());
    }
    const std::vector<Reply> replies = run(number(i), {"EXEC"});
    ASSERT_FALSE(replies.empty());
    ASSERT_EQ(replies[0].elements.size(), queued.size());
    if (!caches) return;
    for (size_t j = 0; j < queued.size(); ++j) take(clients_[i], queued[j], {replies[0].elements[j]});
    for (size_t j = 1; j < replies.size(); ++j) told(clients_[i].told_at, replies[j]);
  }

  // It drops all it has, and says anew how it tracks.
  void restart(size_t i) {
    run(kFirst + i, {"CLIENT", "TRACKING", "OFF"});
    clients_[i].cache.clear();
    EXPECT_EQ(e_.text("CLIENT TRACKING ON " + clients_[i].options, kFirst + i), "+OK");
  }

  // The reply of a request, and what came behind it.
  void take(CachingClient& client, const Words& words, const std::vector<Reply>& replies) {
    if (client.knows_own && words[0] != "GET") {
      for (size_t i = 1; i < words.size(); ++i) client.cache.erase(words[i]);
    }
    for (const Reply& reply : replies) {
      if (reply.type == '>') {
        told(client.told_at, reply);
      } else if (words[0] == "GET" && words[1].starts_with(client.prefix)) {
        client.cache[words[1]] = reply.null ? "$-1\r\n" : reply.encode();
      }
    }
  }

  // The message was read by client `at`.
  void told(size_t at, const Reply& message) {
    const Reply& keys = message.elements.back();
    for (CachingClient& client : clients_) {
      if (client.told_at != at) continue;
      if (keys.null) client.cache.clear();
      for (const Reply& name : keys.elements) client.cache.erase(name.text);
    }
  }

  // All read what they were told.
  void listen() {
    for (size_t client = kFirst; client <= kListener; ++client) {
      for (const Reply& reply : run(client, {"PING"})) {
        const bool is_message = reply.elements.size() >= 2 && (reply.elements[0].text == "invalidate" ||
                                                               reply.elements[0].text == "message");
        if (is_message) told(client, reply);
      }
    }
  }

  Random random_;
  EngineFixture e_;
  std::vector<CachingClient> clients_;
  std::map<size_t, ReplyParser> parsers_;
  uint64_t values_ = 0;
};

TEST(ClientTrackingModel, NoCacheIsEverStale) {
  size_t cached = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CachesModel model(seed);
    for (int step = 0; step < 2'000; ++step) {
      model.step();
      ASSERT_EQ(model.stale(), "") << "seed " << seed << ", step " << step;
      cached += model.cached();
    }
  }
  // Nor are they always empty.
  EXPECT_GT(cached, 10 * 2'000u);
}

}  // namespace
}  // namespace aerie

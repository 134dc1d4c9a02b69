// SPDX-License-Identifier: BSD-3-Clause
//
// Client-side caching in process: what counts as read, who is told what, in which form and order, what the
// table may hold, and what becomes of a client that does not read. Client 0 changes keys, the others track
// them. What Redis answers is compared by a differential script; here is what it cannot say, or says
// otherwise.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/engine/client_line.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

std::string invalid(std::string_view keys) {
  return ">[\"invalidate\", *[" + std::string(keys) + "]]";
}
constexpr const char* kAllInvalid = ">[\"invalidate\", nil]";

// A client of RESP3 that tracks with these options.
void track(EngineFixture& e, size_t client, const std::string& options = "") {
  e.text("HELLO 3", client);
  ASSERT_EQ(e.text("CLIENT TRACKING ON " + options, client), "+OK");
}

std::string id_of(EngineFixture& e, size_t client) {
  return std::to_string(e.session(client).id);
}

long info(EngineFixture& e, const std::string& section, const std::string& field) {
  const std::string text = e.run({"INFO", section}).text;
  const size_t at = text.find("\n" + field + ":");
  EXPECT_NE(at, std::string::npos) << field;
  return at == std::string::npos ? -1 : std::stol(text.substr(at + field.size() + 2));
}

TEST(ClientTracking, AKeyThatWasReadIsToldOnce) {
  EngineFixture e;
  track(e, 1);
  track(e, 2);
  e.text("GET a", 1);
  e.text("MGET a b a", 2);
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"a\"")}));
  EXPECT_EQ(e.told(2), (Lines{invalid("\"a\"")}));
  e.text("SET a 2");
  e.text("MSET b 1 c 1");
  EXPECT_EQ(e.told(1), Lines{});
  EXPECT_EQ(e.told(2), (Lines{invalid("\"b\"")}));
}

TEST(ClientTracking, OneIsToldBehindOnesOwnReply) {
  EngineFixture e;
  track(e, 1);
  e.text("GET a", 1);
  EXPECT_EQ(e.run_raw({"SET", "a", "1"}, 1), "+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
  for (const char* line : {"MULTI", "GET a", "SET a 1", "GET a", "SET b 1", "FLUSHALL", "GET b"})
    e.text(line, 1);
  EXPECT_EQ(e.run_raw({"EXEC"}, 1),
            "*6\r\n$1\r\n1\r\n+OK\r\n$1\r\n1\r\n+OK\r\n+OK\r\n_\r\n"
            ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n");
  e.text("SET b 1");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"b\"")}));
}

// 7.0 tells it in front of the reply, 7.2 behind it.
TEST(ClientTracking, WhoIsRedirectedToIsToldBehindItsReplyToo) {
  EngineFixture e;
  e.text("HELLO 3", 1);
  EXPECT_EQ(e.text("CLIENT TRACKING ON REDIRECT " + id_of(e, 1), 2), "+OK");
  e.text("GET a", 2);
  EXPECT_EQ(e.run_raw({"SET", "a", "1"}, 1), "+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
  e.text("GET a", 2);
  for (const char* line : {"MULTI", "SET a 1", "PING"}) e.text(line, 1);
  EXPECT_EQ(e.run_raw({"EXEC"}, 1), "*2\r\n+OK\r\n+PONG\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
}

TEST(ClientTracking, AKeyFoundExpiredIsInvalidAndThenReadAnew) {
  EngineFixture e;
  track(e, 1);
  track(e, 2, "NOLOOP");
  track(e, 3, "BCAST NOLOOP");
  e.text("SET a 1 PX 10");
  e.told(3);
  e.text("GET a", 1);
  e.advance_clock_ms(20);
  EXPECT_EQ(e.run_raw({"GET", "a"}, 1), "_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
  EXPECT_EQ(e.told(3), (Lines{invalid("\"a\"")}));
  e.text("SET a 1 PX 10");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"a\"")}));
  // In a transaction, too: what the read finds comes before what it remembers.
  for (const char* line : {"GET a", "MULTI", "GET a"}) e.text(line, 2);
  e.told(3);
  e.advance_clock_ms(20);
  EXPECT_EQ(e.run_raw({"EXEC"}, 2), "*1\r\n_\r\n");
  e.text("SET a 1");
  EXPECT_EQ(e.told(2), (Lines{invalid("\"a\"")}));
  e.told(3);
  // Nobody has changed it: also who looked is told.
  e.text("SET a 1 PX 10", 3);
  e.told(3);
  e.advance_clock_ms(20);
  EXPECT_EQ(e.run_raw({"GET", "a"}, 3), "_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
}

TEST(ClientTracking, KeysThatExpireByThemselvesAreTold) {
  EngineFixture e;
  track(e, 1);
  track(e, 2, "BCAST PREFIX a");
  e.text("MSET a1 1 b1 1");
  e.text("PEXPIRE a1 10");
  e.text("PEXPIRE b1 10");
  e.text("MGET a1 b1", 1);
  e.told(2);
  e.advance_ms(20);
  Lines told = e.told(1);
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Lines{invalid("\"a1\""), invalid("\"b1\"")}));
  EXPECT_EQ(e.told(2), (Lines{invalid("\"a1\"")}));
}

// What a woken client takes is its own doing.
TEST(ClientTracking, WhoWaitsAndIsServedChangesTheKey) {
  EngineFixture e;
  track(e, 1, "NOLOOP");
  track(e, 2);
  e.text("LLEN l", 1);
  e.text("LLEN l", 2);
  e.run_raw({"BLPOP", "l", "0"}, 1);
  e.text("RPUSH l x y");
  EXPECT_EQ(e.told(2), (Lines{invalid("\"l\"")}));
  EXPECT_EQ(e.told(1), (Lines{invalid("\"l\""), "*[\"l\", \"x\"]"}));
}

TEST(ClientTracking, BroadcastsGatherTheKeysOfATurn) {
  EngineFixture e;
  track(e, 1, "BCAST PREFIX b PREFIX a");
  track(e, 2, "BCAST NOLOOP");
  EXPECT_EQ(e.text("MSET b1 1 c 1 a1 1 b0 1"), "+OK");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"a1\""), invalid("\"b0\", \"b1\"")}));
  EXPECT_EQ(e.told(2), (Lines{invalid("\"a1\", \"b0\", \"b1\", \"c\"")}));
  EXPECT_EQ(e.run_raw({"SET", "a1", "1"}, 1), "+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$2\r\na1\r\n");
  EXPECT_EQ(e.told(2), (Lines{invalid("\"a1\"")}));
  EXPECT_EQ(e.text("SET a1 1", 2), "+OK");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"a1\"")}));
}

// The last one who changed a key is the one who changed it; others are told.
TEST(ClientTracking, BroadcastsLeaveOutWhatTheClientChangedLast) {
  EngineFixture e;
  track(e, 1, "BCAST NOLOOP");
  Executor& executor = e.engine().executor;
  const auto run = [&](std::vector<std::string_view> args, size_t client) {
    executor.run(e.session(client), args);
  };
  run({"MSET", "a", "1", "b", "1", "c", "1"}, 1);
  run({"MSET", "b", "1", "d", "1"}, 0);
  run({"SET", "d", "1"}, 1);
  while (executor.invalidator().work_some()) {
  }
  EXPECT_EQ(e.told(1), (Lines{"+OK", "+OK", invalid("\"b\"")}));
}

TEST(ClientTracking, PrefixesOfAnyLengthMatch) {
  EngineFixture e;
  Random random(3);
  std::vector<std::string> prefixes;
  for (size_t client = 1; client <= 40; ++client) {
    std::string prefix;
    for (size_t i = random.below(6); i > 0; --i) prefix += static_cast<char>('a' + random.below(2));
    prefixes.push_back(prefix);
    e.text("HELLO 3", client);
    e.run({"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", prefix}, client);
  }
  for (int round = 0; round < 300; ++round) {
    std::string key;
    for (size_t i = random.below(8); i > 0; --i) key += static_cast<char>('a' + random.below(2));
    e.run({"SET", key, "1"});
    for (size_t client = 1; client <= 40; ++client) {
      const bool concerned = key.starts_with(prefixes[client - 1]);
      ASSERT_EQ(e.told(client), (concerned ? Lines{invalid("\"" + key + "\"")} : Lines{}))
          << key << " " << prefixes[client - 1];
    }
  }
}

TEST(ClientTracking, PrefixesMayNotOverlap) {
  EngineFixture e;
  const auto error = [](const char* prefix, const char* other, const char* kind) {
    return std::string("-ERR Prefix '") + prefix + "' overlaps with " + kind + " prefix '" + other +
           "'. Prefixes for a single client must not overlap.";
  };
  const char* const kProvided = "another provided";
  const char* const kExisting = "an existing";
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX b PREFIX aa PREFIX x PREFIX a PREFIX aaa"),
            error("aa", "a", kProvided));
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX c PREFIX c"), error("c", "c", kProvided));
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX z PREFIX ''"), error("z", "", kProvided));
  EXPECT_EQ(e.text("CLIENT TRACKINGINFO"), "*[\"flags\", *[\"off\"], \"redirect\", :-1, \"prefixes\", *[]]");
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX foo2 PREFIX foo1 PREFIX bar"), "+OK");
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX x PREFIX fo PREFIX xy"), error("x", "xy", kProvided));
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX y PREFIX fo PREFIX f"), error("fo", "foo1", kExisting));
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX barbara"), error("barbara", "bar", kExisting));
  EXPECT_EQ(
      e.text("CLIENT TRACKINGINFO"),
      "*[\"flags\", *[\"on\", \"bcast\"], \"redirect\", :0, \"prefixes\", *[\"bar\", \"foo1\", \"foo2\"]]");
}

TEST(ClientTracking, PrefixesOfOneClientHaveALimit) {
  EngineFixture e;
  std::vector<std::string> names;
  for (size_t i = 0; i < Invalidator::kMaxPrefixes; ++i) names.push_back(std::to_string(100'000 + i));
  const auto request = [&] {
    std::vector<std::string_view> words = {"CLIENT", "TRACKING", "ON", "BCAST"};
    for (const std::string& name : names) words.insert(words.end(), {"PREFIX", name});
    return e.run(words).to_string();
  };
  EXPECT_EQ(request(), "+OK");
  EXPECT_EQ(info(e, "stats", "tracking_total_prefixes"), static_cast<long>(names.size()));
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST PREFIX x"), "-ERR too many prefixes for one client");
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST"), "-ERR too many prefixes for one client");
  EXPECT_EQ(e.text("CLIENT TRACKING OFF"), "+OK");
  while (e.engine().free_some(1'000)) {
  }
  EXPECT_EQ(info(e, "stats", "tracking_total_prefixes"), 0);
  names.push_back("x");
  EXPECT_EQ(request(), "-ERR too many prefixes for one client");
  // Their bytes, too.
  names = {std::string(600'000, 'x'), std::string(600'000, 'y')};
  EXPECT_EQ(request(), "-ERR too many prefixes for one client");
  names.pop_back();
  EXPECT_EQ(request(), "+OK");
  names = {std::string(600'000, 'y')};
  EXPECT_EQ(request(), "-ERR too many prefixes for one client");
}

TEST(ClientTracking, EachIsToldInItsForm) {
  EngineFixture e;
  track(e, 1);
  e.text("SUBSCRIBE __redis__:invalidate", 2);
  e.text("CLIENT TRACKING ON REDIRECT " + id_of(e, 2), 3);
  e.text("CLIENT TRACKING ON", 4);
  for (size_t client : {1, 3, 4}) e.text("GET a", client);
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), (Lines{invalid("\"a\"")}));
  EXPECT_EQ(e.told(2), (Lines{"*[\"message\", \"__redis__:invalidate\", *[\"a\"]]"}));
  EXPECT_EQ(e.told(3), Lines{});
  EXPECT_EQ(e.told(4), Lines{});
  // Null has the form of who is told, whatever the client speaks that tracks.
  e.text("HELLO 3", 3);
  e.text("FLUSHALL");
  EXPECT_EQ(e.told(1), (Lines{kAllInvalid}));
  EXPECT_EQ(e.told(2), (Lines{"*[\"message\", \"__redis__:invalidate\", $nil]"}));
  EXPECT_EQ(e.told(3), Lines{});
}

TEST(ClientTracking, ABrokenRedirectionIsSaid) {
  EngineFixture e;
  e.text("PING", 2);
  const std::string id = id_of(e, 2);
  track(e, 1, "REDIRECT " + id);
  track(e, 3, "REDIRECT " + id);
  EXPECT_EQ(e.text("CLIENT GETREDIR", 1), ":" + id);
  e.text("MGET a b", 1);
  e.disconnect(2);
  EXPECT_EQ(e.text("CLIENT TRACKINGINFO", 1),
            "%[\"flags\", ~[\"on\"], \"redirect\", :" + id + ", \"prefixes\", *[]]");
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), (Lines{">[\"tracking-redir-broken\", :" + id + "]"}));
  EXPECT_EQ(e.text("CLIENT TRACKINGINFO", 1),
            "%[\"flags\", ~[\"on\", \"broken_redirect\"], \"redirect\", :" + id + ", \"prefixes\", *[]]");
  EXPECT_NE(e.run({"CLIENT", "INFO"}, 1).text.find(" flags=tR "), std::string::npos);
  EXPECT_NE(e.run({"CLIENT", "INFO"}, 1).text.find(" redir=" + id + " "), std::string::npos);
  EXPECT_EQ(e.run_raw({"SET", "b", "1"}, 1), "+OK\r\n>2\r\n$21\r\ntracking-redir-broken\r\n:" + id + "\r\n");
  EXPECT_EQ(e.text("CLIENT TRACKING ON BCAST", 1).substr(0, 5), "-ERR ");
  EXPECT_EQ(e.text("CLIENT TRACKING ON", 1), "+OK");
  EXPECT_NE(e.run({"CLIENT", "INFO"}, 1).text.find(" flags=t "), std::string::npos);
}

// One who is to be closed is as good as gone.
TEST(ClientTracking, WhoIsKilledIsToldNothing) {
  EngineFixture e;
  e.text("HELLO 3", 2);
  track(e, 1, "REDIRECT " + id_of(e, 2));
  track(e, 3);
  e.text("GET a", 1);
  e.text("GET a", 3);
  e.text("CLIENT KILL ID " + id_of(e, 2));
  e.text("CLIENT KILL ID " + id_of(e, 3));
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), (Lines{">[\"tracking-redir-broken\", :" + id_of(e, 2) + "]"}));
  EXPECT_EQ(e.told(3), Lines{});
}

TEST(ClientTracking, NothingIsRecordedWhileNobodyTracks) {
  EngineFixture e;
  const KeyEvents& events = e.engine().keyspace.events();
  EXPECT_FALSE(events.wanted());
  track(e, 1);
  EXPECT_TRUE(events.wanted());
  EXPECT_EQ(info(e, "clients", "tracking_clients"), 1);
  e.text("GET a", 1);
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 1);
  EXPECT_EQ(info(e, "stats", "tracking_total_items"), 1);
  e.text("CLIENT TRACKING OFF", 1);
  EXPECT_EQ(info(e, "clients", "tracking_clients"), 0);
  // The key is remembered, so that it is told if tracking goes on; a change of it meanwhile is not.
  EXPECT_TRUE(events.wanted());
  e.text("SET a 1");
  EXPECT_FALSE(events.wanted());
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 0);
  e.text("CLIENT TRACKING ON", 1);
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), Lines{});
  e.text("GET a", 1);
  e.disconnect(1);
  EXPECT_EQ(info(e, "stats", "tracking_total_items"), 0);
  e.text("SET a 1");
  EXPECT_FALSE(events.wanted());
}

TEST(ClientTracking, TheTableForgetsTheOldestKeysAndSaysSo) {
  EngineFixture e({{"tracking-table-max-keys", "100"}});
  track(e, 1);
  track(e, 2, "NOLOOP");
  const auto get = [&](size_t i, size_t client) {
    return e.run_raw({"GET", "k" + std::to_string(i)}, client);
  };
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(get(i, 1), "_\r\n");
  EXPECT_EQ(get(0, 2), "_\r\n");
  EXPECT_EQ(info(e, "stats", "tracking_total_items"), 101);
  EXPECT_EQ(get(0, 1), "_\r\n");
  EXPECT_EQ(get(100, 1), "_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$2\r\nk0\r\n");
  EXPECT_EQ(e.told(2), (Lines{invalid("\"k0\"")}));
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 100);
  e.text("CONFIG SET tracking-table-max-keys 10");
  while (e.engine().executor.invalidator().work_some()) {
  }
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 10);
  EXPECT_EQ(e.told(1).size(), 90u);
  e.text("CONFIG SET tracking-table-max-keys 0");
  for (size_t i = 0; i < 1'000; ++i) get(i, 1);
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 1'000);
}

// Names of keys count, too: those of keys that do not exist may be as long as a client wants.
TEST(ClientTracking, TheTableIsBoundedInBytes) {
  EngineFixture e({{"tracking-table-max-keys", "1000"}});
  track(e, 1);
  size_t told = 0;
  for (size_t i = 0; i < 500; ++i) {
    const std::string reply = e.run_raw({"GET", std::string(50'000, 'k') + std::to_string(i)}, 1);
    told += reply.size() > 10 ? 1 : 0;
  }
  EXPECT_GT(told, 450u);
  EXPECT_LT(client_memory(e.engine(), e.session(1)), 100'000u);
  EXPECT_LT(e.engine().subscriptions.topic_bytes(), 1'200'000u);
}

TEST(ClientTracking, WhatIsRememberedCountsAsMemoryOfTheClient) {
  EngineFixture e;
  track(e, 1);
  const size_t before = client_memory(e.engine(), e.session(1));
  for (size_t i = 0; i < 1'000; ++i) e.run({"GET", std::to_string(i)}, 1);
  EXPECT_GT(client_memory(e.engine(), e.session(1)), before + 1'000 * 64);
  e.disconnect(1);
  EXPECT_TRUE(e.engine().any_to_free());
  EXPECT_GT(e.engine().bytes_to_be_freed(), 700u * 64);
  while (e.engine().free_some(100)) {
  }
  EXPECT_EQ(info(e, "stats", "tracking_total_keys"), 0);
}

// What a client is told behind its own reply is bounded, whatever its EXEC changes or its reads drive out.
TEST(ClientTracking, OnesOwnInvalidationsAreBounded) {
  EngineFixture e({{"tracking-table-max-keys", "1000"}});
  track(e, 1);
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back("key" + std::to_string(i));
  std::vector<std::string_view> words = {"MGET"};
  words.insert(words.end(), names.begin(), names.end());
  const std::string nulls = "*" + std::to_string(names.size()) + "\r\n" + [&] {
    std::string all;
    for (size_t i = 0; i < names.size(); ++i) all += "_\r\n";
    return all;
  }();
  const std::string reply = e.run_raw(words, 1);
  EXPECT_TRUE(reply.starts_with(nulls + ">2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\nkey0\r\n"));
  EXPECT_TRUE(reply.ends_with(">2\r\n$10\r\ninvalidate\r\n_\r\n"));
  EXPECT_LT(reply.size(), nulls.size() + 1'200'000);
  // That holds for one reply.
  EXPECT_EQ(e.run_raw({"GET", "key0"}, 1), "_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\nkey99000\r\n");
}

TEST(ClientTracking, OneTransactionTellsFlushesNotForEver) {
  EngineFixture e;
  track(e, 1);
  e.text("MULTI");
  for (int i = 0; i < 1'000; ++i) e.text("FLUSHALL");
  e.run_raw({"EXEC"});
  const Lines told = e.told(1);
  EXPECT_GE(told.size(), 2u);
  EXPECT_LE(told.size(), 100u);
  for (const std::string& line : told) EXPECT_EQ(line, kAllInvalid);
  e.text("FLUSHALL");
  EXPECT_EQ(e.told(1), (Lines{kAllInvalid}));
}

// Much waits to be sent to a client: it is told that everything is invalid instead of more and more keys.
TEST(ClientTracking, WhoDoesNotReadIsToldToDropEverything) {
  EngineFixture e;
  track(e, 1, "BCAST");
  Executor& executor = e.engine().executor;
  Session& slow = e.session(1);
  const std::string large(2'000'000, 'x');
  e.run({"SET", "large", large});
  e.told(1);
  executor.run(slow, std::vector<std::string_view>{"GET", "large"});
  const auto change = [&](int i) {
    const std::string key = "key" + std::to_string(i);
    ASSERT_TRUE(executor.run(e.session(0), std::vector<std::string_view>{"SET", key, "1"}));
    while (executor.invalidator().work_some()) {
    }
    e.told(0);  // the write phase, but for the slow one
  };
  // A few are told one by one, although much waits.
  for (int i = 0; i < 100; ++i) change(i);
  const size_t few = slow.output->pending_bytes();
  EXPECT_GT(few, large.size() + 100 * 30);
  for (int i = 0; i < 20'000; ++i) change(i);
  const size_t pending = slow.output->pending_bytes();
  EXPECT_LT(pending, large.size() + 100'000);
  change(5);
  EXPECT_EQ(slow.output->pending_bytes(), pending);
  // It reads what waited in front of that, and a little more; then keys are told again.
  slow.output->consume(pending - 10);
  change(6);
  const Lines rest = [&] {
    slow.output->consume(10);
    return e.told(1);
  }();
  EXPECT_EQ(rest, (Lines{invalid("\"key6\"")}));
}

// As long as what it is to drop waits, its own requests do not run; had they, it would be told again.
TEST(ClientTracking, WhoReadsAgainIsToldAgain) {
  EngineFixture e;
  track(e, 1);
  Executor& executor = e.engine().executor;
  Session& slow = e.session(1);
  const auto run = [&](size_t client, std::vector<std::string_view> args) {
    ASSERT_TRUE(executor.run(e.session(client), args));
    if (client == 0) e.told(0);
  };
  const std::string large(2'000'000, 'x');
  e.run({"SET", "large", large});
  run(1, {"GET", "large"});
  for (int i = 0; i < 3'000; ++i) run(1, {"GET", "key" + std::to_string(i)});
  for (int i = 0; i < 3'000; ++i) run(0, {"SET", "key" + std::to_string(i), "1"});
  const size_t pending = slow.output->pending_bytes();
  run(0, {"SET", "large", "1"});
  EXPECT_EQ(slow.output->pending_bytes(), pending);
  run(1, {"GET", "a"});
  const size_t before = slow.output->pending_bytes();
  run(0, {"SET", "a", "1"});
  EXPECT_EQ(slow.output->pending_bytes(), before + std::string(">2\r\n$10\r\ninvalidate\r\n_\r\n").size());
}

TEST(ClientTracking, WritesWaitWhileMuchIsNotToldYet) {
  EngineFixture e;
  track(e, 1, "BCAST");
  Executor& executor = e.engine().executor;
  const std::string key(100'000, 'k');
  int ran = 0;
  // Nobody writes in between.
  for (; ran < 100 && executor.run(e.session(0), std::vector<std::string_view>{"SET", key, "1"}); ++ran) {
  }
  EXPECT_GE(ran, 2);
  EXPECT_LT(ran, 10);
  EXPECT_TRUE(executor.run(e.session(0), std::vector<std::string_view>{"GET", key}));
  while (executor.invalidator().work_some()) {
  }
  EXPECT_FALSE(e.told(1).empty());
  EXPECT_EQ(e.text("SET a 1", 2), "+OK");
}

}  // namespace
}  // namespace aerie

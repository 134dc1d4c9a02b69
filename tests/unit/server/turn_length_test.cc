// SPDX-License-Identifier: BSD-3-Clause
//
// No client makes a turn of the loop long, neither while it hands over much nor when it goes and leaves much
// behind. Judged by the loop's own figure of the longest turn in CPU time. The bar is a millisecond, and most
// of these turns take half of one; the rest is room for machines that are slow or shared, and for what the
// kernel does for others in a turn's time.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "aerie/base/allocator.h"
#include "unit/server/server_fixture.h"

namespace aerie {
namespace {

#if defined(__OPTIMIZE__)
constexpr bool kOptimized = true;
#else
constexpr bool kOptimized = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Their allocators mark every byte of what is freed, whatever its pages are.
constexpr long kLongUs = 200'000;
#elif !defined(__OPTIMIZE__)
// Parsing is several times slower; moving and freeing memory, which these tests guard against, is not.
constexpr long kLongUs = 5'000;
#else
constexpr long kLongUs = 1'500;
#endif

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

class TurnLength : public ServerFixture {
 protected:
  TurnLength() { prefer_short_pauses(); }

  std::string info(const std::string& section) {
    TestSocket client = connect();
    EXPECT_TRUE(client.send("INFO " + section + "\r\nQUIT\r\n"));
    return client.receive_all();
  }
  long field(const std::string& section, const std::string& name) {
    const std::string text = info(section);
    const size_t at = text.find("\n" + name + ":");
    EXPECT_NE(at, std::string::npos) << name << " in " << text;
    return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
  }
  long longest_turn_us() { return field("stats", "eventloop_turn_cpu_max_usec"); }
  // Waits until that many are left, the one that asks included, and a moment more.
  void wait_for_clients(long count) {
    for (int i = 0; i < 2'000 && field("clients", "connected_clients") != count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(field("clients", "connected_clients"), count);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  // Waits until nothing is read any more but what asks for the figure.
  void wait_until_read() {
    const long asking = std::string_view("INFO stats\r\nQUIT\r\n").size();
    long before = field("stats", "total_net_input_bytes");
    for (long now = 0; (now = field("stats", "total_net_input_bytes")) - before != asking;) before = now;
  }
  void forget_long_turns() { connect().expect("CONFIG RESETSTAT\r\n", "+OK\r\n"); }

  // Runs the scenario, which forgets long turns where it begins to count. Whoever else uses the machine can
  // make any turn long, but not each time.
  template <typename Scenario>
  void expect_short_turns(Scenario scenario, long allowed_us = kLongUs) {
    std::string longest;
    for (int attempt = 0; attempt < 6; ++attempt) {
      scenario();
      if (HasFailure()) return;
      const long us = longest_turn_us();
      if (us < allowed_us) return;
      longest += std::to_string(us) + " us ";
    }
    ADD_FAILURE() << "long turns, each time: " << longest;
  }
};

// Input that is read ahead while the output is full: it is not moved as a whole when it grows.
TEST_F(TurnLength, MuchInputReadAhead) {
  start();
  TestSocket client = connect();
  client.expect(request({"SET", "k", std::string(1'000'000, 'x')}), "+OK\r\n");
  constexpr size_t kMegabytes = 150;
  const std::string block = repeat(request({"ECHO", std::string(1'000, 'e')}), 1000);
  const std::string replies = repeat(bulk(std::string(1'000, 'e')), 1000);
  expect_short_turns([&] {
    forget_long_turns();
    ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 20)));
    for (size_t i = 0; i < kMegabytes; ++i) ASSERT_TRUE(client.send(block)) << i;
    for (size_t i = 0; i < 20; ++i) ASSERT_EQ(client.receive(1'000'012).size(), 1'000'012U);
    for (size_t i = 0; i < kMegabytes; ++i) ASSERT_EQ(client.receive(replies.size()), replies) << i;
  });
}

// Wherever a chunk of such input ends, requests of all sizes come out whole and in order.
TEST_F(TurnLength, RequestsOfAllSizesReadAhead) {
  start();
  TestSocket client = connect();
  client.expect(request({"SET", "k", std::string(2'000'000, 'x')}), "+OK\r\n");
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 10)));
  std::vector<size_t> sizes;
  for (size_t i = 0; i < 1'500; ++i) {
    sizes.push_back(i * 7 % 300);
    sizes.push_back(i * 131 % 9'000);
    if (i % 20 == 0) sizes.push_back(i * 1'009 % 100'000);
    if (i % 300 == 0) sizes.push_back(3'000'000 + i);
  }
  for (const size_t size : sizes) {
    ASSERT_TRUE(client.send(request({"ECHO", std::string(size, static_cast<char>('a' + size % 26))})));
  }
  for (size_t i = 0; i < 10; ++i) ASSERT_EQ(client.receive(2'000'012).size(), 2'000'012U);
  for (const size_t size : sizes) {
    const std::string reply = bulk(std::string(size, static_cast<char>('a' + size % 26)));
    ASSERT_TRUE(client.receive(reply.size()) == reply) << size;
  }
  client.expect("PING\r\n", "+PONG\r\n");
}

// --- clients that go and leave much behind

// The output is one large block, or many small ones.
TEST_F(TurnLength, MuchOutputDropped) {
  start();
  TestSocket other = connect();
  other.expect(request({"SET", "large", std::string(150'000'000, 'x')}), "+OK\r\n");
  other.expect(request({"SET", "small", std::string(15'000, 'x')}), "+OK\r\n");
  std::vector<std::string> many(10'001, "small");
  many[0] = "MGET";
  for (const std::string& command : {request({"GET", "large"}), request(many)}) {
    SCOPED_TRACE(command.substr(0, 20));
    expect_short_turns([&] {
      TestSocket client = connect();
      client.expect(command, command.starts_with("*2") ? "$150000000\r\nxxx" : "*10000\r\n$15000\r\nxxx");
      forget_long_turns();
      client.reset_connection();
      wait_for_clients(2);
    });
  }
}

// A large reply that is sent costs no long turn at its end either.
TEST_F(TurnLength, MuchOutputSent) {
  start();
  TestSocket client = connect();
  client.expect(request({"SET", "large", std::string(150'000'000, 'x')}), "+OK\r\n");
  expect_short_turns([&] {
    ASSERT_TRUE(client.send("GET large\r\n"));
    EXPECT_EQ(client.receive(1'000).size(), 1'000U);
    forget_long_turns();
    EXPECT_EQ(client.receive(149'999'014).size(), 149'999'014U);
  });
}

TEST_F(TurnLength, MuchInputDropped) {
  start();
  const std::string block = repeat(request({"ECHO", std::string(1'000, 'e')}), 1000);
  expect_short_turns([&] {
    TestSocket client = connect();
    client.expect(request({"SET", "k", std::string(2'000'000, 'x')}), "+OK\r\n");
    ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 10)));
    for (size_t i = 0; i < 150; ++i) ASSERT_TRUE(client.send(block)) << i;
    forget_long_turns();
    client.reset_connection();
    wait_for_clients(1);
  });
}

// What is freed in slices is shown meanwhile, and no more when it is gone.
TEST_F(TurnLength, WhatIsLeftBehindIsCounted) {
  start();
  connect().expect(request({"SET", "large", std::string(100'000'000, 'x')}), "+OK\r\n");
  const auto pending = [this] { return field("memory", "lazyfree_pending_bytes"); };
  EXPECT_LT(pending(), 1'000'000);
  const std::string kLeft[] = {request({"GET", "large"}), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$200000000\r\n" +
                                                              std::string(100'000'000, 'x')};
  for (const std::string& bytes : kLeft) {
    TestSocket client = connect();
    ASSERT_TRUE(client.send(bytes));
    wait_until_read();
    client.reset_connection();
    long most = 0;
    while (field("clients", "connected_clients") != 1) most = std::max(most, pending());
    for (long now = pending(); now > 1'000'000; now = pending()) most = std::max(most, now);
    EXPECT_GT(most, 20'000'000) << bytes.substr(0, 30);
  }
}

// Large requests that are never finished: one large argument, or very many small ones.
TEST_F(TurnLength, RequestsInTheMakingDropped) {
  start();
  const std::string kUnfinished[] = {
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$200000000\r\n" + std::string(199'999'999, 'x'),
      "*1000001\r\n" + repeat("$0\r\n\r\n", 1'000'000),
      "*10001\r\n" + repeat(bulk(std::string(10'000, 'x')), 10'000),
      "*1001\r\n" + repeat(bulk(std::string(200'000, 'x')), 1'000),
  };
  for (const std::string& bytes : kUnfinished) {
    SCOPED_TRACE(bytes.substr(0, 30));
    expect_short_turns([&] {
      TestSocket client = connect();
      ASSERT_TRUE(client.send(bytes));
      wait_until_read();
      forget_long_turns();
      client.finish_sending();
      EXPECT_EQ(client.receive_all(), "");
    });
  }
}

// The list of a request's arguments is not moved as a whole when it grows.
TEST_F(TurnLength, MillionsOfArguments) {
  start();
  TestSocket client = connect();
  constexpr size_t kCount = 3'000'000;
  const std::string arguments = repeat(bulk("x"), kCount);
  expect_short_turns([&] {
    forget_long_turns();
    ASSERT_TRUE(client.send("*" + std::to_string(kCount + 2) + "\r\n" + bulk("PING")));
    ASSERT_TRUE(client.send(arguments));
    client.expect(bulk(std::string(100'000, 'x')), "-ERR wrong number of arguments for 'ping' command\r\n");
  });
}

// A command that does not keep its large argument.
TEST_F(TurnLength, LargeArgumentsNotKept) {
  start();
  TestSocket client = connect();
  expect_short_turns([&] {
    forget_long_turns();
    client.expect(request({"PING", std::string(200'000'000, 'x'), "y"}),
                  "-ERR wrong number of arguments for 'ping' command\r\n");
  });
}

// A large argument is queued, run and kept in the memory that it was read into.
TEST_F(TurnLength, LargeArgumentsInATransaction) {
  start();
  TestSocket client = connect();
  const std::string set = request({"SET", "k", std::string(100'000'000, 'x')});
  expect_short_turns([&] {
    client.expect("MULTI\r\n", "+OK\r\n");
    forget_long_turns();
    client.expect(set, "+QUEUED\r\n");
    client.expect(request({"SETRANGE", "k", "1", std::string(100, 'y')}), "+QUEUED\r\n");
    client.expect("EXEC\r\n", "*2\r\n+OK\r\n:100000000\r\n");
  });
  client.expect("GETRANGE k 0 2\r\n", "$3\r\nxyy\r\n");
  client.expect("GETRANGE k -2 -1\r\n", "$2\r\nxx\r\n");
}

TEST_F(TurnLength, ALongTransactionDropped) {
  start();
  constexpr size_t kQueued = 400'000;
  expect_short_turns([&] {
    TestSocket client = connect();
    client.expect("MULTI\r\n", "+OK\r\n");
    std::thread sender([&] { EXPECT_TRUE(client.send(repeat("PING\r\n", kQueued))); });
    EXPECT_EQ(client.receive(9 * kQueued).size(), 9 * kQueued);
    sender.join();
    forget_long_turns();
    client.reset_connection();
    wait_for_clients(1);
  });
}

// --- long lists that go

class LongLists : public TurnLength {
 protected:
  static constexpr size_t kItems = 2'000'000;

  void fill(TestSocket& client) {
    const std::string commands =
        repeat("*1002\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n" + repeat(bulk("an item: 16 byte"), 1000), 100);
    size_t length = 0;
    for (size_t sent = 0; sent < kItems; sent += 100'000) {
      std::string replies;
      for (size_t i = 0; i < 100; ++i) replies += ":" + std::to_string(length += 1000) + "\r\n";
      client.expect(commands, replies);
    }
  }
  // Until the list is gone and the system has its memory again. It has 36 MB.
  void wait_until_given_back() {
    for (int i = 0; i < 2'000; ++i) {
      if (field("memory", "used_memory") < 8'000'000) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ADD_FAILURE() << info("memory");
  }
};

TEST_F(LongLists, WhateverEndsThem) {
  start();
  TestSocket client = connect();
  const std::pair<std::string, std::string> kEnds[] = {
      {"DEL k\r\n", ":1\r\n"},
      {"UNLINK k\r\n", ":1\r\n"},
      {"FLUSHALL\r\n", "+OK\r\n"},
      {"FLUSHDB ASYNC\r\n", "+OK\r\n"},
      {"PEXPIRE k 1\r\n", ":1\r\n"},
      {"SET k v\r\n", "+OK\r\n"},
      {"RPUSH s 1\r\nRENAME s k\r\n", ":1\r\n+OK\r\n"},
      {"LTRIM k 5 9\r\n", "+OK\r\n"},
      {"LTRIM k 1000000 1000009\r\n", "+OK\r\n"},
      {"LTRIM k -3 -1\r\n", "+OK\r\n"},
      {"MULTI\r\nLTRIM k 1 0\r\nEXEC\r\n", "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"},
  };
  for (const auto& [command, reply] : kEnds) {
    SCOPED_TRACE(command);
    expect_short_turns([&, &command = command, &reply = reply] {
      client.expect("FLUSHALL\r\n", "+OK\r\n");
      fill(client);
      ASSERT_GT(field("memory", "used_memory"), 36'000'000);
      forget_long_turns();
      client.expect(command, reply);
      wait_until_given_back();
    });
  }
}

// Also while it grows: no push is long, whatever the list has already.
TEST_F(LongLists, Growing) {
  start();
  TestSocket client = connect();
  expect_short_turns([&] {
    client.expect("FLUSHALL\r\n", "+OK\r\n");
    forget_long_turns();
    fill(client);
  });
}

// --- many keys that go

class ManyKeys : public TurnLength {
 protected:
  static constexpr size_t kKeys = kOptimized && kLongUs < 10'000 ? 2'000'000 : 200'000;
  static constexpr size_t kAtOnce = 10'000;

  // Strings of 8 bytes that expire together, when `wall_ms` is not 0.
  void fill(TestSocket& client, int64_t wall_ms) {
    const std::string expiry = wall_ms == 0 ? "" : " PXAT " + std::to_string(wall_ms);
    const std::string replies = repeat("+OK\r\n", kAtOnce);
    for (size_t sent = 0; sent < kKeys;) {
      std::string commands;
      for (const size_t end = sent + kAtOnce; sent < end; ++sent) {
        commands += "SET key:" + std::to_string(sent) + " an:value" + expiry + "\r\n";
      }
      client.expect(commands, replies);
    }
  }
  // Until they are gone and their memory is given back.
  void wait_until_gone() {
    const auto any_left = [this] {
      return info("keyspace").find("db0:") != std::string::npos || field("memory", "used_memory") > 8'000'000;
    };
    for (int i = 0; i < 5'000 && any_left(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_FALSE(any_left()) << info("keyspace") << info("memory");
  }
};

// The limit is lowered to a tenth of what is in use, and clients go on writing while keys are evicted. Single
// steps of giving emptied memory back to the system take a millisecond or two; evicting all at once would
// take a second.
TEST_F(ManyKeys, Evicted) {
  start();
  TestSocket client = connect();
  expect_short_turns(
      [&] {
        client.expect("CONFIG SET maxmemory 0 maxmemory-policy allkeys-lru\r\n", "+OK\r\n");
        client.expect("FLUSHALL\r\n", "+OK\r\n");
        fill(client, 0);
        const std::string limit = std::to_string(field("memory", "used_memory") / 10);
        forget_long_turns();
        client.expect("CONFIG SET maxmemory " + limit + "\r\n", "+OK\r\n");
        fill(client, 0);
        EXPECT_GT(field("stats", "evicted_keys"), static_cast<long>(kKeys));
      },
      std::max<long>(kLongUs, 5'000));
}

TEST_F(ManyKeys, Flushed) {
  start();
  TestSocket client = connect();
  for (const std::string command : {"FLUSHALL\r\n", "FLUSHDB ASYNC\r\n"}) {
    SCOPED_TRACE(command);
    expect_short_turns([&] {
      fill(client, 0);
      forget_long_turns();
      client.expect(command, "+OK\r\n");
      wait_until_gone();
    });
  }
}

TEST_F(ManyKeys, ExpiredTogether) {
  using std::chrono::milliseconds;
  using std::chrono::system_clock;
  load("enable-debug-command", "yes");
  start();
  TestSocket client = connect();
  const auto begin = system_clock::now();
  fill(client, 0);
  const auto time_to_fill = system_clock::now() - begin;
  expect_short_turns([&] {
    // None is gone before the last is there.
    client.expect("DEBUG SET-ACTIVE-EXPIRE 0\r\n", "+OK\r\n");
    const auto deadline = system_clock::now() + 2 * time_to_fill + milliseconds(500);
    fill(client, std::chrono::duration_cast<milliseconds>(deadline.time_since_epoch()).count());
    client.expect("DBSIZE\r\n", ":" + std::to_string(kKeys) + "\r\n");
    std::this_thread::sleep_until(deadline + milliseconds(1));
    forget_long_turns();
    client.expect("DEBUG SET-ACTIVE-EXPIRE 1\r\n", "+OK\r\n");
    wait_until_gone();
  });
}

// --- many clients

class ManyClients : public TurnLength {
 protected:
  // As many as the process may have, up to 8,000: both ends are in it.
  ManyClients() {
    rlimit limit{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    count_ = std::min<size_t>(8'000, (limit.rlim_cur - 300) / 2);
  }

  // Connects them, and has client i send requests(i).
  template <typename Requests>
  void connect_all(Requests requests) {
    clients_.clear();
    for (size_t i = 0; i < count_; ++i) {
      clients_.push_back(connect());
      ASSERT_TRUE(clients_.back().send(requests(i)));
    }
  }
  void wait_for_blocked(long count) {
    for (int i = 0; i < 2'000 && field("clients", "blocked_clients") != count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(field("clients", "blocked_clients"), count);
  }

  size_t count_ = 0;
  std::vector<TestSocket> clients_;
};

// All of them have sent much when the loop looks. The kernel does work for their sockets in the thread's
// time: a tick that runs TCP's timers falls into many a turn, and takes milliseconds where system calls are
// dear (docs/performance.md). Serving all of them in one turn would take a hundred milliseconds.
TEST_F(ManyClients, AllActive) {
  load("enable-debug-command", "yes");
  start();
  TestSocket first = connect();
  first.expect("SET k value\r\n", "+OK\r\n");
  const std::string requests = repeat("GET k\r\n", 10);
  const std::string replies = repeat("$5\r\nvalue\r\n", 10);
  expect_short_turns(
      [&] {
        connect_all([](size_t) { return "PING\r\n"; });
        for (TestSocket& client : clients_) ASSERT_EQ(client.receive(7), "+PONG\r\n");
        ASSERT_TRUE(first.send("DEBUG SLEEP 0.3\r\n"));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        for (TestSocket& client : clients_) ASSERT_TRUE(client.send(requests));
        // The sleep itself does not count.
        first.expect("CONFIG RESETSTAT\r\n", "+OK\r\n+OK\r\n");
        for (TestSocket& client : clients_) ASSERT_EQ(client.receive(replies.size()), replies);
        clients_.clear();
        wait_for_clients(2);
      },
      std::max<long>(kLongUs, 5'000));
}

// They wait, and go together.
TEST_F(ManyClients, WhoWaitHangUp) {
  start();
  expect_short_turns([&] {
    connect_all([](size_t i) { return request({"BLPOP", "k" + std::to_string(i % 100), "0"}); });
    wait_for_blocked(static_cast<long>(count_));
    forget_long_turns();
    clients_.clear();
    wait_for_clients(1);
  });
}

// One push wakes many of them. Serving them is part of the push, but writing to them is not.
TEST_F(ManyClients, WhoWaitAreServedByOnePush) {
  count_ /= kOptimized ? 8 : 16;
  start();
  TestSocket pushing = connect();
  const std::string push =
      "*" + std::to_string(count_ + 2) + "\r\n" + bulk("RPUSH") + bulk("k") + repeat(bulk("element"), count_);
  const std::string reply = "*2\r\n" + bulk("k") + bulk("element");
  expect_short_turns([&] {
    connect_all([](size_t) { return request({"BLPOP", "k", "0"}); });
    wait_for_blocked(static_cast<long>(count_));
    forget_long_turns();
    pushing.expect(push, ":" + std::to_string(count_) + "\r\n");
    for (TestSocket& client : clients_) ASSERT_EQ(client.receive(reply.size()), reply);
  });
}

// All of them listen to one channel. Telling them is part of the PUBLISH, but writing to them is not.
TEST_F(ManyClients, WhoListenToOneChannel) {
  count_ /= kOptimized ? 8 : 16;
  start();
  TestSocket publisher = connect();
  const std::string subscribed = "*3\r\n" + bulk("subscribe") + bulk("c") + ":1\r\n";
  const std::string message = "*3\r\n" + bulk("message") + bulk("c") + bulk("hello");
  constexpr size_t kMessages = 50;
  expect_short_turns([&] {
    connect_all([](size_t) { return request({"SUBSCRIBE", "c"}); });
    for (TestSocket& client : clients_) ASSERT_EQ(client.receive(subscribed.size()), subscribed);
    forget_long_turns();
    publisher.expect(repeat(request({"PUBLISH", "c", "hello"}), kMessages),
                     repeat(":" + std::to_string(count_) + "\r\n", kMessages));
    for (TestSocket& client : clients_)
      ASSERT_EQ(client.receive(message.size() * kMessages), repeat(message, kMessages));
    clients_.clear();
    wait_for_clients(2);
  });
}

// All of them have read one key. Telling them is part of the write, but writing to them, and forgetting who
// has read it, is not.
TEST_F(ManyClients, WhoHaveReadOneKey) {
  count_ = std::min<size_t>(count_, kOptimized ? 5'000 : 1'000);
  start();
  TestSocket writer = connect();
  const std::string invalid = ">2\r\n" + bulk("invalidate") + "*1\r\n" + bulk("key");
  const auto scenario = [&] {
    connect_all([](size_t) {
      return request({"CLIENT", "TRACKING", "ON"}) + request({"CLIENT", "REPLY", "OFF"}) +
             request({"HELLO", "3"}) + request({"GET", "key"});
    });
    for (TestSocket& client : clients_) ASSERT_EQ(client.receive(5), "+OK\r\n");
    wait_until_read();
    ASSERT_EQ(field("stats", "tracking_total_items"), static_cast<long>(count_));
    forget_long_turns();
    writer.expect(request({"SET", "key", "value"}), "+OK\r\n");
    for (TestSocket& client : clients_) ASSERT_EQ(client.receive(invalid.size()), invalid);
    clients_.clear();
    wait_for_clients(2);
  };
  // Telling so many takes up to a millisecond.
  expect_short_turns(scenario, 2 * kLongUs);
}

// All of them reach the timeout together.
TEST_F(ManyClients, WhoAreIdleAreClosed) {
  // A line of the log for each makes them dear. The log is not changed while the server runs.
  const std::string log_path = "/tmp/aerie-unit-" + std::to_string(::getpid()) + ".log";
  ASSERT_TRUE(log_open(log_path).ok());
  ::unlink(log_path.c_str());
  start();
  connect().expect(request({"CONFIG", "SET", "loglevel", "verbose"}), "+OK\r\n");
  expect_short_turns(
      [&] {
        TestSocket other = connect();
        other.expect(request({"CONFIG", "SET", "timeout", "0"}), "+OK\r\n");
        connect_all([](size_t) { return ""; });
        clients_.back().expect("PING\r\n", "+PONG\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
        other.expect(request({"CONFIG", "RESETSTAT"}), "+OK\r\n");
        other.expect(request({"CONFIG", "SET", "timeout", "1"}), "+OK\r\n");
        for (TestSocket& client : clients_) ASSERT_EQ(client.receive_all(), "");
      },
      2 * kLongUs);  // the kernel frees sockets in batches, in anybody's time
  stop();
  log_set_level(LogLevel::kNothing);
  EXPECT_TRUE(log_open("").ok());
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// MULTI, EXEC, DISCARD, WATCH, UNWATCH: what is queued, what aborts, and which changes make a watch dirty.
// Client 0 watches, client 1 changes things.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

constexpr const char* kAborted = "-EXECABORT Transaction discarded because of previous errors.";

TEST(Transaction, RunsWhatWasQueued) {
  EngineFixture e;
  EXPECT_EQ(e.text("MULTI"), "+OK");
  EXPECT_EQ(e.text("SET a 1"), "+QUEUED");
  EXPECT_EQ(e.text("INCR a"), "+QUEUED");
  EXPECT_EQ(e.text("GET missing"), "+QUEUED");
  EXPECT_EQ(e.text("GET a", 1), "$nil");
  EXPECT_EQ(e.text("EXEC"), "*[+OK, :2, $nil]");
  EXPECT_EQ(e.text("GET a", 1), "\"2\"");
  EXPECT_EQ(e.text("GET a"), "\"2\"");
}

TEST(Transaction, EmptyOne) {
  EngineFixture e;
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

TEST(Transaction, OutOfPlace) {
  EngineFixture e;
  EXPECT_EQ(e.text("EXEC"), "-ERR EXEC without MULTI");
  EXPECT_EQ(e.text("DISCARD"), "-ERR DISCARD without MULTI");
  e.text("MULTI");
  e.text("SET a 1");
  EXPECT_EQ(e.text("MULTI"), "-ERR MULTI calls can not be nested");
  EXPECT_EQ(e.text("WATCH a"), "-ERR WATCH inside MULTI is not allowed");
  EXPECT_EQ(e.text("UNWATCH"), "+QUEUED");
  EXPECT_EQ(e.text("EXEC"), "*[+OK, +OK]");
}

TEST(Transaction, Discard) {
  EngineFixture e;
  e.text("MULTI");
  e.text("SET a 1");
  EXPECT_EQ(e.text("DISCARD"), "+OK");
  EXPECT_EQ(e.text("GET a"), "$nil");
  EXPECT_EQ(e.text("EXEC"), "-ERR EXEC without MULTI");
}

TEST(Transaction, ErrorsWhileQueueingAbort) {
  EngineFixture e;
  for (const char* line : {"NOSUCH", "SET a", "OBJECT FOO"}) {
    e.text("MULTI");
    EXPECT_EQ(e.text("SET b 1"), "+QUEUED");
    EXPECT_EQ(e.text(line)[0], '-') << line;
    EXPECT_EQ(e.text("SET b 1"), "+QUEUED");
    EXPECT_EQ(e.text("EXEC"), kAborted) << line;
    EXPECT_EQ(e.text("EXEC"), "-ERR EXEC without MULTI");
  }
  EXPECT_EQ(e.text("EXISTS b"), ":0");
  // A failed transaction leaves no trace in the next one.
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

TEST(Transaction, ErrorsInsideAreElements) {
  EngineFixture e;
  e.text("SET a x");
  e.text("MULTI");
  e.text("INCR a");
  e.text("SET b 1 FOO");
  e.text("MSET c 1 d");
  e.text("SET b 2");
  EXPECT_EQ(e.text("EXEC"),
            "*[-ERR value is not an integer or out of range, -ERR syntax error, "
            "-ERR wrong number of arguments for 'mset' command, +OK]");
  EXPECT_EQ(e.text("GET b"), "\"2\"");
}

TEST(Transaction, TimeStandsStillInside) {
  EngineFixture e;
  e.text("MULTI");
  e.text("SET a 1 PX 1");
  for (int i = 0; i < 200; ++i) e.text("PTTL a");
  e.advance_clock_ms(100000);
  const Reply reply = e.run({"EXEC"});
  ASSERT_EQ(reply.elements.size(), 201u);
  EXPECT_EQ(reply.elements.back().integer, 1);
}

// What client 1 did between WATCH and EXEC, and whether the watch of `key` must fail.
struct Change {
  const char* prepare;
  const char* change;
  bool dirty;
};

constexpr Change kChanges[] = {
    {"SET key 1", "SET key 1", true},
    {"SET key 1", "SET other 1", false},
    {"SET key 1", "GET key", false},
    {"SET key 1", "SETNX key 2", false},
    {"SET key 1", "SET key 2 NX", false},
    {"SET key 1", "APPEND key x", true},
    {"SET key 1", "SETRANGE key 0 ''", false},
    {"SET key 1", "SETRANGE key 0 x", true},
    {"SET key 1", "INCR key", true},
    {"SET key x", "INCR key", false},
    {"SET key 1", "INCRBYFLOAT key 1", true},
    {"SET key 1", "DEL key", true},
    {"SET other 1", "DEL key", false},
    {"SET key 1", "UNLINK key", true},
    {"SET key 1", "GETDEL key", true},
    {"SET key 1", "GETEX key", false},
    {"SET key 1", "GETEX key EX 10", true},
    {"SET key 1", "GETEX key PERSIST", false},
    {"SET key 1", "EXPIRE key 10", true},
    {"SET key 1", "EXPIRE key 10 XX", false},
    {"SET key 1", "EXPIRE key -1", true},
    {"SET key 1", "PERSIST key", false},
    {"SET key 1 EX 10", "PERSIST key", true},
    {"SET key 1", "TOUCH key", false},
    {"SET key 1", "RENAME key key", false},
    {"SET key 1", "RENAME key other", true},
    {"SET other 1", "RENAME other key", true},
    {"MSET key 1 other 2", "RENAMENX other key", false},
    {"SET other 1", "COPY other key", true},
    {"SET key 1", "COPY key other", false},
    {"MSET key 1 other 2", "COPY other key", false},
    {"SET key 1", "MOVE key 1", true},
    {"SET key 1", "COPY key key DB 1", false},
    {"SET key 1", "FLUSHDB", true},
    {"SET key 1", "FLUSHALL", true},
    {"SET other 1", "FLUSHDB", false},
    {"SET other 1", "FLUSHALL", false},
    {"SET key 1", "SWAPDB 0 1", true},
    {"SET key 1", "SWAPDB 1 0", true},
    {"SET key 1", "SWAPDB 0 0", false},
    {"SET key 1", "SWAPDB 1 2", false},
    {"SET other 1", "SWAPDB 0 1", false},
    {"SET key 1", "MSET a 1 key 2", true},
    {"SET key 1", "MSETNX a 1 key 2", false},
    {"SET key 1", "GETSET key 1", true},
    {"SET key 1", "OBJECT ENCODING key", false},
    {"SET key 1", "SCAN 0", false},
};

TEST(Watch, EachKindOfChange) {
  for (const Change& change : kChanges) {
    EngineFixture e;
    e.text(change.prepare);
    EXPECT_EQ(e.text("WATCH key"), "+OK");
    e.text(change.change, 1);
    e.text("MULTI");
    e.text("TYPE key");
    const Reply reply = e.run({"EXEC"});
    EXPECT_EQ(reply.null, change.dirty) << change.prepare << " / " << change.change;
    EXPECT_EQ(reply.type, '*');
  }
}

TEST(Watch, KeyAppearsBySwapdb) {
  EngineFixture e;
  e.session(1).db = 1;
  e.text("SET key 1", 1);
  e.text("WATCH key");
  e.text("SWAPDB 0 1", 1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*nil");
}

TEST(Watch, OwnChangesCountToo) {
  EngineFixture e;
  e.text("WATCH key");
  e.text("SET key 1");
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*nil");
  // The failed EXEC ended the watch.
  e.text("MULTI");
  e.text("SET key 2");
  EXPECT_EQ(e.text("EXEC"), "*[+OK]");
}

TEST(Watch, ChangesInsideTheTransactionDoNotCount) {
  EngineFixture e;
  e.text("WATCH key");
  e.text("MULTI");
  e.text("SET key 1");
  EXPECT_EQ(e.text("EXEC"), "*[+OK]");
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

TEST(Watch, OtherDatabasesDoNotCount) {
  EngineFixture e;
  e.session(1).db = 1;
  e.text("WATCH key");
  e.text("SET key 1", 1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

TEST(Watch, UnwatchAndDiscardForget) {
  EngineFixture e;
  e.text("WATCH key");
  e.text("SET key 1", 1);
  e.text("UNWATCH");
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
  e.text("WATCH key");
  e.text("MULTI");
  e.text("DISCARD");
  e.text("SET key 2", 1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
  EXPECT_TRUE(e.engine().watches.empty());
}

TEST(Watch, ErrorsWhileQueueingWinOverADirtyWatch) {
  EngineFixture e;
  e.text("WATCH key");
  e.text("SET key 1", 1);
  e.text("MULTI");
  e.text("NOSUCH");
  EXPECT_EQ(e.text("EXEC"), kAborted);
}

TEST(Watch, ExpiryCounts) {
  for (const bool swept : {false, true}) {
    EngineFixture e;
    e.text("SET key 1 PX 100");
    e.text("WATCH key");
    if (swept) {
      e.advance_ms(100);
    } else {
      e.advance_clock_ms(100);
    }
    e.text("MULTI");
    e.text("SET other 1");
    EXPECT_EQ(e.text("EXEC"), "*nil");
    EXPECT_EQ(e.text("EXISTS other"), ":0");
  }
}

// A key that was past its deadline when it was watched is missing; that somebody removes it later is no
// change.
TEST(Watch, ExpiredBeforeItWasWatched) {
  EngineFixture e;
  e.text("WATCH unrelated", 2);  // so that events are being recorded
  e.text("SET key 1 PX 100");
  e.advance_clock_ms(100);
  e.text("WATCH key");
  EXPECT_EQ(e.text("GET key", 1), "$nil");
  e.advance_ms(1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

TEST(Watch, RepeatedAndManyKeys) {
  EngineFixture e;
  EXPECT_EQ(e.text("WATCH a a b a"), "+OK");
  EXPECT_EQ(e.text("WATCH b"), "+OK");
  EXPECT_EQ(e.engine().watches.size(), 2u);
  e.text("SET b 1", 1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*nil");
  EXPECT_TRUE(e.engine().watches.empty());
}

TEST(Watch, DisconnectForgets) {
  EngineFixture e;
  e.text("WATCH a b", 3);
  e.text("MULTI", 3);
  e.text("SET a 1", 3);
  e.disconnect(3);
  EXPECT_TRUE(e.engine().watches.empty());
  EXPECT_EQ(e.text("SET a 1"), "+OK");
}

// A deadline that a watched key had is a deadline of the transaction, and one that is not reached is none.
TEST(Watch, DeadlinesOfSeveralKeys) {
  EngineFixture e;
  e.text("SET late 1 PX 500");
  e.text("SET soon 1 PX 100");
  e.text("WATCH late soon other");
  e.advance_clock_ms(99);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
  e.text("WATCH late soon other");
  e.advance_clock_ms(1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*nil");
  e.text("WATCH late soon other");  // `soon` is missing by now
  e.advance_clock_ms(100);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "*[]");
}

uint64_t field_of(EngineFixture& e, std::string_view name, size_t client) {
  const std::string line = e.run({"CLIENT", "INFO"}, client).text;
  const std::string label = " " + std::string(name) + "=";
  return std::stoull(line.substr(line.find(label) + label.size()));
}

void watch_many(EngineFixture& e, int count, size_t client) {
  for (int i = 0; i < count; ++i) e.run({"WATCH", "watched:" + std::to_string(i)}, client);
}

// A transaction of many SWAPDBs looks at a limited number of watched keys; all others count as changed.
TEST(Watch, SwapdbsOfOneTransactionLookAtSoManyKeys) {
  for (const int watches : {1'000, 50'000}) {
    EngineFixture e;
    e.session(2).db = 1;
    e.text("SET other 1", 0);
    e.text("SET other 1", 2);
    watch_many(e, watches, 1);
    e.text("MULTI");
    for (int i = 0; i < 4; ++i) e.text("SWAPDB 0 1");
    EXPECT_EQ(e.text("EXEC"), "*[+OK, +OK, +OK, +OK]");
    e.text("MULTI", 1);
    EXPECT_EQ(e.text("EXEC", 1), watches == 1'000 ? "*[]" : "*nil");
  }
}

TEST(Watch, CountsAgainstItsClient) {
  EngineFixture e;
  watch_many(e, 1000, 1);
  // Each is two blocks, of 64 and of at least 48 bytes.
  EXPECT_GE(field_of(e, "tot-mem", 1), 1000u * 112);
  EXPECT_GE(field_of(e, "multi-mem", 1), 1000u * 112);
  e.text("UNWATCH", 1);
  EXPECT_EQ(field_of(e, "multi-mem", 1), 0u);
}

// However many watches there are, ending them is one step, and their memory goes in slices.
TEST(Watch, MemoryGoesInSlices) {
  for (const char* ending : {"UNWATCH", "EXEC", "DISCARD", "RESET", "", "SET watched:5 1"}) {
    EngineFixture e;
    watch_many(e, 1000, 1);
    if (ending == std::string_view("EXEC") || ending == std::string_view("DISCARD")) e.text("MULTI", 1);
    if (*ending == '\0') {
      e.disconnect(1);
    } else {
      e.text(ending, 1);
    }
    EXPECT_TRUE(e.engine().watches.empty()) << ending;
    EXPECT_GT(e.engine().bytes_to_be_freed(), 1000u * 112) << ending;
    size_t slices = 0;
    while (e.engine().free_some(100)) ++slices;
    EXPECT_GE(slices, 10u) << ending;
    EXPECT_EQ(e.engine().bytes_to_be_freed(), 0u) << ending;
  }
}

TEST(Transaction, MemoryOfQueuesGoesInSlices) {
  for (const char* ending : {"EXEC", "DISCARD", "RESET", ""}) {
    EngineFixture e;
    e.text("MULTI", 1);
    for (int i = 0; i < 2000; ++i) e.text("SET k v", 1);
    if (*ending == '\0') {
      e.disconnect(1);
    } else {
      e.run(std::vector<std::string_view>{ending}, 1);
    }
    EXPECT_GT(e.engine().bytes_to_be_freed(), 1900u * 64) << ending;
    size_t slices = 0;
    while (e.engine().free_some(100)) ++slices;
    EXPECT_GE(slices, 19u) << ending;
    EXPECT_EQ(e.engine().bytes_to_be_freed(), 0u) << ending;
  }
}

TEST(Transaction, ShortQueuesLeaveNothing) {
  EngineFixture e;
  e.text("MULTI");
  for (int i = 0; i < 10; ++i) e.text("SET k v");
  e.text("EXEC");
  EXPECT_EQ(e.engine().bytes_to_be_freed(), 0u);
}

// A client that queues and discards faster than anybody frees must not pile up what it discarded.
TEST(Transaction, NewQueuesPayForDiscardedOnes) {
  EngineFixture e;
  size_t most = 0;
  for (int round = 0; round < 10; ++round) {
    e.text("MULTI");
    for (int i = 0; i < 500; ++i) e.text("SET k v");
    e.text("DISCARD");
    most = std::max(most, e.engine().bytes_to_be_freed());
  }
  EXPECT_LT(most, 2u * 500 * 128);
}

// Arguments that are freed at once count by their size: a slice of commands is no slice of megabytes.
TEST(Transaction, SlicesAreOfBytesToo) {
  EngineFixture e;
  e.text("MULTI");
  const std::string large(200'000, 'v');
  for (int i = 0; i < 50; ++i) e.run({"SET", "k", large});
  e.text("DISCARD");
  const size_t before = e.engine().bytes_to_be_freed();
  EXPECT_TRUE(e.engine().free_some(100));
  EXPECT_GT(e.engine().bytes_to_be_freed(), before - 2 * large.size());
}

// The pages of a large argument go one by one too.
TEST(Transaction, LargeQueuedArgumentsAreFreedInSlices) {
  EngineFixture e;
  e.text("MULTI");
  e.run({"SET", "k", std::string(8 << 20, 'v')});
  e.text("DISCARD");
  EXPECT_GE(e.engine().keyspace.memory().to_be_freed, size_t{8} << 20);
  size_t slices = 0;
  while (e.engine().free_some(100)) ++slices;
  EXPECT_GE(slices, 10u);
  EXPECT_EQ(e.engine().keyspace.memory().to_be_freed, 0u);
}

TEST(Transaction, NullOfResp3) {
  EngineFixture e;
  e.session().protocol = 3;
  e.text("WATCH key");
  e.text("SET key 1", 1);
  e.text("MULTI");
  EXPECT_EQ(e.text("EXEC"), "nil");
}

// What was queued in memory of its own becomes the value without a copy; what nobody kept is freed later. The
// figures come back to nothing either way.
TEST(Transaction, LargeArgumentsAreHandedOver) {
  EngineFixture e;
  const std::string value(1'000'000, 'x');
  for (const char* ending : {"EXEC", "DISCARD"}) {
    e.text("MULTI");
    std::vector<LargeArg> large(1);
    large[0] = {2, Blob::copy_of(value)};
    const char* const memory = large[0].memory.data();
    const std::vector<std::string_view> args = {"SET", "k", large[0].memory.view()};
    e.engine().executor.run(e.session(), args, large);
    EXPECT_TRUE(large[0].memory.empty());
    EXPECT_GE(e.session().details().queue->bytes, value.size());
    EXPECT_EQ(e.run_raw({ending}).substr(0, 9), "+QUEUED\r\n");
    const Key key = e.engine().keyspace.key("k");
    NumberText scratch;
    const auto found = e.engine().keyspace.db(0).find<StringValue>(key);
    if (ending == std::string("EXEC")) {
      EXPECT_EQ(found->bytes(&scratch).data(), memory);
    }
    while (e.engine().free_some(1)) {
    }
    EXPECT_EQ(e.engine().bytes_to_be_freed(), 0u);
    EXPECT_EQ(e.run({"GET", "k"}).text, value);
  }
}

}  // namespace
}  // namespace aerie

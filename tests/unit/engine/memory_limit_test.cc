// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory in process: what is refused when nothing can be evicted, that memory stays at the limit when keys
// can, and that what is about to be freed comes before that. Error texts were taken from redis-server 7.0.15.
#include "aerie/engine/memory_limit.h"

#include <gtest/gtest.h>

#include <string>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

const std::string kRefused = "-" + std::string(kOutOfMemory);

void fill(EngineFixture& engine, size_t keys, size_t value_bytes) {
  const std::string value(value_bytes, 'v');
  for (size_t i = 0; i < keys; ++i) engine.run({"SET", "key" + std::to_string(i), value});
}

std::string limit_below_use(EngineFixture& engine) {
  return std::to_string(engine.engine().memory_limit.counted_bytes() - 1);
}

TEST(MemoryLimit, RefusesWhatNeedsMemory) {
  EngineFixture engine;
  engine.text("SET k v");
  engine.text("RPUSH l a");
  EXPECT_EQ(engine.text("CONFIG SET maxmemory " + limit_below_use(engine)), "+OK");
  for (const char* line :
       {"SET k v2", "APPEND k v", "INCR n", "RPUSH l b", "LINSERT l BEFORE a b", "SETRANGE k 0 x", "MSET a 1",
        "COPY k k2", "LMOVE l l LEFT RIGHT", "GETSET k v", "BLMOVE l l LEFT RIGHT 0"})
    EXPECT_EQ(engine.text(line), kRefused) << line;
  for (const char* line : {"GET k", "DEL nosuch", "EXPIRE k 100", "PING", "CONFIG GET maxmemory",
                           "RENAME k k3", "LRANGE l 0 -1", "PUBLISH c m"})
    EXPECT_EQ(engine.text(line).find("OOM"), std::string::npos) << line;
  engine.text("CONFIG SET maxmemory 0");
  EXPECT_EQ(engine.text("SET k v2"), "+OK");
}

TEST(MemoryLimit, TransactionsAreRefusedAsAWhole) {
  EngineFixture engine;
  engine.text("MULTI");
  engine.text("SET a 1");
  engine.text("CONFIG SET maxmemory " + limit_below_use(engine), 1);
  EXPECT_EQ(engine.text("EXEC"),
            "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > "
            "'maxmemory'.");
  EXPECT_EQ(engine.text("GET a"), "$nil");
  engine.text("MULTI");
  EXPECT_EQ(engine.text("GET a"), kRefused) << "it would have to be kept";
  EXPECT_EQ(engine.text("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
  engine.text("CONFIG SET maxmemory 0", 1);
  engine.text("MULTI");
  engine.text("GET a");
  engine.text("CONFIG SET maxmemory " + limit_below_use(engine), 1);
  EXPECT_EQ(engine.text("EXEC"), "*[$nil]") << "nothing in it needs memory";
}

TEST(MemoryLimit, EvictsUntilThereIsRoom) {
  EngineFixture engine({{"maxmemory", "4mb"}, {"maxmemory-policy", "allkeys-lru"}});
  fill(engine, 20'000, 500);
  const size_t limit = 4 * 1024 * 1024;
  EXPECT_LE(engine.engine().memory_limit.counted_bytes(), limit + 2'000);
  EXPECT_GT(engine.engine().memory_limit.counted_bytes(), limit * 9 / 10);
  const std::string stats = engine.run({"INFO", "stats"}).text;
  const uint64_t evicted = engine.engine().keyspace.stats().evicted_keys;
  EXPECT_EQ(evicted + engine.engine().keyspace.db(0).size(), 20'000U);
  EXPECT_NE(stats.find("\r\nevicted_keys:" + std::to_string(evicted) + "\r\n"), std::string::npos);
}

TEST(MemoryLimit, RefusesWhenNothingMayGo) {
  EngineFixture engine({{"maxmemory", "2mb"}, {"maxmemory-policy", "volatile-lru"}});
  const std::string value(500, 'v');
  std::string last;
  for (int i = 0; i < 10'000 && last != kRefused; ++i)
    last = engine.run({"SET", std::to_string(i), value}).to_string();
  EXPECT_EQ(last, kRefused);
  const size_t keys = engine.engine().keyspace.db(0).size();
  // Their deadlines take memory themselves, several kilobytes for the first one.
  for (int i = 0; i < 50; ++i) engine.text("EXPIRE " + std::to_string(i) + " 100");
  EXPECT_EQ(engine.run({"SET", "new", value}).to_string(), "+OK");
  EXPECT_LT(engine.engine().keyspace.db(0).size(), keys) << "some of them went";
  EXPECT_EQ(engine.text("GET 99").size(), value.size() + 2) << "others did not";
}

// Lowering the limit takes effect without any command, in slices.
TEST(MemoryLimit, IsWorkedOffBetweenCommands) {
  EngineFixture engine({{"maxmemory-policy", "allkeys-random"}});
  fill(engine, 10'000, 100);
  engine.text("CONFIG SET maxmemory 1mb");
  MemoryLimit& limit = engine.engine().memory_limit;
  ASSERT_TRUE(limit.has_more_to_evict());
  int steps = 0;
  for (; limit.has_more_to_evict(); ++steps) limit.evict_some();
  EXPECT_GT(steps, 10);
  EXPECT_LE(limit.counted_bytes(), size_t{1} << 20);
}

// A large key that goes is freed in slices: what it leaves behind is no reason to evict more keys.
TEST(MemoryLimit, WhatIsAboutToBeFreedDoesNotCount) {
  EngineFixture engine({{"maxmemory-policy", "volatile-lru"}});
  for (int i = 0; i < 200'000; ++i) engine.run({"RPUSH", "list", "element of the list"});
  engine.text("EXPIRE list 1000");
  fill(engine, 2'000, 500);
  engine.text("CONFIG SET maxmemory " + limit_below_use(engine));
  EXPECT_EQ(engine.text("SET one more"), "+OK");
  EXPECT_EQ(engine.text("EXISTS list"), ":0");
  EXPECT_EQ(engine.engine().keyspace.stats().evicted_keys, 1U);
}

TEST(MemoryLimit, EvictionsDirtyWatchesAndAreTold) {
  EngineFixture engine({{"maxmemory-policy", "allkeys-random"}, {"notify-keyspace-events", "Ke"}});
  engine.text("SET k v");
  engine.text("PSUBSCRIBE __key*", 1);
  engine.text("WATCH k");
  engine.text("MULTI");
  engine.text("CONFIG SET maxmemory 1", 2);
  engine.text("PING", 2);
  EXPECT_EQ(engine.told(1),
            (std::vector<std::string>{"*[\"pmessage\", \"__key*\", \"__keyspace@0__:k\", \"evicted\"]"}));
  EXPECT_EQ(engine.text("EXEC"), "*nil");
}

TEST(MemoryLimit, OutputAndQueuedCommandsCount) {
  EngineFixture engine;
  const MemoryLimit& limit = engine.engine().memory_limit;
  engine.text("MULTI");
  const size_t before = limit.counted_bytes();
  engine.run({"SET", "k", std::string(1'000'000, 'v')});
  EXPECT_GE(limit.counted_bytes(), before + 1'000'000);
  engine.text("DISCARD");
  EXPECT_LT(limit.counted_bytes(), before + 1'000);
}

TEST(MemoryLimit, MayBeAPercentage) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CONFIG SET maxmemory 50%"), "+OK");
  const uint64_t half = engine.engine().settings().maxmemory;
  EXPECT_GT(half, 1'000'000U);
  engine.text("CONFIG SET maxmemory 25%");
  EXPECT_NEAR(static_cast<double>(engine.engine().settings().maxmemory), static_cast<double>(half) / 2, 100);
  for (const char* wrong : {"0%", "101%", "-1%", "1.5%", "%", "x%", "-1", "x"})
    EXPECT_EQ(engine.run({"CONFIG", "SET", "maxmemory", wrong}).type, '-') << wrong;
}

}  // namespace
}  // namespace aerie

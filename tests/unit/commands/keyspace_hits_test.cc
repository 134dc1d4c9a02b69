// SPDX-License-Identifier: BSD-3-Clause
//
// INFO's keyspace_hits and keyspace_misses: which commands count, and what they count. The figures are those
// that redis-server 7.0.15 shows for the same keys: k and n exist, t has a deadline, m and z are missing.
#include <gtest/gtest.h>

#include <string>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

struct Count {
  const char* request;
  uint64_t hits;
  uint64_t misses;
};

constexpr Count kCounts[] = {
    {"get k", 1, 0},
    {"get m", 0, 1},
    {"set k v", 0, 0},
    {"set m v", 0, 0},
    {"set k v nx", 0, 0},
    {"set m v xx", 0, 0},
    {"set k v get", 1, 0},
    {"set m v get", 0, 1},
    {"getset k v", 1, 0},
    {"getset m v", 0, 1},
    {"getdel k", 1, 0},
    {"getdel m", 0, 1},
    {"getex k", 1, 0},
    {"getex m", 0, 1},
    {"getex k ex 100", 1, 0},
    {"setnx k v", 0, 0},
    {"setex k 10 v", 0, 0},
    {"mset k v m v", 0, 0},
    {"msetnx k v", 0, 0},
    {"mget k m", 1, 1},
    {"append k v", 0, 0},
    {"append m v", 0, 0},
    {"strlen k", 1, 0},
    {"strlen m", 0, 1},
    {"incr n", 0, 0},
    {"incr m", 0, 0},
    {"incrbyfloat n 1", 0, 0},
    {"getrange k 0 1", 1, 0},
    {"getrange m 0 1", 0, 1},
    {"setrange k 0 x", 0, 0},
    {"lcs k n", 2, 0},
    {"lcs k m", 1, 1},
    {"del k", 0, 0},
    {"del m", 0, 0},
    {"unlink k", 0, 0},
    {"exists k", 1, 0},
    {"exists m", 0, 1},
    {"exists k m k", 2, 1},
    {"type k", 1, 0},
    {"type m", 0, 1},
    {"rename k z", 0, 0},
    {"rename m z", 0, 0},
    {"renamenx k z", 0, 0},
    {"renamenx k n", 0, 0},
    {"copy k z", 1, 0},
    {"copy m z", 0, 1},
    {"copy k n", 1, 0},
    {"copy k n replace", 1, 0},
    {"move k 3", 0, 0},
    {"move m 3", 0, 0},
    {"touch k", 1, 0},
    {"touch m", 0, 1},
    {"touch k m", 1, 1},
    {"expire k 10", 0, 0},
    {"expire m 10", 0, 0},
    {"ttl k", 1, 0},
    {"ttl m", 0, 1},
    {"pttl k", 1, 0},
    {"expiretime k", 1, 0},
    {"pexpiretime m", 0, 1},
    {"persist k", 0, 0},
    {"persist m", 0, 0},
    {"persist t", 0, 0},
    {"object encoding k", 1, 0},
    {"object encoding m", 0, 1},
    {"object idletime k", 1, 0},
    {"expire t 100 gt", 0, 0},
    {"getex t persist", 1, 0},
    {"substr k 0 1", 1, 0},
    {"psetex k 10 v", 0, 0},
    {"incrby m 3", 0, 0},
    {"decr k", 0, 0},
};

TEST(KeyspaceHits, AreCountedAsRedisDoes) {
  for (const Count& count : kCounts) {
    EngineFixture e;
    e.text("SET k v");
    e.text("SET n 5");
    e.text("SET t x EX 100");
    e.engine().keyspace.stats() = {};
    e.text(count.request);
    EXPECT_EQ(e.engine().keyspace.stats().hits, count.hits) << count.request;
    EXPECT_EQ(e.engine().keyspace.stats().misses, count.misses) << count.request;
  }
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory-clients in process: who is closed, in which order, and that the sum stays right whatever clients
// do.
#include "aerie/engine/client_eviction.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "aerie/engine/client_line.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

// Makes the client hold about so many bytes.
void hold(EngineFixture& engine, size_t client, size_t bytes) {
  engine.text("MULTI", client);
  engine.run({"SET", "k", std::string(bytes, 'x')}, client);
}

TEST(ClientEviction, IsOffByDefault) {
  EngineFixture engine;
  hold(engine, 1, 10'000'000);
  EXPECT_FALSE(engine.engine().client_eviction.is_over());
}

TEST(ClientEviction, WhoTakesMostGoesFirst) {
  // All of them take more, four of them less, also when a queued argument has room for more than it needs.
  EngineFixture engine({{"maxmemory-clients", "1400000"}});
  for (size_t client = 1; client <= 5; ++client) hold(engine, client, client * 100'000);
  ClientEviction& eviction = engine.engine().client_eviction;
  ASSERT_TRUE(eviction.is_over());
  eviction.evict_some(10);
  EXPECT_FALSE(eviction.is_over());
  for (size_t client = 1; client <= 4; ++client) EXPECT_FALSE(engine.session(client).close_now) << client;
  EXPECT_TRUE(engine.session(5).close_now);
  EXPECT_EQ(engine.engine().stats.evicted_clients, 1U);
}

TEST(ClientEviction, StopsAtItsBudget) {
  EngineFixture engine({{"maxmemory-clients", "200000"}});
  for (size_t client = 1; client <= 8; ++client) hold(engine, client, 100'000);
  ClientEviction& eviction = engine.engine().client_eviction;
  eviction.evict_some(2);
  EXPECT_EQ(engine.engine().stats.evicted_clients, 2U);
  EXPECT_TRUE(eviction.is_over());
  while (eviction.is_over()) eviction.evict_some(2);
  EXPECT_EQ(engine.engine().stats.evicted_clients, 7U);
}

// Nobody is left who could be closed: it is not tried again and again.
TEST(ClientEviction, WhoSaidNoEvictStays) {
  EngineFixture engine({{"maxmemory-clients", "100000"}});
  engine.text("CLIENT NO-EVICT ON", 1);
  hold(engine, 1, 500'000);
  hold(engine, 2, 50'000);
  ClientEviction& eviction = engine.engine().client_eviction;
  ASSERT_TRUE(eviction.is_over());
  eviction.evict_some(10);
  EXPECT_FALSE(engine.session(1).close_now);
  EXPECT_TRUE(engine.session(2).close_now);
  EXPECT_FALSE(eviction.is_over());
  engine.text("CLIENT NO-EVICT OFF", 1);
  engine.run({"SET", "k", std::string(1'000, 'x')}, 1);
  EXPECT_TRUE(eviction.is_over()) << "something has changed";
}

TEST(ClientEviction, CountsWhatIsThereWhenItBegins) {
  EngineFixture engine;
  hold(engine, 1, 500'000);
  engine.text("CONFIG SET maxmemory-clients 100000");
  EXPECT_TRUE(engine.engine().client_eviction.is_over());
  engine.text("DISCARD", 1);
  EXPECT_FALSE(engine.engine().client_eviction.is_over());
}

// Whatever clients did, the sum is that of what CLIENT LIST shows: a limit of it is not exceeded, one byte
// less is.
void expect_sum(EngineFixture& engine) {
  ClientEviction& eviction = engine.engine().client_eviction;
  size_t sum = 0;
  engine.engine().sessions.for_each([&](const Session& session) {
    // As the write phase does behind what it sent.
    eviction.note(session);
    sum += client_memory(engine.engine(), session);
  });
  const auto is_over_at = [&](size_t limit) {
    const std::string text = std::to_string(limit);
    const Config::Pair pairs[] = {{"maxmemory-clients", text}};
    EXPECT_FALSE(engine.engine().config.set(pairs));
    return eviction.is_over();
  };
  EXPECT_FALSE(is_over_at(sum));
  EXPECT_TRUE(is_over_at(sum - 1));
  EXPECT_FALSE(is_over_at(size_t{1} << 30));
}

TEST(ClientEviction, CountsClientsAsClientListDoes) {
  EngineFixture engine({{"maxmemory-clients", "1gb"}});
  std::mt19937_64 random(11);
  for (int step = 0; step < 3'000; ++step) {
    const size_t client = 1 + random() % 6;
    switch (random() % 6) {
      case 0:
        engine.run_raw({"MULTI"}, client);
        break;
      case 1:
        engine.run_raw({"SET", "k", std::string(random() % 20'000, 'x')}, client);
        break;
      case 2:
        engine.run_raw({"DISCARD"}, client);
        break;
      case 3:
        engine.run_raw({"SUBSCRIBE", "c" + std::to_string(random() % 50)}, client);
        break;
      case 4:
        engine.run_raw({"RESET"}, client);
        break;
      case 5:
        engine.session(client);
        engine.disconnect(client);
        break;
    }
    if (engine.engine().sessions.size() > 0) expect_sum(engine);
    ASSERT_FALSE(testing::Test::HasFailure()) << step;
  }
}

}  // namespace
}  // namespace aerie

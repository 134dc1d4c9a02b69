// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of clients that wait, where there are very many of them or very much is asked for: what
// a SWAPDB leaves for later, limits of output, and what is kept of clients that went.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/engine/block_registry.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

// Client 1 waits for very many keys, client 2 for "last"; then a database with a list of this name takes the
// place of theirs.
class LongSwap : public ::testing::Test {
 protected:
  static constexpr size_t kMany = 5'000;

  void SetUp() override {
    std::vector<std::string> words{"BLPOP"};
    for (size_t i = 0; i < kMany; ++i) words.push_back("k" + std::to_string(i));
    words.emplace_back("0");
    const std::vector<std::string_view> views(words.begin(), words.end());
    EXPECT_EQ(e.run_raw(views, 1), "");
    EXPECT_EQ(e.run_raw({"BLPOP", "last", "0"}, 2), "");
    e.text("SELECT 1");
    e.text("RPUSH last a b");
    EXPECT_EQ(e.text("SWAPDB 0 1"), "+OK");
    EXPECT_TRUE(e.engine().executor.is_looking_through());
    e.text("SELECT 0");
  }
  void TearDown() override {
    for (size_t client = 1; client < 5; ++client) e.disconnect(client);
    while (e.engine().free_some(1'000)) {
    }
    e.advance_ms(1);
    EXPECT_EQ(e.engine().blocked.keys(), 0u);
    EXPECT_FALSE(e.engine().executor.is_looking_through());
  }
  Lines told(size_t client) { return e.told(client); }

  EngineFixture e;
};

TEST_F(LongSwap, IsDoneInSlices) {
  EXPECT_EQ(told(2), Lines{});
  size_t slices = 0;
  while (e.engine().executor.look_through(100)) ++slices;
  EXPECT_GE(slices, (kMany - 1'024) / 100);
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, WhoAsksForAKeyComesBehindThoseWhoWaitForIt) {
  EXPECT_EQ(e.text("BLPOP last 0", 3), "*[\"last\", \"b\"]");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, SoDoesATransaction) {
  e.text("MULTI", 3);
  e.text("LRANGE last 0 -1", 3);
  EXPECT_EQ(told(2), Lines{});
  EXPECT_EQ(e.text("EXEC", 3), "*[*[\"b\"]]");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, APushServesAtOnce) {
  EXPECT_EQ(e.text("RPUSH last c"), ":2");
  EXPECT_EQ(told(2), Lines{"*[\"last\", \"a\"]"});
}

TEST_F(LongSwap, BackAgainServesNobody) {
  e.text("SWAPDB 0 1");
  e.advance_ms(1);
  EXPECT_EQ(told(2), Lines{});
  EXPECT_EQ(e.engine().blocked.waiters(), 2u);
}

// The reply goes beyond what a client may leave unread: it is cut off, so the client has to go.
TEST(ExecutorBlocking, AnElementTooLargeForTheOutputOfAWokenClientClosesIt) {
  EngineFixture e;
  e.engine().executor.set_output_limit(1);
  EXPECT_EQ(e.run_raw({"BLPOP", "k", "0"}, 1), "");
  const std::string large(3 * Executor::kOutputHighWater, 'x');
  EXPECT_EQ(e.run_raw({"RPUSH", "k", large}), ":1\r\n");
  EXPECT_TRUE(e.session(1).close_now);
}

TEST(ExecutorBlocking, ClientsThatGoDuringAPauseLeaveNothingBehind) {
  EngineFixture e;
  e.text("CLIENT PAUSE 1000000 WRITE");
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(e.run_raw({"SET", "k", std::to_string(i)}, 1'000 + i), "");
  for (size_t i = 0; i < 20'000; ++i) {
    EXPECT_EQ(e.run_raw({"SET", "k", "v"}, 1), "");
    e.disconnect(1);
  }
  EXPECT_LT(e.engine().executor.held_back(), 5'000u);
  EXPECT_EQ(e.text("CLIENT UNPAUSE"), "+OK");
  for (size_t i = 0; i < 10; ++i) EXPECT_FALSE(e.session(1'000 + i).postponed);
}

TEST(ExecutorBlocking, MemoryOfWhoWaitsIsCounted) {
  EngineFixture e;
  const auto figure = [&](std::string_view name) {
    const std::string info = e.run({"INFO", "memory"}).text;
    const size_t at = info.find("\n" + std::string(name) + ":");
    return std::stoull(info.substr(at + name.size() + 2));
  };
  const uint64_t before = figure("mem_clients_normal");
  std::vector<std::string> words{"BLPOP"};
  const std::string name(100, 'k');
  for (int i = 0; i < 1'000; ++i) words.push_back(name + std::to_string(i));
  words.emplace_back("0");
  const std::vector<std::string_view> views(words.begin(), words.end());
  EXPECT_EQ(e.run_raw(views, 1), "");
  // Each name twice: in the arguments, and in its queue.
  EXPECT_GT(figure("mem_clients_normal") - before, 1'000u * (2 * 100 + 32 + 64));
  EXPECT_EQ(figure("lazyfree_pending_bytes"), 0u);
  e.text("CLIENT UNBLOCK " + std::to_string(e.session(1).id));
  EXPECT_GT(figure("lazyfree_pending_bytes"), 1'000u * (100 + 32));
  while (e.engine().free_some(1'000)) {
  }
  EXPECT_EQ(figure("lazyfree_pending_bytes"), 0u);
  EXPECT_LT(figure("mem_clients_normal") - before, 2'000u);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// TurnBuffer, OutputQueue and OutputPool: order, accounting, what settling leaves behind, memory given back.
// The writer is the only way to fill slices, so it takes part; its own replies are tested in
// reply_writer_test.cc. The model test compares random turns with plain strings.
#include "aerie/resp/output_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "aerie/resp/reply_writer.h"
#include "unit/resp/output_support.h"

namespace aerie {
namespace {

using wire::take;
using wire::take_all;

// Everything a turn needs, and sessions that are one pointer each.
struct World {
  TurnBuffer turn;
  OutputPool pool;
  ReplyWriter writer{&turn, &pool};
  std::vector<OutputQueue*> clients;

  explicit World(size_t count) : clients(count, nullptr) {}
  ~World() {
    for (OutputQueue* queue : clients) pool.give_back(queue);
  }
  void write(size_t client, std::string_view bytes) {
    writer.attach(&clients[client], 2);
    writer.raw(bytes);
    writer.detach();
  }
  void end_turn() {
    for (OutputQueue*& queue : clients) {
      if (queue == nullptr) continue;
      queue->settle(&turn);
      if (!queue->empty()) continue;
      pool.give_back(queue);
      queue = nullptr;
    }
    turn.reset();
  }
};

TEST(OutputQueue, SlicesOfOneClientJoin) {
  World world(1);
  world.write(0, "+a\r\n");
  world.write(0, "+b\r\n");
  struct iovec pieces[4];
  ASSERT_EQ(world.clients[0]->gather(pieces, 4), 1);
  EXPECT_EQ(pieces[0].iov_len, 8u);
  EXPECT_EQ(world.clients[0]->block_bytes(), 0u);
  EXPECT_EQ(take_all(world.clients[0]), "+a\r\n+b\r\n");
  EXPECT_TRUE(world.clients[0]->empty());
}

TEST(OutputQueue, NothingWrittenBorrowsNothing) {
  World world(1);
  world.writer.attach(&world.clients[0], 2);
  world.writer.detach();
  EXPECT_EQ(world.clients[0], nullptr);
  EXPECT_EQ(world.pool.lent(), 0u);
}

TEST(OutputQueue, ClientsShareTheTurnBuffer) {
  World world(2);
  world.write(0, "a1");
  world.write(1, "b1");
  world.write(0, "a2");
  EXPECT_EQ(world.turn.memory_bytes(), TurnBuffer::kChunkBytes + sizeof(OutputBlock));
  EXPECT_EQ(take_all(world.clients[0]), "a1a2");
  EXPECT_EQ(take_all(world.clients[1]), "b1");
  world.end_turn();
  EXPECT_EQ(world.pool.lent(), 0u);
}

TEST(OutputQueue, SettledBytesSurviveTheNextTurn) {
  World world(2);
  world.write(0, "hello");
  world.write(1, "other");
  EXPECT_EQ(take(world.clients[0], 2), "he");
  EXPECT_EQ(take(world.clients[1], 5), "other");
  world.end_turn();
  EXPECT_EQ(world.clients[1], nullptr);
  ASSERT_NE(world.clients[0], nullptr);
  EXPECT_GT(world.clients[0]->block_bytes(), 0u);
  world.write(1, std::string(60000, 'x'));
  world.write(0, " world");
  EXPECT_EQ(world.clients[0]->pending_bytes(), 9u);
  EXPECT_EQ(take_all(world.clients[0]), "llo world");
  EXPECT_EQ(world.clients[0]->block_bytes(), 0u);
}

TEST(OutputQueue, LaterOutputFillsTheLastBlock) {
  World world(1);
  for (int i = 0; i < 100; ++i) {
    world.write(0, "0123456789");
    world.end_turn();
  }
  EXPECT_EQ(world.clients[0]->pending_bytes(), 1000u);
  EXPECT_LE(world.clients[0]->block_bytes(), 4096u);
  for (int i = 0; i < 10000; ++i) {
    world.write(0, "0123456789");
    if (i % 100 == 0) world.end_turn();
  }
  world.end_turn();
  EXPECT_LE(world.clients[0]->block_bytes(), 101000u + 2 * OutputQueue::kMaxBlockBytes);
  EXPECT_EQ(take_all(world.clients[0]).size(), 101000u);
}

TEST(OutputQueue, WholeChunksAreTakenOverNotCopied) {
  World world(1);
  std::string expected;
  for (int i = 0; i < 400; ++i) {
    const std::string part(1000, static_cast<char>('a' + i % 26));
    world.write(0, part);
    expected += part;
  }
  const size_t before = world.turn.memory_bytes();
  world.end_turn();
  EXPECT_LT(world.turn.memory_bytes(), before / 2);
  EXPECT_GE(world.clients[0]->block_bytes(), expected.size());
  EXPECT_LE(world.clients[0]->block_bytes(), expected.size() + 100000);
  EXPECT_EQ(take_all(world.clients[0]), expected);
}

TEST(OutputQueue, ChunksSharedByClientsAreCopied) {
  World world(2);
  std::string expected[2];
  for (int i = 0; i < 300; ++i) {
    const size_t client = i % 7 == 0 ? 1 : 0;
    const std::string part(2000, static_cast<char>('a' + i % 26));
    world.write(client, part);
    expected[client] += part;
  }
  world.end_turn();
  for (size_t client = 0; client < 2; ++client) EXPECT_EQ(take_all(world.clients[client]), expected[client]);
}

TEST(OutputQueue, LargeBulksAreCopiedOnceIntoTheirOwnBlock) {
  World world(1);
  const std::string body(100000, 'b');
  world.writer.attach(&world.clients[0], 2);
  world.writer.bulk(body);
  world.writer.ok();
  world.writer.detach();
  struct iovec pieces[8];
  ASSERT_EQ(world.clients[0]->gather(pieces, 8), 3);
  const void* place = pieces[1].iov_base;
  EXPECT_EQ(pieces[1].iov_len, body.size());
  world.end_turn();
  // The header moved; the body did not; what follows it lies behind it.
  ASSERT_EQ(world.clients[0]->gather(pieces, 8), 2);
  EXPECT_EQ(pieces[1].iov_base, place);
  EXPECT_EQ(take_all(world.clients[0]), "$100000\r\n" + body + "\r\n+OK\r\n");
}

TEST(OutputQueue, ConsumedBlocksAreFreedOnTheWay) {
  World world(1);
  for (int i = 0; i < 50; ++i) {
    world.writer.attach(&world.clients[0], 2);
    world.writer.bulk(std::string(20000, 'x'));
    world.writer.detach();
  }
  world.end_turn();
  OutputQueue* queue = world.clients[0];
  size_t before = queue->block_bytes();
  EXPECT_LE(before, queue->pending_bytes() + 50 * 512);
  while (!queue->empty()) {
    take(queue, 30000);
    EXPECT_LT(queue->block_bytes(), before);
    before = queue->block_bytes();
  }
  EXPECT_EQ(queue->block_bytes(), 0u);
}

TEST(OutputQueue, AppendAndClear) {
  OutputQueue queue;
  queue.append("");
  EXPECT_TRUE(queue.empty());
  queue.append("abc");
  EXPECT_LE(queue.block_bytes(), 3 + sizeof(OutputBlock)) << "the first block is as large as it must be";
  queue.append("def");
  queue.append("ghi");
  struct iovec pieces[3];
  ASSERT_EQ(queue.gather(pieces, 3), 2) << "the second one has room";
  EXPECT_EQ(pieces[0].iov_len + pieces[1].iov_len, 9u);
  EXPECT_EQ(queue.pending_bytes(), 9u);
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.block_bytes(), 0u);
  EXPECT_EQ(queue.gather(pieces, 3), 0);
}

TEST(TurnBuffer, BurstMemoryIsGivenBack) {
  World world(1);
  const size_t chunk = TurnBuffer::kChunkBytes + sizeof(OutputBlock);
  const std::string part(15000, 'x');
  for (int i = 0; i < 1000; ++i) world.write(0, part);
  EXPECT_GT(world.turn.memory_bytes(), 200 * chunk);
  take_all(world.clients[0]);
  world.end_turn();
  EXPECT_LE(world.turn.memory_bytes(), 16 * chunk);
  for (int i = 0; i < 64 * 16; ++i) {
    world.write(0, "+OK\r\n");
    take_all(world.clients[0]);
    world.end_turn();
  }
  EXPECT_EQ(world.turn.memory_bytes(), chunk);
}

TEST(OutputPool, ReusesQueues) {
  OutputPool pool;
  OutputQueue* first = pool.borrow();
  first->append("left over");
  EXPECT_EQ(pool.lent(), 1u);
  pool.give_back(first);
  pool.give_back(nullptr);
  EXPECT_EQ(pool.lent(), 0u);
  OutputQueue* second = pool.borrow();
  EXPECT_EQ(second, first);
  EXPECT_TRUE(second->empty());
  pool.give_back(second);
}

TEST(OutputPool, FreesMuchInSlices) {
  OutputPool pool;
  EXPECT_FALSE(pool.free_some());
  OutputQueue* many = pool.borrow();
  for (int i = 0; i < 1000; ++i) many->append(std::string(10'000, 'm'));
  OutputQueue* large = pool.borrow();
  large->append(std::string(10'000'000, 'l'));
  pool.give_back(many);
  pool.give_back(large);
  EXPECT_EQ(pool.lent(), 0u);
  int slices = 1;
  EXPECT_GE(pool.bytes_to_be_freed(), 20'000'000u);
  for (size_t left = pool.bytes_to_be_freed(); pool.free_some(); ++slices) {
    ASSERT_LE(pool.bytes_to_be_freed(), left);
    left = pool.bytes_to_be_freed();
  }
  EXPECT_EQ(pool.bytes_to_be_freed(), 0u);
  // 20 MB in slices of 256 KiB.
  EXPECT_GT(slices, 70);
  EXPECT_LT(slices, 90);
}

// The pages of a large block go while it is sent; what is left of it stays as it was.
TEST(OutputQueue, LargeBlockSentInPieces) {
  OutputQueue queue;
  std::string body(3'000'000, 'a');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
  queue.append(body);
  std::string got;
  for (size_t step = 1; !queue.empty(); step = step * 3 % 70'001 + 1) got += take(&queue, step);
  EXPECT_TRUE(got == body);
}

// Random clients, sizes, partial sends and turns against plain strings.
TEST(OutputQueue, Model) {
  constexpr size_t kClients = 5;
  World world(kClients);
  std::string expected[kClients];
  std::mt19937 random(12345);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  for (int step = 0; step < 20000; ++step) {
    const size_t client = below(kClients);
    if (below(3) != 0) {
      const size_t size = below(20) == 0 ? below(70000) : below(300);
      const std::string body(size, static_cast<char>('a' + below(26)));
      world.writer.attach(&world.clients[client], 2);
      world.writer.bulk(body);
      world.writer.detach();
      expected[client].append("$").append(std::to_string(size)).append("\r\n").append(body).append("\r\n");
    } else if (world.clients[client] != nullptr) {
      const std::string taken = take(world.clients[client], below(40000));
      ASSERT_EQ(taken, expected[client].substr(0, taken.size()));
      expected[client].erase(0, taken.size());
    }
    if (below(20) == 0) world.end_turn();
    for (size_t i = 0; i < kClients; ++i) {
      const size_t pending = world.clients[i] == nullptr ? 0 : world.clients[i]->pending_bytes();
      ASSERT_EQ(pending, expected[i].size());
    }
  }
  for (size_t i = 0; i < kClients; ++i) EXPECT_EQ(take_all(world.clients[i]), expected[i]);
}

// The marked place stays until what was in front of it is sent.
TEST(OutputQueue, APlaceMayBeMarked) {
  OutputQueue queue;
  EXPECT_FALSE(queue.is_marked());
  queue.append(std::string(100, 'a'));
  queue.mark();
  queue.append(std::string(100, 'b'));
  queue.consume(99);
  EXPECT_TRUE(queue.is_marked());
  queue.consume(2);
  EXPECT_FALSE(queue.is_marked());
  queue.mark();
  queue.consume(99);
  EXPECT_FALSE(queue.is_marked());
  queue.mark();
  EXPECT_FALSE(queue.is_marked());  // in front of it there is nothing
  queue.append("c");
  queue.mark();
  queue.clear();
  EXPECT_FALSE(queue.is_marked());
}

}  // namespace
}  // namespace aerie

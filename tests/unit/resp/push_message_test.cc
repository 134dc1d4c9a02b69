// SPDX-License-Identifier: BSD-3-Clause
//
// Messages that many clients are told: their bytes in both protocols, that queues share them, what settling
// makes of them, and that a queue of slices, own blocks and shared ones stays in order whatever the kernel
// takes.
#include "aerie/resp/push_message.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "aerie/resp/output_queue.h"
#include "aerie/resp/reply_writer.h"
#include "unit/resp/output_support.h"

namespace aerie {
namespace {

using wire::take;
using wire::take_all;

PushMessage message_of(std::string_view text, uint8_t protocol = 2) {
  const std::string_view parts[] = {"message", "c", text};
  return PushMessage(protocol, parts);
}

std::string bytes_of(std::string_view text) {
  return "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$" + std::to_string(text.size()) + "\r\n" + std::string(text) +
         "\r\n";
}

TEST(PushMessage, IsAnArrayOrAPush) {
  OutputQueue queue;
  message_of("hi").append_to(queue);
  EXPECT_EQ(take_all(&queue), "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n");
  message_of("", 3).append_to(queue);
  EXPECT_EQ(take_all(&queue), ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$0\r\n\r\n");
  const std::string long_text(100'000, 'x');
  const PushMessage message = message_of(long_text);
  message.append_to(queue);
  EXPECT_EQ(queue.pending_bytes(), message.size());
  EXPECT_EQ(take_all(&queue), bytes_of(long_text));
}

TEST(PushMessage, OrALineOfText) {
  OutputQueue queue;
  PushMessage::status("1.5 [0 ?:0] \"PING\"").append_to(queue);
  EXPECT_EQ(take_all(&queue), "+1.5 [0 ?:0] \"PING\"\r\n");
}

TEST(PushMessage, MayEndWithSomethingThatIsEncoded) {
  OutputQueue queue;
  const std::string_view parts[] = {"invalidate"};
  PushMessage(3, parts, "*1\r\n$1\r\nk\r\n").append_to(queue);
  PushMessage(2, parts, ":7\r\n").append_to(queue);
  EXPECT_EQ(take_all(&queue),
            ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n*2\r\n$10\r\ninvalidate\r\n:7\r\n");
  PushInBoth both;
  const auto encode = [&](uint8_t protocol) { return PushMessage(protocol, parts); };
  EXPECT_EQ(both.bytes(), 0u);
  const size_t size = both.in(3, encode).size();
  EXPECT_EQ(both.bytes(), size);
  EXPECT_EQ(&both.in(3, encode), &both.in(3, encode));
  both.in(2, encode).append_to(queue);
  EXPECT_EQ(both.bytes(), 2 * size);
  EXPECT_EQ(take_all(&queue), "*1\r\n$10\r\ninvalidate\r\n");
}

TEST(PushMessage, IsSharedByItsQueuesAndOutlivedByThem) {
  std::vector<OutputQueue> queues(3);
  {
    const PushMessage message = message_of(std::string(1'000, 'm'));
    for (OutputQueue& queue : queues) message.append_to(queue);
    const PushMessage copy(message);
    copy.append_to(queues[0]);
  }
  struct iovec first;
  struct iovec second;
  ASSERT_EQ(queues[0].gather(&first, 1), 1);
  ASSERT_EQ(queues[1].gather(&second, 1), 1);
  EXPECT_EQ(first.iov_base, second.iov_base);
  EXPECT_EQ(queues[0].block_bytes(), 2 * queues[1].block_bytes());
  queues[1].clear();
  EXPECT_EQ(queues[1].block_bytes(), 0u);
  const std::string bytes = bytes_of(std::string(1'000, 'm'));
  EXPECT_EQ(take_all(&queues[0]), bytes + bytes);
  EXPECT_EQ(take(&queues[2], 10), bytes.substr(0, 10));
  EXPECT_EQ(take_all(&queues[2]), bytes.substr(10));
}

TEST(PushMessage, IsCountedOnceWhileAnybodyHoldsIt) {
  const size_t before = OutputBlock::shared_bytes_alive();
  std::vector<OutputQueue> queues(3);
  size_t bytes = 0;
  {
    const PushMessage message = message_of(std::string(1'000, 'm'));
    bytes = message.memory_bytes();
    EXPECT_EQ(OutputBlock::shared_bytes_alive(), before + bytes);
    PushMessage copy(message);
    const PushMessage moved(std::move(copy));
    for (OutputQueue& queue : queues) moved.append_to(queue);
  }
  EXPECT_EQ(OutputBlock::shared_bytes_alive(), before + bytes);
  EXPECT_EQ(queues[0].own_memory_bytes(), queues[0].memory_bytes() - bytes);
  for (OutputQueue& queue : queues) queue.clear();
  EXPECT_EQ(OutputBlock::shared_bytes_alive(), before);
}

TEST(PushMessage, SmallOnesAreCopiedWhenTheyMustWait) {
  TurnBuffer turn;
  OutputQueue queue;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    message_of("small").append_to(queue);
    expected += bytes_of("small");
  }
  struct iovec pieces[100];
  EXPECT_EQ(queue.gather(pieces, 100), 100);
  queue.settle_unsent(&turn);
  EXPECT_LE(queue.gather(pieces, 100), 4);
  EXPECT_LE(queue.memory_bytes(), 3 * expected.size());
  EXPECT_EQ(take_all(&queue), expected);
}

TEST(PushMessage, LargeOnesStaySharedWhenTheyMustWait) {
  TurnBuffer turn;
  OutputQueue one;
  OutputQueue two;
  const PushMessage message = message_of(std::string(OutputQueue::kMaxCopiedPush, 'l'));
  for (OutputQueue* queue : {&one, &two}) {
    message.append_to(*queue);
    queue->settle_unsent(&turn);
  }
  struct iovec first;
  struct iovec second;
  ASSERT_EQ(one.gather(&first, 1), 1);
  ASSERT_EQ(two.gather(&second, 1), 1);
  EXPECT_EQ(first.iov_base, second.iov_base);
}

// A client that reads slowly is told more and more, and settled each time: time would tell if all was looked
// at anew.
TEST(PushMessage, SettlingLooksOnlyAtWhatIsNew) {
  TurnBuffer turn;
  OutputQueue queue;
  const PushMessage large = message_of(std::string(1'000, 'l'));
  const PushMessage small = message_of("s");
  constexpr size_t kRounds = 200'000;
  for (size_t i = 0; i < kRounds; ++i) {
    (i % 2 == 0 ? large : small).append_to(queue);
    queue.settle_unsent(&turn);
  }
  EXPECT_EQ(queue.pending_bytes(), kRounds / 2 * (large.size() + small.size()));
  EXPECT_EQ(take(&queue, large.size() + small.size()), bytes_of(std::string(1'000, 'l')) + bytes_of("s"));
}

TEST(PushMessage, MixesWithRepliesInOrder) {
  std::mt19937 random(20261128);
  TurnBuffer turn;
  OutputPool pool;
  ReplyWriter writer(&turn, &pool);
  OutputQueue* queue = nullptr;
  std::string expected;
  for (int step = 0; step < 20'000; ++step) {
    const std::string text(random() % 8 == 0 ? random() % 40'000 : random() % 300,
                           static_cast<char>('a' + step % 26));
    switch (random() % 4) {
      case 0:
        if (queue == nullptr) queue = pool.borrow();
        message_of(text).append_to(*queue);
        expected += bytes_of(text);
        break;
      case 1:
        writer.attach(&queue, 2);
        writer.bulk(text);
        writer.detach();
        expected += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        break;
      case 2:
        if (queue == nullptr) break;
        {
          const std::string taken = take(queue, random() % 30'000);
          ASSERT_EQ(taken, expected.substr(0, taken.size()));
          expected.erase(0, taken.size());
        }
        break;
      default:
        if (queue != nullptr) random() % 2 == 0 ? queue->settle(&turn) : queue->settle_unsent(&turn);
        turn.reset();
    }
    ASSERT_EQ(queue == nullptr ? 0 : queue->pending_bytes(), expected.size());
  }
  EXPECT_EQ(take_all(queue), expected);
  pool.give_back(queue);
}

}  // namespace
}  // namespace aerie

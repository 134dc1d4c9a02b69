// SPDX-License-Identifier: BSD-3-Clause
//
// ReplyWriter: the bytes of every reply in both protocols, deferred headers, muting, errors and their codes,
// and what happens at the end of a chunk.
#include "aerie/resp/reply_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "aerie/resp/reply_parser.h"
#include "unit/resp/output_support.h"

namespace aerie {
namespace {

class ReplyWriterTest : public ::testing::Test {
 protected:
  ~ReplyWriterTest() override {
    pool_.give_back(queue_);
    pool_.give_back(other_);
  }
  // What `write` leaves in the queue.
  std::string bytes(uint8_t protocol, const std::function<void(ReplyWriter&)>& write, bool muted = false) {
    writer_.attach(&queue_, protocol, muted);
    write(writer_);
    writer_.detach();
    return drain(&queue_);
  }
  static std::string drain(OutputQueue** queue) { return wire::take_all(*queue); }
  void check(const std::function<void(ReplyWriter&)>& write, const std::string& resp2,
             const std::string& resp3) {
    EXPECT_EQ(bytes(2, write), resp2);
    EXPECT_EQ(bytes(3, write), resp3);
  }
  void check(const std::function<void(ReplyWriter&)>& write, const std::string& both) {
    check(write, both, both);
  }

  TurnBuffer turn_;
  OutputPool pool_;
  OutputQueue* queue_ = nullptr;
  OutputQueue* other_ = nullptr;
  ReplyWriter writer_{&turn_, &pool_};
};

TEST_F(ReplyWriterTest, Values) {
  check([](ReplyWriter& w) { w.ok(); }, "+OK\r\n");
  check([](ReplyWriter& w) { w.pong(); }, "+PONG\r\n");
  check([](ReplyWriter& w) { w.queued(); }, "+QUEUED\r\n");
  check([](ReplyWriter& w) { w.simple("hello world"); }, "+hello world\r\n");
  check([](ReplyWriter& w) { w.bulk(""); }, "$0\r\n\r\n");
  check([](ReplyWriter& w) { w.bulk(std::string_view("a\0\r\n", 4)); }, std::string("$4\r\na\0\r\n\r\n", 10));
  check([](ReplyWriter& w) { w.null(); }, "$-1\r\n", "_\r\n");
  check([](ReplyWriter& w) { w.null_array(); }, "*-1\r\n", "_\r\n");
  check([](ReplyWriter& w) { w.boolean(true); }, ":1\r\n", "#t\r\n");
  check([](ReplyWriter& w) { w.boolean(false); }, ":0\r\n", "#f\r\n");
  check([](ReplyWriter& w) { w.big_number("12345678901234567890"); }, "$20\r\n12345678901234567890\r\n",
        "(12345678901234567890\r\n");
  check([](ReplyWriter& w) { w.verbatim("txt", "abc"); }, "$3\r\nabc\r\n", "=7\r\ntxt:abc\r\n");
  check([](ReplyWriter& w) { w.raw("+RAW\r\n"); }, "+RAW\r\n");
}

TEST_F(ReplyWriterTest, Integers) {
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{9}, int64_t{10}, int64_t{-1}, int64_t{99},
                              int64_t{100}, int64_t{123456789}, INT64_MAX, INT64_MIN}) {
    const std::string digits = std::to_string(value);
    check([=](ReplyWriter& w) { w.integer(value); }, std::string(":").append(digits).append("\r\n"));
    check(
        [=](ReplyWriter& w) { w.bulk_integer(value); },
        std::string("$").append(std::to_string(digits.size())).append("\r\n").append(digits).append("\r\n"));
  }
}

TEST_F(ReplyWriterTest, Reals) {
  const double infinity = std::numeric_limits<double>::infinity();
  check([](ReplyWriter& w) { w.real(3); }, "$1\r\n3\r\n", ",3\r\n");
  check([](ReplyWriter& w) { w.real(0.1); }, "$3\r\n0.1\r\n", ",0.1\r\n");
  check([](ReplyWriter& w) { w.real(-1.5); }, "$4\r\n-1.5\r\n", ",-1.5\r\n");
  check([=](ReplyWriter& w) { w.real(infinity); }, "$3\r\ninf\r\n", ",inf\r\n");
  check([=](ReplyWriter& w) { w.real(-infinity); }, "$4\r\n-inf\r\n", ",-inf\r\n");
  check([](ReplyWriter& w) { w.bulk_real(2.25); }, "$4\r\n2.25\r\n");
}

TEST_F(ReplyWriterTest, Headers) {
  check([](ReplyWriter& w) { w.array(0); }, "*0\r\n");
  check([](ReplyWriter& w) { w.array(12); }, "*12\r\n");
  check([](ReplyWriter& w) { w.array(1048576); }, "*1048576\r\n");
  check([](ReplyWriter& w) { w.map(3); }, "*6\r\n", "%3\r\n");
  check([](ReplyWriter& w) { w.set(99); }, "*99\r\n", "~99\r\n");
  check([](ReplyWriter& w) { w.push(100); }, "*100\r\n", ">100\r\n");
  EXPECT_EQ(bytes(3, [](ReplyWriter& w) { w.attribute(1); }), "|1\r\n");
}

TEST_F(ReplyWriterTest, BulksOfEverySizeAroundTheLimits) {
  for (const size_t size : {9u, 10u, 99u, 100u, 999u, 1000u, 16383u, 16384u, 65000u, 65536u, 200000u}) {
    const std::string body(size, 'x');
    const std::string expected =
        std::string("$").append(std::to_string(size)).append("\r\n").append(body) + "\r\n";
    check([&](ReplyWriter& w) { w.bulk(body); }, expected);
    EXPECT_EQ(bytes(3, [&](ReplyWriter& w) { w.verbatim("txt", body); }).size(),
              std::to_string(size + 4).size() + 3 + 4 + size + 2);
    EXPECT_EQ(bytes(2, [&](ReplyWriter& w) { w.simple(body); }).size(), size + 3);
  }
}

TEST_F(ReplyWriterTest, ErrorsAndTheirCodes) {
  writer_.attach(&queue_, 2);
  EXPECT_EQ(writer_.last_error_code(), "");
  writer_.error("ERR syntax error");
  EXPECT_EQ(writer_.last_error_code(), "ERR");
  writer_.error("WRONGTYPE Operation");
  EXPECT_EQ(writer_.last_error_code(), "WRONGTYPE");
  writer_.clear_last_error();
  EXPECT_EQ(writer_.last_error_code(), "");
  writer_.error("ERR a\r\nb\nc\r\n\r\n");
  writer_.error("ALONE");
  EXPECT_EQ(writer_.last_error_code(), "ERR");
  writer_.error("A_CODE_THAT_IS_LONGER_THAN_ANY_REAL_ONE text");
  EXPECT_EQ(writer_.last_error_code(), "ERR");
  EXPECT_EQ(writer_.error_count(), 5u);
  writer_.detach();
  EXPECT_EQ(drain(&queue_),
            "-ERR syntax error\r\n-WRONGTYPE Operation\r\n-ERR a  b c\r\n-ALONE\r\n"
            "-A_CODE_THAT_IS_LONGER_THAN_ANY_REAL_ONE text\r\n");
}

TEST_F(ReplyWriterTest, HugeErrorText) {
  std::string text("ERR ");
  text.append(300000, 'x').append("\n").append(10, 'y');
  const std::string reply = bytes(2, [&](ReplyWriter& w) { w.error(text); });
  EXPECT_EQ(reply.size(), text.size() + 3);
  EXPECT_EQ(reply.find('\n'), reply.size() - 1);
}

TEST_F(ReplyWriterTest, DeferredHeaders) {
  check(
      [](ReplyWriter& w) {
        w.ok();
        const DeferredReply reply = w.begin_deferred();
        for (int i = 0; i < 12; ++i) w.integer(i);
        w.end_deferred_array(reply, 12);
        w.ok();
      },
      "+OK\r\n*12\r\n:0\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:10\r\n:11\r\n+OK\r\n");
  check(
      [](ReplyWriter& w) {
        const DeferredReply reply = w.begin_deferred();
        w.end_deferred_array(reply, 0);
      },
      "*0\r\n");
  check(
      [](ReplyWriter& w) {
        const DeferredReply reply = w.begin_deferred();
        w.bulk("k");
        w.bulk("v");
        w.end_deferred_map(reply, 1);
      },
      "*2\r\n$1\r\nk\r\n$1\r\nv\r\n", "%1\r\n$1\r\nk\r\n$1\r\nv\r\n");
  check(
      [](ReplyWriter& w) {
        const DeferredReply reply = w.begin_deferred();
        w.bulk("m");
        w.end_deferred_set(reply, 1);
      },
      "*1\r\n$1\r\nm\r\n", "~1\r\n$1\r\nm\r\n");
}

TEST_F(ReplyWriterTest, NestedDeferredHeaders) {
  const std::string large(40000, 'L');
  const std::string reply = bytes(3, [&](ReplyWriter& w) {
    const DeferredReply outer = w.begin_deferred();
    const DeferredReply first = w.begin_deferred();
    w.end_deferred_array(first, 0);
    const DeferredReply second = w.begin_deferred();
    w.bulk(large);
    w.integer(7);
    w.end_deferred_array(second, 2);
    w.ok();
    w.end_deferred_array(outer, 3);
  });
  EXPECT_EQ(reply, "*3\r\n*0\r\n*2\r\n$40000\r\n" + large + "\r\n:7\r\n+OK\r\n");
}

TEST_F(ReplyWriterTest, DeferredHeaderFarFromItsEnd) {
  const std::string reply = bytes(2, [&](ReplyWriter& w) {
    const DeferredReply deferred = w.begin_deferred();
    for (int i = 0; i < 100000; ++i) w.bulk("0123456789");
    w.end_deferred_array(deferred, 100000);
  });
  EXPECT_EQ(reply.substr(0, 12), "*100000\r\n$10");
  EXPECT_EQ(reply.size(), 9u + 100000u * 17);
}

TEST_F(ReplyWriterTest, ExchangeInTheMiddleOfADeferredReply) {
  writer_.attach(&queue_, 2);
  const DeferredReply deferred = writer_.begin_deferred();
  writer_.integer(1);
  const ReplyTarget before = writer_.exchange({&other_, 3, false});
  writer_.push(1);
  writer_.bulk("for the other");
  writer_.exchange(before);
  EXPECT_EQ(writer_.protocol(), 2);
  writer_.integer(2);
  writer_.end_deferred_array(deferred, 2);
  writer_.detach();
  EXPECT_EQ(drain(&queue_), "*2\r\n:1\r\n:2\r\n");
  EXPECT_EQ(drain(&other_), ">1\r\n$13\r\nfor the other\r\n");
}

TEST_F(ReplyWriterTest, ExchangeFromAndToDetached) {
  const ReplyTarget none = writer_.exchange({&queue_, 2, false});
  writer_.ok();
  writer_.exchange(none);
  EXPECT_FALSE(writer_.attached());
  EXPECT_EQ(drain(&queue_), "+OK\r\n");
}

TEST_F(ReplyWriterTest, MutedWritesNothingAndBorrowsNothing) {
  const std::string large(100000, 'x');
  const size_t memory = turn_.memory_bytes();
  EXPECT_EQ(bytes(
                2,
                [&](ReplyWriter& w) {
                  w.ok();
                  w.bulk(large);
                  const DeferredReply deferred = w.begin_deferred();
                  for (int i = 0; i < 100000; ++i) w.bulk("0123456789");
                  w.end_deferred_array(deferred, 100000);
                  w.error("ERR no");
                },
                true),
            "");
  EXPECT_EQ(queue_, nullptr);
  EXPECT_EQ(writer_.bytes_written(), 0u);
  EXPECT_EQ(writer_.last_error_code(), "ERR");
  EXPECT_LE(turn_.memory_bytes(), memory + TurnBuffer::kChunkBytes + sizeof(OutputBlock));
}

TEST_F(ReplyWriterTest, MutingAndUnmuting) {
  EXPECT_EQ(bytes(3,
                  [](ReplyWriter& w) {
                    w.integer(1);
                    w.set_muted(true);
                    w.integer(2);
                    w.set_muted(false);
                    w.push(1);
                    w.integer(3);
                    w.set_muted(true);
                    w.integer(4);
                  }),
            ":1\r\n>1\r\n:3\r\n");
}

TEST_F(ReplyWriterTest, MutedInsideADeferredReply) {
  EXPECT_EQ(bytes(2,
                  [](ReplyWriter& w) {
                    const DeferredReply outer = w.begin_deferred();
                    w.integer(1);
                    w.set_muted(true);
                    const DeferredReply inner = w.begin_deferred();
                    w.integer(2);
                    w.end_deferred_array(inner, 1);
                    w.set_muted(false);
                    w.end_deferred_array(outer, 1);
                  }),
            "*1\r\n:1\r\n");
}

TEST_F(ReplyWriterTest, CountsBytesWritten) {
  const std::string large(50000, 'x');
  uint64_t total = 0;
  for (int i = 0; i < 50; ++i) {
    total += bytes(3, [&](ReplyWriter& w) {
               const DeferredReply deferred = w.begin_deferred();
               w.bulk(large);
               w.bulk("small");
               w.end_deferred_array(deferred, 2);
             }).size();
  }
  EXPECT_EQ(writer_.bytes_written(), total);
}

// Every reply across the end of a chunk, at every offset from it.
// Past the limit nothing more is written for this client, and everything for the next one.
TEST_F(ReplyWriterTest, CutShort) {
  constexpr size_t kMost = 200'000;
  for (const size_t body : {size_t{100}, OutputQueue::kLargeBulk}) {
    OutputQueue* queue = nullptr;
    writer_.attach({&queue, 2, false, kMost});
    const DeferredReply deferred = writer_.begin_deferred();
    size_t count = 0;
    for (; count * body < 10 * kMost; ++count) writer_.bulk(std::string(body, 'x'));
    writer_.end_deferred_array(deferred, count);
    writer_.detach();
    ASSERT_NE(queue, nullptr);
    EXPECT_TRUE(queue->is_cut_short());
    EXPECT_GE(queue->pending_bytes(), kMost);
    EXPECT_LT(queue->pending_bytes(), kMost + 2 * TurnBuffer::kChunkBytes);
    pool_.give_back(queue);
    queue = nullptr;
    writer_.attach({&queue, 2, false, kMost});
    writer_.bulk(std::string(kMost - OutputQueue::kLargeBulk, 'y'));
    writer_.detach();
    EXPECT_FALSE(queue->is_cut_short());
    pool_.give_back(queue);
    turn_.reset();
  }
}

// Neither a push nor another client in between brings it back.
TEST_F(ReplyWriterTest, CutShortStaysCutShort) {
  constexpr size_t kMost = 200'000;
  const std::string large(kMost, 'x');
  for (const bool muted : {false, true}) {
    OutputQueue* queue = nullptr;
    writer_.attach({&queue, 2, false, kMost});
    writer_.bulk(large);
    writer_.set_muted(muted);
    const size_t pending = queue->pending_bytes();
    for (int i = 0; i < 10; ++i) {
      const PushScope push(writer_, 1);
      writer_.bulk(large);
      writer_.bulk("small");
      const DeferredReply deferred = writer_.begin_deferred();
      writer_.end_deferred_array(deferred, 0);
    }
    const ReplyTarget target = writer_.exchange({&other_, 2});
    writer_.bulk("for the other");
    EXPECT_EQ(writer_.exchange(target).queue, &other_);
    writer_.bulk(large);
    writer_.detach();
    EXPECT_EQ(queue->pending_bytes(), pending);
    pool_.give_back(queue);
    EXPECT_EQ(wire::take_all(other_), "$13\r\nfor the other\r\n");
    pool_.give_back(std::exchange(other_, nullptr));
    turn_.reset();
  }
}

TEST_F(ReplyWriterTest, EndOfAChunk) {
  const auto write = [](ReplyWriter& w) {
    const DeferredReply deferred = w.begin_deferred();
    w.ok();
    w.integer(12345);
    w.bulk("some bytes");
    w.null();
    w.error("ERR text");
    w.real(1.5);
    w.end_deferred_array(deferred, 6);
  };
  const std::string expected = bytes(3, write);
  for (size_t room = 0; room < 200; ++room) {
    turn_.reset();
    writer_.attach(&other_, 2);
    for (size_t left = TurnBuffer::kChunkBytes - room; left != 0;) {
      const size_t size = std::min<size_t>(left, 16000);
      writer_.raw(std::string(size, '.'));
      left -= size;
    }
    writer_.detach();
    ASSERT_EQ(bytes(3, write), expected) << room;
    pool_.give_back(other_);
    other_ = nullptr;
  }
}

TEST_F(ReplyWriterTest, ReadsBackThroughTheParser) {
  const std::string reply = bytes(3, [](ReplyWriter& w) {
    w.map(2);
    w.bulk("a");
    w.array(2);
    w.null();
    w.boolean(true);
    w.simple("b");
    w.set(1);
    w.real(0.5);
  });
  ReplyParser parser;
  parser.feed(reply);
  const std::optional<Reply> tree = parser.next();
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->to_string(), "%[\"a\", *[nil, #t], +b, ~[,0.5]]");
  EXPECT_EQ(tree->encode(), reply);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// RequestAssembler: the same requests and errors as parse_batch() however the bytes are cut, blobs that are
// read into directly, memory that follows the data, and linear work for one byte at a time.
#include "aerie/resp/request_assembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "unit/resp/wire.h"

namespace aerie {
namespace {

using wire::Args;
using wire::multibulk;

struct Outcome {
  AssemblyStatus status = AssemblyStatus::kNeedMore;
  size_t consumed = 0;
  Args args;
  std::string error;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Feeds pieces of `step` bytes until the request ends or the input does.
Outcome assemble(RequestAssembler* assembler, std::string_view input, size_t step,
                 const ParserLimits& limits = {}) {
  Outcome outcome;
  while (outcome.consumed < input.size() && outcome.status == AssemblyStatus::kNeedMore) {
    const std::string_view piece = input.substr(outcome.consumed, step);
    const RequestAssembler::FeedResult fed = assembler->feed(piece, limits);
    outcome.consumed += fed.consumed;
    outcome.status = fed.status;
    if (fed.status == AssemblyStatus::kNeedMore) {
      EXPECT_EQ(fed.consumed, piece.size());
    }
  }
  if (outcome.status == AssemblyStatus::kComplete) outcome.args = wire::copy_of(assembler->args());
  if (outcome.status == AssemblyStatus::kError) outcome.error = assembler->error();
  return outcome;
}

// What parse_batch() makes of the same input.
Outcome parsed(std::string_view input, const ParserLimits& limits = {}) {
  RequestBatch batch;
  const ParseStop stop = parse_batch(input, limits, 1, &batch);
  Outcome outcome;
  if (!batch.empty()) {
    outcome.status = AssemblyStatus::kComplete;
    outcome.consumed = batch.end_offset(0);
    outcome.args = wire::copy_of(batch.args(0));
  } else if (stop == ParseStop::kError) {
    outcome.status = AssemblyStatus::kError;
    outcome.error = batch.error();
  } else if (stop == ParseStop::kEnd) {
    outcome.status = AssemblyStatus::kEmpty;
    outcome.consumed = batch.consumed();
  }
  return outcome;
}

const std::vector<std::string>& samples() {
  static const std::vector<std::string> all{
      multibulk({"PING"}),
      multibulk({"SET", "key", std::string("a\0\r\n$", 5)}),
      multibulk({"SET", "", std::string(3000, 'x'), "", std::string(5000, 'y')}),
      multibulk({"SET", "large", std::string(kLargeArgument, 'z'), "tail"}),
      multibulk({"SET", "larger", std::string(100001, 'z')}),
      "*1\rX$4\rYPINGZZ",
      "*0\r\n",
      "*-7\r\n",
      "\r\n",
      "\n",
      " \t \n",
      "PING\n",
      "ECHO \"a\\x41\\n\" 'b\\'c' d\"e f\"\r\n",
      "ECHO a\r\r\n",
      "ECHO \"abc\r\n",
      "ECHO 'a'b\r\n",
      "*x\r\n",
      "*\r\n",
      "*01\r\n",
      "*2147483648\r\n",
      "*1\r\n\r\n",
      "*1\r\nPING\r\n",
      "*1\r\n\xff\r\n",
      "*1\r\n$-1\r\n",
      "*1\r\n$\r\n",
      "*1\r\n$536870913\r\n",
      "*1\r\n$9223372036854775808\r\n",
      wire::run("*", 40, '1').append("\r\n"),
      wire::run("*", 65536, '1'),
      wire::run("*1\r\n$", 65536, '1'),
      wire::run("", 65537, 'x'),
      wire::run("*2\r\n$4\r\nPING\r\n", 65537, 'x'),
      wire::run(std::string_view("*\0\r\n", 4), 65533, 'x'),
      wire::run(std::string_view("*1\r\n\0\r\n", 7), 65535, 'x'),
      wire::run(std::string_view("x\0\r\n", 4), 65533, 'y'),
  };
  return all;
}

TEST(RequestAssembler, SameAsTheParserForEveryCut) {
  for (const std::string& input : samples()) {
    const Outcome expected = parsed(input);
    ASSERT_NE(expected.status, AssemblyStatus::kNeedMore) << input.substr(0, 40);
    for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{1000}, input.size()}) {
      RequestAssembler assembler;
      Outcome outcome = assemble(&assembler, input, step);
      if (expected.status == AssemblyStatus::kError) outcome.consumed = 0;
      EXPECT_EQ(outcome, expected) << input.substr(0, 40) << " step " << step << " error " << outcome.error;
    }
  }
}

TEST(RequestAssembler, TwoPiecesCutAnywhere) {
  const std::string input =
      multibulk({"SET", "key", std::string(200, 'v')}) + multibulk({"GET"}) + "ECHO \"x y\"\r\n";
  const size_t first = multibulk({"SET", "key", std::string(200, 'v')}).size();
  for (size_t cut = 1; cut < first; ++cut) {
    RequestAssembler assembler;
    ASSERT_EQ(assembler.feed(std::string_view(input).substr(0, cut), {}).status, AssemblyStatus::kNeedMore);
    const auto fed = assembler.feed(std::string_view(input).substr(cut), {});
    ASSERT_EQ(fed.status, AssemblyStatus::kComplete) << cut;
    EXPECT_EQ(cut + fed.consumed, first);
    EXPECT_EQ(assembler.args()[2], std::string(200, 'v'));
  }
}

TEST(RequestAssembler, UnauthenticatedLimits) {
  ParserLimits limits;
  limits.unauthenticated = true;
  RequestAssembler assembler;
  EXPECT_EQ(assemble(&assembler, "*11\r\n", 1, limits).error,
            "ERR Protocol error: unauthenticated multibulk length");
  assembler.reset();
  EXPECT_EQ(assemble(&assembler, "*1\r\n$16385\r\n", 1, limits).error,
            "ERR Protocol error: unauthenticated bulk length");
}

TEST(RequestAssembler, ReadTargetFillsABlob) {
  const std::string value(1000000, 'v');
  RequestAssembler assembler;
  EXPECT_TRUE(assembler.read_target().empty());
  ASSERT_EQ(assembler.feed("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nvvv", {}).status,
            AssemblyStatus::kNeedMore);
  std::string wire = value.substr(3) + "\r\n";
  size_t at = 0;
  AssemblyStatus status = AssemblyStatus::kNeedMore;
  while (status == AssemblyStatus::kNeedMore) {
    const std::span<char> target = assembler.read_target();
    ASSERT_FALSE(target.empty());
    ASSERT_LE(target.size(), wire.size() - at);
    const size_t size = std::min<size_t>(target.size(), 9999);
    std::memcpy(target.data(), wire.data() + at, size);
    at += size;
    status = assembler.advance(size);
  }
  EXPECT_EQ(status, AssemblyStatus::kComplete);
  EXPECT_EQ(at, wire.size());
  ASSERT_EQ(assembler.args().size(), 3u);
  EXPECT_EQ(assembler.args()[2], value);
  ASSERT_EQ(assembler.large_args().size(), 1u);
  EXPECT_EQ(assembler.large_args()[0].index, 2u);
  const Blob taken = std::move(assembler.large_args()[0].memory);
  EXPECT_EQ(taken.data(), assembler.args()[2].data());
  EXPECT_EQ(taken.size(), value.size());
  EXPECT_GE(assembler.memory_bytes(), value.size());
  assembler.forget_taken();
  EXPECT_LT(assembler.memory_bytes(), 16u * 1024);
  assembler.reset();
  EXPECT_EQ(taken.view(), value);
  EXPECT_EQ(assembler.memory_bytes(), 0u);
}

TEST(RequestAssembler, ReadTargetAndFeedMix) {
  const Args args{"MSET", "a", std::string(40000, 'a'), "b", std::string(70000, 'b'), "c", "small"};
  const std::string input = multibulk(args);
  RequestAssembler assembler;
  AssemblyStatus status = AssemblyStatus::kNeedMore;
  size_t at = 0;
  for (int round = 0; status == AssemblyStatus::kNeedMore; ++round) {
    const std::span<char> target = assembler.read_target();
    if (!target.empty() && round % 2 == 0) {
      const size_t size = std::min<size_t>(target.size(), 5000);
      std::memcpy(target.data(), input.data() + at, size);
      at += size;
      status = assembler.advance(size);
    } else {
      const auto fed = assembler.feed(std::string_view(input).substr(at, 777), {});
      at += fed.consumed;
      status = fed.status;
    }
  }
  ASSERT_EQ(status, AssemblyStatus::kComplete);
  EXPECT_EQ(wire::copy_of(assembler.args()), args);
  ASSERT_EQ(assembler.large_args().size(), 2u);
  for (const LargeArg& large : assembler.large_args()) EXPECT_EQ(large.memory.view(), args[large.index]);
}

TEST(RequestAssembler, AnnouncedMemoryIsNotAllocated) {
  RequestAssembler assembler;
  ASSERT_EQ(assembler.feed("*2147483647\r\n$536870912\r\nx", {}).status, AssemblyStatus::kNeedMore);
  EXPECT_LT(assembler.memory_bytes(), 64u * 1024);
  const std::string part(100000, 'x');
  size_t fed = 1;
  for (int i = 0; i < 100; ++i, fed += part.size()) {
    ASSERT_EQ(assembler.feed(part, {}).status, AssemblyStatus::kNeedMore);
    // Doubling; a Blob that is past 512 KiB is counted as 1 MiB at least.
    ASSERT_LE(assembler.memory_bytes(), 4 * (fed + part.size()) + 64 * 1024);
  }
  RequestAssembler arguments;
  ASSERT_EQ(arguments.feed("*2147483647\r\n", {}).status, AssemblyStatus::kNeedMore);
  EXPECT_LT(arguments.memory_bytes(), 4096u);
}

TEST(RequestAssembler, MillionArgumentsOneByteAtATime) {
  constexpr size_t kCount = 1000000;
  std::string input;
  input.append("*").append(std::to_string(kCount)).append("\r\n");
  for (size_t i = 0; i < kCount; ++i) input.append("$1\r\nx\r\n");
  RequestAssembler assembler;
  const Outcome outcome = assemble(&assembler, input, 1);
  ASSERT_EQ(outcome.status, AssemblyStatus::kComplete);
  EXPECT_EQ(outcome.args.size(), kCount);
  EXPECT_EQ(outcome.consumed, input.size());
  EXPECT_GE(assembler.memory_bytes(), kCount * (sizeof(std::string_view) + 1));
  EXPECT_LE(assembler.memory_bytes(), 3 * kCount * sizeof(std::string_view));
}

// A large argument behind many small ones costs no more than itself.
TEST(RequestAssembler, LargeArgumentBehindMany) {
  std::string input = "*100001\r\n";
  for (int i = 0; i < 100'000; ++i) input += "$1\r\nx\r\n";
  RequestAssembler assembler;
  ASSERT_EQ(assembler.feed(input, {}).status, AssemblyStatus::kNeedMore);
  const size_t before = assembler.memory_bytes();
  const std::string value(kLargeArgument, 'v');
  ASSERT_EQ(assembler.feed("$32768\r\n" + value + "\r\n", {}).status, AssemblyStatus::kComplete);
  ASSERT_EQ(assembler.large_args().size(), 1u);
  EXPECT_EQ(assembler.args()[assembler.large_args()[0].index], value);
  EXPECT_LE(assembler.memory_bytes(), before + 2 * kLargeArgument);
}

TEST(RequestAssembler, ReusableAfterReset) {
  RequestAssembler assembler;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& input : samples()) {
      Outcome expected = parsed(input);
      Outcome outcome = assemble(&assembler, input, 4096);
      if (expected.status == AssemblyStatus::kError) outcome.consumed = 0;
      EXPECT_EQ(outcome, expected);
      EXPECT_TRUE(assembler.busy());
      assembler.reset();
      EXPECT_FALSE(assembler.busy());
    }
  }
}

TEST(RequestAssembler, IsFreedInSlices) {
  const std::string large = "$3000000\r\n" + std::string(3'000'000, 'x') + "\r\n";
  std::string request = "*100005\r\n" + large;
  for (int i = 0; i < 100'000; ++i) request += "$4\r\nabcd\r\n";
  request += large + "$20000\r\n" + std::string(20'000, 'y') + "\r\n" + large + "$5000000\r\n" +
             std::string(3'000'000, 'z');
  RequestAssembler assembler;
  ASSERT_EQ(assembler.feed(request, ParserLimits()).status, AssemblyStatus::kNeedMore);
  const size_t before = assembler.memory_bytes();
  int slices = 1;
  for (size_t left = before; assembler.free_some(); ++slices) {
    ASSERT_LT(assembler.memory_bytes(), left) << slices;
    left = assembler.memory_bytes();
    ASSERT_LT(slices, 1000);
  }
  EXPECT_GT(slices, 40) << before;
  EXPECT_EQ(assembler.memory_bytes(), 0u);
}

}  // namespace
}  // namespace aerie

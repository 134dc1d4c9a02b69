// SPDX-License-Identifier: BSD-3-Clause
//
// parse_batch(): requests, views, limits, and the errors and laxities of redis-server 7.0.15 row by row (each
// row was answered by that server before it was written here).
#include "aerie/resp/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/resp/wire.h"

namespace aerie {
namespace {

using wire::Args;
using wire::multibulk;

Args args_of(const RequestBatch& batch, size_t i) {
  return wire::copy_of(batch.args(i));
}

ParseStop parse(std::string_view input, RequestBatch* batch, const ParserLimits& limits = {}) {
  return parse_batch(input, limits, 1000, batch);
}

TEST(RequestParser, EmptyInput) {
  RequestBatch batch;
  EXPECT_EQ(parse("", &batch), ParseStop::kEnd);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.consumed(), 0u);
}

TEST(RequestParser, PipelineOfMultibulk) {
  const std::string input =
      multibulk({"SET", "key", "value"}) + multibulk({"GET", "key"}) + multibulk({"PING"});
  RequestBatch batch;
  ASSERT_EQ(parse(input, &batch), ParseStop::kEnd);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(args_of(batch, 0), (Args{"SET", "key", "value"}));
  EXPECT_EQ(args_of(batch, 1), (Args{"GET", "key"}));
  EXPECT_EQ(args_of(batch, 2), (Args{"PING"}));
  EXPECT_EQ(batch.end_offset(0), multibulk({"SET", "key", "value"}).size());
  EXPECT_EQ(batch.end_offset(2), input.size());
  EXPECT_EQ(batch.consumed(), input.size());
  EXPECT_FALSE(batch.is_inline(0));
}

TEST(RequestParser, ArgumentsAreViewsIntoTheInput) {
  const std::string input = multibulk({"ECHO", "payload"}) + "PING plain\r\n";
  RequestBatch batch;
  ASSERT_EQ(parse(input, &batch), ParseStop::kEnd);
  for (size_t i = 0; i < batch.size(); ++i) {
    for (const std::string_view arg : batch.args(i)) {
      EXPECT_GE(arg.data(), input.data());
      EXPECT_LE(arg.data() + arg.size(), input.data() + input.size());
    }
  }
}

TEST(RequestParser, BinaryAndEmptyArguments) {
  const Args args{"SET", std::string("\0\r\n*$", 5), "", std::string(300, '\xff')};
  const std::string input = multibulk(args);
  RequestBatch batch;
  ASSERT_EQ(parse(input, &batch), ParseStop::kEnd);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(args_of(batch, 0), args);
}

TEST(RequestParser, ManyArgumentsAndLongArguments) {
  Args args{"MSET"};
  for (int i = 0; i < 50000; ++i) args.push_back(std::to_string(i));
  args.push_back(std::string(1 << 20, 'x'));
  const std::string input = multibulk(args);
  RequestBatch batch;
  ASSERT_EQ(parse(input, &batch), ParseStop::kEnd);
  EXPECT_EQ(args_of(batch, 0), args);
  // The arrays of a giant request are given back; the batch works on.
  const std::string ping = multibulk({"PING"});
  ASSERT_EQ(parse(ping, &batch), ParseStop::kEnd);
  EXPECT_EQ(args_of(batch, 0), (Args{"PING"}));
}

TEST(RequestParser, BatchFullStopsAndContinues) {
  const std::string input = multibulk({"A"}) + multibulk({"B"}) + multibulk({"C"});
  RequestBatch batch;
  ASSERT_EQ(parse_batch(input, {}, 2, &batch), ParseStop::kBatchFull);
  ASSERT_EQ(batch.size(), 2u);
  const std::string_view rest = std::string_view(input).substr(batch.consumed());
  ASSERT_EQ(parse_batch(rest, {}, 1, &batch), ParseStop::kEnd);
  EXPECT_EQ(args_of(batch, 0), (Args{"C"}));
}

// Every prefix gives the requests that are complete in it, and the rest parses from consumed() on.
TEST(RequestParser, SplitAtEveryByte) {
  const std::string input = multibulk({"SET", "key:000000001234", std::string(100, 'v')}) + "*0\r\n" +
                            "ECHO \"a\\x41 b\" 'c d'\r\n" + "\r\n" + multibulk({"GET", ""}) + "*-5\r\n" +
                            "PING\n" + multibulk({"LAST", "a\r\nb"});
  RequestBatch whole;
  ASSERT_EQ(parse(input, &whole), ParseStop::kEnd);
  ASSERT_EQ(whole.size(), 5u);
  for (size_t cut = 0; cut <= input.size(); ++cut) {
    RequestBatch batch;
    const ParseStop stop = parse(std::string_view(input).substr(0, cut), &batch);
    ASSERT_TRUE(stop == ParseStop::kEnd || stop == ParseStop::kNeedMore) << cut;
    ASSERT_EQ(stop == ParseStop::kEnd, batch.consumed() == cut) << cut;
    std::vector<Args> seen;
    for (size_t i = 0; i < batch.size(); ++i) seen.push_back(args_of(batch, i));
    if (stop == ParseStop::kNeedMore) {
      EXPECT_GE(batch.missing_bytes(), 1u);
      EXPECT_LE(batch.missing_bytes(), input.size() - cut) << cut;
    }
    ASSERT_EQ(parse(std::string_view(input).substr(batch.consumed()), &batch), ParseStop::kEnd) << cut;
    for (size_t i = 0; i < batch.size(); ++i) seen.push_back(args_of(batch, i));
    ASSERT_EQ(seen.size(), whole.size()) << cut;
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], args_of(whole, i)) << cut;
  }
}

TEST(RequestParser, MissingBytesOfAnAnnouncedBulk) {
  RequestBatch batch;
  ASSERT_EQ(parse("*2\r\n$3\r\nGET\r\n$100000\r\nabc", &batch), ParseStop::kNeedMore);
  EXPECT_EQ(batch.missing_bytes(), 100000u + 2 - 3);
}

struct Row {
  std::string input;
  std::string error;  // empty: no error
  size_t requests;    // complete ones in front
  bool all_consumed = false;
};

void check(const Row& row, const ParserLimits& limits = {}) {
  RequestBatch batch;
  const ParseStop stop = parse(row.input, &batch, limits);
  const std::string name = row.input.substr(0, 60);
  EXPECT_EQ(batch.size(), row.requests) << name;
  if (row.error.empty()) {
    EXPECT_EQ(stop, row.all_consumed ? ParseStop::kEnd : ParseStop::kNeedMore) << name;
  } else {
    EXPECT_EQ(stop, ParseStop::kError) << name;
    EXPECT_EQ(batch.error(), std::string("ERR Protocol error: ").append(row.error)) << name;
  }
}

TEST(RequestParser, CountLines) {
  const std::string bad = "invalid multibulk length";
  const std::string ping = "*1\r\n$4\r\nPING\r\n";
  for (const Row& row : std::vector<Row>{
           {"*2147483648\r\n", bad, 0},
           {"*9223372036854775807\r\n", bad, 0},
           {"*9223372036854775808\r\n", bad, 0},
           {"*-9223372036854775809\r\n" + ping, bad, 0},
           {"*2147483647\r\n", "", 0},
           {"*1048577\r\n", "", 0},
           {"*-10\r\n" + ping, "", 1, true},
           {"*-1\r\n" + ping, "", 1, true},
           {"*0\r\n" + ping, "", 1, true},
           {"*x\r\n", bad, 0},
           {"*\r\n", bad, 0},
           {"*1 \r\n", bad, 0},
           {"*01\r\n", bad, 0},
           {"*+1\r\n", bad, 0},
           {"*-0\r\n", bad, 0},
           {"*1x\r\n", bad, 0},
           {"*1000000000\r\n", "", 0},
           {ping + "*x\r\n", bad, 1},
           {"*1", "", 0},
           {"*1\r", "", 0},
           {"*x\r", "", 0},
       }) {
    check(row);
  }
}

TEST(RequestParser, BulkLines) {
  const std::string bad = "invalid bulk length";
  for (const Row& row : std::vector<Row>{
           {"*1\r\n$9223372036854775807\r\n", bad, 0},
           {"*1\r\n$-5\r\n", bad, 0},
           {"*1\r\n$-1\r\n", bad, 0},
           {"*1\r\n$\r\n", bad, 0},
           {"*1\r\n$a\r\n", bad, 0},
           {"*1\r\n$04\r\nPING\r\n", bad, 0},
           {"*1\r\n$536870913\r\n", bad, 0},
           {"*1\r\n$536870912\r\n", "", 0},
           {"*1\r\n$0\r\n\r\n", "", 1, true},
           {"*1\r\n\r\n", "expected '$', got ' '", 0},
           {"*1\r\n\n\r\n", "expected '$', got ' '", 0},
           {"*1\r\nPING\r\n", "expected '$', got 'P'", 0},
           {"*1\r\n:4\r\n", "expected '$', got ':'", 0},
           {"*1\r\n\xff\r\n", "expected '$', got '\xff'", 0},
           {"*2\r\n$4\r\nPING\r\n*\r\n", "expected '$', got '*'", 0},
           {"*1\r\nP", "", 0},
           {"*1\r\n$4\r\nPING\r", "", 0},
       }) {
    check(row);
  }
}

TEST(RequestParser, LaxitiesOfTheOriginal) {
  // The byte behind a CR and the bytes behind a bulk are not looked at; LF alone does not end a header.
  check({"*1\rX$4\rYPINGZZ", "", 1, true});
  check({"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "", 2, true});
  check({"*1\n$4\nPING\n", "", 0});
  // A NUL byte hides the end of the line behind it.
  check({std::string("*1\0\r\n*1\r\n$4\r\nPING\r\n", 20), "", 0});
  check({std::string("*1\r\n$4\0\r\nPING\r\n", 16), "", 0});
  check({std::string("PING \0x\r\n", 9), "", 0});
}

TEST(RequestParser, LinesThatAreTooLong) {
  check({wire::run("*", 65535, '1'), "", 0});
  check({wire::run("*", 65536, '1'), "too big mbulk count string", 0});
  check({wire::run("*1\r\n$", 65535, '1'), "", 0});
  check({wire::run("*1\r\n$", 65536, '1'), "too big bulk count string", 0});
  check({wire::run("*1\r\n", 65537, '1'), "too big bulk count string", 0});
  check({wire::run("*", 70000, '1') + "\r\n", "invalid multibulk length", 0});
  check({std::string(65536, 'x'), "", 0});
  check({std::string(65537, 'x'), "too big inline request", 0});
  check({std::string(65537, 'x') + "\r\n", "too big inline request", 0});
  check({std::string("a\0", 2) + std::string(65536, '\n'), "too big inline request", 0});
  check({std::string(65535, 'x') + "\r\n", "", 1, true});
}

TEST(RequestParser, UnauthenticatedLimits) {
  ParserLimits limits;
  limits.unauthenticated = true;
  check({"*11\r\n", "unauthenticated multibulk length", 0}, limits);
  check({"*10\r\n", "", 0}, limits);
  check({"*1\r\n$16385\r\n", "unauthenticated bulk length", 0}, limits);
  check({"*1\r\n$16384\r\n", "", 0}, limits);
  check({"*12\r\n$16385\r\n", "unauthenticated multibulk length", 0}, limits);
  check({"*2147483648\r\n", "invalid multibulk length", 0}, limits);
  check({"*1\r\n$536870913\r\n", "invalid bulk length", 0}, limits);
  check({"AUTH pw\r\n*11\r\n", "unauthenticated multibulk length", 1}, limits);
  // Inline requests are free of them.
  const std::string many_words = "PING 1 2 3 4 5 6 7 8 9 10 11 12\r\n";
  check({many_words + wire::run("PING ", 20000, 'x') + "\r\n", "", 2, true}, limits);
}

TEST(RequestParser, UnauthenticatedViolation) {
  const std::string long_arg(16385, 'x');
  const std::vector<std::string_view> few(10, "a");
  const std::vector<std::string_view> many(11, "a");
  const std::vector<std::string_view> large{"AUTH", long_arg};
  EXPECT_EQ(unauthenticated_violation(few), "");
  EXPECT_EQ(unauthenticated_violation(many), "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(unauthenticated_violation(large), "ERR Protocol error: unauthenticated bulk length");
}

TEST(RequestParser, LimitsAreConfigurable) {
  ParserLimits limits;
  limits.max_bulk_bytes = 10;
  limits.max_arguments = 3;
  limits.max_line_bytes = 20;
  check({"*1\r\n$11\r\n", "invalid bulk length", 0}, limits);
  check({"*1\r\n$10\r\n0123456789\r\n", "", 1, true}, limits);
  check({"*4\r\n", "invalid multibulk length", 0}, limits);
  check({std::string(21, 'x'), "too big inline request", 0}, limits);
}

struct InlineRow {
  std::string line;
  Args args;  // empty: nothing to run
};

TEST(RequestParser, InlineWords) {
  for (const InlineRow& row : std::vector<InlineRow>{
           {"PING\r\n", {"PING"}},
           {"PING\n", {"PING"}},
           {"  SET \t k   v \r\n", {"SET", "k", "v"}},
           {"ECHO \"a\\x41\\n\\q\\r\\t\\b\\a\\\"\"\r\n", {"ECHO", "aA\nq\r\t\b\a\""}},
           {"ECHO 'a\\'b\\n'\r\n", {"ECHO", "a'b\\n"}},
           {"ECHO a\"b c\"\r\n", {"ECHO", "ab c"}},
           {"ECHO a'b c'\r\n", {"ECHO", "ab c"}},
           {"ECHO a\x0b"
            "b\r\n",
            {"ECHO",
             "a\x0b"
             "b"}},
           {"ECHO \x0b"
            "b\x0b\r\n",
            {"ECHO", "b\x0b"}},
           {"ECHO \"\" ''\r\n", {"ECHO", "", ""}},
           {"\"\"\r\n", {""}},
           {"ECHO \"a\\x4\"\r\n", {"ECHO", "ax4"}},
           {"ECHO \"\\xZZ\\x00\"\r\n", {"ECHO", std::string("xZZ\0", 4)}},
           {"ECHO \"a\"\x0b"
            "b\r\n",
            {"ECHO", "a", "b"}},
           {"ECHO a\rb\r\n", {"ECHO", "a", "b"}},
           {"ECHO a\r\r\n", {"ECHO", "a"}},
           {"\r\n", {}},
           {"\n", {}},
           {"  \t\r\n", {}},
       }) {
    RequestBatch batch;
    ASSERT_EQ(parse(row.line, &batch), ParseStop::kEnd) << row.line;
    EXPECT_EQ(batch.consumed(), row.line.size());
    if (row.args.empty()) {
      EXPECT_TRUE(batch.empty()) << row.line;
      continue;
    }
    ASSERT_EQ(batch.size(), 1u) << row.line;
    EXPECT_EQ(args_of(batch, 0), row.args) << row.line;
    EXPECT_TRUE(batch.is_inline(0));
  }
}

TEST(RequestParser, InlineQuotesThatAreNotBalanced) {
  const std::string bad = "unbalanced quotes in request";
  check({"ECHO \"abc\r\n", bad, 0});
  check({"ECHO \"abc\"d\r\n", bad, 0});
  check({"ECHO 'abc\r\n", bad, 0});
  check({"ECHO 'abc'd\r\n", bad, 0});
  check({"ECHO \"a\\\r\n", bad, 0});
  check({"ECHO \"a\"\"b\"\r\n", bad, 0});
  check({"PING\r\nECHO \"\r\nPING\r\n", bad, 1});
  check({"ECHO \"a\\", "", 0});
}

// Unescaped words of many lines stay valid together, and cost memory in proportion to the input.
TEST(RequestParser, ManyQuotedWords) {
  std::string line = "ECHO";
  for (int i = 0; i < 10000; ++i) line += " \"\\x41\"";
  line += "\r\n";
  ParserLimits limits;
  limits.max_line_bytes = line.size();
  RequestBatch batch;
  ASSERT_EQ(parse(line + line, &batch, limits), ParseStop::kEnd);
  ASSERT_EQ(batch.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(batch.args(i).size(), 10001u);
    for (size_t j = 1; j <= 10000; ++j) ASSERT_EQ(batch.args(i)[j], "A");
  }
}

}  // namespace
}  // namespace aerie

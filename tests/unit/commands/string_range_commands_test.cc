// SPDX-License-Identifier: BSD-3-Clause
//
// APPEND, STRLEN, GETRANGE, SUBSTR, SETRANGE: what they answer, and that offsets and lengths from hostile
// clients are refused before anything is allocated.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kTooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
constexpr const char* kNotInteger = "-ERR value is not an integer or out of range";

TEST(RangeCommands, AppendAndStrlen) {
  EngineFixture e;
  EXPECT_EQ(e.text("STRLEN k"), ":0");
  EXPECT_EQ(e.text("APPEND k abc"), ":3");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"embstr\"");
  EXPECT_EQ(e.text("APPEND k def"), ":6");
  EXPECT_EQ(e.text("OBJECT ENCODING k"), "\"raw\"");
  EXPECT_EQ(e.text("GET k"), "\"abcdef\"");
  EXPECT_EQ(e.text("STRLEN k"), ":6");
  EXPECT_EQ(e.text("APPEND n 12"), ":2");
  EXPECT_EQ(e.text("OBJECT ENCODING n"), "\"int\"");
  EXPECT_EQ(e.text("STRLEN n"), ":2");
  EXPECT_EQ(e.text("APPEND n 3"), ":3");
  EXPECT_EQ(e.text("GET n"), "\"123\"");
  EXPECT_EQ(e.text("APPEND e ''"), ":0");
  EXPECT_EQ(e.text("EXISTS e"), ":1");
}

TEST(RangeCommands, AppendGrowsThroughAllSizes) {
  EngineFixture e;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    expected += piece;
    EXPECT_EQ(e.run({"APPEND", "k", piece}).integer, static_cast<int64_t>(expected.size()));
  }
  EXPECT_EQ(e.run({"GET", "k"}).text, expected);
}

TEST(RangeCommands, AppendKeepsTheDeadline) {
  EngineFixture e;
  e.text("SET k v PX 100");
  e.text("APPEND k w");
  EXPECT_EQ(e.text("PTTL k"), ":100");
  e.text("SETRANGE k 1000 x");
  EXPECT_EQ(e.text("PTTL k"), ":100");
}

TEST(RangeCommands, AppendIsLimited) {
  EngineFixture e({{"proto-max-bulk-len", "1mb"}});
  const std::string half(512 * 1024, 'x');
  EXPECT_EQ(e.run({"APPEND", "k", half}).integer, 512 * 1024);
  EXPECT_EQ(e.run({"APPEND", "k", half}).integer, 1024 * 1024);
  EXPECT_EQ(e.text("APPEND k y"), kTooLong);
  EXPECT_EQ(e.text("APPEND k ''"), ":1048576");
  EXPECT_EQ(e.text("SETRANGE k 1048575 yy"), kTooLong);
  EXPECT_EQ(e.text("SETRANGE k 1048575 y"), ":1048576");
}

TEST(RangeCommands, Getrange) {
  EngineFixture e;
  e.run({"SET", "k", "Hello World"});
  EXPECT_EQ(e.text("GETRANGE k 0 4"), "\"Hello\"");
  EXPECT_EQ(e.text("GETRANGE k -5 -1"), "\"World\"");
  EXPECT_EQ(e.text("GETRANGE k 0 -1"), "\"Hello World\"");
  EXPECT_EQ(e.text("SUBSTR k 6 100"), "\"World\"");
  EXPECT_EQ(e.text("GETRANGE k 5 4"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k -1 -5"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k 11 20"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k -100 -50"), "\"H\"");  // both ends become 0
  EXPECT_EQ(e.text("GETRANGE missing 0 -1"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k x 1"), kNotInteger);
  EXPECT_EQ(e.text("GETRANGE missing 1 x"), kNotInteger);
  e.text("SET n 12345");
  EXPECT_EQ(e.text("GETRANGE n 1 3"), "\"234\"");
  e.text("SET empty ''");
  EXPECT_EQ(e.text("GETRANGE empty 0 -1"), "\"\"");
}

TEST(RangeCommands, GetrangeAtTheEndsOfInt64) {
  EngineFixture e;
  e.text("SET k abc");
  EXPECT_EQ(e.text("GETRANGE k -9223372036854775808 9223372036854775807"), "\"abc\"");
  EXPECT_EQ(e.text("GETRANGE k 9223372036854775807 9223372036854775807"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k -9223372036854775808 -9223372036854775808"), "\"a\"");
  EXPECT_EQ(e.text("GETRANGE k 9223372036854775807 -9223372036854775808"), "\"\"");
  EXPECT_EQ(e.text("GETRANGE k 0 9223372036854775808"), kNotInteger);
}

TEST(RangeCommands, Setrange) {
  EngineFixture e;
  e.run({"SET", "k", "Hello World"});
  EXPECT_EQ(e.text("SETRANGE k 6 Redis"), ":11");
  EXPECT_EQ(e.text("GET k"), "\"Hello Redis\"");
  EXPECT_EQ(e.text("SETRANGE p 3 x"), ":4");
  EXPECT_EQ(e.run({"GET", "p"}).text, std::string("\0\0\0x", 4));
  EXPECT_EQ(e.text("SETRANGE k 0 ''"), ":11");
  EXPECT_EQ(e.text("SETRANGE none 5 ''"), ":0");
  EXPECT_EQ(e.text("EXISTS none"), ":0");
  e.text("SET n 100");
  EXPECT_EQ(e.text("SETRANGE n 1 9"), ":3");
  EXPECT_EQ(e.text("GET n"), "\"190\"");
  EXPECT_EQ(e.text("OBJECT ENCODING n"), "\"raw\"");
}

TEST(RangeCommands, SetrangeRefusesHostileOffsets) {
  EngineFixture e;
  e.text("SET k abc");
  EXPECT_EQ(e.text("SETRANGE k 9223372036854775807 x"), kTooLong);
  EXPECT_EQ(e.text("SETRANGE k 536870912 x"), kTooLong);
  EXPECT_EQ(e.text("SETRANGE none 536870912 x"), kTooLong);
  EXPECT_EQ(e.text("SETRANGE k 536870912 ''"), ":3");
  EXPECT_EQ(e.text("SETRANGE k -1 x"), "-ERR offset is out of range");
  EXPECT_EQ(e.text("SETRANGE k -9223372036854775808 ''"), "-ERR offset is out of range");
  EXPECT_EQ(e.text("SETRANGE k 9223372036854775808 x"), kNotInteger);
  EXPECT_EQ(e.text("SETRANGE k x x"), kNotInteger);
  EXPECT_EQ(e.text("GET k"), "\"abc\"");
  EXPECT_EQ(e.text("EXISTS none"), ":0");
  EXPECT_LT(e.engine().keyspace.memory().total(), size_t{64} * 1024 * 1024);
}

TEST(RangeCommands, KeyEvents) {
  EngineFixture e;
  EXPECT_EQ(e.events_of("APPEND k a"), Events({"0:append k"}));
  EXPECT_EQ(e.events_of("APPEND k b"), Events({"0:append k"}));
  EXPECT_EQ(e.events_of("APPEND k ''"), Events({"0:append k"}));
  EXPECT_EQ(e.events_of("SETRANGE k 1 x"), Events({"0:setrange k"}));
  EXPECT_EQ(e.events_of("SETRANGE k 1 ''"), Events{});
  EXPECT_EQ(e.events_of("SETRANGE k 9223372036854775807 x"), Events{});
  EXPECT_EQ(e.events_of("SETRANGE new 1 x"), Events({"0:setrange new"}));
  EXPECT_EQ(e.events_of("GETRANGE k 0 -1"), Events{});
}

}  // namespace
}  // namespace aerie

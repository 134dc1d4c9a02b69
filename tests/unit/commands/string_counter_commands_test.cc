// SPDX-License-Identifier: BSD-3-Clause
//
// INCR and its kin, INCRBYFLOAT: sums, the edges of the types, what counts as a number, that a refused
// increment changes nothing. Expected texts are those of redis-server on x86, whose long double has 80 bits.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kNotInteger = "-ERR value is not an integer or out of range";
constexpr const char* kOverflow = "-ERR increment or decrement would overflow";

TEST(CounterCommands, CountFromNothing) {
  EngineFixture e;
  EXPECT_EQ(e.text("INCR a"), ":1");
  EXPECT_EQ(e.text("INCR a"), ":2");
  EXPECT_EQ(e.text("DECR b"), ":-1");
  EXPECT_EQ(e.text("INCRBY c 40"), ":40");
  EXPECT_EQ(e.text("DECRBY c 50"), ":-10");
  EXPECT_EQ(e.text("GET c"), "\"-10\"");
  EXPECT_EQ(e.text("OBJECT ENCODING c"), "\"int\"");
}

TEST(CounterCommands, DeadlineStays) {
  EngineFixture e;
  e.text("SET a 1 PX 500");
  EXPECT_EQ(e.text("INCR a"), ":2");
  EXPECT_EQ(e.text("INCRBYFLOAT a 0.5"), "\"2.5\"");
  EXPECT_EQ(e.text("PTTL a"), ":500");
  e.advance_ms(500);
  EXPECT_EQ(e.text("INCR a"), ":1");
  EXPECT_EQ(e.text("PTTL a"), ":-1");
}

TEST(CounterCommands, WhatIsNoInteger) {
  EngineFixture e;
  for (std::string_view value :
       {"", "abc", "1.0", " 1", "1 ", "01", "+1", "-0", "9223372036854775808", "0x10"}) {
    e.run({"SET", "a", value});
    EXPECT_EQ(e.text("INCR a"), kNotInteger) << value;
    EXPECT_EQ(e.run({"GET", "a"}).text, value);
    EXPECT_EQ(e.run({"INCRBY", "b", value}).to_string(), kNotInteger) << value;
    EXPECT_EQ(e.run({"DECRBY", "b", value}).to_string(), kNotInteger) << value;
  }
  EXPECT_EQ(e.text("EXISTS b"), ":0");
}

TEST(CounterCommands, EdgesOfInt64) {
  EngineFixture e;
  e.text("SET max 9223372036854775807");
  e.text("SET min -9223372036854775808");
  EXPECT_EQ(e.text("INCR max"), kOverflow);
  EXPECT_EQ(e.text("INCRBY max 9223372036854775807"), kOverflow);
  EXPECT_EQ(e.text("DECRBY max -1"), kOverflow);
  EXPECT_EQ(e.text("DECR min"), kOverflow);
  EXPECT_EQ(e.text("INCRBY min -9223372036854775808"), kOverflow);
  EXPECT_EQ(e.text("MGET max min"), "*[\"9223372036854775807\", \"-9223372036854775808\"]");
  EXPECT_EQ(e.text("DECRBY max -9223372036854775808"), "-ERR decrement would overflow");
  EXPECT_EQ(e.text("INCRBY max -9223372036854775808"), ":-1");
  EXPECT_EQ(e.text("INCRBY min 9223372036854775807"), ":-1");
}

// A number that was stored as text in place is still a number.
TEST(CounterCommands, NumberWrittenInPieces) {
  EngineFixture e;
  e.text("SET a 1");
  e.text("APPEND a 2");
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"raw\"");
  EXPECT_EQ(e.text("INCR a"), ":13");
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"int\"");
}

TEST(CounterCommands, Floats) {
  EngineFixture e;
  EXPECT_EQ(e.text("INCRBYFLOAT a 10.50"), "\"10.5\"");
  EXPECT_EQ(e.text("INCRBYFLOAT a 0.1"), "\"10.6\"");
  EXPECT_EQ(e.text("INCRBYFLOAT a -5"), "\"5.6\"");
  EXPECT_EQ(e.text("INCRBYFLOAT a -5.6"), "\"0\"");
  EXPECT_EQ(e.text("INCRBYFLOAT b 5.0e3"), "\"5000\"");
  EXPECT_EQ(e.text("INCRBYFLOAT c 1e17"), "\"100000000000000000\"");
  EXPECT_EQ(e.text("OBJECT ENCODING b"), "\"embstr\"");
  EXPECT_EQ(e.text("INCR b"), ":5001");
  e.text("SET d 3");
  EXPECT_EQ(e.text("INCRBYFLOAT d 1.1"), "\"4.1\"");
}

TEST(CounterCommands, FloatErrorsChangeNothing) {
  EngineFixture e;
  const std::string no_float = "-ERR value is not a valid float";
  for (std::string_view value : {"", "abc", " 1", "1 ", "nan", "1e5000", "1,5"}) {
    EXPECT_EQ(e.run({"INCRBYFLOAT", "a", value}).to_string(), no_float) << value;
    e.run({"SET", "b", value});
    EXPECT_EQ(e.text("INCRBYFLOAT b 1"), no_float) << value;
    EXPECT_EQ(e.run({"GET", "b"}).text, value);
  }
  EXPECT_EQ(e.text("EXISTS a"), ":0");
  const std::string not_finite = "-ERR increment would produce NaN or Infinity";
  e.text("SET c 1");
  EXPECT_EQ(e.text("INCRBYFLOAT c inf"), not_finite);
  EXPECT_EQ(e.text("INCRBYFLOAT c -inf"), not_finite);
  EXPECT_EQ(e.text("GET c"), "\"1\"");
  e.text("SET d inf");
  EXPECT_EQ(e.text("INCRBYFLOAT d -inf"), not_finite);
  EXPECT_EQ(e.text("GET d"), "\"inf\"");
}

TEST(CounterCommands, HugeFloatsAreWrittenOut) {
  EngineFixture e;
  EXPECT_EQ(e.run({"INCRBYFLOAT", "a", "1e308"}).text.size(), 308u);
  EXPECT_EQ(e.run({"INCRBYFLOAT", "a", "1e308"}).text.size(), 309u);
  // Longer than what an entry holds inline.
  EXPECT_EQ(e.run({"INCRBYFLOAT", "long", "1e4931"}).text.size(), 4932u);
  EXPECT_EQ(e.run({"STRLEN", "long"}).integer, 4932);
  EXPECT_EQ(e.text("STRLEN a"), ":309");
}

TEST(CounterCommands, KeyEvents) {
  EngineFixture e;
  EXPECT_EQ(e.events_of("INCR a"), Events({"0:incrby a"}));
  EXPECT_EQ(e.events_of("DECR a"), Events({"0:incrby a"}));
  EXPECT_EQ(e.events_of("INCRBY a 0"), Events({"0:incrby a"}));
  EXPECT_EQ(e.events_of("DECRBY a 3"), Events({"0:incrby a"}));
  EXPECT_EQ(e.events_of("INCRBYFLOAT a 3"), Events({"0:incrbyfloat a"}));
  EXPECT_EQ(e.events_of("INCRBYFLOAT a x"), Events{});
  EXPECT_EQ(e.events_of("INCRBY a x"), Events{});
  e.text("SET a x");
  EXPECT_EQ(e.events_of("INCR a"), Events{});
}

}  // namespace
}  // namespace aerie

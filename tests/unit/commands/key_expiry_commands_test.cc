// SPDX-License-Identifier: BSD-3-Clause
//
// The EXPIRE family with its conditions, TTL and its kin, PERSIST: times, rounding, overflow, the order of
// checks, and that a key goes at its deadline to the millisecond whether or not anybody looks.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

constexpr const char* kNotInteger = "-ERR value is not an integer or out of range";

TEST(ExpiryCommands, FourWaysToSetADeadline) {
  EngineFixture e;
  EXPECT_EQ(e.text("EXPIRE k 10"), ":0");
  e.text("SET k v");
  EXPECT_EQ(e.text("EXPIRE k 10"), ":1");
  EXPECT_EQ(e.text("PTTL k"), ":10000");
  EXPECT_EQ(e.text("PEXPIRE k 1234"), ":1");
  EXPECT_EQ(e.text("PTTL k"), ":1234");
  EXPECT_EQ(e.text("EXPIREAT k 1700000100"), ":1");
  EXPECT_EQ(e.text("PEXPIRETIME k"), ":1700000100000");
  EXPECT_EQ(e.text("PEXPIREAT k 1700000100600"), ":1");
  EXPECT_EQ(e.text("EXPIRETIME k"), ":1700000101");
  EXPECT_EQ(e.text("TTL k"), ":101");
  EXPECT_EQ(e.text("PTTL k"), ":100600");
}

TEST(ExpiryCommands, TtlRoundsToTheNearestSecond) {
  EngineFixture e;
  e.text("SET k v PX 1500");
  EXPECT_EQ(e.text("TTL k"), ":2");
  e.text("SET k v PX 1499");
  EXPECT_EQ(e.text("TTL k"), ":1");
  e.text("SET k v PX 499");
  EXPECT_EQ(e.text("TTL k"), ":0");
  EXPECT_EQ(e.text("TTL missing"), ":-2");
  EXPECT_EQ(e.text("PTTL missing"), ":-2");
  EXPECT_EQ(e.text("EXPIRETIME missing"), ":-2");
  e.text("SET k v");
  EXPECT_EQ(e.text("TTL k"), ":-1");
  EXPECT_EQ(e.text("PEXPIRETIME k"), ":-1");
}

TEST(ExpiryCommands, GoesAtItsDeadlineToTheMillisecond) {
  EngineFixture e;
  e.text("SET k v PX 100");
  e.advance_clock_ms(99);
  EXPECT_EQ(e.text("GET k"), "\"v\"");
  EXPECT_EQ(e.text("PTTL k"), ":1");
  e.advance_clock_ms(1);
  EXPECT_EQ(e.text("GET k"), "$nil");
  EXPECT_EQ(e.text("TTL k"), ":-2");
}

TEST(ExpiryCommands, GoesWithoutAnybodyLooking) {
  EngineFixture e;
  for (int i = 0; i < 500; ++i) e.run({"SET", "k" + std::to_string(i), "v", "PX", std::to_string(1 + i)});
  e.advance_ms(250);
  EXPECT_EQ(e.text("DBSIZE"), ":250");
  e.advance_ms(250);
  EXPECT_EQ(e.text("DBSIZE"), ":0");
}

TEST(ExpiryCommands, MovedDeadlineCounts) {
  EngineFixture e;
  e.text("SET later v PX 100");
  e.text("PEXPIRE later 200");
  e.text("SET earlier v PX 200");
  e.text("PEXPIRE earlier 100");
  e.text("SET kept v PX 100");
  e.text("PERSIST kept");
  e.advance_ms(100);
  EXPECT_EQ(e.text("EXISTS later"), ":1");
  EXPECT_EQ(e.text("DBSIZE"), ":2");
  e.advance_ms(100);
  EXPECT_EQ(e.text("DBSIZE"), ":1");
  EXPECT_EQ(e.text("GET kept"), "\"v\"");
}

TEST(ExpiryCommands, ThePastDeletesAtOnce) {
  EngineFixture e;
  for (const char* line : {"EXPIRE k -1", "EXPIRE k 0", "PEXPIRE k -9223372036854775808", "EXPIREAT k 1",
                           "PEXPIREAT k 1700000000000", "EXPIREAT k -100"}) {
    e.text("SET k v");
    EXPECT_EQ(e.text(line), ":1") << line;
    EXPECT_EQ(e.text("DBSIZE"), ":0") << line;
  }
}

TEST(ExpiryCommands, Overflow) {
  EngineFixture e;
  e.text("SET k v");
  const auto invalid = [](const std::string& command) {
    return "-ERR invalid expire time in '" + command + "' command";
  };
  EXPECT_EQ(e.text("EXPIRE k 9223372036854775807"), invalid("expire"));
  EXPECT_EQ(e.text("EXPIRE k 9223372036854775"), invalid("expire"));
  EXPECT_EQ(e.text("EXPIRE k -9223372036854775808"), invalid("expire"));
  EXPECT_EQ(e.text("PEXPIRE k 9223372036854775807"), invalid("pexpire"));
  EXPECT_EQ(e.text("EXPIREAT k 9223372036854775807"), invalid("expireat"));
  EXPECT_EQ(e.text("EXPIREAT k -9223372036854775808"), invalid("expireat"));
  EXPECT_EQ(e.text("EXPIRE k 9223372036854775808"), kNotInteger);
  EXPECT_EQ(e.text("EXPIRE k 1.5"), kNotInteger);
  EXPECT_EQ(e.text("TTL k"), ":-1");
  // The time is judged before the key.
  EXPECT_EQ(e.text("EXPIRE missing x"), kNotInteger);
  // The latest millisecond of all is a deadline too.
  EXPECT_EQ(e.text("PEXPIREAT k 9223372036854775807"), ":1");
  EXPECT_EQ(e.text("PEXPIRETIME k"), ":9223372036854775807");
  EXPECT_EQ(e.text("EXPIRETIME k"), ":9223372036854776");
}

TEST(ExpiryCommands, Conditions) {
  EngineFixture e;
  e.text("SET k v");
  EXPECT_EQ(e.text("EXPIRE k 10 XX"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 10 GT"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 10 NX"), ":1");
  EXPECT_EQ(e.text("EXPIRE k 20 nx"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 20 GT"), ":1");
  EXPECT_EQ(e.text("EXPIRE k 20 GT"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 20 LT"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 15 LT"), ":1");
  EXPECT_EQ(e.text("EXPIRE k 5 XX GT"), ":0");
  EXPECT_EQ(e.text("EXPIRE k 30 XX GT"), ":1");
  EXPECT_EQ(e.text("TTL k"), ":30");
  e.text("PERSIST k");
  EXPECT_EQ(e.text("EXPIRE k 10 LT"), ":1");
  EXPECT_EQ(e.text("EXPIRE k -1 GT"), ":0");
  EXPECT_EQ(e.text("EXPIRE k -1 LT"), ":1");
  EXPECT_EQ(e.text("EXISTS k"), ":0");
}

TEST(ExpiryCommands, ConditionErrors) {
  EngineFixture e;
  const std::string nx = "-ERR NX and XX, GT or LT options at the same time are not compatible";
  EXPECT_EQ(e.text("EXPIRE k 10 NX XX"), nx);
  EXPECT_EQ(e.text("EXPIRE k 10 GT NX"), nx);
  EXPECT_EQ(e.text("EXPIRE k 10 NX LT GT"), nx);
  EXPECT_EQ(e.text("EXPIRE k 10 GT LT"), "-ERR GT and LT options at the same time are not compatible");
  EXPECT_EQ(e.text("EXPIRE k 10 FOO"), "-ERR Unsupported option FOO");
  EXPECT_EQ(e.text("EXPIRE k x FOO"), "-ERR Unsupported option FOO");
}

TEST(ExpiryCommands, Persist) {
  EngineFixture e;
  EXPECT_EQ(e.text("PERSIST k"), ":0");
  e.text("SET k v");
  EXPECT_EQ(e.text("PERSIST k"), ":0");
  e.text("EXPIRE k 10");
  EXPECT_EQ(e.text("PERSIST k"), ":1");
  EXPECT_EQ(e.text("TTL k"), ":-1");
}

TEST(ExpiryCommands, KeyEvents) {
  EngineFixture e;
  e.text("SET k v");
  EXPECT_EQ(e.events_of("EXPIRE k 10"), Events({"0:expire k"}));
  EXPECT_EQ(e.events_of("EXPIRE k 10 NX"), Events{});
  EXPECT_EQ(e.events_of("PERSIST k"), Events({"0:persist k"}));
  EXPECT_EQ(e.events_of("PERSIST k"), Events{});
  EXPECT_EQ(e.events_of("PEXPIREAT k 1"), Events({"0:del k"}));
  EXPECT_EQ(e.events_of("PEXPIREAT k 1"), Events{});
  EXPECT_EQ(e.events_of("TTL k"), Events{});
}

}  // namespace
}  // namespace aerie

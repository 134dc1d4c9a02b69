// SPDX-License-Identifier: BSD-3-Clause
//
// OBJECT: encodings by length and history of a string, references as Redis would count them, idle time,
// frequency, errors of the policies, HELP.
#include <gtest/gtest.h>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

TEST(ObjectCommand, Encodings) {
  EngineFixture e;
  e.text("SET a 12345");
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"int\"");
  e.run({"SET", "a", std::string(44, 'x')});
  EXPECT_EQ(e.text("object encoding a"), "\"embstr\"");
  e.run({"SET", "a", std::string(45, 'x')});
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"raw\"");
  e.text("SET a 12345678901234567890");
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"embstr\"");
  e.text("APPEND a x");
  EXPECT_EQ(e.text("OBJECT ENCODING a"), "\"raw\"");
  e.text("COPY a b");
  EXPECT_EQ(e.text("OBJECT ENCODING missing"), "$nil");
}

TEST(ObjectCommand, Refcount) {
  EngineFixture e;
  e.text("MSET zero 0 last 9999 more 10000 less -1 text x");
  EXPECT_EQ(e.text("OBJECT REFCOUNT zero"), ":2147483647");
  EXPECT_EQ(e.text("OBJECT REFCOUNT last"), ":2147483647");
  EXPECT_EQ(e.text("OBJECT REFCOUNT more"), ":1");
  EXPECT_EQ(e.text("OBJECT REFCOUNT less"), ":1");
  EXPECT_EQ(e.text("OBJECT REFCOUNT text"), ":1");
  EXPECT_EQ(e.text("OBJECT REFCOUNT missing"), "$nil");
}

TEST(ObjectCommand, IdletimeIsNotDisturbedByLooking) {
  EngineFixture e;
  e.text("SET a 1");
  e.advance_ms(3000);
  EXPECT_EQ(e.text("OBJECT IDLETIME a"), ":3");
  e.text("TTL a");
  e.text("OBJECT ENCODING a");
  e.advance_ms(2000);
  EXPECT_EQ(e.text("OBJECT IDLETIME a"), ":5");
  e.text("GET a");
  EXPECT_EQ(e.text("OBJECT IDLETIME a"), ":0");
  EXPECT_EQ(e.text("OBJECT IDLETIME missing"), "$nil");
}

TEST(ObjectCommand, FrequencyNeedsAnLfuPolicy) {
  EngineFixture e;
  e.text("SET a 1");
  EXPECT_EQ(e.text("OBJECT FREQ a").substr(0, 49), "-ERR An LFU maxmemory policy is not selected, acc");
  EXPECT_EQ(e.text("OBJECT FREQ missing"), "$nil");
  e.engine().keyspace.set_access_policy(AccessPolicy::kLfu);
  e.text("SET b 1");
  const int64_t first = e.run({"OBJECT", "FREQ", "b"}).integer;
  for (int i = 0; i < 2000; ++i) e.text("GET b");
  EXPECT_GT(e.run({"OBJECT", "FREQ", "b"}).integer, first);
  EXPECT_EQ(e.text("OBJECT IDLETIME b").substr(0, 43), "-ERR An LFU maxmemory policy is selected, i");
}

TEST(ObjectCommand, HelpAndErrors) {
  EngineFixture e;
  const Reply help = e.run({"OBJECT", "HELP"});
  ASSERT_GE(help.elements.size(), 3u);
  EXPECT_EQ(help.elements.front().text, "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  EXPECT_EQ(help.elements[help.elements.size() - 2].text, "HELP");
  for (const Reply& line : help.elements) EXPECT_EQ(line.type, '+');
  EXPECT_EQ(e.text("OBJECT FOO"), "-ERR unknown subcommand 'FOO'. Try OBJECT HELP.");
  EXPECT_EQ(e.text("OBJECT ENCODING"), "-ERR wrong number of arguments for 'object|encoding' command");
  EXPECT_EQ(e.text("OBJECT"), "-ERR wrong number of arguments for 'object' command");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// KEYS, SCAN, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL, SWAPDB. SCAN's guarantee under growth and deletion is
// tested here through the command, with the table's own property test below the store. Hostile patterns and
// cursors included.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Events = std::vector<std::string>;

std::vector<std::string> sorted_texts(const Reply& reply) {
  std::vector<std::string> texts;
  for (const Reply& element : reply.elements) texts.push_back(element.text);
  std::sort(texts.begin(), texts.end());
  return texts;
}

// Names seen by a whole scan; `between` runs after each step.
template <typename Between>
std::multiset<std::string> scan_all(EngineFixture& e, std::vector<std::string_view> options,
                                    Between&& between) {
  std::multiset<std::string> seen;
  std::string cursor = "0";
  int steps = 0;
  do {
    std::vector<std::string_view> args = {"SCAN", cursor};
    args.insert(args.end(), options.begin(), options.end());
    const Reply reply = e.run(args);
    for (const Reply& name : reply.elements.at(1).elements) seen.insert(name.text);
    cursor = reply.elements[0].text;
    between();
  } while (cursor != "0" && ++steps < 100000);
  return seen;
}

TEST(KeysCommand, Patterns) {
  EngineFixture e;
  e.text("MSET one 1 two 2 three 3 four 4 '' empty");
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "*"})), Events({"", "four", "one", "three", "two"}));
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "t*"})), Events({"three", "two"}));
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "**"})), Events({"four", "one", "three", "two"}));
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "[^t]*e"})), Events({"one"}));
  EXPECT_EQ(sorted_texts(e.run({"KEYS", ""})), Events({""}));
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "no"})), Events{});
}

TEST(KeysCommand, LeavesOutWhatIsPastItsDeadline) {
  EngineFixture e;
  e.text("SET a 1 PX 10");
  e.text("SET b 1");
  e.advance_clock_ms(10);
  EXPECT_EQ(sorted_texts(e.run({"KEYS", "*"})), Events({"b"}));
  EXPECT_EQ(e.text("RANDOMKEY"), "\"b\"");
  EXPECT_EQ(scan_all(e, {}, [] {}), (std::multiset<std::string>{"b"}));
}

TEST(KeysCommand, HostilePatternsAreQuick) {
  EngineFixture e;
  const std::string key(1024 * 1024, 'a');
  e.run({"SET", key, "v"});
  std::string stars;
  for (int i = 0; i < 1000; ++i) stars += "a*";
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(sorted_texts(e.run({"KEYS", stars + "b"})), Events{});
  EXPECT_EQ(e.run({"SCAN", "0", "MATCH", stars + "b"}).elements.at(1).elements.size(), 0u);
  e.run({"KEYS", std::string(1024 * 1024, '*')});
  EXPECT_EQ(sorted_texts(e.run({"KEYS", std::string(1024 * 1024, '[')})), Events{});
  e.run({"SCAN", "0", "MATCH", std::string(1024 * 1024, '[')});
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(ScanCommand, Whole) {
  EngineFixture e;
  std::set<std::string> names;
  for (int i = 0; i < 2000; ++i) {
    names.insert("key:" + std::to_string(i));
    e.run({"SET", "key:" + std::to_string(i), "v"});
  }
  for (std::string_view count : {"1", "10", "333", "100000", "9223372036854775807"}) {
    const std::multiset<std::string> seen = scan_all(e, {"COUNT", count}, [] {});
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), names) << count;
    EXPECT_EQ(seen.size(), names.size()) << count;  // nothing changed meanwhile: each exactly once
  }
}

TEST(ScanCommand, MissesNothingWhileKeysComeAndGo) {
  EngineFixture e;
  for (int i = 0; i < 500; ++i) e.run({"SET", "stays:" + std::to_string(i), "v"});
  int next = 0;
  const std::multiset<std::string> seen = scan_all(e, {"MATCH", "stays:*", "COUNT", "20"}, [&] {
    for (int i = 0; i < 60; ++i, ++next) e.run({"SET", "comes:" + std::to_string(next), "v"});
    for (int i = 1; i <= 40; ++i) e.run({"DEL", "comes:" + std::to_string(next - i)});
  });
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 500u);
}

TEST(ScanCommand, MatchAndType) {
  EngineFixture e;
  e.text("MSET a1 1 a2 2 b1 3 '' 4");
  EXPECT_EQ(scan_all(e, {"MATCH", "a*"}, [] {}), (std::multiset<std::string>{"a1", "a2"}));
  EXPECT_EQ(scan_all(e, {"match", "*"}, [] {}).size(), 4u);
  EXPECT_EQ(scan_all(e, {"TYPE", "string"}, [] {}).size(), 4u);
  EXPECT_EQ(scan_all(e, {"TYPE", "STRING", "MATCH", "b*"}, [] {}).size(), 1u);
  EXPECT_EQ(scan_all(e, {"TYPE", "list"}, [] {}).size(), 0u);
  EXPECT_EQ(scan_all(e, {"TYPE", ""}, [] {}).size(), 0u);
  EXPECT_EQ(scan_all(e, {"TYPE", std::string(1000, 's')}, [] {}).size(), 0u);
}

TEST(ScanCommand, Errors) {
  EngineFixture e;
  for (std::string_view cursor : {"abc", " 1", "1 ", "-", "+", "1.5", "99999999999999999999", "--1"}) {
    EXPECT_EQ(e.run({"SCAN", cursor}).to_string(), "-ERR invalid cursor") << cursor;
  }
  EXPECT_EQ(e.text("SCAN abc FOO"), "-ERR invalid cursor");
  EXPECT_EQ(e.text("SCAN 0 COUNT 0"), "-ERR syntax error");
  EXPECT_EQ(e.text("SCAN 0 COUNT -9223372036854775808"), "-ERR syntax error");
  EXPECT_EQ(e.text("SCAN 0 COUNT x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(e.text("SCAN 0 COUNT 9223372036854775808"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(e.text("SCAN 0 MATCH"), "-ERR syntax error");
  EXPECT_EQ(e.text("SCAN 0 FOO bar"), "-ERR syntax error");
}

// Cursors that no scan ever gave out end or go on somewhere; they never fail.
TEST(ScanCommand, ForeignCursors) {
  EngineFixture e;
  for (int i = 0; i < 1000; ++i) e.run({"SET", std::to_string(i), "v"});
  for (std::string_view cursor : {"", "-1", "+5", "00000000000000000000000017", "18446744073709551615",
                                  "9007199254740991", "9007199254740992", "-18446744073709551615", "1"}) {
    const Reply reply = e.run({"SCAN", cursor});
    ASSERT_EQ(reply.elements.size(), 2u) << cursor;
    EXPECT_LT(std::stoull(reply.elements[0].text), 1ull << 53);
  }
  EXPECT_EQ(e.text("SCAN ''"), e.text("SCAN 0"));
}

TEST(Randomkey, IsOneOfThem) {
  EngineFixture e;
  EXPECT_EQ(e.text("RANDOMKEY"), "$nil");
  e.text("MSET a 1 b 2 c 3");
  std::set<std::string> seen;
  for (int i = 0; i < 300; ++i) seen.insert(e.run({"RANDOMKEY"}).text);
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
}

TEST(Flush, OneAndAll) {
  EngineFixture e;
  for (const char* line : {"FLUSHDB", "FLUSHDB async", "FLUSHDB SYNC"}) {
    e.text("MSET a 1 b 2");
    EXPECT_EQ(e.text(line), "+OK");
    EXPECT_EQ(e.text("DBSIZE"), ":0");
  }
  e.text("SET a 1");
  e.text("COPY a a DB 5");
  EXPECT_EQ(e.text("FLUSHDB"), "+OK");
  EXPECT_EQ(e.engine().keyspace.db(5).size(), 1u);
  EXPECT_EQ(e.text("FLUSHALL"), "+OK");
  EXPECT_EQ(e.engine().keyspace.db(5).size(), 0u);
  EXPECT_EQ(e.text("FLUSHALL FOO"), "-ERR syntax error");
  EXPECT_EQ(e.text("FLUSHDB SYNC ASYNC"), "-ERR syntax error");
}

// What was flushed stays gone: its deadlines must not fire into keys of the same name.
TEST(Flush, TakesDeadlinesAlong) {
  EngineFixture e;
  e.text("SET a 1 PX 100");
  e.text("FLUSHALL");
  e.text("SET a 2");
  e.advance_ms(1000);
  EXPECT_EQ(e.text("GET a"), "\"2\"");
}

TEST(Swapdb, ExchangesContents) {
  EngineFixture e;
  e.text("SET a zero PX 100");
  EXPECT_EQ(e.text("SWAPDB 0 1"), "+OK");
  EXPECT_EQ(e.text("DBSIZE"), ":0");
  e.session(1).db = 1;
  EXPECT_EQ(e.text("GET a", 1), "\"zero\"");
  EXPECT_EQ(e.text("PTTL a", 1), ":100");
  e.advance_ms(100);
  EXPECT_EQ(e.text("DBSIZE", 1), ":0");
  EXPECT_EQ(e.text("SWAPDB 3 3"), "+OK");
}

TEST(Swapdb, Errors) {
  EngineFixture e;
  EXPECT_EQ(e.text("SWAPDB x 1"), "-ERR invalid first DB index");
  EXPECT_EQ(e.text("SWAPDB 99999999999 x"), "-ERR invalid first DB index");
  EXPECT_EQ(e.text("SWAPDB 0 x"), "-ERR invalid second DB index");
  EXPECT_EQ(e.text("SWAPDB 0 16"), "-ERR DB index is out of range");
  EXPECT_EQ(e.text("SWAPDB -1 0"), "-ERR DB index is out of range");
}

TEST(DatabaseEvents, NameWhatChanged) {
  EngineFixture e;
  e.text("SET a 1");
  EXPECT_EQ(e.events_of("KEYS *"), Events{});
  EXPECT_EQ(e.events_of("SCAN 0"), Events{});
  EXPECT_EQ(e.events_of("SWAPDB 0 0"), Events{});
  EXPECT_EQ(e.events_of("SWAPDB 0 1"), Events({"0:swapdb", "1:swapdb"}));
  e.text("SWAPDB 0 1");
  EXPECT_EQ(e.events_of("FLUSHDB"), Events({"0:flushdb"}));
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// notify-keyspace-events in process: channels and messages, which letters ask for what, when a client is told
// of its own doing, and that nothing is recorded while nobody asked. What each command says, and in which
// order, is compared with redis-server in differential/scripts/notifications.txt.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

std::string event_of(std::string_view channel, std::string_view message) {
  std::string line = "*[\"pmessage\", \"__*\", \"";
  return line.append(channel).append("\", \"").append(message).append("\"]");
}

void listen(EngineFixture& e, std::string_view letters, size_t client = 1) {
  EXPECT_EQ(e.run({"CONFIG", "SET", "notify-keyspace-events", letters}).to_string(), "+OK");
  e.text("PSUBSCRIBE __*", client);
}

TEST(KeyspaceNotifications, ByKeyAndByEvent) {
  EngineFixture e;
  listen(e, "KEA");
  e.text("SET a 1");
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyspace@0__:a", "set"), event_of("__keyevent@0__:set", "a")}));
  e.text("SELECT 5");
  e.text("SET b 1 EX 100");
  EXPECT_EQ(e.told(1),
            (Lines{event_of("__keyspace@5__:b", "set"), event_of("__keyevent@5__:set", "b"),
                   event_of("__keyspace@5__:b", "expire"), event_of("__keyevent@5__:expire", "b")}));
}

TEST(KeyspaceNotifications, LettersChoose) {
  EngineFixture e;
  listen(e, "K$");
  e.text("SET a 1");
  e.text("DEL a");
  e.text("RPUSH a 1");
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyspace@0__:a", "set")}));
  e.text("CONFIG SET notify-keyspace-events Elnm");
  e.text("RPUSH b 1");
  e.text("GET missing");
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyevent@0__:new", "b"), event_of("__keyevent@0__:rpush", "b"),
                              event_of("__keyevent@0__:keymiss", "missing")}));
}

TEST(KeyspaceNotifications, NothingIsRecordedUnlessAsked) {
  EngineFixture e;
  EXPECT_FALSE(e.engine().keyspace.events().wanted());
  for (const char* letters : {"A", "KE", "g$"}) {
    e.run({"CONFIG", "SET", "notify-keyspace-events", letters});
    EXPECT_FALSE(e.engine().keyspace.events().wanted()) << letters;
  }
  e.text("CONFIG SET notify-keyspace-events Kx");
  e.text("CONFIG SET notify-keyspace-events KEA");
  EXPECT_TRUE(e.engine().keyspace.events().wanted());
  e.run({"CONFIG", "SET", "notify-keyspace-events", ""});
  EXPECT_FALSE(e.engine().keyspace.events().wanted());
}

TEST(KeyspaceNotifications, MayBeOnFromTheStart) {
  EngineFixture e({{"notify-keyspace-events", "Ex"}});
  e.text("PSUBSCRIBE __*", 1);
  e.text("SET a 1 PX 10");
  e.advance_ms(10);
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyevent@0__:expired", "a")}));
}

TEST(KeyspaceNotifications, OfOnesOwnDoingComeBehindTheReply) {
  EngineFixture e;
  e.text("HELLO 3");
  e.text("CONFIG SET notify-keyspace-events Kg$");
  e.text("SUBSCRIBE __keyspace@0__:a");
  const std::string set = ">3\r\n$7\r\nmessage\r\n$16\r\n__keyspace@0__:a\r\n$3\r\nset\r\n";
  EXPECT_EQ(e.run_raw({"SET", "a", "1"}), "+OK\r\n" + set);
  e.text("MULTI");
  e.text("SET a 1");
  e.text("GET a");
  EXPECT_EQ(e.run_raw({"EXEC"}), "*2\r\n+OK\r\n$1\r\n1\r\n" + set);
}

// In the order in which things happened, also between what is published and what the keyspace says.
TEST(KeyspaceNotifications, KeepTheirPlaceAmongMessages) {
  EngineFixture e;
  listen(e, "K$");
  e.text("SUBSCRIBE c", 1);
  for (const char* line : {"MULTI", "SET a 1", "PUBLISH c m", "INCR a"}) e.text(line);
  e.text("EXEC");
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyspace@0__:a", "set"), "*[\"message\", \"c\", \"m\"]",
                              event_of("__keyspace@0__:a", "incrby")}));
}

TEST(KeyspaceNotifications, DoNotDisturbWatches) {
  EngineFixture e;
  listen(e, "KEAnm");
  for (const char* line : {"WATCH a", "GET a", "MULTI", "PING"}) e.text(line);
  EXPECT_EQ(e.text("EXEC"), "*[+PONG]");
  for (const char* line : {"WATCH a", "MULTI", "PING"}) e.text(line);
  e.text("SET a 1", 2);
  EXPECT_EQ(e.text("EXEC"), "*nil");
}

TEST(KeyspaceNotifications, SayNothingOfWhatWasBeforeTheOption) {
  EngineFixture e;
  e.text("PSUBSCRIBE __*", 1);
  e.text("WATCH other", 2);
  EXPECT_TRUE(e.engine().keyspace.events().wanted());
  for (const char* line :
       {"MULTI", "SET a 1", "CONFIG SET notify-keyspace-events KA", "SET b 1",
        "CONFIG SET notify-keyspace-events Kl", "SET c 1", "CONFIG SET notify-keyspace-events K$"})
    e.text(line);
  e.text("EXEC");
  EXPECT_EQ(e.told(1), (Lines{event_of("__keyspace@0__:b", "set")}));
}

TEST(KeyspaceNotifications, OfAKeyThatWatchFoundExpiredComeBehindItsReply) {
  EngineFixture e;
  e.text("HELLO 3");
  e.text("CONFIG SET notify-keyspace-events Ex");
  e.text("SUBSCRIBE __keyevent@0__:expired");
  e.text("SUBSCRIBE __keyevent@0__:expired", 1);
  e.text("SET k v PX 10");
  e.advance_clock_ms(20);
  EXPECT_EQ(e.run_raw({"WATCH", "k", "k2"}),
            "+OK\r\n>3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:expired\r\n$1\r\nk\r\n");
  EXPECT_EQ(e.told(1).size(), 1u);
  EXPECT_EQ(e.told(0), Lines{});
}

// So does a read that may miss, when that is asked for, alone or in a transaction.
TEST(KeyspaceNotifications, ReadersWaitWhereMissesAreTold) {
  EngineFixture e;
  listen(e, "Em");
  const std::string key(100'000, 'k');
  const std::vector<std::string_view> get = {"GET", key};
  const std::vector<std::string_view> multi = {"MULTI"};
  const std::vector<std::string_view> exec = {"EXEC"};
  const std::vector<std::string_view> ping = {"PING"};
  Executor& executor = e.engine().executor;
  Session& session = e.session(0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(executor.run(session, get));
  const uint64_t commands = session.commands;
  EXPECT_TRUE(executor.run(session, ping));
  EXPECT_FALSE(executor.run(session, get));
  EXPECT_EQ(session.commands, commands + 1);
  EXPECT_TRUE(executor.run(session, multi));
  EXPECT_TRUE(executor.run(session, get));
  EXPECT_FALSE(executor.run(session, exec));
  EXPECT_EQ(e.told(1).size(), 3u);
  EXPECT_TRUE(executor.run(session, exec));
  EXPECT_EQ(e.told(1).size(), 1u);
}

// Whoever writes publishes, too, and waits like one who does.
TEST(KeyspaceNotifications, WritersWaitUntilSubscribersWereWrittenTo) {
  EngineFixture e;
  listen(e, "E$");
  const std::string key(100'000, 'k');
  const std::vector<std::string_view> set = {"SET", key, "v"};
  const std::vector<std::string_view> get = {"GET", key};
  Executor& executor = e.engine().executor;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(executor.run(e.session(0), set));
  EXPECT_FALSE(executor.run(e.session(0), set));
  EXPECT_TRUE(executor.run(e.session(0), get));
  EXPECT_EQ(e.told(1).size(), 3u);
  EXPECT_TRUE(executor.run(e.session(0), set));
}

}  // namespace
}  // namespace aerie

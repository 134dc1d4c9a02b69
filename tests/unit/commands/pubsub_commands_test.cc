// SPDX-License-Identifier: BSD-3-Clause
//
// Publish/subscribe in process: who is told what and in which order, what a subscriber may do, what a client
// publishes to itself, when publishers wait. Client 0 publishes, the others listen.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/engine/client_line.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

TEST(Pubsub, MessagesGoToSubscribersOfChannelAndPattern) {
  EngineFixture e;
  EXPECT_EQ(e.text("SUBSCRIBE news", 1), "*[\"subscribe\", \"news\", :1]");
  EXPECT_EQ(e.text("PSUBSCRIBE n*", 1), "*[\"psubscribe\", \"n*\", :2]");
  EXPECT_EQ(e.text("SUBSCRIBE news", 2), "*[\"subscribe\", \"news\", :1]");
  EXPECT_EQ(e.text("PUBLISH news hello"), ":3");
  EXPECT_EQ(e.told(1),
            (Lines{"*[\"message\", \"news\", \"hello\"]", "*[\"pmessage\", \"n*\", \"news\", \"hello\"]"}));
  EXPECT_EQ(e.told(2), (Lines{"*[\"message\", \"news\", \"hello\"]"}));
  EXPECT_EQ(e.text("PUBLISH weather rain"), ":0");
  EXPECT_EQ(e.told(1), Lines{});
}

TEST(Pubsub, PatternsAreToldInTheOrderInWhichTheyCame) {
  EngineFixture e;
  e.run_raw({"PSUBSCRIBE", "x*", "*", "?"}, 1);
  EXPECT_EQ(e.text("PUBLISH x m"), ":3");
  EXPECT_EQ(e.told(1), (Lines{"*[\"pmessage\", \"x*\", \"x\", \"m\"]", "*[\"pmessage\", \"*\", \"x\", \"m\"]",
                              "*[\"pmessage\", \"?\", \"x\", \"m\"]"}));
}

TEST(Pubsub, EachSubscriberIsToldInItsProtocol) {
  EngineFixture e;
  e.text("HELLO 3", 1);
  EXPECT_EQ(e.text("SUBSCRIBE a", 1), ">[\"subscribe\", \"a\", :1]");
  e.text("SUBSCRIBE a", 2);
  EXPECT_EQ(e.text("PUBLISH a m"), ":2");
  EXPECT_EQ(e.told(1), (Lines{">[\"message\", \"a\", \"m\"]"}));
  EXPECT_EQ(e.told(2), (Lines{"*[\"message\", \"a\", \"m\"]"}));
}

TEST(Pubsub, UnsubscribingFromAllNamesEachInOrder) {
  EngineFixture e;
  e.run_raw({"SUBSCRIBE", "b", "a"}, 1);
  EXPECT_EQ(e.run_raw({"UNSUBSCRIBE"}, 1),
            "*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n");
  EXPECT_EQ(e.text("UNSUBSCRIBE", 1), "*[\"unsubscribe\", $nil, :0]");
  EXPECT_FALSE(e.session(1).subscribed);
}

TEST(Pubsub, WhatAClientPublishesToItselfComesBehindTheReply) {
  EngineFixture e;
  e.text("HELLO 3");
  e.text("SUBSCRIBE a");
  e.text("SSUBSCRIBE s");
  EXPECT_EQ(e.run_raw({"PUBLISH", "a", "m"}), ":1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n");
  EXPECT_EQ(e.run_raw({"SPUBLISH", "s", "m"}), ":1\r\n>3\r\n$8\r\nsmessage\r\n$1\r\ns\r\n$1\r\nm\r\n");
  e.text("MULTI");
  e.text("PUBLISH a 1");
  e.text("PUBLISH a 2");
  e.text("PING");
  EXPECT_EQ(e.run_raw({"EXEC"}),
            "*3\r\n:1\r\n:1\r\n+PONG\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n1\r\n"
            ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n");
  // Nothing is left over for the next one who publishes.
  e.text("SUBSCRIBE b", 1);
  EXPECT_EQ(e.text("PUBLISH b m"), ":1");
  EXPECT_EQ(e.told(0), Lines{});
}

// In RESP2 a message cannot be told from a reply.
TEST(Pubsub, ASubscriberOfResp2MayDoLittle) {
  EngineFixture e;
  e.text("SUBSCRIBE a", 1);
  const char* const kRest =
      "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
  EXPECT_EQ(e.text("GET k", 1), std::string("-ERR Can't execute 'get': ") + kRest);
  EXPECT_EQ(e.text("CLIENT ID", 1), std::string("-ERR Can't execute 'client|id': ") + kRest);
  EXPECT_EQ(e.text("PING", 1), "*[\"pong\", \"\"]");
  EXPECT_EQ(e.text("PING x", 1), "*[\"pong\", \"x\"]");
  EXPECT_EQ(e.text("RESET", 1), "+RESET");
  EXPECT_EQ(e.text("GET k", 1), "$nil");
  EXPECT_EQ(e.text("PUBLISH a m"), ":0");
}

TEST(Pubsub, ASubscriberOfResp3MayDoAll) {
  EngineFixture e;
  e.text("HELLO 3", 1);
  e.text("SUBSCRIBE a", 1);
  EXPECT_EQ(e.text("SET k v", 1), "+OK");
  EXPECT_EQ(e.text("PING", 1), "+PONG");
}

TEST(Pubsub, CountsAreTold) {
  EngineFixture e;
  e.run_raw({"SUBSCRIBE", "a", "b"}, 1);
  e.run_raw({"SUBSCRIBE", "a"}, 2);
  e.run_raw({"PSUBSCRIBE", "x*"}, 2);
  e.run_raw({"SSUBSCRIBE", "s"}, 2);
  EXPECT_EQ(e.text("PUBSUB CHANNELS"), "*[\"a\", \"b\"]");
  EXPECT_EQ(e.text("PUBSUB CHANNELS b*"), "*[\"b\"]");
  EXPECT_EQ(e.text("PUBSUB NUMSUB a c"), "*[\"a\", :2, \"c\", :0]");
  EXPECT_EQ(e.text("PUBSUB NUMPAT"), ":1");
  EXPECT_EQ(e.text("PUBSUB SHARDCHANNELS"), "*[\"s\"]");
  EXPECT_EQ(e.text("PUBSUB SHARDNUMSUB s a"), "*[\"s\", :1, \"a\", :0]");
  const std::string info = e.run({"INFO", "stats"}).text;
  for (const char* line : {"pubsub_channels:2\r\n", "pubsub_patterns:1\r\n", "pubsubshard_channels:1\r\n"})
    EXPECT_NE(info.find(line), std::string::npos) << line;
  std::string line;
  append_client_line(e.engine(), e.session(2), &line);
  EXPECT_NE(line.find(" flags=P "), std::string::npos) << line;
  EXPECT_NE(line.find(" sub=1 psub=1 ssub=1 "), std::string::npos) << line;
}

TEST(Pubsub, WhoIsGoneOrIsToGoIsNotCounted) {
  EngineFixture e;
  for (size_t client : {1, 2, 3}) e.text("SUBSCRIBE a", client);
  e.disconnect(1);
  EXPECT_EQ(e.text("CLIENT KILL ID " + std::to_string(e.session(2).id)), ":1");
  EXPECT_EQ(e.text("PUBLISH a m"), ":1");
  EXPECT_EQ(e.told(3).size(), 1u);
  EXPECT_EQ(e.text("CLIENT KILL TYPE pubsub"), ":1");
  EXPECT_EQ(e.text("PUBLISH a m"), ":0");
}

TEST(Pubsub, MemoryIsCountedAndGivenBack) {
  EngineFixture e;
  e.text("PING", 1);
  const size_t before = client_memory(e.engine(), e.session(1));
  for (int i = 0; i < 1'000; ++i) e.run_raw({"SUBSCRIBE", "channel:" + std::to_string(i)}, 1);
  EXPECT_GT(client_memory(e.engine(), e.session(1)), before + 1'000 * sizeof(Subscription));
  EXPECT_GT(e.engine().subscriptions.topic_bytes(), 1'000 * sizeof(Topic));
  e.disconnect(1);
  EXPECT_TRUE(e.engine().any_to_free());
  EXPECT_GT(e.engine().bytes_to_be_freed(), 0u);
  while (e.engine().free_some(1'000)) {
  }
  EXPECT_EQ(e.engine().subscriptions.topic_bytes(), 0u);
  EXPECT_EQ(e.text("PUBSUB CHANNELS"), "*[]");
}

// The fixture takes what a client is told when it asks: until then it counts as not written.
TEST(Pubsub, PublishersWaitUntilSubscribersWereWrittenTo) {
  EngineFixture e;
  e.text("SUBSCRIBE a", 1);
  Executor& executor = e.engine().executor;
  Session& publisher = e.session(0);
  const std::string text(100'000, 'x');
  const std::vector<std::string_view> publish = {"PUBLISH", "a", text};
  const std::vector<std::string_view> get = {"GET", "k"};
  const std::vector<std::string_view> multi = {"MULTI"};
  const std::vector<std::string_view> exec = {"EXEC"};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(executor.run(publisher, publish));
  EXPECT_FALSE(executor.run(publisher, publish));
  EXPECT_FALSE(publisher.waits());
  // Others, and whoever publishes nothing, go on; a transaction is held back as a whole.
  EXPECT_TRUE(executor.run(publisher, get));
  EXPECT_TRUE(executor.run(publisher, multi));
  EXPECT_TRUE(executor.run(publisher, publish));
  EXPECT_FALSE(executor.run(publisher, exec));
  EXPECT_EQ(e.told(1).size(), 3u);
  EXPECT_TRUE(executor.run(publisher, exec));
  EXPECT_EQ(e.told(1).size(), 1u);
}

// A client that does not read keeps nobody waiting.
TEST(Pubsub, PublishersDoNotWaitForThoseWhoWereWrittenToAndDoNotRead) {
  EngineFixture e;
  e.text("SUBSCRIBE a", 1);
  const std::string text(100'000, 'x');
  for (int i = 0; i < 20; ++i) EXPECT_EQ(e.run({"PUBLISH", "a", text}).to_string(), ":1");
  EXPECT_EQ(e.told(1).size(), 20u);
}

// The answers of subscribing are output of a listener, by whose limit they are judged from the first on.
TEST(Pubsub, AnswersAreHeldToTheLimitOfListeners) {
  constexpr size_t kLimit = 2'000'000;
  std::vector<std::string> words = {"SUBSCRIBE"};
  for (int i = 0; i < 2'000; ++i) words.push_back("channel:" + std::to_string(i));
  const std::vector<std::string_view> subscribe(words.begin(), words.end());
  for (const bool listening_is_limited : {true, false}) {
    EngineFixture e;
    Executor& executor = e.engine().executor;
    executor.set_output_limits(listening_is_limited ? SIZE_MAX : 1, listening_is_limited ? kLimit : SIZE_MAX);
    Session& session = e.session(1);
    e.text("MULTI", 1);
    for (int i = 0; i < 100; ++i) e.run(subscribe, 1);
    EXPECT_TRUE(executor.run(session, std::vector<std::string_view>{"EXEC"}));
    EXPECT_EQ(session.close_now, listening_is_limited);
    if (listening_is_limited) {
      EXPECT_LT(session.output->pending_bytes(), kLimit + 200'000);
    } else {
      EXPECT_GT(session.output->pending_bytes(), 2 * kLimit);
    }
  }
}

TEST(Pubsub, RepliesAreJudgedAsTheClientListens) {
  EngineFixture e;
  e.engine().executor.set_output_limits(1, 3'000'000);
  e.run({"SET", "k", std::string(2'000'000, 'v')});
  for (size_t client : {1, 2}) e.text("HELLO 3", client);
  e.text("SUBSCRIBE a", 1);
  EXPECT_EQ(e.run({"GET", "k"}, 1).text.size(), 2'000'000u);
  EXPECT_FALSE(e.session(1).close_now);
  e.run_raw({"GET", "k"}, 2);
  EXPECT_TRUE(e.session(2).close_now);
  e.text("RESET", 1);
  e.run_raw({"GET", "k"}, 1);
  EXPECT_TRUE(e.session(1).close_now);
}

// It waits for a key, is told more than it may leave unread, and goes.
TEST(Pubsub, NothingIsTakenForAListenerThatIsCutOff) {
  EngineFixture e;
  e.engine().executor.set_output_limits(SIZE_MAX, 1'000);
  e.text("HELLO 3", 1);
  e.text("SUBSCRIBE a", 1);
  EXPECT_EQ(e.run_raw({"BLPOP", "k", "0"}, 1), "");
  EXPECT_EQ(e.run({"PUBLISH", "a", std::string(2'000, 'x')}).to_string(), ":1");
  EXPECT_TRUE(e.session(1).close_now);
  EXPECT_EQ(e.text("RPUSH k v"), ":1");
  EXPECT_EQ(e.text("LLEN k"), ":1");
}

TEST(Pubsub, NamesAreBytes) {
  EngineFixture e;
  const std::string name("a\0\xff\r\n", 5);
  e.run({"SUBSCRIBE", name}, 1);
  e.run({"SUBSCRIBE", ""}, 1);
  EXPECT_EQ(e.run({"PUBLISH", name, std::string("\0", 1)}).to_string(), ":1");
  EXPECT_EQ(e.run({"PUBLISH", "", ""}).to_string(), ":1");
  EXPECT_EQ(e.told(1).size(), 2u);
}

TEST(Pubsub, RepliesTurnedOffDoNotConcernMessages) {
  EngineFixture e;
  EXPECT_EQ(e.run_raw({"CLIENT", "REPLY", "OFF"}, 1), "");
  EXPECT_EQ(e.text("SUBSCRIBE a", 1), "*[\"subscribe\", \"a\", :1]");
  EXPECT_EQ(e.run_raw({"PING"}, 1), "");
  EXPECT_EQ(e.text("PUBLISH a m"), ":1");
  EXPECT_EQ(e.told(1).size(), 1u);
  EXPECT_EQ(e.text("UNSUBSCRIBE a", 1), "*[\"unsubscribe\", \"a\", :0]");
}

}  // namespace
}  // namespace aerie

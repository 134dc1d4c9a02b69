// SPDX-License-Identifier: BSD-3-Clause
//
// The Publisher by itself: who is told nothing any more, limits of output for others and for the sender, what
// is encoded, and when publishers have to wait; and the places of the dirty list, by which it knows.
#include "aerie/engine/publisher.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "aerie/base/hash.h"
#include "aerie/engine/dirty_sessions.h"
#include "aerie/engine/session.h"
#include "aerie/engine/subscription_index.h"
#include "aerie/resp/output_queue.h"

namespace aerie {
namespace {

Key key_of(std::string_view name) {
  static const HashSeed seed = HashSeed::fixed(1);
  return Key{name, hash_bytes(name, seed)};
}

class PublisherTest : public testing::Test {
 protected:
  PublisherTest() : publisher_(subscriptions_, dirty_, pool_) {}
  ~PublisherTest() override {
    for (Session& session : sessions_) forget(session);
  }

  Session& subscribe(std::string_view channel, TopicKind kind = TopicKind::kChannel) {
    Session& session = sessions_.emplace_back(sessions_.size() + 1, 0);
    subscriptions_.subscribe(session, kind, key_of(channel));
    return session;
  }
  void forget(Session& session) {
    subscriptions_.forget(session);
    dirty_.remove(session);
    pool_.give_back(session.output);
    session.output = nullptr;
  }
  size_t publish(std::string_view text, const Session* sender = nullptr) {
    return publisher_.publish(sender, key_of("c"), text);
  }
  static size_t pending(const Session& session) {
    return session.output != nullptr ? session.output->pending_bytes() : 0;
  }
  // The write phase comes by whoever is next.
  Session* write_one() {
    Session* const session = dirty_.take();
    pool_.give_back(session->output);
    session->output = nullptr;
    return session;
  }

  SubscriptionIndex subscriptions_;
  OutputPool pool_;
  DirtySessions dirty_;
  Publisher publisher_;
  std::deque<Session> sessions_;
};

TEST_F(PublisherTest, WhoTakesMoreThanTheLimitIsCutOff) {
  publisher_.set_output_limit(100'000);
  Session& session = subscribe("c");
  const std::string text(60'000, 'x');
  EXPECT_EQ(publish(text), 1u);
  EXPECT_FALSE(session.close_now);
  EXPECT_EQ(publish(text), 1u);
  EXPECT_TRUE(session.close_now);
  EXPECT_TRUE(session.output->is_cut_short());
  EXPECT_EQ(publish(text), 0u);
  EXPECT_LT(OutputBlock::shared_bytes_alive(), 130'000u);
}

// They count, as in Redis, but nothing is made for them.
TEST_F(PublisherTest, NothingIsEncodedForThoseWhoAreToldNoMore) {
  Session& leaving = subscribe("c");
  Session& cut = subscribe("c");
  leaving.close_after_reply = true;
  cut.output = pool_.borrow();
  cut.output->cut_short();
  EXPECT_EQ(publish("text"), 2u);
  EXPECT_EQ(OutputBlock::shared_bytes_alive(), 0u);
  EXPECT_EQ(pending(leaving) + pending(cut), 0u);
  EXPECT_TRUE(dirty_.empty());
}

// Each of its patterns has an encoding of its own, and all of them wait for tell_sender().
TEST_F(PublisherTest, TheSenderHasNoMoreRoomThanOthers) {
  publisher_.set_output_limit(100'000);
  Session& sender = subscribe("c");
  for (size_t stars = 1; stars <= 100; ++stars)
    subscriptions_.subscribe(sender, TopicKind::kPattern, key_of(std::string(stars, '*')));
  EXPECT_EQ(publish(std::string(40'000, 'x'), &sender), 101u);
  EXPECT_LT(OutputBlock::shared_bytes_alive(), 130'000u);
  EXPECT_EQ(sender.output, nullptr);
  EXPECT_FALSE(publisher_.nothing_for_sender());
  publisher_.tell_sender(sender);
  EXPECT_TRUE(publisher_.nothing_for_sender());
  EXPECT_TRUE(sender.close_now);
  EXPECT_TRUE(sender.output->is_cut_short());
  forget(sender);
  EXPECT_EQ(OutputBlock::shared_bytes_alive(), 0u);
}

// What its own replies take is part of it; the room is new for the next command.
TEST_F(PublisherTest, TheSendersRepliesTakeRoom) {
  publisher_.set_output_limit(100'000);
  Session& sender = subscribe("c");
  sender.output = pool_.borrow();
  sender.output->append(std::string(50'000, 'r'));
  const std::string text(30'000, 'x');
  publish(text, &sender);
  publisher_.tell_sender(sender);
  EXPECT_FALSE(sender.close_now);
  publish(text, &sender);
  publish(text, &sender);
  EXPECT_LT(OutputBlock::shared_bytes_alive(), 70'000u) << "the second of them was not even encoded";
  publisher_.tell_sender(sender);
  EXPECT_TRUE(sender.close_now);
}

TEST_F(PublisherTest, LinesGoToAllButTheSenderAtOnce) {
  Session& one = subscribe("c");
  Session& sender = subscribe("c");
  Session* const both[] = {&one, &sender};
  publisher_.tell_all(both, &sender, PushMessage::status("line"));
  EXPECT_EQ(pending(one), 7u);
  EXPECT_EQ(pending(sender), 0u);
  publisher_.tell_sender(sender);
  EXPECT_EQ(pending(sender), 7u);
}

TEST_F(PublisherTest, WaitsForThoseWhoWereToldLast) {
  Session& first = subscribe("c");
  EXPECT_FALSE(publisher_.has_to_wait());
  publish(std::string(Publisher::kMaxUnwritten, 'x'));
  EXPECT_TRUE(publisher_.has_to_wait());
  // The command goes on, and tells one more.
  Session& second = subscribe("c");
  publish("x");
  EXPECT_EQ(write_one(), &first);
  EXPECT_TRUE(publisher_.has_to_wait());
  EXPECT_EQ(write_one(), &second);
  EXPECT_FALSE(publisher_.has_to_wait());
}

TEST_F(PublisherTest, WaitsForNobodyWhoIsGone) {
  Session& gone = subscribe("c");
  publish(std::string(Publisher::kMaxUnwritten, 'x'));
  EXPECT_TRUE(publisher_.has_to_wait());
  forget(gone);
  EXPECT_FALSE(publisher_.has_to_wait());
}

// A few bytes, but a segment for each of very many.
TEST_F(PublisherTest, ManyWhoAreToldLittleWeighToo) {
  constexpr size_t kSessions = 1'000;
  for (size_t i = 0; i < kSessions; ++i) subscribe("c");
  size_t messages = 0;
  for (; !publisher_.has_to_wait(); ++messages) publish("x");
  EXPECT_LE(messages * kSessions, Publisher::kMaxUnwritten * Publisher::kToldPerByte);
  EXPECT_GE(messages * kSessions, Publisher::kMaxUnwritten);
  for (size_t i = 0; i < kSessions; ++i) write_one();
  EXPECT_FALSE(publisher_.has_to_wait());
}

TEST(DirtySessions, PlacesArePassedInOrder) {
  DirtySessions dirty;
  TurnBuffer turn;
  std::deque<Session> sessions;
  for (uint64_t id = 1; id <= 4; ++id) sessions.emplace_back(id, 0);
  EXPECT_TRUE(dirty.is_past(dirty.end_place()));
  dirty.add(sessions[0]);
  dirty.add(sessions[1]);
  dirty.add(sessions[0]);
  const uint64_t place = dirty.end_place();
  dirty.add(sessions[2]);
  EXPECT_EQ(dirty.take(), &sessions[0]);
  EXPECT_FALSE(dirty.is_past(place));
  // What is carried over keeps its place in front of what comes later.
  dirty.carry_over(&turn);
  dirty.add(sessions[3]);
  dirty.add(sessions[1]);
  EXPECT_FALSE(dirty.is_past(place));
  EXPECT_EQ(dirty.take(), &sessions[1]);
  EXPECT_TRUE(dirty.is_past(place));
  EXPECT_FALSE(dirty.is_past(dirty.end_place()));
  // One that dies counts as the first.
  const uint64_t end = dirty.end_place();
  dirty.remove(sessions[3]);
  dirty.remove(sessions[3]);
  EXPECT_FALSE(dirty.is_past(end));
  EXPECT_EQ(dirty.take(), &sessions[2]);
  EXPECT_TRUE(dirty.is_past(end));
  EXPECT_EQ(dirty.take(), nullptr);
}

}  // namespace
}  // namespace aerie

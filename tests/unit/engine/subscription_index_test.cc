// SPDX-License-Identifier: BSD-3-Clause
//
// Who is subscribed to what: counts, order, the end of many subscriptions in slices, memory that is counted,
// and the same against a model of plain containers.
#include "aerie/engine/subscription_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aerie/base/hash.h"
#include "aerie/base/random.h"
#include "aerie/engine/session.h"

namespace aerie {
namespace {

constexpr TopicKind kChannel = TopicKind::kChannel;
constexpr TopicKind kPattern = TopicKind::kPattern;
constexpr TopicKind kShard = TopicKind::kShardChannel;

Key key_of(std::string_view name) {
  static const HashSeed seed = HashSeed::fixed(1);
  return Key{name, hash_bytes(name, seed)};
}

// Ids of those who would be told, in order.
std::vector<uint64_t> subscribers(SubscriptionIndex& index, TopicKind kind, std::string_view name) {
  std::vector<uint64_t> ids;
  Topic* topic = index.find(kind, key_of(name));
  if (topic == nullptr) return ids;
  for (const Subscription& subscription : topic->subscribers) {
    if (subscription.subscriber->session != nullptr) ids.push_back(subscription.subscriber->session->id);
  }
  return ids;
}

using Ids = std::vector<uint64_t>;

TEST(SubscriptionIndex, KnowsWhoListensInOrder) {
  SubscriptionIndex index;
  Session one(1, 0);
  Session two(2, 0);
  EXPECT_TRUE(index.subscribe(two, kChannel, key_of("a")));
  EXPECT_TRUE(index.subscribe(one, kChannel, key_of("a")));
  EXPECT_FALSE(index.subscribe(two, kChannel, key_of("a")));
  EXPECT_TRUE(index.subscribe(one, kPattern, key_of("a")));
  EXPECT_TRUE(index.subscribe(one, kShard, key_of("a")));
  EXPECT_EQ(subscribers(index, kChannel, "a"), (Ids{2, 1}));
  EXPECT_EQ(subscribers(index, kPattern, "a"), (Ids{1}));
  EXPECT_EQ(index.find(kChannel, key_of("b")), nullptr);
  EXPECT_TRUE(one.subscribed);
  EXPECT_EQ(SubscriptionIndex::count(one, kChannel), 1u);
  EXPECT_EQ(SubscriptionIndex::count(two, kPattern), 0u);
  EXPECT_EQ(index.find(kChannel, key_of("a"))->subscriber_count, 2u);
  EXPECT_TRUE(index.unsubscribe(two, kChannel, key_of("a")));
  EXPECT_FALSE(index.unsubscribe(two, kChannel, key_of("a")));
  EXPECT_FALSE(index.unsubscribe(one, kChannel, key_of("b")));
  EXPECT_FALSE(two.subscribed);
  index.unsubscribe_first(one, kChannel);
  EXPECT_EQ(SubscriptionIndex::first_topic(one, kChannel), nullptr);
  EXPECT_EQ(index.topic_count(kChannel), 0u);
  EXPECT_EQ(SubscriptionIndex::first_topic(one, kPattern)->name(), "a");
  index.forget(one);
  index.forget(two);
  EXPECT_FALSE(one.subscribed);
  EXPECT_EQ(index.topic_bytes(), 0u);
}

TEST(SubscriptionIndex, ManySubscriptionsEndInSlices) {
  constexpr size_t kMany = 100'000;
  SubscriptionIndex index;
  Session many(1, 0);
  Session other(2, 0);
  for (size_t i = 0; i < kMany; ++i) {
    index.subscribe(many, i % 2 == 0 ? kChannel : kPattern, key_of(std::to_string(i)));
  }
  index.subscribe(other, kChannel, key_of("99998"));
  index.forget(many);
  EXPECT_FALSE(many.subscribed);
  EXPECT_TRUE(index.any_to_free());
  EXPECT_GT(index.forgotten_bytes(), 0u);
  // It is told nothing any more.
  EXPECT_EQ(subscribers(index, kChannel, "99998"), (Ids{2}));
  size_t slices = 0;
  for (size_t budget = 1'000; index.free_some(&budget); budget = 1'000) ++slices;
  EXPECT_GE(slices, kMany / 1'000);
  EXPECT_FALSE(index.any_to_free());
  EXPECT_EQ(index.forgotten_bytes(), 0u);
  EXPECT_EQ(index.topic_count(kChannel), 1u);
  EXPECT_EQ(index.topic_count(kPattern), 0u);
  EXPECT_EQ(index.find(kChannel, key_of("99998"))->subscriber_count, 1u);
  index.forget(other);
  EXPECT_EQ(index.topic_bytes(), 0u);
}

TEST(SubscriptionIndex, IsLikeItsModel) {
  Random random(20261128);
  SubscriptionIndex index;
  std::deque<Session> sessions;
  std::map<std::pair<TopicKind, std::string>, Ids> model;
  constexpr TopicKind kKinds[] = {kChannel, kPattern, kShard};
  for (uint64_t id = 1; id <= 8; ++id) sessions.emplace_back(id, 0);
  const auto leave = [&](Ids& ids, uint64_t id) {
    const auto place = std::find(ids.begin(), ids.end(), id);
    if (place == ids.end()) return false;
    ids.erase(place);
    return true;
  };
  for (int step = 0; step < 200'000; ++step) {
    Session& session = sessions[random.below(sessions.size())];
    const TopicKind kind = kKinds[random.below(3)];
    const std::string name = std::to_string(random.below(step % 1'000 < 500 ? 1'000 : 20));
    Ids& ids = model[{kind, name}];
    const uint64_t dice = random.below(1'000);
    if (dice < 600) {
      const bool fresh = std::find(ids.begin(), ids.end(), session.id) == ids.end();
      ASSERT_EQ(index.subscribe(session, kind, key_of(name)), fresh);
      if (fresh) ids.push_back(session.id);
    } else if (dice < 990) {
      ASSERT_EQ(index.unsubscribe(session, kind, key_of(name)), leave(ids, session.id));
    } else if (dice < 995) {
      index.forget(session);
      for (auto& [topic, listeners] : model) leave(listeners, session.id);
    } else {
      size_t budget = 100;
      index.free_some(&budget);
    }
    ASSERT_EQ(subscribers(index, kind, name), ids) << step;
  }
  for (Session& session : sessions) {
    std::array<size_t, kTopicKinds> counts{};
    for (const auto& [topic, listeners] : model) {
      if (std::find(listeners.begin(), listeners.end(), session.id) != listeners.end())
        ++counts[static_cast<size_t>(topic.first)];
    }
    for (const TopicKind kind : kKinds)
      EXPECT_EQ(SubscriptionIndex::count(session, kind), counts[static_cast<size_t>(kind)]);
    index.forget(session);
  }
  size_t unlimited = SIZE_MAX;
  EXPECT_FALSE(index.free_some(&unlimited));
  EXPECT_EQ(index.topic_bytes(), 0u);
  for (const TopicKind kind : kKinds) EXPECT_EQ(index.topic_count(kind), 0u);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Who is subscribed to what: counts, order, the end of many subscriptions in slices, topics that end, memory
// that is counted, and the same against a model of plain containers.
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
constexpr TopicKind kReadKey = TopicKind::kKey;
constexpr TopicKind kPrefix = TopicKind::kPrefix;

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

TEST(SubscriptionIndex, AllSubscriptionsOfAClientMayEndAtOnce) {
  SubscriptionIndex index;
  Session many(1, 0);
  Session other(2, 0);
  for (size_t i = 0; i < 1'000; ++i)
    index.subscribe(many, i % 2 == 0 ? kChannel : kShard, key_of(std::to_string(i)));
  index.subscribe(other, kChannel, key_of("0"));
  index.unsubscribe_all(many);
  EXPECT_FALSE(many.subscribed);
  EXPECT_FALSE(index.any_to_free());
  EXPECT_EQ(index.topic_count(kChannel), 1u);
  EXPECT_EQ(index.topic_count(kShard), 0u);
  index.unsubscribe_all(many);
  EXPECT_TRUE(index.subscribe(many, kChannel, key_of("0")));
  EXPECT_EQ(subscribers(index, kChannel, "0"), (Ids{2, 1}));
  index.unsubscribe_all(many);
  index.unsubscribe_all(other);
  EXPECT_EQ(index.topic_bytes(), 0u);
}

TEST(SubscriptionIndex, KeysAndPrefixesAreNoSubscriptionsOfMessages) {
  SubscriptionIndex index;
  Session one(1, 0);
  EXPECT_TRUE(index.subscribe(one, kReadKey, key_of("a")));
  EXPECT_TRUE(index.subscribe(one, kPrefix, key_of("ab")));
  EXPECT_TRUE(index.subscribe(one, kPrefix, key_of("cd")));
  EXPECT_TRUE(index.subscribe(one, kPrefix, key_of("")));
  EXPECT_FALSE(one.subscribed);
  EXPECT_EQ(index.prefix_lengths(), (std::map<size_t, size_t>{{0, 1}, {2, 2}}));
  EXPECT_TRUE(index.subscribe(one, kChannel, key_of("a")));
  index.forget(one, kChannel);
  EXPECT_FALSE(one.subscribed);
  EXPECT_EQ(subscribers(index, kReadKey, "a"), (Ids{1}));
  index.forget(one, kPrefix);
  EXPECT_TRUE(index.prefix_lengths().empty());
  EXPECT_EQ(index.subscription_count(kReadKey), 1u);
  index.forget(one);
  EXPECT_EQ(index.topic_bytes(), 0u);
}

TEST(SubscriptionIndex, ATopicEndsForAllAndIsFreedInSlices) {
  constexpr size_t kMany = 10'000;
  SubscriptionIndex index;
  std::deque<Session> sessions;
  for (uint64_t id = 1; id <= kMany; ++id) {
    sessions.emplace_back(id, 0);
    index.subscribe(sessions.back(), kReadKey, key_of("a"));
    if (id <= 3) index.subscribe(sessions.back(), kReadKey, key_of("b"));
  }
  index.end_topic(*index.find(kReadKey, key_of("b")));
  EXPECT_FALSE(index.any_to_free());  // little is freed at once
  EXPECT_EQ(index.subscription_count(kReadKey), kMany);
  index.end_topic(*index.find(kReadKey, key_of("a")));
  EXPECT_EQ(index.find(kReadKey, key_of("a")), nullptr);
  EXPECT_EQ(index.topic_count(kReadKey), 0u);
  EXPECT_EQ(index.subscription_count(kReadKey), 0u);
  EXPECT_EQ(index.bytes_of(kReadKey), 0u);
  EXPECT_TRUE(index.any_to_free());
  // Who reads it anew is told of the next change, whatever of the old ones is not freed.
  EXPECT_TRUE(index.subscribe(sessions[5], kReadKey, key_of("a")));
  EXPECT_FALSE(index.subscribe(sessions[5], kReadKey, key_of("a")));
  EXPECT_EQ(subscribers(index, kReadKey, "a"), (Ids{6}));
  index.forget(sessions[7]);
  size_t slices = 0;
  for (size_t budget = 300; index.free_some(&budget); budget = 300) ++slices;
  EXPECT_GE(slices, kMany / 300);
  EXPECT_EQ(SubscriptionIndex::count(sessions[5], kReadKey), 1u);
  EXPECT_EQ(sessions[6].details().read_keys, nullptr);
  for (Session& session : sessions) index.forget(session);
  EXPECT_EQ(index.topic_bytes(), 0u);
}

TEST(SubscriptionIndex, AllTopicsOfAKindEndAtOnce) {
  SubscriptionIndex index;
  Session one(1, 0);
  Session two(2, 0);
  for (size_t i = 0; i < 1'000; ++i) {
    index.subscribe(one, kReadKey, key_of(std::to_string(i)));
    index.subscribe(two, kReadKey, key_of(std::to_string(i)));
  }
  index.subscribe(one, kChannel, key_of("1"));
  index.forget(two);  // its subscriptions wait to be freed, of the same topics
  index.end_all_topics(kReadKey);
  EXPECT_EQ(index.topic_count(kReadKey), 0u);
  EXPECT_EQ(index.find(kReadKey, key_of("1")), nullptr);
  EXPECT_EQ(subscribers(index, kChannel, "1"), (Ids{1}));
  EXPECT_TRUE(index.subscribe(one, kReadKey, key_of("1")));
  size_t unlimited = SIZE_MAX;
  EXPECT_FALSE(index.free_some(&unlimited));
  EXPECT_EQ(subscribers(index, kReadKey, "1"), (Ids{1}));
  EXPECT_EQ(SubscriptionIndex::count(one, kReadKey), 1u);
  EXPECT_EQ(index.subscription_count(kReadKey), 1u);
  index.forget(one);
  EXPECT_EQ(index.topic_bytes(), 0u);
  EXPECT_EQ(index.forgotten_bytes(), 0u);
}

// When what has ended is freed.
void expect_empty(SubscriptionIndex& index) {
  size_t unlimited = SIZE_MAX;
  EXPECT_FALSE(index.free_some(&unlimited));
  EXPECT_EQ(index.bytes_in_use(), 0u);
  for (const TopicKind kind : {kChannel, kPattern, kShard, kReadKey, kPrefix}) {
    EXPECT_EQ(index.topic_count(kind), 0u);
    EXPECT_EQ(index.subscription_count(kind), 0u);
  }
  EXPECT_TRUE(index.prefix_lengths().empty());
}

TEST(SubscriptionIndex, IsLikeItsModel) {
  Random random(20261128);
  SubscriptionIndex index;
  std::deque<Session> sessions;
  std::map<std::pair<TopicKind, std::string>, Ids> model;
  constexpr TopicKind kKinds[] = {kChannel, kPattern, kShard, kReadKey, kPrefix};
  for (uint64_t id = 1; id <= 8; ++id) sessions.emplace_back(id, 0);
  const auto leave = [&](Ids& ids, uint64_t id) {
    const auto place = std::find(ids.begin(), ids.end(), id);
    if (place == ids.end()) return false;
    ids.erase(place);
    return true;
  };
  for (int step = 0; step < 200'000; ++step) {
    Session& session = sessions[random.below(sessions.size())];
    const TopicKind kind = kKinds[random.below(std::size(kKinds))];
    const std::string name = std::to_string(random.below(step % 1'000 < 500 ? 1'000 : 20));
    Ids& ids = model[{kind, name}];
    const uint64_t dice = random.below(1'000);
    if (dice < 600) {
      const bool fresh = std::find(ids.begin(), ids.end(), session.id) == ids.end();
      ASSERT_EQ(index.subscribe(session, kind, key_of(name)), fresh);
      if (fresh) ids.push_back(session.id);
    } else if (dice < 990) {
      ASSERT_EQ(index.unsubscribe(session, kind, key_of(name)), leave(ids, session.id));
    } else if (dice < 993) {
      index.forget(session);
      for (auto& [topic, listeners] : model) leave(listeners, session.id);
    } else if (dice < 994) {
      index.forget(session, kind);
      const bool of_messages = kind != kReadKey && kind != kPrefix;
      for (auto& [topic, listeners] : model) {
        if (topic.first == kind || (of_messages && topic.first != kReadKey && topic.first != kPrefix))
          leave(listeners, session.id);
      }
    } else if (dice < 996) {
      if (Topic* topic = index.find(kind, key_of(name))) index.end_topic(*topic);
      ids.clear();
    } else if (random.below(50) == 0) {
      index.end_all_topics(kind);
      for (auto& [topic, listeners] : model) {
        if (topic.first == kind) listeners.clear();
      }
    } else {
      size_t budget = 100;
      index.free_some(&budget);
    }
    ASSERT_EQ(subscribers(index, kind, name), ids) << step;
  }
  size_t all = SIZE_MAX;
  index.free_some(&all);
  for (Session& session : sessions) {
    std::array<size_t, kTopicKinds> counts{};
    for (const auto& [topic, listeners] : model) {
      if (std::find(listeners.begin(), listeners.end(), session.id) != listeners.end())
        ++counts[static_cast<size_t>(topic.first)];
    }
    for (const TopicKind kind : kKinds)
      EXPECT_EQ(SubscriptionIndex::count(session, kind), counts[static_cast<size_t>(kind)]);
    EXPECT_EQ(session.subscribed, counts[0] + counts[1] + counts[2] != 0);
    index.forget(session);
  }
  expect_empty(index);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Who is subscribed to what: topics (channels, patterns, shard channels) and the clients at each, in the
// order in which they came; and the topics of each client. A client may have a million subscriptions: every
// step is O(1), and those of a client that leaves are freed in slices. Until then its topics still count it,
// but it is told nothing.
//
//   topic "news"   <-> [ client 3 ] <-> [ client 7 ]        each [ ] is a Subscription: a member of its
//   topic "sport"  <-> [ client 7 ]                          topic's list and of its client's
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "aerie/base/intrusive_list.h"
#include "aerie/store/types.h"

namespace aerie {

class Session;
struct Subscription;
struct SubscriberSet;

enum class TopicKind : uint8_t { kChannel, kPattern, kShardChannel };
inline constexpr size_t kTopicKinds = 3;

// Lies in front of its name, in one allocation.
struct Topic : ListNode<> {
  Topic* next = nullptr;  // in its bucket
  uint32_t hash;
  TopicKind kind;
  size_t subscriber_count = 0;
  size_t length;
  IntrusiveList<Subscription> subscribers;
  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), length}; }
};

struct OfSubscriber {};

struct Subscription : ListNode<>, ListNode<OfSubscriber> {
  Subscription* next = nullptr;  // in its bucket
  uint32_t hash;
  Topic* topic;
  SubscriberSet* subscriber;
};

// The subscriptions of one client, owned by the index.
struct SubscriberSet : ListNode<> {
  Session* session = nullptr;  // nullptr: it has left
  uint64_t salt = 0;
  std::array<size_t, kTopicKinds> counts{};
  std::array<IntrusiveList<Subscription, OfSubscriber>, kTopicKinds> subscriptions;
  size_t total() const { return counts[0] + counts[1] + counts[2]; }
};

class SubscriptionIndex {
 public:
  SubscriptionIndex();
  ~SubscriptionIndex();
  SubscriptionIndex(const SubscriptionIndex&) = delete;
  SubscriptionIndex& operator=(const SubscriptionIndex&) = delete;

  // False when the client is subscribed already.
  bool subscribe(Session& session, TopicKind kind, const Key& name);
  // False when the client is not subscribed.
  bool unsubscribe(Session& session, TopicKind kind, const Key& name);
  // Ends the client's oldest subscription of this kind. REQUIRES: there is one.
  void unsubscribe_first(Session& session, TopicKind kind);
  // The topic of that subscription; nullptr when there is none.
  static Topic* first_topic(const Session& session, TopicKind kind);
  // Ends all subscriptions of a client; many of them are freed later.
  void forget(Session& session);

  // nullptr when nobody is subscribed.
  Topic* find(TopicKind kind, const Key& name) const;
  // In the order in which they came to be.
  IntrusiveList<Topic>& topics(TopicKind kind) { return topics_[static_cast<size_t>(kind)]; }
  size_t topic_count(TopicKind kind) const { return topic_counts_[static_cast<size_t>(kind)]; }

  static size_t count(const Session& session, TopicKind kind);
  // What the client's subscriptions take, beyond the topics.
  static size_t memory_bytes(const SubscriberSet& set);
  // What topics take, and subscriptions that wait for free_some().
  size_t topic_bytes() const { return topic_bytes_; }
  size_t forgotten_bytes() const { return forgotten_ * kBytesPerSubscription; }
  bool any_to_free() const { return forgotten_ != 0; }
  // Frees about `*budget` blocks and takes them off the budget. Returns true when more is left.
  bool free_some(size_t* budget);

 private:
  struct Tables;

  static constexpr size_t kBytesPerSubscription = sizeof(Subscription) + sizeof(void*);

  static uint32_t topic_hash(TopicKind kind, const Key& name);
  Subscription* find_subscription(const SubscriberSet& set, const Topic& topic) const;
  Topic* make_topic(TopicKind kind, const Key& name);
  void drop_topic(Topic* topic);
  void end(Subscription* subscription);
  void end_for_session(Session& session, Subscription* subscription);
  size_t end_some(SubscriberSet* set, size_t most);

  std::unique_ptr<Tables> tables_;
  std::array<IntrusiveList<Topic>, kTopicKinds> topics_;
  std::array<size_t, kTopicKinds> topic_counts_{};
  IntrusiveList<SubscriberSet> forgotten_sets_;
  size_t forgotten_ = 0;  // their subscriptions
  size_t topic_bytes_ = 0;
  uint64_t sets_made_ = 0;
};

}  // namespace aerie

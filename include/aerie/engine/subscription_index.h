// SPDX-License-Identifier: BSD-3-Clause
//
// Who is subscribed to what: topics (channels, patterns, shard channels; keys and prefixes of keys for
// client-side caching) and the clients at each, in the order in which they came; and the topics of each
// client. A client may have a million subscriptions: every step is O(1), and those of a client that leaves
// are freed in slices. Until then its topics still count it, but it is told nothing. A topic may end, too,
// with all its subscriptions, which go in slices as well.
//
//   topic "news"   <-> [ client 3 ] <-> [ client 7 ]        each [ ] is a Subscription: a member of its
//   topic "sport"  <-> [ client 7 ]                          topic's list and of its client's
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "aerie/base/intrusive_list.h"
#include "aerie/store/types.h"

namespace aerie {

class Session;
struct SessionDetails;
struct Subscription;
struct SubscriberSet;

// kKey: a key that the client has read and may have cached (CLIENT TRACKING); kPrefix: all keys that begin so
// (its BCAST mode).
enum class TopicKind : uint8_t { kChannel, kPattern, kShardChannel, kKey, kPrefix };
inline constexpr size_t kTopicKinds = 5;

// Lies in front of its name, in one allocation.
struct Topic : ListNode<> {
  Topic* next = nullptr;  // in its bucket
  uint32_t hash;
  uint32_t generation;  // of its kind when it was made; another one, or 0: it has ended
  uint32_t subscriber_count = 0;
  TopicKind kind;
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

// The subscriptions of one client, owned by the index: one set for those of publish/subscribe, one for keys,
// one for prefixes.
struct SubscriberSet : ListNode<> {
  Session* session = nullptr;  // nullptr: it has left
  uint64_t salt = 0;
  std::array<size_t, kTopicKinds> counts{};
  std::array<IntrusiveList<Subscription, OfSubscriber>, kTopicKinds> subscriptions;
  size_t total() const {
    size_t sum = 0;
    for (const size_t count : counts) sum += count;
    return sum;
  }
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
  // The same for those of publish/subscribe (where `kind` is one of its kinds), for keys, or for prefixes.
  void forget(Session& session, TopicKind kind);
  // Ends all that the client listens to now, whatever their number.
  void unsubscribe_all(Session& session);
  // Ends a topic: nobody is subscribed to it any more. What it holds is freed later.
  void end_topic(Topic& topic);
  // Ends all topics of a kind, in O(1).
  void end_all_topics(TopicKind kind);

  // nullptr when nobody is subscribed.
  Topic* find(TopicKind kind, const Key& name) const;
  // In the order in which they came to be.
  IntrusiveList<Topic>& topics(TopicKind kind) { return topics_[static_cast<size_t>(kind)]; }
  size_t topic_count(TopicKind kind) const { return topic_counts_[static_cast<size_t>(kind)]; }
  // Of all topics of the kind together; clients that have left count until they are freed.
  size_t subscription_count(TopicKind kind) const { return subscription_counts_[static_cast<size_t>(kind)]; }
  // What topics of the kind take, with their subscriptions.
  size_t bytes_of(TopicKind kind) const {
    return names_bytes_[static_cast<size_t>(kind)] + topic_count(kind) * kBytesPerTopic +
           subscription_count(kind) * kBytesPerSubscription;
  }
  // The lengths of all prefixes, each with the number of prefixes that are so long.
  const std::map<size_t, size_t>& prefix_lengths() const { return prefix_lengths_; }

  static size_t count(const Session& session, TopicKind kind);
  // What the client's subscriptions take, beyond the topics.
  static size_t memory_bytes(const SubscriberSet& set);
  // What topics take, and subscriptions that wait for free_some() since their clients have left.
  size_t topic_bytes() const { return topic_bytes_; }
  size_t forgotten_bytes() const { return forgotten_ * kBytesPerSubscription; }
  // Of all topics and subscriptions, but for those of clients that have left.
  size_t bytes_in_use() const { return topic_bytes_ + (subscriptions_ - forgotten_) * kBytesPerSubscription; }
  bool any_to_free() const { return forgotten_ != 0 || !ended_topics_.empty(); }
  // Frees about `*budget` blocks and takes them off the budget. Returns true when more is left.
  bool free_some(size_t* budget);

 private:
  struct Tables;

  static constexpr size_t kBytesPerSubscription = sizeof(Subscription) + sizeof(void*);
  static constexpr size_t kBytesPerTopic = sizeof(Topic) + sizeof(void*);

  static SubscriberSet*& slot(SessionDetails& details, TopicKind kind);
  bool has_ended(const Topic& topic) const {
    return topic.generation != generations_[static_cast<size_t>(topic.kind)];
  }
  void uncount_topic(const Topic& topic);
  static uint32_t topic_hash(TopicKind kind, const Key& name);
  Subscription* find_subscription(const SubscriberSet& set, const Topic& topic) const;
  Topic* make_topic(TopicKind kind, const Key& name);
  void drop_topic(Topic* topic);
  void end(Subscription* subscription);
  void end_for_client(Subscription* subscription);
  size_t end_some(SubscriberSet* set, size_t most);
  void free_forgotten(size_t* budget);
  void free_ended(size_t* budget);

  std::unique_ptr<Tables> tables_;
  std::array<IntrusiveList<Topic>, kTopicKinds> topics_;
  std::array<size_t, kTopicKinds> topic_counts_{};
  std::array<size_t, kTopicKinds> subscription_counts_{};
  std::array<size_t, kTopicKinds> names_bytes_{};
  std::array<uint32_t, kTopicKinds> generations_;
  std::map<size_t, size_t> prefix_lengths_;
  IntrusiveList<Topic> ended_topics_;
  IntrusiveList<SubscriberSet> forgotten_sets_;
  size_t forgotten_ = 0;      // their subscriptions
  size_t subscriptions_ = 0;  // all there are
  size_t topic_bytes_ = 0;
  uint64_t sets_made_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// SubscriptionIndex: two tables, of topics by kind and name, and of subscriptions by client and topic, which
// answers whether a client is subscribed already. The name of a topic is stored once, however many listen. A
// topic that has ended stays in its table, where nobody finds it, until its last subscription is freed.
#include "aerie/engine/subscription_index.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/engine/session.h"
#include "engine/chain_table.h"

namespace aerie {

namespace {

constexpr uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
// Subscriptions that end at once with their client; the rest waits for free_some().
constexpr size_t kEndedAtOnce = 256;
// The same for a topic that ends, of which one command may end very many.
constexpr size_t kEndedWithTopic = 4;
// A subscription leaves two lists and a table: that much of the budget, in blocks.
constexpr size_t kBlocksPerSubscription = 3;

SubscriberSet* set_of(const Session& session, TopicKind kind) {
  const SessionDetails* details = session.details_if_any();
  if (details == nullptr) return nullptr;
  if (kind == TopicKind::kKey) return details->read_keys;
  return kind == TopicKind::kPrefix ? details->prefixes : details->subscriptions;
}

uint32_t subscription_hash(const SubscriberSet& set, const Topic& topic) {
  return static_cast<uint32_t>(((topic.hash ^ set.salt) * kGolden) >> 32);
}

}  // namespace

struct SubscriptionIndex::Tables {
  ChainTable<Topic> topics;
  ChainTable<Subscription> subscriptions;
};

SubscriptionIndex::SubscriptionIndex() : tables_(std::make_unique<Tables>()) {
  generations_.fill(1);
}

SubscriptionIndex::~SubscriptionIndex() {
  size_t unlimited = SIZE_MAX;
  free_some(&unlimited);
}

SubscriberSet*& SubscriptionIndex::slot(SessionDetails& details, TopicKind kind) {
  if (kind == TopicKind::kKey) return details.read_keys;
  return kind == TopicKind::kPrefix ? details.prefixes : details.subscriptions;
}

uint32_t SubscriptionIndex::topic_hash(TopicKind kind, const Key& name) {
  return static_cast<uint32_t>((name.hash + static_cast<uint64_t>(kind) * kGolden) >> 16);
}

Topic* SubscriptionIndex::find(TopicKind kind, const Key& name) const {
  return tables_->topics.find(topic_hash(kind, name), [&](const Topic& topic) {
    return topic.kind == kind && topic.name() == name.name && !has_ended(topic);
  });
}

Subscription* SubscriptionIndex::find_subscription(const SubscriberSet& set, const Topic& topic) const {
  return tables_->subscriptions.find(subscription_hash(set, topic), [&](const Subscription& subscription) {
    return subscription.subscriber == &set && subscription.topic == &topic;
  });
}

Topic* SubscriptionIndex::make_topic(TopicKind kind, const Key& name) {
  const size_t bytes = sizeof(Topic) + name.name.size();
  Topic* const topic = new (::operator new(bytes)) Topic;
  topic->hash = topic_hash(kind, name);
  topic->generation = generations_[static_cast<size_t>(kind)];
  topic->kind = kind;
  topic->length = name.name.size();
  if (!name.name.empty()) std::memcpy(static_cast<void*>(topic + 1), name.name.data(), name.name.size());
  tables_->topics.insert(topic);
  topics(kind).push_back(*topic);
  ++topic_counts_[static_cast<size_t>(kind)];
  names_bytes_[static_cast<size_t>(kind)] += topic->length;
  if (kind == TopicKind::kPrefix) ++prefix_lengths_[topic->length];
  topic_bytes_ += kBytesPerTopic + topic->length;
  return topic;
}

// It is about to end.
void SubscriptionIndex::uncount_topic(const Topic& topic) {
  const auto kind = static_cast<size_t>(topic.kind);
  --topic_counts_[kind];
  names_bytes_[kind] -= topic.length;
  subscription_counts_[kind] -= topic.subscriber_count;
  if (topic.kind != TopicKind::kPrefix) return;
  const auto length = prefix_lengths_.find(topic.length);
  if (--length->second == 0) prefix_lengths_.erase(length);
}

void SubscriptionIndex::drop_topic(Topic* topic) {
  if (!has_ended(*topic)) uncount_topic(*topic);
  topic_bytes_ -= kBytesPerTopic + topic->length;
  tables_->topics.erase(topic);
  topic->~Topic();
  ::operator delete(topic);
}

bool SubscriptionIndex::subscribe(Session& session, TopicKind kind, const Key& name) {
  // As fast as new ones come, those that have ended go.
  size_t budget = 2 * kBlocksPerSubscription;
  if (!ended_topics_.empty()) free_ended(&budget);
  SubscriberSet*& set = slot(session.details(), kind);
  if (set == nullptr) {
    // Owned by hand, since it outlives its session: see end_some().
    set = std::make_unique<SubscriberSet>().release();
    set->session = &session;
    set->salt = ++sets_made_ * kGolden;
  }
  Topic* topic = find(kind, name);
  if (topic == nullptr) {
    topic = make_topic(kind, name);
  } else if (find_subscription(*set, *topic) != nullptr) {
    return false;
  }
  auto* const subscription = std::make_unique<Subscription>().release();
  subscription->hash = subscription_hash(*set, *topic);
  subscription->topic = topic;
  subscription->subscriber = set;
  tables_->subscriptions.insert(subscription);
  topic->subscribers.push_back(*subscription);
  ++topic->subscriber_count;
  const auto of_kind = static_cast<size_t>(kind);
  set->subscriptions[of_kind].push_back(*subscription);
  ++set->counts[of_kind];
  ++subscription_counts_[of_kind];
  ++subscriptions_;
  if (kind != TopicKind::kKey && kind != TopicKind::kPrefix) session.subscribed = true;
  return true;
}

bool SubscriptionIndex::unsubscribe(Session& session, TopicKind kind, const Key& name) {
  SubscriberSet* const set = set_of(session, kind);
  Topic* const topic = set != nullptr ? find(kind, name) : nullptr;
  Subscription* const subscription = topic != nullptr ? find_subscription(*set, *topic) : nullptr;
  if (subscription == nullptr) return false;
  end_for_client(subscription);
  return true;
}

void SubscriptionIndex::unsubscribe_first(Session& session, TopicKind kind) {
  SubscriberSet* const set = set_of(session, kind);
  AERIE_ASSERT(set != nullptr);
  end_for_client(&set->subscriptions[static_cast<size_t>(kind)].front());
}

Topic* SubscriptionIndex::first_topic(const Session& session, TopicKind kind) {
  SubscriberSet* const set = set_of(session, kind);
  if (set == nullptr || set->counts[static_cast<size_t>(kind)] == 0) return nullptr;
  return set->subscriptions[static_cast<size_t>(kind)].front().topic;
}

// A client without subscriptions has no set.
void SubscriptionIndex::end_for_client(Subscription* subscription) {
  SubscriberSet* const set = subscription->subscriber;
  Session* const session = set->session;
  const TopicKind kind = subscription->topic->kind;
  end(subscription);
  if (session == nullptr) --forgotten_;
  if (set->total() != 0) return;
  std::unique_ptr<SubscriberSet>(set).reset();
  if (session == nullptr) return;
  SubscriberSet*& of_session = slot(session->details(), kind);
  of_session = nullptr;
  session->subscribed = session->details().subscriptions != nullptr;
}

void SubscriptionIndex::end(Subscription* subscription) {
  Topic* const topic = subscription->topic;
  const auto kind = static_cast<size_t>(topic->kind);
  --subscription->subscriber->counts[kind];
  --subscriptions_;
  if (!has_ended(*topic)) --subscription_counts_[kind];
  tables_->subscriptions.erase(subscription);
  // Leaves both lists.
  std::unique_ptr<Subscription>(subscription).reset();
  if (--topic->subscriber_count == 0) drop_topic(topic);
}

void SubscriptionIndex::forget(Session& session) {
  if (session.details_if_any() == nullptr) return;
  for (const TopicKind kind : {TopicKind::kChannel, TopicKind::kKey, TopicKind::kPrefix})
    forget(session, kind);
}

void SubscriptionIndex::forget(Session& session, TopicKind kind) {
  if (set_of(session, kind) == nullptr) return;
  SubscriberSet* const set = std::exchange(slot(session.details(), kind), nullptr);
  session.subscribed = session.details().subscriptions != nullptr;
  set->session = nullptr;
  if (end_some(set, kEndedAtOnce) == kEndedAtOnce && set->total() != 0) {
    forgotten_ += set->total();
    forgotten_sets_.push_back(*set);
  } else {
    std::unique_ptr<SubscriberSet>(set).reset();
  }
}

void SubscriptionIndex::unsubscribe_all(Session& session) {
  SubscriberSet* const set = set_of(session, TopicKind::kChannel);
  if (set == nullptr) return;
  end_some(set, set->total());
  std::unique_ptr<SubscriberSet>(set).reset();
  session.details().subscriptions = nullptr;
  session.subscribed = false;
}

void SubscriptionIndex::end_topic(Topic& topic) {
  uncount_topic(topic);
  topic.generation = 0;
  topic.unlink();
  ended_topics_.push_front(topic);
  if (topic.subscriber_count > kEndedWithTopic) return;
  size_t budget = topic.subscriber_count * kBlocksPerSubscription;
  free_ended(&budget);
}

void SubscriptionIndex::end_all_topics(TopicKind kind) {
  const auto of_kind = static_cast<size_t>(kind);
  ++generations_[of_kind];
  ended_topics_.append(topics_[of_kind]);
  topic_counts_[of_kind] = subscription_counts_[of_kind] = names_bytes_[of_kind] = 0;
  if (kind == TopicKind::kPrefix) prefix_lengths_.clear();
}

// Ends the oldest subscriptions of a client that has left. Returns how many.
size_t SubscriptionIndex::end_some(SubscriberSet* set, size_t most) {
  size_t ended = 0;
  for (auto& list : set->subscriptions) {
    for (; ended < most && !list.empty(); ++ended) end(&list.front());
  }
  return ended;
}

void SubscriptionIndex::free_forgotten(size_t* budget) {
  while (*budget != 0 && !forgotten_sets_.empty()) {
    SubscriberSet* const set = &forgotten_sets_.front();
    const size_t ended = end_some(set, std::min(set->total(), *budget / kBlocksPerSubscription + 1));
    forgotten_ -= ended;
    *budget -= std::min(*budget, ended * kBlocksPerSubscription);
    if (set->total() == 0) std::unique_ptr<SubscriberSet>(set).reset();
  }
}

void SubscriptionIndex::free_ended(size_t* budget) {
  while (*budget != 0 && !ended_topics_.empty()) {
    // The topic goes with its last subscriber.
    end_for_client(&ended_topics_.front().subscribers.front());
    *budget -= std::min(*budget, kBlocksPerSubscription);
  }
}

bool SubscriptionIndex::free_some(size_t* budget) {
  free_forgotten(budget);
  free_ended(budget);
  return any_to_free();
}

size_t SubscriptionIndex::count(const Session& session, TopicKind kind) {
  const SubscriberSet* const set = set_of(session, kind);
  return set != nullptr ? set->counts[static_cast<size_t>(kind)] : 0;
}

size_t SubscriptionIndex::memory_bytes(const SubscriberSet& set) {
  return sizeof(SubscriberSet) + set.total() * kBytesPerSubscription;
}

}  // namespace aerie

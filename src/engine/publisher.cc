// SPDX-License-Identifier: BSD-3-Clause
//
// Publisher. The time of a PUBLISH is the walk along the subscribers: each is asked for its queue and given a
// segment that points to the shared bytes. Patterns are matched one by one, so that a PUBLISH is linear in
// their number, as in Redis.
#include "aerie/engine/publisher.h"

#include <span>

#include "aerie/base/glob.h"
#include "aerie/engine/dirty_sessions.h"
#include "aerie/engine/session.h"
#include "aerie/engine/subscription_index.h"
#include "aerie/resp/output_queue.h"

namespace aerie {

namespace {

constexpr size_t kKeptForSender = 64;

}  // namespace

// The message in the protocols that were asked for.
class Publisher::Encoding {
 public:
  explicit Encoding(std::span<const std::string_view> parts) : parts_(parts) {}

  const PushMessage& in(uint8_t protocol) {
    return messages_.in(protocol, [&](uint8_t wanted) { return PushMessage(wanted, parts_); });
  }
  size_t bytes() const { return messages_.bytes(); }

 private:
  std::span<const std::string_view> parts_;
  PushInBoth messages_;
};

size_t Publisher::publish(const Session* sender, const Key& channel, std::string_view message) {
  size_t told = 0;
  if (Topic* topic = subscriptions_.find(TopicKind::kChannel, channel)) {
    const std::string_view parts[] = {"message", channel.name, message};
    Encoding encoding(parts);
    told += tell(*topic, sender, &encoding);
  }
  GlobBudget budget;
  for (Topic& pattern : subscriptions_.topics(TopicKind::kPattern)) {
    if (!glob_match(pattern.name(), channel.name, &budget)) continue;
    const std::string_view parts[] = {"pmessage", pattern.name(), channel.name, message};
    Encoding encoding(parts);
    told += tell(pattern, sender, &encoding);
  }
  return told;
}

size_t Publisher::publish_to_shard(const Session* sender, const Key& channel, std::string_view message) {
  Topic* const topic = subscriptions_.find(TopicKind::kShardChannel, channel);
  if (topic == nullptr) return 0;
  const std::string_view parts[] = {"smessage", channel.name, message};
  Encoding encoding(parts);
  return tell(*topic, sender, &encoding);
}

// Some 50 ns for each. Bringing the clients of a window from memory ahead of their turn was tried: it cost
// more than it saved.
size_t Publisher::tell(Topic& topic, const Session* sender, Encoding* encoding) {
  size_t told = 0;
  for (const Subscription& subscription : topic.subscribers) {
    Session* const session = subscription.subscriber->session;
    if (session == nullptr || session->close_now) continue;
    ++told;
    // Nothing is encoded for those alone who are told no more.
    if (takes_more(*session, sender)) [[likely]]
      deliver(*session, sender, encoding->in(session->protocol));
  }
  count_unwritten(encoding->bytes(), told);
  return told;
}

void Publisher::tell_all(std::span<Session* const> sessions, const Session* sender,
                         const PushMessage& message) {
  for (Session* const session : sessions) {
    if (!session->close_now) tell_one(*session, sender, message);
  }
  count_unwritten(message.size(), sessions.size());
}

void Publisher::count_unwritten(size_t bytes, size_t told) {
  unwritten_ += bytes + told / kToldPerByte;
  if (unwritten_ >= kMaxUnwritten) written_at_ = dirty_.end_place();
}

void Publisher::tell_one(Session& session, const Session* sender, const PushMessage& message) {
  if (takes_more(session, sender)) deliver(session, sender, message);
}

// Behind its last reply, or output that was cut short, nothing comes. The sender is not told yet, but has
// room for no more than the others: with what goes beyond it tell_sender() cuts it short.
bool Publisher::takes_more(const Session& session, const Session* sender) const {
  if (session.close_after_reply) return false;
  if (session.output != nullptr && session.output->is_cut_short()) return false;
  if (&session != sender || !session.listens()) [[likely]]
    return true;
  const size_t held = session.output != nullptr ? session.output->memory_bytes() : 0;
  return held + for_sender_bytes_ <= most_output_;
}

// REQUIRES: takes_more().
void Publisher::deliver(Session& session, const Session* sender, const PushMessage& message) {
  if (&session != sender) [[likely]]
    return append(session, message);
  for_sender_.push_back(message);
  for_sender_bytes_ += message.memory_bytes();
}

void Publisher::append(Session& session, const PushMessage& message) {
  if (session.output == nullptr) session.output = pool_.borrow();
  // Nothing to settle, even where the session was carried over: it is no slice of the turn buffer.
  message.append_to(*session.output);
  if (session.output->memory_bytes() > most_output_ && session.listens()) [[unlikely]] {
    session.output->cut_short();
    session.close_now = true;
  }
  dirty_.add(session);
}

void Publisher::tell_sender(Session& sender) {
  for (const PushMessage& message : for_sender_) {
    if (takes_more(sender, nullptr)) append(sender, message);
  }
  for_sender_.clear();
  for_sender_bytes_ = 0;
  // An EXEC may have published very much.
  if (for_sender_.capacity() > kKeptForSender) std::vector<PushMessage>().swap(for_sender_);
}

bool Publisher::all_written() {
  if (more_to_tell_ || !dirty_.is_past(written_at_)) return false;
  unwritten_ = 0;
  return true;
}

}  // namespace aerie

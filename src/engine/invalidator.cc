// SPDX-License-Identifier: BSD-3-Clause
//
// Invalidator: who is told, in which form, and what becomes of a client that does not read. A message is
// encoded once for each form and shared by all who are told. A client with much unsent output is told that
// everything is invalid, instead of one key after the other: that is true, takes a few bytes, and as long as
// it waits unsent nothing needs to be added, since the client runs no request meanwhile.
#include "aerie/engine/invalidator.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "aerie/base/random.h"
#include "aerie/engine/config.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/publisher.h"
#include "aerie/engine/session.h"
#include "aerie/engine/session_directory.h"
#include "aerie/engine/subscription_index.h"
#include "aerie/resp/output_queue.h"
#include "aerie/resp/reply_writer.h"
#include "aerie/store/keyspace.h"
#include "engine/prefix_hash.h"

namespace aerie {

namespace {

// Bytes of single invalidations that a client is told which has stopped reading.
constexpr size_t kMaxLate = size_t{64} * 1024;
// The same for what one is told of one's own command, or EXEC, behind its reply.
constexpr size_t kMaxOwn = size_t{1} << 20;
// Flushes of one EXEC that are told one by one; behind them the caches hold nothing that is not invalid.
constexpr size_t kFlushesTold = 16;
// Keys that one step of the work forgets.
constexpr size_t kForgottenPerStep = 64;
// Room for so many keys of a request is kept.
constexpr size_t kPositionsKept = 1024;

void append_array(std::span<const std::string_view> items, std::string* out) {
  char header[ReplyWriter::kMaxHeader];
  out->append(header, ReplyWriter::put_array(header, items.size()));
  for (const std::string_view item : items) {
    out->append(header, ReplyWriter::put_bulk(header, item.size()));
    out->append(item).append("\r\n");
  }
}

}  // namespace

// Which keys are invalid, in the forms that were asked for.
class Invalidator::Message {
 public:
  // All keys.
  Message() = default;
  explicit Message(std::vector<std::string_view> keys) : keys_(std::move(keys)) {}

  // RESP3: a push. RESP2: a message to the channel that clients subscribe to for it.
  const PushMessage& in(uint8_t protocol) {
    return messages_.in(protocol, [&](uint8_t wanted) { return encode(wanted); });
  }
  size_t bytes() const { return messages_.bytes(); }

 private:
  PushMessage encode(uint8_t protocol) const {
    static constexpr std::string_view kPush[] = {"invalidate"};
    static constexpr std::string_view kToChannel[] = {"message", "__redis__:invalidate"};
    std::string what;
    if (keys_) {
      append_array(*keys_, &what);
    } else {
      char null[ReplyWriter::kMaxHeader];
      what.assign(null, ReplyWriter::put_null(null, protocol));
    }
    using Parts = std::span<const std::string_view>;
    return PushMessage(protocol, protocol == 3 ? Parts(kPush) : Parts(kToChannel), what);
  }

  std::optional<std::vector<std::string_view>> keys_;
  PushInBoth messages_;
};

Invalidator::Invalidator(Keyspace& keyspace, SubscriptionIndex& subscriptions,
                         const SessionDirectory& sessions, Publisher& publisher, const Config& config,
                         Random& random)
    : keyspace_(keyspace),
      subscriptions_(subscriptions),
      sessions_(sessions),
      publisher_(publisher),
      config_(config),
      prefix_base_(1 + random.below(PrefixHash::kPrime - 1)) {}

Invalidator::~Invalidator() {
  while (Tracker* tracker = trackers_.pop_front()) std::unique_ptr<Tracker>(tracker).reset();
}

Key Invalidator::prefix_key(std::string_view prefix) const {
  PrefixHash hash(prefix_base_);
  hash.add(prefix);
  return Key{prefix, hash.value()};
}

void Invalidator::start(Session& session, const TrackingOptions& options,
                        std::span<const std::string_view> prefixes) {
  Tracker*& tracker = session.details().tracker;
  if (tracker == nullptr) {
    // The list owns its trackers.
    tracker = std::make_unique<Tracker>(session).release();
    trackers_.push_back(*tracker);
    ++tracker_count_;
  }
  AERIE_ASSERT(options.broadcasts || session.details().prefixes == nullptr);
  tracker->options = options;
  tracker->redirect_broken = false;
  session.tracks_reads = !options.broadcasts;
  static constexpr std::string_view kAllKeys[] = {""};
  if (options.broadcasts && prefixes.empty()) prefixes = kAllKeys;
  for (const std::string_view prefix : prefixes)
    subscriptions_.subscribe(session, TopicKind::kPrefix, prefix_key(prefix));
  update_interest();
}

void Invalidator::stop(Session& session) {
  Tracker* const tracker = session.tracker();
  if (tracker == nullptr) return;
  session.details().tracker = nullptr;
  std::unique_ptr<Tracker>(tracker).reset();
  --tracker_count_;
  session.tracks_reads = false;
  session.caching_given = false;
  subscriptions_.forget(session, TopicKind::kPrefix);
  update_interest();
}

void Invalidator::update_interest() {
  const bool on = tracker_count_ != 0 || subscriptions_.topic_count(TopicKind::kKey) != 0;
  if (on == interested_) return;
  interested_ = on;
  on ? keyspace_.events().add_interest() : keyspace_.events().drop_interest();
}

void Invalidator::remember(Session& session, const CommandSpec& spec,
                           std::span<const std::string_view> args) {
  const TrackingOptions& options = session.tracker()->options;
  if ((options.opt_in && !session.caching_given) || (options.opt_out && session.caching_given)) return;
  extract_keys(spec, args, &positions_);
  for (const KeyPosition& place : positions_) {
    if ((place.flags & kKeyNotKey) == 0)
      subscriptions_.subscribe(session, TopicKind::kKey, keyspace_.key(args[place.index]));
  }
  // As fast as keys come, those that are too many go.
  if (has_surplus()) [[unlikely]]
    forget_surplus(2 * positions_.size() + kForgottenPerStep, &session);
  if (positions_.capacity() > kPositionsKept) positions_ = {};
}

void Invalidator::key_changed(const KeyEvent& event, const Session* cause, const Session* sender) {
  if (subscriptions_.topic_count(TopicKind::kPrefix) != 0)
    // A key that is found to be expired was changed by nobody, whoever looked.
    gather(event, cause != nullptr && event.event_class != EventClass::kExpired ? cause->id : 0);
  Topic* const key = subscriptions_.find(TopicKind::kKey, Key{event.key, event.key_hash});
  if (key != nullptr) invalidate(*key, cause, sender);
  if (tracker_count_ == 0) update_interest();
}

// Who is told: each client that has read the key, and tracks its reads now.
void Invalidator::invalidate(Topic& key, const Session* cause, const Session* sender) {
  Message message({key.name()});
  for (const Subscription& subscription : key.subscribers) {
    Session* const session = subscription.subscriber->session;
    if (session == nullptr || !session->tracks_reads) continue;
    Tracker& tracker = *session->tracker();
    if (session == cause && tracker.options.skips_own) continue;
    tell(tracker, sender, &message);
  }
  publisher_.count_unwritten(message.bytes());
  subscriptions_.end_topic(key);
}

void Invalidator::all_changed(const Session& sender) {
  subscriptions_.end_all_topics(TopicKind::kKey);
  if (trackers_.empty()) return update_interest();
  if (flushing_client_ != sender.id || flushing_request_ != sender.commands) flushes_ = 0;
  flushing_client_ = sender.id;
  flushing_request_ = sender.commands;
  if (++flushes_ > kFlushesTold) return;
  Message message;
  for (Tracker& tracker : trackers_) tell(tracker, &sender, &message);
  publisher_.count_unwritten(message.bytes());
}

bool Invalidator::has_surplus() const {
  const auto most = static_cast<size_t>(config_.settings().tracking_table_max_keys);
  if (most == 0) return false;
  return subscriptions_.topic_count(TopicKind::kKey) > most ||
         subscriptions_.bytes_of(TopicKind::kKey) / kBytesPerKey > most;
}

void Invalidator::forget_surplus(size_t budget, const Session* sender) {
  while (budget != 0 && has_surplus()) {
    Topic& oldest = subscriptions_.topics(TopicKind::kKey).front();
    budget -= std::min<size_t>(budget, oldest.subscriber_count);
    invalidate(oldest, nullptr, sender);
  }
}

void Invalidator::gather(const KeyEvent& event, uint64_t cause) {
  PrefixHash hash(prefix_base_);
  size_t hashed = 0;
  bool added = false;
  for (const auto& [length, count] : subscriptions_.prefix_lengths()) {
    if (length > event.key.size()) break;
    hash.add(event.key.substr(hashed, length - hashed));
    hashed = length;
    const std::string_view prefix = event.key.substr(0, length);
    if (subscriptions_.find(TopicKind::kPrefix, Key{prefix, hash.value()}) == nullptr) continue;
    if (!std::exchange(added, true)) changed_.add(event.key, cause);
    changed_.add_to(prefix);
  }
  if (!added) return;
  publisher_.count_unwritten(event.key.size() + ChangedKeys::kBytesPerName);
  publisher_.set_more_to_tell(true);
}

bool Invalidator::work_some() {
  if (!changed_.empty()) broadcast_some();
  if (has_surplus()) forget_surplus(kForgottenPerStep, nullptr);
  return has_work();
}

void Invalidator::broadcast_some() {
  const bool any = changed_.take(&portion_);
  publisher_.set_more_to_tell(!changed_.empty());
  Topic* const topic = any ? subscriptions_.find(TopicKind::kPrefix, prefix_key(portion_.prefix)) : nullptr;
  if (topic == nullptr) return;
  std::vector<std::string_view> keys;
  std::vector<uint64_t> causes;
  for (const ChangedKeys::Change& change : portion_.changes) {
    keys.push_back(change.key);
    causes.push_back(change.client);
  }
  std::sort(causes.begin(), causes.end());
  Message message(std::move(keys));
  for (const Subscription& subscription : topic->subscribers) {
    Session* const session = subscription.subscriber->session;
    if (session == nullptr) continue;
    Tracker& tracker = *session->tracker();
    if (tracker.options.skips_own && std::binary_search(causes.begin(), causes.end(), session->id)) {
      tell_others_changes(tracker);
    } else {
      tell(tracker, nullptr, &message);
    }
  }
  publisher_.count_unwritten(message.bytes());
}

// The portion without what the client changed itself.
void Invalidator::tell_others_changes(Tracker& tracker) {
  std::vector<std::string_view> keys;
  for (const ChangedKeys::Change& change : portion_.changes) {
    if (change.client != tracker.session.id) keys.push_back(change.key);
  }
  if (keys.empty()) return;
  Message message(std::move(keys));
  tell(tracker, nullptr, &message);
  publisher_.count_unwritten(message.bytes());
}

void Invalidator::tell(Tracker& tracker, const Session* sender, Message* message) {
  Session* target = &tracker.session;
  if (target->close_now) return;
  if (tracker.options.redirect != 0) {
    target = sessions_.find(tracker.options.redirect);
    if (target == nullptr || target->close_now) return tell_broken_redirect(tracker, sender);
  }
  // A connection of RESP2 carries messages only while it is subscribed to something; to what, Redis does not
  // ask. What concerns its own requests cannot be told there.
  if (target->protocol == 2 && (tracker.options.redirect == 0 || !target->subscribed)) return;
  const PushMessage& push = message->in(target->protocol);
  if (target == sender) return tell_behind_reply(*target, push);
  if (is_flooded(*target, push.size())) return tell_all_invalid(*target);
  publisher_.tell_one(*target, sender, push);
}

// All of it comes behind the reply; so where it is much, one message that everything is invalid does for the
// rest.
void Invalidator::tell_behind_reply(Session& sender, const PushMessage& push) {
  if (publisher_.nothing_for_sender()) own_bytes_ = 0;
  const bool was_much = own_bytes_ > kMaxOwn;
  own_bytes_ += push.size();
  if (was_much) return;
  publisher_.tell_one(sender, &sender, own_bytes_ > kMaxOwn ? Message().in(sender.protocol) : push);
}

// It has stopped reading, and was told enough of single keys.
bool Invalidator::is_flooded(Session& session, size_t size) {
  if (session.output == nullptr) return false;
  const bool late = session.output->pending_bytes() >= Executor::kOutputHighWater;
  if (!late && session.details_if_any() == nullptr) return false;
  size_t& bytes = session.details().late_invalidations;
  bytes = late ? bytes + size : 0;
  return bytes > kMaxLate;
}

void Invalidator::tell_all_invalid(Session& session) {
  SessionDetails& details = session.details();
  // It waits there already, and no request has run whose reply would come behind it.
  if (session.output->is_marked() && details.told_all_at == session.commands) return;
  publisher_.tell_one(session, nullptr, Message().in(session.protocol));
  session.output->mark();
  details.told_all_at = session.commands;
}

// Each time, as in Redis: the client may have read other keys since.
void Invalidator::tell_broken_redirect(Tracker& tracker, const Session* sender) {
  tracker.redirect_broken = true;
  Session& session = tracker.session;
  if (session.protocol == 2) return;
  char id[ReplyWriter::kMaxHeader];
  const std::string_view encoded_id(id, ReplyWriter::put_integer(id, tracker.options.redirect));
  static constexpr std::string_view kParts[] = {"tracking-redir-broken"};
  const PushMessage message(session.protocol, kParts, encoded_id);
  // One of them is as good as many.
  if (&session == sender) return tell_behind_reply(session, message);
  if (!is_flooded(session, message.size())) publisher_.tell_one(session, sender, message);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// KeyspaceNotifier: takes a look at key events before the executor takes them. While it is on, the keyspace
// records events for its sake; while nobody is subscribed to anything no channel's name is even made.
#include "aerie/engine/keyspace_notifier.h"

#include "aerie/engine/publisher.h"
#include "aerie/engine/subscription_index.h"
#include "aerie/store/keyspace.h"

namespace aerie {

namespace {

struct ClassLetter {
  EventClass event_class;
  char letter;
  bool in_all;  // "A" means it, too
};

constexpr ClassLetter kLetters[] = {{EventClass::kGeneric, 'g', true}, {EventClass::kString, '$', true},
                                    {EventClass::kList, 'l', true},    {EventClass::kExpired, 'x', true},
                                    {EventClass::kEvicted, 'e', true}, {EventClass::kNew, 'n', false},
                                    {EventClass::kKeyMiss, 'm', false}};

uint32_t bit_of(EventClass event_class) {
  return 1u << static_cast<uint32_t>(event_class);
}

// A channel's name may be as long as a key: little is kept of it.
constexpr size_t kKeptName = 1024;

}  // namespace

void KeyspaceNotifier::set_letters(std::string_view letters) {
  const auto has = [&](char letter) { return letters.find(letter) != letters.npos; };
  by_key_ = has('K');
  by_event_ = has('E');
  keyspace_.events().skip_new();
  classes_ = 0;
  for (const ClassLetter& known : kLetters) {
    if (has(known.letter) || (known.in_all && has('A'))) classes_ |= bit_of(known.event_class);
  }
  const bool on = (by_key_ || by_event_) && classes_ != 0;
  if (on == on_) return;
  on_ = on;
  on ? keyspace_.events().add_interest() : keyspace_.events().drop_interest();
}

bool KeyspaceNotifier::is_heard() const {
  return on_ && (subscriptions_.topic_count(TopicKind::kChannel) != 0 ||
                 subscriptions_.topic_count(TopicKind::kPattern) != 0);
}

bool KeyspaceNotifier::tells_misses() const {
  return on_ && (classes_ & bit_of(EventClass::kKeyMiss)) != 0;
}

void KeyspaceNotifier::tell(const KeyEvent& event, const Session* sender) {
  if ((classes_ & bit_of(event.event_class)) == 0 || !is_heard()) return;
  const auto publish = [&](std::string_view prefix, std::string_view what, std::string_view message) {
    channel_.assign(prefix).append(std::to_string(event.db)).append("__:").append(what);
    publisher_.publish(sender, keyspace_.key(channel_), message);
  };
  if (by_key_) publish("__keyspace@", event.key, event.name);
  if (by_event_) publish("__keyevent@", event.name, event.key);
  if (channel_.capacity() > kKeptName) channel_ = std::string();
}

}  // namespace aerie

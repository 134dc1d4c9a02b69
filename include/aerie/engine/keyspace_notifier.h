// SPDX-License-Identifier: BSD-3-Clause
//
// Keyspace notifications: publishes what happened to keys, as notify-keyspace-events asks for it. "set" of
// the key k in database 0 is published as the message "set" to the channel __keyspace@0__:k (letter K), and
// as the message "k" to __keyevent@0__:set (letter E). Channels, messages and their order are those of Redis.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aerie/store/key_events.h"

namespace aerie {

class Keyspace;
class Publisher;
class Session;
class SubscriptionIndex;

class KeyspaceNotifier {
 public:
  KeyspaceNotifier(Keyspace& keyspace, Publisher& publisher, const SubscriptionIndex& subscriptions)
      : keyspace_(keyspace), publisher_(publisher), subscriptions_(subscriptions) {}
  KeyspaceNotifier(const KeyspaceNotifier&) = delete;
  KeyspaceNotifier& operator=(const KeyspaceNotifier&) = delete;

  // The letters of notify-keyspace-events, checked. Nothing is published unless K or E is among them, and
  // nothing of what was recorded before.
  void set_letters(std::string_view letters);
  bool is_on() const { return on_; }
  // It is on, and somebody is subscribed to something.
  bool is_heard() const;
  // Reads publish, too: that there is no such key (letter m).
  bool tells_misses() const;

  // Publishes an event of a key, if it was asked for. What `sender` itself listens to waits until
  // Publisher::tell_sender(); nullptr: everybody is told at once. REQUIRES: no writer is attached to the
  // output of anybody else.
  void tell(const KeyEvent& event, const Session* sender);

 private:
  Keyspace& keyspace_;
  Publisher& publisher_;
  const SubscriptionIndex& subscriptions_;
  bool on_ = false;
  bool by_key_ = false;    // letter K
  bool by_event_ = false;  // letter E
  uint32_t classes_ = 0;   // a bit for each EventClass
  std::string channel_;    // of the message in the making
};

}  // namespace aerie

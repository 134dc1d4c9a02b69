// SPDX-License-Identifier: BSD-3-Clause
//
// What happened to keys while a command ran: the store appends, the executor drains after the outermost
// command (WATCH, wake-ups of blocked clients, keyspace notifications). The store knows nobody above
// it: with no interest declared an event costs one test of a flag.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/store/types.h"

namespace aerie {

// The letters of notify-keyspace-events.
enum class EventClass : uint8_t { kGeneric, kString, kList, kExpired, kEvicted, kNew, kKeyMiss };

// What an event means for those who wait for a value. kGrew: the key holds one that can be waited for, or
// more of it, than before; a database: so may any of its keys. kShrank: all else, what concerns strings and
// deadlines included. Keys are served in the order in which they grew.
enum class KeyEffect : uint8_t { kGrew, kShrank };

struct KeyEvent {
  enum class Scope : uint8_t { kKey, kDatabase };  // kDatabase: the whole database changed (FLUSHDB, SWAPDB)
  Scope scope = Scope::kKey;
  EventClass event_class = EventClass::kGeneric;
  KeyEffect effect = KeyEffect::kShrank;
  bool modified = true;  // false for what note() said: it dirties no WATCH
  uint32_t db = 0;
  std::string_view name;  // static storage: "set", "del", "expire", "flushdb", "swapdb"
  std::string_view key;   // a copy, valid while it is taken; empty for kDatabase
  uint64_t key_hash = 0;
};

class KeyEvents {
 public:
  // Counts of parties that want events; while zero, record() drops them.
  void add_interest() { ++interest_; }
  void drop_interest() { --interest_; }
  bool wanted() const { return interest_ != 0; }

  void record(uint32_t db, const Key& key, EventClass event_class, std::string_view name,
              KeyEffect effect = KeyEffect::kShrank) {
    ++changes_;
    if (wanted()) [[unlikely]]
      append(db, key, event_class, name, effect);
  }
  // What is no change of its own: a key was born (beside the event that says by what), or was not found.
  void note(uint32_t db, const Key& key, EventClass event_class, std::string_view name) {
    if (!wanted()) [[likely]]
      return;
    append(db, key, event_class, name, KeyEffect::kShrank);
    recorded_.events.back().modified = false;
  }
  // A whole database changed.
  void record_database(uint32_t db, std::string_view name, KeyEffect effect);

  bool empty() const { return recorded_.events.empty(); }
  // The last events, from the number of events `first` on, as far as they are not taken; their keys are not
  // readable yet. With count(): what the command has recorded that ran in between.
  size_t count() const { return recorded_.events.size(); }
  std::span<const KeyEvent> since(size_t first) const { return std::span(recorded_.events).subspan(first); }
  // Calls fn(const KeyEvent&), in order, for what was recorded since the last call and is not taken. fn
  // records nothing.
  template <typename Fn>
  void look_at_new(Fn&& fn) {
    for (; looked_at_ < recorded_.events.size(); ++looked_at_) {
      KeyEvent event = recorded_.events[looked_at_];
      event.key = std::string_view(recorded_.keys).substr(looked_at_bytes_, event.key.size());
      looked_at_bytes_ += event.key.size();
      fn(event);
    }
  }
  // What was recorded so far is nothing to look_at_new().
  void skip_new() {
    looked_at_ = recorded_.events.size();
    looked_at_bytes_ = recorded_.keys.size();
  }
  // Hands over what was recorded, in order, until forget_taken() or the next call; recording goes on
  // meanwhile.
  std::span<const KeyEvent> take();
  // Ends what take() gave, and keeps little memory of it.
  void forget_taken();

  // Number of changes since the start (INFO's rdb_changes_since_last_save).
  uint64_t changes() const { return changes_; }

 private:
  void append(uint32_t db, const Key& key, EventClass event_class, std::string_view name, KeyEffect effect);

  // Events, and the names of their keys one behind the other: `key` of an event has its size at first, and
  // its place when it is taken. Two of them that change places, so that events cost no allocation.
  struct Recorded {
    std::vector<KeyEvent> events;
    std::string keys;
  };

  Recorded recorded_;
  Recorded taken_;
  size_t looked_at_ = 0;  // events of recorded_, and bytes of their keys, that look_at_new() has shown
  size_t looked_at_bytes_ = 0;
  uint32_t interest_ = 0;
  uint64_t changes_ = 0;
};

}  // namespace aerie

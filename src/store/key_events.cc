// SPDX-License-Identifier: BSD-3-Clause
//
// KeyEvents: what the current command did to keys, recorded for those who want to know; the common case, that
// nobody does, is inline in the header. Names of keys are copied: the arguments may be gone by the time of
// the drain.
#include "aerie/store/key_events.h"

#include <utility>

namespace aerie {

namespace {

// Memory that is kept for the next events, of the events and of the names each.
constexpr size_t kKeptBytes = 16 * 1024;

}  // namespace

std::span<const KeyEvent> KeyEvents::take() {
  forget_taken();
  std::swap(recorded_, taken_);
  looked_at_ = looked_at_bytes_ = 0;
  std::string_view rest = taken_.keys;
  for (KeyEvent& event : taken_.events) {
    event.key = rest.substr(0, event.key.size());
    rest.remove_prefix(event.key.size());
  }
  return taken_.events;
}

void KeyEvents::forget_taken() {
  if (taken_.events.capacity() * sizeof(KeyEvent) > kKeptBytes) taken_.events = std::vector<KeyEvent>();
  if (taken_.keys.capacity() > kKeptBytes) taken_.keys = std::string();
  taken_.events.clear();
  taken_.keys.clear();
}

void KeyEvents::append(uint32_t db, const Key& key, EventClass event_class, std::string_view name,
                       KeyEffect effect) {
  KeyEvent event;
  event.event_class = event_class;
  event.effect = effect;
  event.db = db;
  event.name = name;
  event.key = key.name;
  event.key_hash = key.hash;
  recorded_.events.push_back(event);
  recorded_.keys.append(key.name);
}

void KeyEvents::record_database(uint32_t db, std::string_view name, KeyEffect effect) {
  ++changes_;
  if (!wanted()) return;
  KeyEvent event;
  event.scope = KeyEvent::Scope::kDatabase;
  event.effect = effect;
  event.db = db;
  event.name = name;
  recorded_.events.push_back(event);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// KeyEvents: what the current command did to keys, recorded for those who want to know; the common case, that
// nobody does, is inline in the header. Names of keys are copied: the arguments may be gone by the time of
// the drain.
#include "aerie/store/key_events.h"

#include <utility>

namespace aerie {

namespace {

// Of what was taken, memory beyond this is not kept for the next time.
constexpr size_t kKeptBytes = 16 * 1024;

}  // namespace

std::span<const KeyEvent> KeyEvents::take() {
  if (taken_.events.capacity() * sizeof(KeyEvent) > kKeptBytes) taken_.events = {};
  if (taken_.keys.capacity() > kKeptBytes) taken_.keys = {};
  taken_.events.clear();
  taken_.keys.clear();
  std::swap(recorded_, taken_);
  std::string_view rest = taken_.keys;
  for (KeyEvent& event : taken_.events) {
    event.key = rest.substr(0, event.key.size());
    rest.remove_prefix(event.key.size());
  }
  return taken_.events;
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

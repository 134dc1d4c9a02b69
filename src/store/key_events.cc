// SPDX-License-Identifier: BSD-3-Clause
//
// KeyEvents: what the current command did to keys, recorded for those who want to know; the common case, that
// nobody does, is inline in the header. Names of keys are copied: the arguments may be gone by the time of
// the drain.
#include "aerie/store/key_events.h"

namespace aerie {

void KeyEvents::append(uint32_t db, const Key& key, EventClass event_class, std::string_view name,
                       KeyEffect effect) {
  KeyEvent event;
  event.event_class = event_class;
  event.effect = effect;
  event.db = db;
  event.name = name;
  event.key = key.name;
  event.key_hash = key.hash;
  events_.push_back(std::move(event));
}

void KeyEvents::record_database(uint32_t db, std::string_view name, KeyEffect effect) {
  ++changes_;
  if (!wanted()) return;
  KeyEvent event;
  event.scope = KeyEvent::Scope::kDatabase;
  event.effect = effect;
  event.db = db;
  event.name = name;
  events_.push_back(std::move(event));
}

}  // namespace aerie

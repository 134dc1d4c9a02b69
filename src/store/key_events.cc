// SPDX-License-Identifier: BSD-3-Clause
//
// KeyEvents: what the current command did to keys, recorded for those who want to know; the common case, that
// nobody does, is inline in the header. Names of keys are copied: the arguments may be gone by the time of
// the drain.
#include "aerie/store/key_events.h"

namespace aerie {

void KeyEvents::append(uint32_t db, const Key& key, EventClass event_class, std::string_view name,
                       bool modified) {
  events_.push_back(
      KeyEvent{KeyEvent::Scope::kKey, event_class, modified, db, name, std::string(key.name), key.hash});
}

void KeyEvents::record_database(uint32_t db, std::string_view name) {
  ++changes_;
  if (!wanted()) return;
  events_.push_back(KeyEvent{KeyEvent::Scope::kDatabase, EventClass::kGeneric, true, db, name, {}, 0});
}

}  // namespace aerie

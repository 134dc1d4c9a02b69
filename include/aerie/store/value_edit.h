// SPDX-License-Identifier: BSD-3-Clause
//
// What the editing guards of all types have in common: they hold the entry that Database found, follow it
// when a change moves it, and see to it that no change stays without its event. Each type adds its changes
// (StringEdit, ListEdit). A missing key is created by the first change; its deadline stays with every change.
// A guard sees one key: another guard may change another key meanwhile, nothing may change its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aerie/store/key_events.h"
#include "aerie/store/types.h"

namespace aerie {

class Database;
class EntryPool;
struct Entry;
enum class ValueForm : uint8_t;

class ValueEdit {
 public:
  ValueEdit(const ValueEdit&) = delete;
  ValueEdit& operator=(const ValueEdit&) = delete;

  bool exists() const { return entry_ != nullptr; }
  // The key holds another type: the command answers WRONGTYPE, and nothing may be done with the guard.
  bool is_wrong_type() const { return wrong_type_; }

 protected:
  ValueEdit(Database& db, const Key& key, Entry* entry, bool wrong_type)
      : db_(db), key_(key), entry_(entry), wrong_type_(wrong_type) {}
  // Asserts that each change was announced: WATCH and waiting clients would not see it otherwise.
  ~ValueEdit();

  EntryPool& pool() const;
  // An entry for the key, with everything but the value as it is now; one for a new key of this type when
  // there is none. The value is as EntryPool::create_like leaves it. Not in its place yet: put().
  Entry* make_entry(Type type, ValueForm form, size_t inline_length) const;
  // Whether the entry can take the form in its present block. REQUIRES: exists().
  bool fits(ValueForm form, size_t inline_length) const;
  // Puts an entry of make_entry() in the place of the present one, which is freed. Counts as a change.
  void put(Entry* fresh);
  // Memory that the value owns outside of its entry has changed.
  void blob_changed(size_t bytes_before, size_t bytes_after);
  // A change was made, to be announced.
  void note_change() { unannounced_ = true; }
  // Records the event of all changes so far.
  void announce(EventClass event_class, std::string_view event, KeyEffect effect);
  // Removes the key, whose value is empty by now, and records "del". REQUIRES: exists(), no change is
  // unannounced.
  void erase_key();

  // REQUIRES: exists().
  Entry& entry() const { return *entry_; }

 private:
  Database& db_;
  Key key_;
  Entry* entry_;
  bool wrong_type_;
  bool unannounced_ = false;
};

}  // namespace aerie

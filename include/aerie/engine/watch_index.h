// SPDX-License-Identifier: BSD-3-Clause
//
// Who WATCHes which key. Pure bookkeeping: the executor asks it after each command that changed keys. The
// watches of a session are one set, which the session holds by pointer and the index owns. Every step costs
// by what it touches: adding, finding, and forgetting a whole set are O(1), however many watches there are;
// what was forgotten no longer counts, and its memory goes in slices (free_some) and with every new watch. A
// set ends as a whole, by forget() or because one of its keys changed: then EXEC fails whatever else was
// watched.
//
//   session -> WatchSet -> watch -> watch -> ...          one list per set
//                            |        |
//                           key      key -> watch of another set -> ...   one list per (database, name)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "aerie/store/types.h"

namespace aerie {

struct WatchSet;

class WatchIndex {
 public:
  explicit WatchIndex(uint32_t databases);
  ~WatchIndex();
  WatchIndex(const WatchIndex&) = delete;
  WatchIndex& operator=(const WatchIndex&) = delete;

  // What was true of a key when it was watched. Both stay true as long as the set lives, since every change
  // of the key ends the set; only the whole database may change around it.
  struct KeyState {
    bool existed = false;
    int64_t deadline_ms = kNoDeadline;
  };

  // The set of a session that watches nothing yet; it ends by forget() or as one of those that take_*()
  // names.
  WatchSet* make_set(uint64_t session_id);
  bool contains(const WatchSet& set, uint32_t db, const Key& key) const;
  // REQUIRES: the set does not contain the key.
  void add(WatchSet& set, uint32_t db, const Key& key, const KeyState& state);
  // Ends the set: none of its watches counts any more. O(1).
  void forget(WatchSet* set);

  // A key changed: ends the sets that contain it, and returns the ids of their sessions.
  std::vector<uint64_t> take_watchers(uint32_t db, std::string_view name, uint64_t hash);
  // A database as a whole became another one (FLUSHDB, SWAPDB): ends the sets that watch a key in it that
  // existed, or that exists(context, key) says is there now; returns the ids of their sessions. Only the
  // absent keys of sets without an existing one are asked for; with a null `exists` (an empty database) none.
  using Exists = bool (*)(void* context, const Key& key);
  std::vector<uint64_t> take_watchers_of_database(uint32_t db, Exists exists, void* context);

  // Watches that count.
  size_t size() const { return live_; }
  bool empty() const { return live_ == 0; }
  // The earliest deadline that a key of the set had, or kNever: from then on that key is gone.
  static int64_t earliest_deadline_ms(const WatchSet& set);
  // Bytes that this set would take if its session were alone.
  static size_t memory_bytes(const WatchSet& set);

  // Frees the memory of about `*budget` blocks of forgotten sets, and takes them off the budget. Returns true
  // when more is left.
  bool free_some(size_t* budget);
  bool any_to_free() const { return forgotten_bytes_ != 0; }
  // What waits for free_some().
  size_t forgotten_bytes() const { return forgotten_bytes_; }

 private:
  struct Tables;
  struct Watch;
  struct WatchedKey;

  friend struct WatchSet;  // it holds the first of its watches

  WatchedKey* find_key(uint32_t db, std::string_view name, uint64_t hash) const;
  WatchedKey* make_key(uint32_t db, const Key& key);
  bool concerns(const WatchSet& set, uint32_t db, Exists exists, void* context) const;
  // Frees one watch of a forgotten set, or the set when it has none left. REQUIRES: something is forgotten.
  void free_one();

  bool bits_are_exact_;  // each database has a bit of its own in a set
  std::unique_ptr<Tables> tables_;
  size_t live_ = 0;
  size_t forgotten_bytes_ = 0;
};

}  // namespace aerie

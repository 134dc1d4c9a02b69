// SPDX-License-Identifier: BSD-3-Clause
//
// Who WATCHes which key: from (database, key) to the ids of sessions. Pure bookkeeping; the executor asks it
// after each command that changed keys. A session that goes away must be forgotten first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aerie {

class WatchIndex {
 public:
  explicit WatchIndex(uint32_t databases) : watchers_(databases) {}

  // `existed`: the key was there when it was watched. It still tells the truth when the whole database
  // changes, since a change of the key itself would have made the watch dirty before. REQUIRES: this session
  // does not watch this key yet.
  void add(uint32_t db, std::string_view key, uint64_t session_id, bool existed);
  void remove(uint32_t db, std::string_view key, uint64_t session_id);
  bool empty() const { return count_ == 0; }
  size_t size() const { return count_; }

  // Calls fn(session_id) for all that watch the key.
  template <typename Fn>
  void for_each_watcher(uint32_t db, std::string_view key, Fn&& fn) const {
    const auto found = watchers_[db].find(std::string(key));
    if (found == watchers_[db].end()) return;
    for (const Watcher& watcher : found->second) fn(watcher.session_id);
  }
  // Calls fn(key, session_id, existed) for every watch of the database.
  template <typename Fn>
  void for_each_watch(uint32_t db, Fn&& fn) const {
    for (const auto& [key, watchers] : watchers_[db]) {
      for (const Watcher& watcher : watchers) fn(std::string_view(key), watcher.session_id, watcher.existed);
    }
  }

 private:
  struct Watcher {
    uint64_t session_id;
    bool existed;
  };
  std::vector<std::unordered_map<std::string, std::vector<Watcher>>> watchers_;  // by database
  size_t count_ = 0;
};

}  // namespace aerie

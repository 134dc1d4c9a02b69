// SPDX-License-Identifier: BSD-3-Clause
//
// The index of watched keys. Each list of watchers is short in practice; a client that watches millions of
// keys costs one map entry per key, which its own details account for.
#include "aerie/engine/watch_index.h"

#include <algorithm>

#include "aerie/base/assert.h"

namespace aerie {

void WatchIndex::add(uint32_t db, std::string_view key, uint64_t session_id, bool existed) {
  watchers_[db][std::string(key)].push_back(Watcher{session_id, existed});
  ++count_;
}

void WatchIndex::remove(uint32_t db, std::string_view key, uint64_t session_id) {
  const auto found = watchers_[db].find(std::string(key));
  AERIE_ASSERT(found != watchers_[db].end());
  std::vector<Watcher>& watchers = found->second;
  const auto place = std::find_if(watchers.begin(), watchers.end(), [session_id](const Watcher& watcher) {
    return watcher.session_id == session_id;
  });
  AERIE_ASSERT(place != watchers.end());
  *place = watchers.back();
  watchers.pop_back();
  if (watchers.empty()) watchers_[db].erase(found);
  --count_;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// ChangedKeys: names lie one behind the other, and each prefix has the indexes of its keys. A round is sorted
// portion by portion, so that no step depends on how much one EXEC has changed.
#include "aerie/engine/changed_keys.h"

#include <algorithm>
#include <utility>

namespace aerie {

namespace {

// Room that is kept for the next round.
constexpr size_t kKeptBytes = 64 * 1024;
constexpr size_t kKeptKeys = 4096;

}  // namespace

void ChangedKeys::Round::clear() {
  names.clear();
  keys.clear();
  if (names.capacity() > kKeptBytes) names = std::string();
  if (keys.capacity() > kKeptKeys) keys = std::vector<Key>();
}

void ChangedKeys::add(std::string_view key, uint64_t client) {
  gathered_.keys.push_back({gathered_.names.size(), key.size(), client});
  gathered_.names.append(key);
}

void ChangedKeys::add_to(std::string_view prefix) {
  auto place = gathered_.prefixes.lower_bound(prefix);
  if (place == gathered_.prefixes.end() || place->first != prefix)
    place = gathered_.prefixes.try_emplace(place, std::string(prefix));
  place->second.push_back(gathered_.keys.size() - 1);
}

bool ChangedKeys::take(Portion* portion) {
  portion->changes.clear();
  if (told_.prefixes.empty()) {
    told_.clear();
    std::swap(told_, gathered_);
    if (told_.prefixes.empty()) return false;
  }
  const auto first = told_.prefixes.begin();
  prefix_ = first->first;
  portion->prefix = prefix_;
  const std::vector<size_t>& indexes = first->second;
  for (size_t bytes = 0; next_ < indexes.size(); ++next_) {
    const Key& key = told_.keys[indexes[next_]];
    if (bytes != 0 && bytes + key.size + kBytesPerName > kPortionBytes) break;
    bytes += key.size + kBytesPerName;
    portion->changes.push_back({std::string_view(told_.names).substr(key.begin, key.size), key.client});
  }
  if (next_ == indexes.size()) {
    told_.prefixes.erase(first);
    next_ = 0;
  }
  // Of the changes of one key the last one stays.
  std::vector<Change>& changes = portion->changes;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.key < b.key; });
  const auto same_as_next = [](const Change& a, const Change& b) { return a.key == b.key; };
  const auto kept = std::unique(changes.rbegin(), changes.rend(), same_as_next);
  changes.erase(changes.begin(), kept.base());
  return true;
}

}  // namespace aerie

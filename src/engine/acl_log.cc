// SPDX-License-Identifier: BSD-3-Clause
//
// Grouping and length of the log. Only the newest entries are looked at for the same thing: whoever is
// refused again and again is among them, and a flood of different ones costs no more for a long log.
#include "aerie/engine/acl_log.h"

#include <algorithm>
#include <utility>

namespace aerie {

namespace {

constexpr int64_t kGroupedMs = 60'000;
constexpr size_t kLookedAt = 10;

bool is_same(const AclLogEntry& a, const AclLogEntry& b) {
  return a.reason == b.reason && a.in_transaction == b.in_transaction && a.object == b.object &&
         a.user == b.user;
}

}  // namespace

void AclLog::add(AclLogEntry entry, int64_t now_ms) {
  for (std::string* text : {&entry.object, &entry.user, &entry.client}) {
    if (text->size() > kMostTextBytes) *text = text->substr(0, kMostTextBytes);
  }
  entry.updated_ms = now_ms;
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(entries_.size(), kLookedAt));
  const auto known = std::find_if(entries_.begin(), end, [&](const AclLogEntry& other) {
    return is_same(entry, other) && now_ms - other.updated_ms <= kGroupedMs;
  });
  if (known != end) {
    entry.count = known->count + 1;
    entry.id = known->id;
    entry.created_ms = known->created_ms;
    entries_.erase(known);
    entries_.push_front(std::move(entry));
    return;
  }
  entry.count = 1;
  entry.id = next_id_++;
  entry.created_ms = now_ms;
  entries_.push_front(std::move(entry));
  while (entries_.size() > max_length_) entries_.pop_back();
}

}  // namespace aerie

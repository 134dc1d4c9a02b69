// SPDX-License-Identifier: BSD-3-Clause
//
// EvictionPool: a sorted array of sixteen. Moving a few of them is cheaper than anything cleverer, and next
// to nothing beside the misses of memory that looking at a key takes.
#include "store/eviction_pool.h"

#include <algorithm>

namespace aerie {

void EvictionPool::offer(const Candidate& candidate) {
  Candidate* const begin = candidates_.data();
  Candidate* end = begin + count_;
  const auto is_same = [&](const Candidate& other) {
    return other.hash == candidate.hash && other.db == candidate.db;
  };
  if (std::any_of(begin, end, is_same)) return;
  if (count_ == kCandidates) {
    if (candidate.score <= begin->score) return;
    std::move(begin + 1, end, begin);
    --end;
    --count_;
  }
  Candidate* const place = std::upper_bound(
      begin, end, candidate, [](const Candidate& a, const Candidate& b) { return a.score < b.score; });
  std::move_backward(place, end, end + 1);
  *place = candidate;
  ++count_;
}

std::optional<EvictionPool::Candidate> EvictionPool::take_best() {
  if (count_ == 0) return std::nullopt;
  return candidates_[--count_];
}

}  // namespace aerie

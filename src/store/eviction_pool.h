// SPDX-License-Identifier: BSD-3-Clause
//
// The best victims met so far, for an eviction that follows an order. Keys are looked at a few at a time, in
// the order of the table, so that all of them come by in turn; the best of them wait here from one eviction
// to the next. A candidate is named by its hash: the key may be gone, or have been used, by the time it is
// taken, so that whoever takes it looks again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aerie {

class EvictionPool {
 public:
  struct Candidate {
    int64_t score;  // the higher, the sooner it goes
    uint64_t hash;  // of its key
    uint32_t db;
  };
  static constexpr size_t kCandidates = 16;

  // Keeps the candidate when there is room, or a worse one. One that is here already stays as it is.
  void offer(const Candidate& candidate);
  // Takes the best one out; nothing when there is none.
  std::optional<Candidate> take_best();
  void clear() { count_ = 0; }

 private:
  std::array<Candidate, kCandidates> candidates_;  // the first count_, the best one last
  size_t count_ = 0;
};

}  // namespace aerie

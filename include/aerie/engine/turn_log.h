// SPDX-License-Identifier: BSD-3-Clause
//
// The last turns of the event loop that took long: what ran in them, and how many clients waited meanwhile,
// for LATENCY TURNS. Filled by the server, which drives the loop; empty in an embedded engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace aerie {

class TurnLog {
 public:
  struct Entry {
    uint64_t id = 0;  // given by add()
    int64_t wall_s = 0;
    int64_t cpu_us = 0;
    int64_t wall_us = 0;  // longer than cpu_us when the machine ran something else meanwhile
    uint64_t served = 0;  // clients whose turn came in it
    uint64_t waited = 0;  // clients that had something to be read by its end
    // Name and microseconds of each phase that took long, in order.
    std::vector<std::pair<std::string, int64_t>> phases;
    // Commands that took long, and how many of each.
    std::vector<std::pair<std::string, uint64_t>> commands;
  };

  // The oldest entry goes when there are too many.
  void add(Entry entry);
  // Who waited is known only after the next poll: of the newest entry.
  void set_waited(uint64_t clients) {
    if (!entries_.empty()) entries_.front().waited = clients;
  }
  // Entries to keep; 0: none.
  void set_max_entries(size_t entries);

  // The newest is the first. Ids grow from 0 on, also over clear().
  const std::deque<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  void drop_surplus();

  std::deque<Entry> entries_;
  size_t max_entries_ = 128;
  uint64_t next_id_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The slow log: the last commands that took longer than slowlog-log-slower-than, with what they were and who
// sent them, for SLOWLOG. An entry takes little, whatever the command was: 32 arguments of 128 bytes are
// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

class RecordedCommand;

class SlowLog {
 public:
  struct Entry {
    uint64_t id;
    int64_t wall_s;  // when it ended
    int64_t duration_us;
    std::vector<std::string> args;
    std::string client;  // its address
    std::string client_name;
  };

  static constexpr size_t kMaxArgs = 32;
  static constexpr size_t kMaxArgBytes = 128;

  // Keeps the command; the oldest entry goes when there are too many. `unix_path`: of the server's unix
  // socket, the address of clients that came by it.
  void add(const RecordedCommand& command, int64_t wall_s, int64_t duration_us, std::string_view unix_path);
  // Entries to keep; 0: none. Those beyond go with the next one that is added.
  void set_max_entries(size_t entries) { max_entries_ = entries; }

  // The newest is the first. Ids grow from 0 on, also over clear().
  const std::deque<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  std::deque<Entry> entries_;
  size_t max_entries_ = 128;
  uint64_t next_id_ = 0;
};

}  // namespace aerie

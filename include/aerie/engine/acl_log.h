// SPDX-License-Identifier: BSD-3-Clause
//
// What was refused lately: logins, commands, keys and channels, the newest first. The same thing again within
// a minute counts up its entry and brings it to the front. Texts that clients chose are cut, so that the log
// stays small whatever they send; they may hold any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "aerie/engine/acl_selector.h"

namespace aerie {

struct AclLogEntry {
  AclDenial reason = AclDenial::kCommand;
  bool in_transaction = false;
  std::string object;  // the command, key or channel; for a login the word AUTH or HELLO
  std::string user;    // of a login: as whom
  std::string client;  // as in CLIENT LIST, as it was the last time
  uint64_t count = 0;
  uint64_t id = 0;         // entries are numbered from 0 on
  int64_t created_ms = 0;  // wall time
  int64_t updated_ms = 0;
};

class AclLog {
 public:
  // Adds what happened at `now_ms`, or counts it where it is known; fills in the fields from `count` on.
  void add(AclLogEntry entry, int64_t now_ms);
  // The newest first.
  const std::deque<AclLogEntry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }
  // acllog-max-len. A log that is longer is cut with the next new entry, as in Redis.
  void set_max_length(size_t length) { max_length_ = length; }

  // Bytes of object, user and client that are kept.
  static constexpr size_t kMostTextBytes = 1024;

 private:
  std::deque<AclLogEntry> entries_;
  size_t max_length_ = 128;
  uint64_t next_id_ = 0;
};

}  // namespace aerie

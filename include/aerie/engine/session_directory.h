// SPDX-License-Identifier: BSD-3-Clause
//
// All sessions by id, in order of id. Waiters, timers and queues name a client by id and ask here whether it
// is still there; CLIENT LIST, CLIENT KILL and INFO walk it. It owns nothing: the server adds a session when
// it accepts a client and removes it before the session dies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "aerie/engine/session.h"

namespace aerie {

class SessionDirectory {
 public:
  // Ids grow and are never used twice.
  uint64_t next_id() { return ++last_id_; }
  // The session begins as `first_user`, where there is one. REQUIRES: the id is larger than that of every
  // session added before.
  void add(Session& session);
  void remove(uint64_t id);
  // nullptr when that client is gone.
  Session* find(uint64_t id) const;
  size_t size() const { return size_; }

  // What the connection of the session holds of its input. Sums up, for the memory limit.
  void set_input_bytes(Session& session, size_t bytes);
  size_t input_bytes() const { return input_bytes_; }

  // Calls fn(Session&) in order of id. fn may set wishes on sessions; it must not add or remove any.
  template <typename Fn>
  void for_each(Fn&& fn) const {
    for (const Slot& slot : slots_) {
      if (slot.session != nullptr) fn(*slot.session);
    }
  }

  // Whom clients are that have not said who they are; set by the engine.
  AclUser* first_user = nullptr;
  // Path of the unix socket, for the addresses of CLIENT LIST; set by the server.
  std::string unix_path;
  // What one session takes before it holds anything, with what its owner keeps around it; set by the server.
  size_t bytes_per_session = sizeof(Session);

 private:
  struct Slot {
    uint64_t id;
    Session* session;  // nullptr: removed, the slot goes at the next compaction
  };
  // nullptr when there is none.
  const Slot* slot_of(uint64_t id) const;
  Slot* slot_of(uint64_t id);

  std::vector<Slot> slots_;  // sorted by id
  size_t size_ = 0;
  size_t input_bytes_ = 0;  // of all sessions
  uint64_t last_id_ = 0;
};

}  // namespace aerie

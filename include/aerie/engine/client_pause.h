// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT PAUSE: requests that write, or all, are held back where they are read until the pause ends. A client
// that is held back keeps its request in its input and is marked as postponed; nothing else is kept of it
// here but its id. Pure: the executor tells the time, and lets the clients go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aerie {

class Session;
class SessionDirectory;
struct Command;

class ClientPause {
 public:
  enum class What : uint8_t { kNone, kWrites, kAll };

  // `sessions` outlives the pause.
  explicit ClientPause(const SessionDirectory& sessions) : sessions_(sessions) {}

  // Until `until_us` (monotonic). A pause in force is only ever made longer and stricter.
  void begin(What what, int64_t until_us);
  // Returns the clients that were held back, in the order in which they came; some are gone perhaps.
  std::vector<uint64_t> end();

  bool is_on() const { return what_ != What::kNone; }
  int64_t ends_us() const { return ends_us_; }

  // Whether this request has to wait. A transaction that writes does, when it is to be queued and again when
  // it is to be run. REQUIRES: is_on().
  bool concerns(const Session& session, const Command& command) const;
  // REQUIRES: is_on(); the session is not postponed.
  void hold_back(Session& session);
  size_t held_back() const { return held_back_.size(); }

 private:
  const SessionDirectory& sessions_;
  What what_ = What::kNone;
  int64_t ends_us_ = 0;
  std::vector<uint64_t> held_back_;  // ids of sessions
  size_t held_back_limit_ = 0;       // when so many are kept, those that are gone are dropped
};

}  // namespace aerie

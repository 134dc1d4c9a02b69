// SPDX-License-Identifier: BSD-3-Clause
//
// Sockets whose last words are sent: the sending side is shut, what the peer still sends is read and dropped,
// until the peer closes too or a second has passed. Closing at once would let the kernel answer unread input
// with a reset, which can destroy the last reply before the peer has read it. Owns the sockets; they belong
// to no client any more.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "aerie/base/intrusive_list.h"
#include "aerie/base/unique_fd.h"
#include "aerie/event/event_loop.h"

namespace aerie {

class Farewell {
 public:
  // `loop` outlives this object.
  explicit Farewell(EventLoop& loop);
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  ~Farewell();

  // Takes a socket that the loop does not watch (any more).
  void add(UniqueFd fd);
  size_t size() const { return leaving_.size(); }
  // Closes all of them now, since descriptors are needed. Returns whether there were any.
  bool cut_short();

 private:
  // More than this at a time: the oldest is closed at once.
  static constexpr size_t kMaxLeaving = 512;
  static constexpr int64_t kPatienceUs = 1'000'000;

  class Leaving;

  // Reads and drops; returns false when the peer is done.
  static bool drain(int fd, bool* more);
  void finish(Leaving& leaving);
  void expire();

  EventLoop& loop_;
  Timer timer_;
  std::unordered_map<int, std::unique_ptr<Leaving>> leaving_;  // by descriptor
  IntrusiveList<Leaving> by_age_;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The readiness interface of the kernel, seen the same way everywhere: edge-triggered, each descriptor
// registered once for input, output and hang-up. There are two sources of this class, poller_epoll.cc and
// poller_kqueue.cc; the build chooses one, so no call is virtual. Stateless apart from the kernel's object:
// descriptors are the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "aerie/base/result.h"
#include "aerie/base/sys.h"
#include "aerie/base/unique_fd.h"

namespace aerie {

// Bits of news about a descriptor.
inline constexpr uint8_t kPollReadable = 1;
inline constexpr uint8_t kPollWritable = 2;
inline constexpr uint8_t kPollHangup = 4;
// TCP urgent data came (with kPollReadable): reads stop short in front of it, although more is there.
inline constexpr uint8_t kPollUrgent = 32;

struct PolledEvent {
  int fd;
  uint8_t bits;
};

class Poller {
 public:
  static Result<Poller> create();

  // What is ready already is reported by the next wait.
  sys::SysResult add(int fd);
  void remove(int fd);

  // Waits at most `timeout_us` (-1: for ever; 0: not at all; never less than that, but for a signal) and
  // gives the number of events in `out`, which may name a descriptor twice. More may be pending when `out`
  // comes back full. REQUIRES: out.size() >= 2.
  sys::SysResult wait(int64_t timeout_us, std::span<PolledEvent> out);

  // "epoll" or "kqueue".
  static const char* name();

 private:
  explicit Poller(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace aerie

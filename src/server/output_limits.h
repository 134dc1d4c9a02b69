// SPDX-License-Identifier: BSD-3-Clause
//
// The option client-output-buffer-limit, class normal: which clients have left so much output unread that
// they are to be closed. The hard limit closes at once, the soft one when a client stays at it for a number
// of seconds. Only clients at the soft limit are remembered here, by id; nobody else costs anything. The
// classes replica and pubsub have no clients yet; the option keeps their values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>

#include "aerie/event/event_loop.h"

namespace aerie {

class OutputLimits {
 public:
  // `recheck` is called about once a second for each client that is at the soft limit, with its id: it calls
  // exceeded() again, or forget() when the client is gone. `loop` outlives this object.
  OutputLimits(EventLoop& loop, std::function<void(uint64_t id)> recheck);
  OutputLimits(const OutputLimits&) = delete;
  OutputLimits& operator=(const OutputLimits&) = delete;

  // Takes the limits from the option's text, as CONFIG GET shows it.
  void apply(const std::string& option);

  // The hard limit; the largest number when there is none.
  uint64_t hard() const { return hard_; }

  // Whether a client whose output takes `bytes` of memory has to be closed now.
  bool exceeded(uint64_t id, size_t bytes) {
    if (bytes < smallest_ && at_soft_.empty()) [[likely]]
      return false;
    return judge(id, bytes);
  }
  // The client is gone, or has nothing unread.
  void forget(uint64_t id) {
    if (!at_soft_.empty()) [[unlikely]]
      at_soft_.erase(id);
  }

 private:
  bool judge(uint64_t id, size_t bytes);
  void recheck_all();

  static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

  EventLoop& loop_;
  std::function<void(uint64_t)> recheck_;
  Timer timer_;
  uint64_t hard_ = kNone;
  uint64_t soft_ = kNone;
  uint64_t smallest_ = kNone;  // of the two
  int64_t soft_us_ = 0;
  std::unordered_map<uint64_t, int64_t> at_soft_;  // since when, by id
};

}  // namespace aerie

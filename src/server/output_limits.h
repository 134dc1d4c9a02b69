// SPDX-License-Identifier: BSD-3-Clause
//
// The option client-output-buffer-limit: which clients have left so much output unread that they are to be
// closed, by the limits of their class. The hard limit closes at once, the soft one when a client stays at it
// for a number of seconds. Only clients at the soft limit are remembered here, by id; nobody else costs
// anything. The class replica has no clients yet; the option keeps its values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>

#include "aerie/event/event_loop.h"

namespace aerie {

enum class OutputClass : uint8_t { kNormal, kPubsub };

class OutputLimits {
 public:
  // `recheck` is called about once a second for each client that is at the soft limit, with its id: it calls
  // exceeded() again, or forget() when the client is gone. `loop` outlives this object.
  OutputLimits(EventLoop& loop, std::function<void(uint64_t id)> recheck);
  OutputLimits(const OutputLimits&) = delete;
  OutputLimits& operator=(const OutputLimits&) = delete;

  // Takes the limits from the option's text, as CONFIG GET shows it.
  void apply(const std::string& option);

  // The hard limit of a class, by which single commands are judged, too; the largest number when there is
  // none.
  uint64_t hard(OutputClass of) const { return limits_[static_cast<size_t>(of)].hard; }

  // Whether a client whose output takes `bytes` of memory has to be closed now.
  bool exceeded(uint64_t id, OutputClass of, size_t bytes) {
    if (bytes < smallest_ && at_soft_.empty()) [[likely]]
      return false;
    return judge(id, limits_[static_cast<size_t>(of)], bytes);
  }
  // The client is gone, or has nothing unread.
  void forget(uint64_t id) {
    if (!at_soft_.empty()) [[unlikely]]
      at_soft_.erase(id);
  }

 private:
  static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

  struct Limits {
    uint64_t hard = kNone;
    uint64_t soft = kNone;
    int64_t soft_us = 0;
  };

  bool judge(uint64_t id, const Limits& limits, size_t bytes);
  void recheck_all();

  EventLoop& loop_;
  std::function<void(uint64_t)> recheck_;
  Timer timer_;
  std::array<Limits, 2> limits_;                   // by OutputClass
  uint64_t smallest_ = kNone;                      // of all
  std::unordered_map<uint64_t, int64_t> at_soft_;  // since when, by id
};

}  // namespace aerie

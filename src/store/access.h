// SPDX-License-Identifier: BSD-3-Clause
//
// The access field of an entry: when (LRU) or how often (LFU) a key was used. LRU keeps seconds of wall time.
// LFU keeps minutes in the upper 24 bits and a logarithmic counter in the lower eight: the more it holds, the
// less likely it grows, and it loses one for every lfu-decay-time minutes without use. Behaviour as Redis
// documents it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "aerie/base/random.h"

namespace aerie {

struct LfuParameters {
  uint32_t log_factor = 10;
  uint32_t decay_minutes = 1;
};

// New keys start here, so that they are not the first to be evicted.
inline constexpr uint32_t kLfuInitial = 5;

inline uint32_t lru_now(int64_t now_ms) {
  return static_cast<uint32_t>(now_ms / 1000);
}
inline uint32_t lfu_minutes(int64_t now_ms) {
  return static_cast<uint32_t>(now_ms / 60'000) & 0xFFFFFF;
}

inline int64_t lru_idle_seconds(uint32_t access, int64_t now_ms) {
  return static_cast<int32_t>(lru_now(now_ms) - access) < 0 ? 0
                                                            : static_cast<int64_t>(lru_now(now_ms) - access);
}

inline uint32_t lfu_decayed(uint32_t access, int64_t now_ms, const LfuParameters& parameters) {
  const uint32_t counter = access & 0xFF;
  if (parameters.decay_minutes == 0) return counter;
  const uint32_t elapsed = (lfu_minutes(now_ms) - (access >> 8)) & 0xFFFFFF;
  return counter - std::min(counter, elapsed / parameters.decay_minutes);
}

inline uint32_t lfu_new(int64_t now_ms) {
  return lfu_minutes(now_ms) << 8 | kLfuInitial;
}

inline uint32_t lfu_touched(uint32_t access, int64_t now_ms, const LfuParameters& parameters,
                            Random& random) {
  uint32_t counter = lfu_decayed(access, now_ms, parameters);
  if (counter < 255) {
    const uint64_t base = counter > kLfuInitial ? counter - kLfuInitial : 0;
    if (random.below(base * parameters.log_factor + 1) == 0) ++counter;
  }
  return lfu_minutes(now_ms) << 8 | counter;
}

}  // namespace aerie

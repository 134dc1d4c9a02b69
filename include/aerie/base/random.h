// SPDX-License-Identifier: BSD-3-Clause
//
// Random numbers: a fast seeded generator (xoshiro256**) for sampling and tests, and bytes from the system
// for seeds, identifiers and everything that must not be guessed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace aerie {

class Random {
 public:
  // The same seed gives the same sequence on every machine.
  explicit Random(uint64_t seed);
  // Seeded from the system.
  static Random from_system();

  uint64_t next();
  // Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  uint64_t below(uint64_t bound);

 private:
  uint64_t state_[4];
};

// Fills `out` with bytes from the system's generator. Aborts when the system has none.
void fill_system_random(void* out, size_t size);

// 40 hex digits from the system: who a running server is, or a part of one.
std::string random_id();

}  // namespace aerie

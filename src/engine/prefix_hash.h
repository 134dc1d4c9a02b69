// SPDX-License-Identifier: BSD-3-Clause
//
// A keyed hash that grows with its text: one pass along a key gives the hashes of all its prefixes. A
// polynomial over the bytes at a secret place, modulo the prime 2^61 - 1: two texts of n bytes that were
// chosen without knowing the place collide with a chance of n / 2^61.
#pragma once

#include <cstdint>
#include <string_view>

namespace aerie {

class PrefixHash {
 public:
  static constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

  // REQUIRES: 0 < base < kPrime.
  explicit PrefixHash(uint64_t base) : base_(base) {}

  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      const __uint128_t product = static_cast<__uint128_t>(value_) * base_;
      const uint64_t sum = (static_cast<uint64_t>(product) & kPrime) + static_cast<uint64_t>(product >> 61) +
                           static_cast<unsigned char>(byte) + 1;
      value_ = sum >= kPrime ? sum - kPrime : sum;
    }
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t base_;
  uint64_t value_ = 0;
};

}  // namespace aerie

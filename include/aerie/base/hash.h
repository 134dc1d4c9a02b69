// SPDX-License-Identifier: BSD-3-Clause
//
// Keyed 64-bit hash of byte strings. The seed is random per process, so a client that does not know it cannot
// choose keys that collide; all 64 bits are of equal quality (the hash table uses the leading ones for the
// place and the trailing ones for fingerprints). A few nanoseconds for a short key: two multiplications per
// 16 bytes. Not a cryptographic digest, and never stored: it differs from process to process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aerie {

struct HashSeed {
  uint64_t word[4];

  // From the system's random generator.
  static HashSeed random();
  // The same for the same number: for tests that need chosen collisions or repeatable runs.
  static HashSeed fixed(uint64_t number);
};

namespace hash_internal {

inline uint64_t load64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline uint64_t load32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
// The folded 128-bit product: every input bit reaches every output bit.
inline uint64_t fold(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace hash_internal

inline uint64_t hash_bytes(std::string_view bytes, const HashSeed& seed) {
  using hash_internal::fold, hash_internal::load32, hash_internal::load64;
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint64_t state = seed.word[0] ^ left;
  while (left > 16) {
    state = fold(load64(p) ^ seed.word[1], load64(p + 8) ^ state);
    p += 16;
    left -= 16;
  }
  // The last 0..16 bytes as two words; they may overlap, never read outside the string.
  uint64_t a = 0;
  uint64_t b = 0;
  if (left >= 8) {
    a = load64(p);
    b = load64(p + left - 8);
  } else if (left >= 4) {
    a = load32(p);
    b = load32(p + left - 4);
  } else if (left > 0) {
    a = (static_cast<uint64_t>(static_cast<unsigned char>(p[0])) << 16) |
        (static_cast<uint64_t>(static_cast<unsigned char>(p[left >> 1])) << 8) |
        static_cast<unsigned char>(p[left - 1]);
  }
  state = fold(a ^ seed.word[2], b ^ state);
  return fold(state ^ seed.word[3], seed.word[1] ^ bytes.size());
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// xoshiro256** by its published recurrence, its state filled by splitmix64 as its authors advise; and bytes
// from the kernel.
#include "aerie/base/random.h"

#include <bit>

#include "aerie/base/assert.h"
#include "aerie/base/sys.h"

namespace aerie {

namespace {

uint64_t splitmix_next(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed) : state_{} {
  for (uint64_t& word : state_) word = splitmix_next(seed);
}

Random Random::from_system() {
  uint64_t seed = 0;
  fill_system_random(&seed, sizeof seed);
  return Random(seed);
}

uint64_t Random::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t bound) {
  AERIE_ASSERT(bound > 0);
  // The high half of a 128-bit product is uniform once the few low halves that would favour some results are
  // drawn again.
  auto product = static_cast<unsigned __int128>(next()) * bound;
  auto low = static_cast<uint64_t>(product);
  if (low < bound) {
    const uint64_t reject_below = (0 - bound) % bound;
    while (low < reject_below) {
      product = static_cast<unsigned __int128>(next()) * bound;
      low = static_cast<uint64_t>(product);
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

void fill_system_random(void* out, size_t size) {
  char* p = static_cast<char*>(out);
  while (size > 0) {
    const sys::IoResult got = sys::random_bytes(p, size);
    AERIE_ASSERT(got.ok() && got.n > 0);
    p += got.n;
    size -= static_cast<size_t>(got.n);
  }
}

std::string random_id() {
  static constexpr char kHex[] = "0123456789abcdef";
  uint8_t bytes[20];
  fill_system_random(bytes, sizeof bytes);
  std::string id;
  for (const uint8_t byte : bytes) {
    id.push_back(kHex[byte >> 4]);
    id.push_back(kHex[byte & 15]);
  }
  return id;
}

}  // namespace aerie

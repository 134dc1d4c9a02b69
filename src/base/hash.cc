// SPDX-License-Identifier: BSD-3-Clause
//
// Seeds of the keyed hash: random ones for a process, fixed ones for tests. The hash itself is inline in the
// header, where the compiler sees the length of a key. Words of a seed are odd, so that none of them can
// switch off a multiplication.
#include "aerie/base/hash.h"

#include "aerie/base/random.h"

namespace aerie {

namespace {

// A zero word would switch off one half of a multiplication; odd words never do.
HashSeed without_zero_words(HashSeed seed) {
  for (uint64_t& word : seed.word) word |= 1;
  return seed;
}

}  // namespace

HashSeed HashSeed::random() {
  HashSeed seed{};
  fill_system_random(seed.word, sizeof seed.word);
  return without_zero_words(seed);
}

HashSeed HashSeed::fixed(uint64_t number) {
  Random generator(number);
  HashSeed seed{};
  for (uint64_t& word : seed.word) word = generator.next();
  return without_zero_words(seed);
}

}  // namespace aerie

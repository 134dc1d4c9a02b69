// SPDX-License-Identifier: BSD-3-Clause
//
// A hint to the processor: this cache line is read soon. The only place with the compiler's built-in, since
// that alone is not enough.
#pragma once

namespace aerie {

// Starts loading the line of `address`, which may be any address. The empty statement behind the built-in is
// a side effect: g++ takes a function that only prefetches for one without effect, and leaves out the calls
// of it.
inline void prefetch_line(const void* address) {
  __builtin_prefetch(address);
  asm volatile("" : : "r"(address));
}

}  // namespace aerie

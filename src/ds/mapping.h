// SPDX-License-Identifier: BSD-3-Clause
//
// What the allocators of this room need from the system: aligned address ranges whose pages appear when they
// are touched, giving pages back, and telling AddressSanitizer which bytes nobody may use now. Sizes are
// multiples of kPageBytes. Running out of address space ends the process: there is nothing sensible left to
// do.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define AERIE_DS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AERIE_DS_ASAN 1
#endif
#endif

#ifdef AERIE_DS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace aerie {

inline constexpr size_t kPageBytes = 4096;

// `size` bytes of zeroed, untouched memory, aligned to `size`. REQUIRES: size is a power of two.
void* map_aligned(size_t size);
void unmap(void* memory, size_t size);
// Pages that are given back together.
struct PageRange {
  void* memory;
  size_t size;
};
// The pages stay mapped but lose their memory and content. One call for many ranges is several times cheaper
// than one for each (the processor's address caches are flushed once); false when the system cannot do that
// and each range was discarded by itself. REQUIRES: count <= kMaxRanges.
inline constexpr size_t kMaxRanges = 32;
bool discard_pages(const PageRange* ranges, size_t count);
// Gives the pages memory now, in one call, instead of a fault for each when they are touched.
void populate_pages(void* memory, size_t size);
// Keeps the kernel from backing the range with huge pages, which would undo page-wise growth.
void forbid_huge_pages(void* memory, size_t size);

// What malloc really reserved for `block`.
size_t usable_bytes(void* block);

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) {
#ifdef AERIE_DS_ASAN
  __asan_poison_memory_region(memory, size);
#endif
}

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) {
#ifdef AERIE_DS_ASAN
  __asan_unpoison_memory_region(memory, size);
#endif
}

}  // namespace aerie

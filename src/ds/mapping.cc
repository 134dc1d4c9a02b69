// SPDX-License-Identifier: BSD-3-Clause
//
// Aligned mappings by mapping exactly, then too much and cutting the ends. The kernel mostly places a new
// mapping right below the former one, so the first try is usually aligned once one range was.
#include "ds/mapping.h"

#include <sys/mman.h>
#include <sys/uio.h>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#elif defined(__FreeBSD__)
#include <malloc_np.h>
#else
#include <malloc.h>
#endif

#include <cstdint>

#include "aerie/base/assert.h"
#include "aerie/base/sys.h"

namespace aerie {
namespace {

char* map_or_die(size_t size) {
  int error = 0;
  void* memory = sys::map_memory(size, &error);
  AERIE_ASSERT(memory != nullptr && "out of memory");
  return static_cast<char*>(memory);
}

}  // namespace

void* map_aligned(size_t size) {
  char* memory = map_or_die(size);
  if ((reinterpret_cast<uintptr_t>(memory) & (size - 1)) == 0) return memory;
  unmap(memory, size);
  memory = map_or_die(2 * size);
  const size_t before = (size - (reinterpret_cast<uintptr_t>(memory) & (size - 1))) & (size - 1);
  if (before > 0) unmap(memory, before);
  if (before < size) unmap(memory + before + size, size - before);
  return memory + before;
}

void unmap(void* memory, size_t size) {
  // Fails only when the kernel cannot split a mapping any more; the range then stays, unused.
  (void)sys::unmap_memory(memory, size);
}

// Here and below a failure costs memory or time, nothing else: no caller relies on the content being gone.
bool discard_pages(const PageRange* ranges, size_t count) {
  AERIE_ASSERT(count <= kMaxRanges);
  iovec parts[kMaxRanges] = {};
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    parts[i] = {ranges[i].memory, ranges[i].size};
    total += ranges[i].size;
  }
  const sys::SysResult together = sys::advise_ranges(parts, static_cast<int>(count), MADV_DONTNEED);
  if (together.ok() && static_cast<size_t>(together.value) == total) return true;
  for (size_t i = 0; i < count; ++i)
    (void)sys::advise_memory(ranges[i].memory, ranges[i].size, MADV_DONTNEED);
  return false;
}

void populate_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t size) {
#ifdef MADV_POPULATE_WRITE
  (void)sys::advise_memory(memory, size, MADV_POPULATE_WRITE);
#endif
}

void forbid_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t size) {
#ifdef MADV_NOHUGEPAGE
  (void)sys::advise_memory(memory, size, MADV_NOHUGEPAGE);
#endif
}

size_t usable_bytes(void* block) {
#if defined(__APPLE__)
  return malloc_size(block);
#else
  return malloc_usable_size(block);
#endif
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The allocator tells its own version, so the answer is what runs, not what was found when configuring. The
// macros come from cmake/AerieAllocator.cmake; without any of them it is the C library's allocator.
#include "aerie/base/allocator.h"

#if defined(AERIE_ALLOCATOR_MIMALLOC)
#include <mimalloc.h>
#elif defined(AERIE_ALLOCATOR_JEMALLOC)
#include <jemalloc/jemalloc.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace aerie {

#if defined(AERIE_ALLOCATOR_MIMALLOC)

std::string allocator_name() {
  const int version = mi_version();  // 209 is 2.0.9
  return "mimalloc-" + std::to_string(version / 100) + "." + std::to_string(version / 10 % 10) + "." +
         std::to_string(version % 10);
}

void release_free_memory() {
  mi_collect(true);
}

#elif defined(AERIE_ALLOCATOR_JEMALLOC)

std::string allocator_name() {
  const char* text = nullptr;
  size_t size = sizeof text;
  if (mallctl("version", &text, &size, nullptr, 0) != 0 || text == nullptr) return "jemalloc";
  const std::string version = text;  // "5.3.0-0-g54eaed1"
  return "jemalloc-" + version.substr(0, version.find('-'));
}

void release_free_memory() {
  const std::string purge = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  mallctl(purge.c_str(), nullptr, nullptr, nullptr, 0);
}

#else

std::string allocator_name() {
  return "libc";
}

void release_free_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

#endif

void prefer_short_pauses() {
#if defined(__GLIBC__)
  mallopt(M_MXFAST, 0);
  // Setting it keeps it from growing with what is freed.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The pages of what is freed in slices. Sizes below a few hundred kilobytes are left to the allocator, which
// keeps such memory for the next one who asks.
#include "aerie/base/sliced_free.h"

#include <sys/mman.h>

#include <cstdint>

#include "aerie/base/sys.h"

namespace aerie {

namespace {

constexpr uintptr_t kPage = 4096;
// The rest of a blob that is freed as a whole: from here on it is a mapping of its own (blob.cc).
constexpr size_t kSmallBlob = size_t{1} << 20;

}  // namespace

void discard_pages(const void* from, const void* to) {
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(from) + kPage - 1) & ~(kPage - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(to) & ~(kPage - 1);
  if (begin >= end) return;
  // Where pages are larger the system may refuse: then they go with the whole.
  (void)sys::advise_memory(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

bool free_some(Blob* blob) {
  const size_t before = blob->capacity();
  if (before > kSmallBlob) {
    blob->set_size(before - kFreeSliceBytes);
    blob->shrink_to_fit();
    // The same as before: the kernel splits no more mappings, so it goes as a whole.
    if (blob->capacity() != before) return true;
  }
  *blob = Blob();
  return false;
}

}  // namespace aerie

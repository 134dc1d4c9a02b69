// SPDX-License-Identifier: BSD-3-Clause
//
// Freeing what is large a slice at a time: most of the cost of freeing is giving pages back to the kernel, so
// whoever frees hundreds of megabytes at once stands still for tens of milliseconds. Nothing here frees by
// itself: the owner calls again and again, between other work, until nothing is left.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "aerie/base/blob.h"

namespace aerie {

// What one slice gives back, about.
inline constexpr size_t kFreeSliceBytes = size_t{256} * 1024;

// Gives the whole pages of [from, to) back to the system. The range stays allocated; its contents are lost.
void discard_pages(const void* from, const void* to);

// Gives a slice of the blob's memory back, all of it when that is not much. Returns whether any is left.
bool free_some(Blob* blob);

// Drops the last `count` elements, and the pages behind them. Returns whether any are left.
template <typename T>
bool free_some(std::vector<T>* all, size_t count) {
  const T* const storage_end = all->data() + all->capacity();
  const T* const old_end = all->data() + all->size();
  all->resize(all->size() - std::min(count, all->size()));
  if (all->empty()) {
    *all = std::vector<T>();
    return false;
  }
  const T* const end = all->data() + all->size();
  // A page that the last slice left because it was not whole goes with this one.
  const T* const known_end = old_end + std::min<ptrdiff_t>(storage_end - old_end, 4096);
  if ((storage_end - all->data()) * sizeof(T) >= kFreeSliceBytes) discard_pages(end, known_end);
  return true;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Freeing what is large a slice at a time: most of the cost of freeing is giving pages back to the kernel, so
// whoever frees hundreds of megabytes at once stands still for tens of milliseconds. Nothing here frees by
// itself: the owner calls again and again, between other work, until nothing is left.
#pragma once

#include <cstddef>

#include "aerie/base/blob.h"

namespace aerie {

// What one slice gives back, about.
inline constexpr size_t kFreeSliceBytes = size_t{256} * 1024;

// Gives the whole pages of [from, to) back to the system. The range stays allocated; its contents are lost.
void discard_pages(const void* from, const void* to);

// Gives a slice of the blob's memory back, all of it when that is not much. Returns whether any is left.
bool free_some(Blob* blob);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// FreeQueue: gives the pages of large Blobs back from their end, so much per call, instead of all at once
// when the value is deleted. The blob itself goes when nothing is left of it. What waits here is a named part
// of the memory figures.
#include "store/free_queue.h"

#include <utility>

#include "aerie/base/sliced_free.h"

namespace aerie {

void FreeQueue::push(Blob blob) {
  bytes_ += blob.capacity();
  blobs_.push_back(std::move(blob));
}

size_t FreeQueue::free_some(size_t budget) {
  for (; budget > 0 && !blobs_.empty(); --budget) {
    Blob& blob = blobs_.back();
    const size_t before = blob.capacity();
    const bool more = aerie::free_some(&blob);
    bytes_ -= before - blob.capacity();
    if (!more) blobs_.pop_back();
  }
  return budget;
}

}  // namespace aerie

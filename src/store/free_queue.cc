// SPDX-License-Identifier: BSD-3-Clause
//
// FreeQueue: gives the pages of large Blobs back from their end, so much per call, instead of all at once
// when the value is deleted; the blob itself goes when nothing is left of it. Lists lose chunk after chunk.
// What waits here is a named part of the memory figures.
#include "store/free_queue.h"

#include <algorithm>
#include <utility>

#include "aerie/base/sliced_free.h"

namespace aerie {

namespace {

// A slice costs by the pages that go back to the system, now or with their slab, and by its bookkeeping.
size_t less_the_cost(size_t budget, size_t bytes) {
  constexpr size_t kBytesPerUnit = 1024;
  return budget - std::min(budget, 1 + bytes / kBytesPerUnit);
}

}  // namespace

void FreeQueue::push(Blob blob) {
  blob_bytes_ += blob.capacity();
  blobs_.push_back(std::move(blob));
}

size_t FreeQueue::free_some(size_t budget) {
  while (budget > 0 && !blobs_.empty()) {
    Blob& blob = blobs_.back();
    const size_t before = blob.capacity();
    const bool more = aerie::free_some(&blob);
    const size_t freed = before - blob.capacity();
    blob_bytes_ -= freed;
    if (!more) blobs_.pop_back();
    budget = less_the_cost(budget, freed);
  }
  while (budget > 0 && !chunks_.empty()) {
    const size_t before = chunks_.allocated_bytes();
    chunks_.release_some(1);
    budget = less_the_cost(budget, before - chunks_.allocated_bytes());
  }
  return budget;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Large memory that nobody can reach any more and that would take too long to free at once: the pages of long
// strings, the chunks of long lists. It goes back to the system in slices, from the loop, by free_some().
// (Detached databases wait in the Keyspace: Keyspace::free_some.)
#pragma once

#include <cstddef>
#include <vector>

#include "aerie/base/blob.h"
#include "aerie/ds/chunked_list.h"

namespace aerie {

class FreeQueue {
 public:
  // Lists that come here are of this memory, which outlives the queue.
  explicit FreeQueue(SlabAllocator& memory) : chunks_(memory) {}

  // What has less bytes, and a list fewer chunks, is freed at once by the caller.
  static constexpr size_t kWorthQueueing = 256 * 1024;
  static constexpr size_t kChunksWorthQueueing = 4;

  void push(Blob blob);
  void push(ChunkedList list) { chunks_.append(std::move(list)); }
  // Frees what costs about as much as `budget` blocks of the slab (some 100 ns each), at least one slice.
  // Returns the budget that is left; 0 when it was used up.
  size_t free_some(size_t budget);
  bool empty() const { return blobs_.empty() && chunks_.empty(); }
  size_t bytes() const { return blob_bytes_ + chunks_.allocated_bytes(); }

 private:
  std::vector<Blob> blobs_;
  size_t blob_bytes_ = 0;
  ChunkedList chunks_;  // of all lists
};

}  // namespace aerie

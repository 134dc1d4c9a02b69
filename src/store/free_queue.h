// SPDX-License-Identifier: BSD-3-Clause
//
// Large memory that nobody can reach any more and that would take too long to free at once: the pages of long
// strings. They go back to the system in slices, from the loop, by free_some(). (Detached databases
// wait in the Keyspace: Keyspace::free_some.)
#pragma once

#include <cstddef>
#include <vector>

#include "aerie/base/blob.h"

namespace aerie {

class FreeQueue {
 public:
  // Blobs below this size are freed at once by the caller.
  static constexpr size_t kWorthQueueing = 256 * 1024;

  void push(Blob blob);
  // Frees about `budget` slices of kFreeSliceBytes. Returns the budget that is left; 0 when it was used up.
  size_t free_some(size_t budget);
  bool empty() const { return blobs_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<Blob> blobs_;
  size_t bytes_ = 0;
};

}  // namespace aerie

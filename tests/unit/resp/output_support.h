// SPDX-License-Identifier: BSD-3-Clause
//
// Taking bytes out of an OutputQueue the way the server does, for the tests of this room: gather a few
// pieces, let a pretended kernel take some of their bytes, consume those. Not a server: nothing is ever
// refused and no system call is made.
#pragma once

#include <algorithm>
#include <string>

#include "aerie/resp/output_queue.h"

namespace aerie::wire {

// Takes up to `most` bytes, as a kernel with so much room would.
inline std::string take(OutputQueue* queue, size_t most) {
  std::string out;
  while (most != 0 && !queue->empty()) {
    struct iovec pieces[3];
    const int count = queue->gather(pieces, 3);
    size_t taken = 0;
    for (int i = 0; i < count && most != 0; ++i) {
      const size_t size = std::min(most, pieces[i].iov_len);
      out.append(static_cast<const char*>(pieces[i].iov_base), size);
      taken += size;
      most -= size;
    }
    queue->consume(taken);
  }
  return out;
}

inline std::string take_all(OutputQueue* queue) {
  return queue == nullptr ? std::string() : take(queue, queue->pending_bytes());
}

}  // namespace aerie::wire

// SPDX-License-Identifier: BSD-3-Clause
//
// Queues of MULTI that are not needed any more. A client may have queued millions of commands with gigabytes
// of arguments; who runs, discards or abandons them must not pay for freeing them at once. A short queue is
// freed when it comes, the rest waits here and is freed in slices.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "aerie/engine/session.h"

namespace aerie {

class Keyspace;

class RetiredQueues {
 public:
  // `keyspace` frees large pieces of memory, and outlives this.
  explicit RetiredQueues(Keyspace& keyspace) : keyspace_(keyspace) {}

  // `queue` may be nullptr.
  void add(std::unique_ptr<CommandQueue> queue);
  // Frees about `*budget` blocks and takes them off the budget. Returns true when more is left.
  bool free_some(size_t* budget);
  bool any() const { return !queues_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  Keyspace& keyspace_;
  std::vector<std::unique_ptr<CommandQueue>> queues_;  // none is empty
  size_t bytes_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What clients leave behind when they go, or a large request when it has run: held input and assembled
// requests. What is small is freed when it is added; what is large waits here and is freed in slices between
// turns, since giving hundreds of megabytes back at once would hold everybody up. (Output waits in
// OutputPool, queues of MULTI and watches in the engine.)
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "aerie/resp/request_assembler.h"
#include "server/held_input.h"

namespace aerie {

class Leftovers {
 public:
  // nullptr is allowed.
  void add(std::unique_ptr<HeldInput> held);
  void add(std::unique_ptr<RequestAssembler> assembler);

  // Frees a slice, some ten microseconds of work. Returns whether any is left.
  bool free_some();
  bool any() const { return !held_.empty() || !assemblers_.empty(); }
  // What waits for that. Looks at each thing.
  size_t bytes() const;

 private:
  std::vector<std::unique_ptr<HeldInput>> held_;
  std::vector<std::unique_ptr<RequestAssembler>> assemblers_;
};

}  // namespace aerie

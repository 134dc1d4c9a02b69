// SPDX-License-Identifier: BSD-3-Clause
//
// What takes how much memory, all of it accounted where it is allocated: for INFO, MEMORY STATS and MEMORY
// DOCTOR.
#pragma once

#include <cstddef>

#include "aerie/store/keyspace.h"

namespace aerie {

class Engine;

struct MemoryFigures {
  KeyspaceMemory keyspace;  // to_be_freed: also what clients left behind
  size_t clients = 0;       // what clients hold, and what they wait for and listen to
  size_t used() const { return keyspace.total() + clients; }
  size_t dataset() const { return keyspace.entries + keyspace.blobs; }
  size_t overhead() const { return used() - dataset(); }
};

// O(clients).
MemoryFigures memory_figures(const Engine& engine);

}  // namespace aerie

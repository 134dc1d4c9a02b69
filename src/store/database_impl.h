// SPDX-License-Identifier: BSD-3-Clause
//
// The contents of a database, apart from its number: what FLUSHDB detaches and SWAPDB exchanges. And what all
// databases share. Private to the store; Database and Keyspace are the only users.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/ds/hash_table.h"
#include "aerie/ds/segment_arena.h"
#include "aerie/store/database.h"
#include "aerie/store/keyspace.h"
#include "store/access.h"
#include "store/entry.h"
#include "store/entry_pool.h"
#include "store/eviction_pool.h"
#include "store/expiry_index.h"
#include "store/list_limits.h"

namespace aerie {

struct EntryTraits {
  using Entry = aerie::Entry;
  static std::string_view key(const Entry* entry) { return entry->key(); }
};
using EntryTable = HashTable<EntryTraits>;

struct Database::Impl {
  Impl(const HashSeed& seed, SegmentArena& arena, SlabAllocator& slab, ExpiryAgenda& agenda)
      : table(seed, arena), expiry(slab, agenda) {}

  void count(const Entry& entry) {
    const EntryPool::Footprint footprint = EntryPool::footprint(entry);
    block_bytes += footprint.block;
    blob_bytes += footprint.blob;
  }
  void uncount(const Entry& entry) {
    const EntryPool::Footprint footprint = EntryPool::footprint(entry);
    block_bytes -= footprint.block;
    blob_bytes -= footprint.blob;
  }

  EntryTable table;
  ExpiryIndex expiry;
  size_t deadlines = 0;          // entries that have one
  __int128 deadline_sum = 0;     // of all of them, for the mean
  size_t block_bytes = 0;        // of all entries, as their footprints say
  size_t blob_bytes = 0;         // likewise
  uint64_t rebuild_cursor = 0;   // of the expiry rebuild that is under way
  uint64_t eviction_cursor = 0;  // where keys are looked at next
};

struct Keyspace::Shared {
  explicit Shared(const HashSeed& seed) : random(seed.word[0]) {}

  std::unique_ptr<Database::Impl> new_contents(const HashSeed& seed) {
    return std::make_unique<Database::Impl>(seed, arena, pool.slab(), agenda);
  }

  EntryPool pool;
  SegmentArena arena;
  ExpiryAgenda agenda;
  // Contents of flushed databases, freed in slices from the back.
  std::vector<std::unique_ptr<Database::Impl>> detached;
  LfuParameters lfu;
  ListLimits list_limits;
  Random random;  // for the LFU counter, and for eviction
  EvictionPolicy eviction;
  size_t eviction_samples = 5;
  EvictionPool candidates;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Keyspace: what concerns all databases at once (time, swapping, counting), and the work that is done in
// slices between requests: expiring what is due, and freeing databases that were detached and values that are
// too large to be freed in one go.
#include "aerie/store/keyspace.h"

#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "store/database_impl.h"

namespace aerie {

namespace {

// Memory of emptied slabs given back at a time; some 100 us.
constexpr size_t kReleaseBytes = 512 * 1024;

}  // namespace

Keyspace::Keyspace(uint32_t databases, const HashSeed& seed)
    : seed_(seed), shared_(std::make_unique<Shared>(seed_)) {
  AERIE_ASSERT(databases >= 1);
  databases_.reserve(databases);
  for (uint32_t i = 0; i < databases; ++i) databases_.push_back(std::make_unique<Database>(*this, i));
}

Keyspace::~Keyspace() {
  while (free_some(SIZE_MAX)) {
  }
  databases_.clear();
}

void Keyspace::swap(uint32_t a, uint32_t b) {
  if (a == b) return;
  std::swap(databases_[a]->impl_, databases_[b]->impl_);
  events_.record_database(a, "swapdb", KeyEffect::kGrew);
  events_.record_database(b, "swapdb", KeyEffect::kGrew);
}

size_t Keyspace::flush_all() {
  size_t removed = 0;
  for (const auto& db : databases_) removed += db->flush();
  return removed;
}

void Keyspace::set_lfu(uint32_t log_factor, uint32_t decay_minutes) {
  shared_->lfu = {log_factor, decay_minutes};
}

void Keyspace::set_list_fill(int64_t option) {
  shared_->list_limits = ListLimits::from_option(option);
}

// Databases take turns at being first, so that one with millions of due keys does not hold up the others.
bool Keyspace::expire_due(size_t budget) {
  if (!active_expire_) return false;
  const uint32_t count = database_count();
  bool more = false;
  for (uint32_t i = 0; i < count; ++i) {
    Database& db = *databases_[(next_db_to_expire_ + i) % count];
    if (db.impl_->expiry.held() == 0) continue;
    if (budget == 0) {
      more = true;
      break;
    }
    more |= db.expire_due(&budget);
  }
  next_db_to_expire_ = (next_db_to_expire_ + 1) % count;
  find_next_expiry();
  return more;
}

void Keyspace::find_next_expiry() {
  int64_t earliest_ms = kNever;
  for (const auto& db : databases_) earliest_ms = std::min(earliest_ms, db->impl_->expiry.next_ms());
  shared_->agenda.earliest_ms = earliest_ms;
}

int64_t Keyspace::next_expiry_ms() const {
  return active_expire_ ? shared_->agenda.earliest_ms : kNever;
}

bool Keyspace::free_detached_some(size_t* budget) {
  EntryPool& pool = shared_->pool;
  while (!shared_->detached.empty() && *budget > 0) {
    Database::Impl& impl = *shared_->detached.back();
    size_t freed = 0;
    const bool empty = impl.table.drain_some(*budget, [&](Entry* entry) {
      impl.uncount(*entry);
      pool.destroy(entry);
      ++freed;
    });
    *budget -= std::min(*budget, std::max<size_t>(freed, 1));
    if (!empty) return true;
    impl.expiry.clear();
    if (impl.expiry.free_some(*budget)) return true;
    shared_->detached.pop_back();
  }
  return !shared_->detached.empty();
}

bool Keyspace::rebuild_expiry_some(size_t budget) {
  if (shared_->agenda.unfinished == 0) return false;
  bool more = false;
  for (const auto& db : databases_) {
    for (; budget > 0 && db->impl_->expiry.rebuilding(); --budget) db->rebuild_expiry_step();
    more |= db->impl_->expiry.rebuilding();
    more |= db->impl_->expiry.free_some(budget);
  }
  return more;
}

bool Keyspace::any_to_free() const {
  const Shared& shared = *shared_;
  return !shared.detached.empty() || !shared.pool.free_queue().empty() || shared.agenda.unfinished != 0 ||
         shared.pool.slab().wants_release();
}

bool Keyspace::free_some(size_t budget) {
  bool more = free_detached_some(&budget);
  FreeQueue& queue = shared_->pool.free_queue();
  if (!queue.empty()) budget = queue.free_some(budget);
  more |= !queue.empty();
  SlabAllocator& slab = shared_->pool.slab();
  // The budget may have been just enough for the last value; what comes behind it still waits for its turn.
  if (budget == 0) return more || shared_->agenda.unfinished > 0 || slab.wants_release();
  more |= rebuild_expiry_some(budget);
  // Emptied slabs go back last: until then what follows may want them again.
  if (more || !slab.wants_release()) return more;
  slab.release_some(kReleaseBytes);
  return slab.wants_release();
}

void Keyspace::free_later(Blob memory) {
  if (memory.capacity() >= FreeQueue::kWorthQueueing) shared_->pool.free_queue().push(std::move(memory));
}

KeyspaceMemory Keyspace::memory() const {
  KeyspaceMemory memory;
  const EntryPool& pool = shared_->pool;
  const auto add_index = [&memory](const Database::Impl& impl) {
    memory.tables += impl.table.memory_bytes();
    memory.expiry += impl.expiry.memory_bytes();
  };
  for (const auto& db : databases_) {
    add_index(*db->impl_);
    memory.entries += db->impl_->block_bytes;
    memory.blobs += db->impl_->blob_bytes;
  }
  for (const auto& impl : shared_->detached) {
    add_index(*impl);
    memory.to_be_freed += impl->block_bytes + impl->blob_bytes;
  }
  memory.slab_free = pool.slab().bytes_held() - pool.slab().bytes_in_use();
  memory.to_be_freed += pool.free_queue().bytes();
  return memory;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// ExpiryIndex: chunks of hashes in slots. The arithmetic of slots is WheelGeometry's; which of the hashes
// still have a key with this deadline is the database's business, not known here. Cascading and compaction
// are done in slices, so that no tick is long.
#include "store/expiry_index.h"

#include <algorithm>
#include <new>
#include <utility>

#include "aerie/base/assert.h"

namespace aerie {

ExpiryIndex::~ExpiryIndex() {
  clear();
  free_some(SIZE_MAX);
}

void ExpiryIndex::clear() {
  for (std::unique_ptr<Wheel>* wheel : {&current_, &old_}) {
    if (*wheel == nullptr) continue;
    for (Chunk* chain : (*wheel)->slots) drop_chain(chain);
    drop_chain((*wheel)->reached);
    wheel->reset();
  }
  held_ = 0;
  if (rebuilding_) --agenda_.unfinished;
  rebuilding_ = false;
}

void ExpiryIndex::arm(uint64_t hash, int64_t deadline_ms, int64_t now_ms) {
  if (current_ == nullptr) current_ = std::make_unique<Wheel>(static_cast<uint64_t>(now_ms));
  // A wheel that is ahead of the clock would take this deadline for one that has passed.
  if (static_cast<uint64_t>(now_ms) < current_->geometry.now()) [[unlikely]]
    rewind(*current_, static_cast<uint64_t>(now_ms));
  place(*current_, hash, deadline_ms);
}

void ExpiryIndex::place(Wheel& wheel, uint64_t hash, int64_t deadline_ms) {
  const uint32_t slot = wheel.geometry.slot_of(static_cast<uint64_t>(std::max<int64_t>(deadline_ms, 0)));
  Chunk*& chain = wheel.slots[slot];
  Chunk* first = chain != nullptr ? chain->next : nullptr;
  if (first == nullptr || first->count == kHashesPerChunk) {
    first = new (slab_.allocate(sizeof(Chunk))) Chunk{nullptr, 0, {}};
    push(&chain, first);
    wheel.geometry.set_occupied(slot);
    ++chunks_;
  }
  first->hashes[first->count++] = hash;
  ++wheel.held;
  ++held_;
  agenda_.earliest_ms = std::min(agenda_.earliest_ms, deadline_ms);
}

bool ExpiryIndex::reach_next_slot(Wheel& wheel, uint64_t tick) {
  const auto due = wheel.geometry.next();
  if (!due || due->tick > tick) {
    wheel.geometry.move_to(tick);
    return false;
  }
  wheel.geometry.move_to(due->tick);
  wheel.geometry.clear_occupied(due->slot);
  wheel.reached = std::exchange(wheel.slots[due->slot], nullptr);
  return true;
}

uint64_t ExpiryIndex::take_reached(Wheel& wheel) {
  Chunk* chunk = wheel.reached->next;
  const uint64_t hash = chunk->hashes[--chunk->count];
  if (chunk->count == 0) {
    pop(&wheel.reached);
    slab_.free(chunk, sizeof(Chunk));
    --chunks_;
  }
  --wheel.held;
  --held_;
  return hash;
}

void ExpiryIndex::push(Chunk** chain, Chunk* first) {
  if (*chain == nullptr) {
    *chain = first->next = first;
    return;
  }
  first->next = (*chain)->next;
  (*chain)->next = first;
}

void ExpiryIndex::pop(Chunk** chain) {
  Chunk* const last = *chain;
  Chunk* const first = last->next;
  if (first == last) {
    *chain = nullptr;
  } else {
    last->next = first->next;
  }
}

// The wall clock was set back: whole slots move up, chain by chain.
void ExpiryIndex::rewind(Wheel& wheel, uint64_t tick) {
  wheel.geometry.rewind(tick, [&wheel](uint32_t from, uint32_t to) {
    Chunk* const chain = std::exchange(wheel.slots[from], nullptr);
    Chunk*& target = wheel.slots[to];
    if (target != nullptr) std::swap(chain->next, target->next);
    target = chain;
  });
}

int64_t ExpiryIndex::next_of(const Wheel& wheel) {
  if (wheel.reached != nullptr) return static_cast<int64_t>(wheel.geometry.now());
  const auto due = wheel.geometry.next();
  return due ? static_cast<int64_t>(due->tick) : kNever;
}

int64_t ExpiryIndex::next_ms() const {
  int64_t next = kNever;
  if (current_ != nullptr) next = next_of(*current_);
  if (old_ != nullptr) next = std::min(next, next_of(*old_));
  return next;
}

const ExpiryIndex::Chunk* ExpiryIndex::nearest_chunk() const {
  // During a rebuild the old wheel is the one that has all.
  const Wheel* const wheel = old_ != nullptr ? old_.get() : current_.get();
  if (wheel == nullptr) return nullptr;
  if (wheel->reached != nullptr) return wheel->reached->next;
  const auto due = wheel->geometry.next();
  return due ? wheel->slots[due->slot]->next : nullptr;
}

size_t ExpiryIndex::memory_bytes() const {
  const size_t wheels = (current_ != nullptr ? 1u : 0u) + (old_ != nullptr ? 1u : 0u);
  return chunks_ * sizeof(Chunk) + wheels * sizeof(Wheel);
}

void ExpiryIndex::begin_rebuild() {
  AERIE_ASSERT(!rebuilding_ && current_ != nullptr);
  old_ = std::exchange(current_, std::make_unique<Wheel>(current_->geometry.now()));
  rebuilding_ = true;
  ++agenda_.unfinished;
}

void ExpiryIndex::end_rebuild() {
  AERIE_ASSERT(rebuilding_);
  for (Chunk* chain : old_->slots) drop_chain(chain);
  drop_chain(old_->reached);
  held_ -= old_->held;
  old_.reset();
  rebuilding_ = false;
  --agenda_.unfinished;
}

void ExpiryIndex::drop_chain(Chunk* chain) {
  if (chain == nullptr) return;
  dropped_.push_back(chain);
  ++agenda_.unfinished;
}

bool ExpiryIndex::free_some(size_t budget) {
  while (!dropped_.empty()) {
    if (budget-- == 0) return true;
    Chunk* const chunk = dropped_.back()->next;
    pop(&dropped_.back());
    if (dropped_.back() == nullptr) {
      dropped_.pop_back();
      --agenda_.unfinished;
    }
    slab_.free(chunk, sizeof(Chunk));
    --chunks_;
  }
  return false;
}

}  // namespace aerie

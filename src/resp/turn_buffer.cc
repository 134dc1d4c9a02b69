// SPDX-License-Identifier: BSD-3-Clause
//
// The chunks of a turn, and how many of them outlive it. The first chunk stays for ever and is where each
// turn begins; others are kept in small number and go one by one when turns do without them. Chunks that a
// queue takes over leave the list.
#include "aerie/resp/turn_buffer.h"

#include <algorithm>
#include <new>

#include "aerie/base/assert.h"

namespace aerie {

OutputBlock* OutputBlock::create(size_t capacity) {
  void* memory = ::operator new(sizeof(OutputBlock) + capacity);
  bytes_alive_ += sizeof(OutputBlock) + capacity;
  return new (memory) OutputBlock{capacity, 0, nullptr, false, 0};
}

OutputBlock* OutputBlock::create_shared(size_t capacity) {
  OutputBlock* const block = create(capacity);
  block->holders = 1;
  shared_bytes_alive_ += block->memory_bytes();
  return block;
}

void OutputBlock::destroy(OutputBlock* block) {
  bytes_alive_ -= sizeof(OutputBlock) + block->capacity;
  ::operator delete(block);
}

TurnBuffer::TurnBuffer() : block_(OutputBlock::create(kChunkBytes)), cursor_(block_->bytes()) {
  chunks_.push_back(block_);
}

TurnBuffer::~TurnBuffer() {
  for (OutputBlock* block : chunks_) OutputBlock::destroy(block);
}

void TurnBuffer::next_chunk() {
  ++index_;
  if (index_ == chunks_.size()) chunks_.push_back(OutputBlock::create(kChunkBytes));
  block_ = chunks_[index_];
  block_->holder = nullptr;
  block_->shared = false;
  cursor_ = block_->bytes();
}

void TurnBuffer::release(OutputBlock* block) {
  AERIE_ASSERT(can_release(block));
  const auto place = std::find(chunks_.begin(), chunks_.end(), block);
  AERIE_ASSERT(place != chunks_.end());
  const auto at = static_cast<size_t>(place - chunks_.begin());
  chunks_.erase(place);
  if (at < index_) --index_;
}

void TurnBuffer::reset() {
  const size_t used = index_ + 1;
  quiet_turns_ = used < chunks_.size() ? quiet_turns_ + 1 : 0;
  size_t kept = std::min(chunks_.size(), kMaxKeptChunks);
  if (quiet_turns_ >= kQuietTurns) {
    quiet_turns_ = 0;
    kept = std::min(kept, chunks_.size() - 1);
  }
  for (; chunks_.size() > kept; chunks_.pop_back()) OutputBlock::destroy(chunks_.back());
  index_ = 0;
  block_ = chunks_.front();
  block_->holder = nullptr;
  block_->shared = false;
  cursor_ = block_->bytes();
}

size_t TurnBuffer::memory_bytes() const {
  return chunks_.size() * (sizeof(OutputBlock) + kChunkBytes);
}

}  // namespace aerie

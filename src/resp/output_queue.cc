// SPDX-License-Identifier: BSD-3-Clause
//
// Segments of one client's output, and the pool that lends the queues. Slices of the turn buffer are only
// pointed to; blocks of the client's own are filled from the front and freed as soon as their last byte is
// sent. Invariant: pending_ is the sum of the sizes of all segments from head_ on.
#include "aerie/resp/output_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/sliced_free.h"

namespace aerie {
namespace {

// Room behind the body of a large bulk, so that its CRLF and the next header need no block of their own.
constexpr size_t kTailRoom = 256;
constexpr size_t kCompactFrom = 32;
// A block of this size or more gives its pages back while it is sent, not all at once behind its last byte.
constexpr size_t kLargeBlock = size_t{1} << 20;

}  // namespace

void OutputQueue::drop(const Segment& segment) {
  if (!segment.owned) return;
  block_bytes_ -= sizeof(OutputBlock) + segment.block->capacity;
  OutputBlock::destroy(segment.block);
}

void OutputQueue::clear() {
  for (size_t i = head_; i < segments_.size(); ++i) drop(segments_[i]);
  segments_.clear();
  head_ = 0;
  pending_ = 0;
  cut_short_ = false;
}

void OutputQueue::hold(OutputBlock* block, const OutputQueue* queue) {
  if (block->holder == nullptr) {
    block->holder = queue;
  } else if (block->holder != queue) {
    block->shared = true;
  }
}

void OutputQueue::append_slice(const char* data, size_t size, OutputBlock* block) {
  pending_ += size;
  if (!segments_.empty()) {
    Segment& last = segments_.back();
    if (last.block == block && last.data + last.size == data) {
      last.size += size;
      return;
    }
  }
  hold(block, this);
  segments_.push_back({data, size, block, false});
}

size_t OutputQueue::append_placeholder(const char* data, OutputBlock* block) {
  hold(block, this);
  segments_.push_back({data, 0, block, false});
  return segments_.size() - 1;
}

void OutputQueue::prepend_to(size_t index, size_t size) {
  AERIE_ASSERT(index >= head_ && index < segments_.size());
  segments_[index].data -= size;
  segments_[index].size += size;
  pending_ += size;
}

void OutputQueue::append(std::string_view bytes) {
  if (bytes.empty()) return;
  append_own(&segments_, bytes.data(), bytes.size());
  pending_ += bytes.size();
}

void OutputQueue::append_own(std::vector<Segment>* out, const char* data, size_t size) {
  if (!out->empty() && out->back().owned) {
    Segment& last = out->back();
    OutputBlock& block = *last.block;
    const size_t part = std::min(size, block.capacity - block.used);
    // A body that gets a block of its own anyway is not cut in two.
    if (part == size || size < kLargeBulk) {
      std::memcpy(block.bytes() + block.used, data, part);
      block.used += part;
      last.size += part;
      data += part;
      size -= part;
    }
  }
  if (size == 0) return;
  size_t capacity = size;
  if (size >= kLargeBulk) {
    capacity += kTailRoom;
  } else if (!out->empty() && out->back().owned) {
    capacity = std::max(size, std::clamp(out->back().block->capacity * 2, kMinBlockBytes, kMaxBlockBytes));
  }
  OutputBlock* block = OutputBlock::create(capacity);
  block_bytes_ += sizeof(OutputBlock) + capacity;
  std::memcpy(block->bytes(), data, size);
  block->used = size;
  out->push_back({block->bytes(), size, block, true});
}

int OutputQueue::gather(struct iovec* pieces, int max) const {
  int count = 0;
  for (size_t i = head_; i < segments_.size() && count < max; ++i) {
    const Segment& segment = segments_[i];
    if (segment.size == 0) continue;
    pieces[count++] = {const_cast<char*>(segment.data), segment.size};
  }
  return count;
}

void OutputQueue::discard_sent(const Segment& segment, size_t sent) {
  constexpr size_t kPage = 4096;
  // From the page on that was left when it was not wholly sent yet, but not into the head of the block.
  const char* const first = segment.block->bytes();
  const auto before = static_cast<size_t>(segment.data - first);
  discard_pages(first + (before - std::min(before, kPage)), segment.data + sent);
}

void OutputQueue::consume(size_t size) {
  AERIE_ASSERT(size <= pending_);
  pending_ -= size;
  if (pending_ == 0) return clear();
  while (size != 0) {
    Segment& segment = segments_[head_];
    if (size < segment.size) {
      if (segment.owned && segment.block->capacity >= kLargeBlock) [[unlikely]]
        discard_sent(segment, size);
      segment.data += size;
      segment.size -= size;
      break;
    }
    size -= segment.size;
    drop(segment);
    ++head_;
  }
  if (head_ >= kCompactFrom && head_ * 2 >= segments_.size()) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
}

// A chunk goes over whole when nobody else has a slice of it and this segment is most of it.
bool OutputQueue::can_take_chunk(size_t index, const TurnBuffer& turn) const {
  const Segment& segment = segments_[index];
  const OutputBlock* block = segment.block;
  if (block->holder != this || block->shared || segment.size < block->capacity / 2) return false;
  return turn.can_release(block);
}

void OutputQueue::settle(TurnBuffer* turn) {
  if (pending_ == 0) return clear();
  const bool has_slices = std::any_of(segments_.begin() + static_cast<ptrdiff_t>(head_), segments_.end(),
                                      [](const Segment& segment) { return !segment.owned; });
  if (!has_slices) return;
  std::vector<Segment> settled;
  for (size_t i = head_; i < segments_.size(); ++i) {
    Segment segment = segments_[i];
    if (!segment.owned && segment.size != 0 && can_take_chunk(i, *turn)) {
      OutputBlock* block = segment.block;
      turn->release(block);
      // Other slices of it, behind a large bulk, are copied below: the block is not taken twice.
      block->holder = nullptr;
      block->used = block->capacity;
      block_bytes_ += sizeof(OutputBlock) + block->capacity;
      segment.owned = true;
    }
    if (segment.owned) {
      settled.push_back(segment);
    } else if (segment.size != 0) {
      append_own(&settled, segment.data, segment.size);
    }
  }
  segments_ = std::move(settled);
  head_ = 0;
}

OutputPool::~OutputPool() = default;

void OutputPool::give_back(OutputQueue* queue) {
  if (queue == nullptr) return;
  AERIE_ASSERT(lent_ > 0);
  --lent_;
  std::unique_ptr<OutputQueue> owner(queue);
  if (queue->block_bytes_ > kFreeSliceBytes) {
    bytes_to_be_freed_ += queue->block_bytes_;
    return to_be_freed_.push_back(std::move(owner));
  }
  if (!queue->segments_.empty()) queue->clear();
  if (free_.size() >= kMaxKept) return;
  if (queue->segments_.capacity() > kMaxKeptSegments) queue->segments_ = std::vector<OutputQueue::Segment>();
  free_.push_back(std::move(owner));
}

bool OutputPool::free_some() {
  if (to_be_freed_.empty()) return false;
  OutputQueue& queue = *to_be_freed_.back();
  const size_t before = queue.block_bytes_;
  queue.consume(std::min(queue.pending_bytes(), kFreeSliceBytes));
  bytes_to_be_freed_ -= before - queue.block_bytes_;
  if (queue.empty()) to_be_freed_.pop_back();
  return !to_be_freed_.empty();
}

}  // namespace aerie

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
// Segments that a queue has room for when the first push comes.
constexpr size_t kFirstPushes = 8;
// A block of this size or more gives its pages back while it is sent, not all at once behind its last byte.
constexpr size_t kLargeBlock = size_t{1} << 20;

}  // namespace

void OutputQueue::drop(const Segment& segment) {
  if (segment.origin == Origin::kTurn) return;
  if (segment.owned()) {
    own_bytes_ -= segment.block->memory_bytes();
    OutputBlock::destroy(segment.block);
  } else {
    shared_bytes_ -= segment.block->memory_bytes();
    OutputBlock::release(segment.block);
  }
}

void OutputQueue::clear() {
  for (size_t i = head_; i < segments_.size(); ++i) drop(segments_[i]);
  segments_.clear();
  head_ = 0;
  settled_ = 0;
  before_mark_ = 0;
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
  segments_.push_back({data, size, block, Origin::kTurn});
}

size_t OutputQueue::append_placeholder(const char* data, OutputBlock* block) {
  hold(block, this);
  segments_.push_back({data, 0, block, Origin::kTurn});
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
  append_own(bytes.data(), bytes.size());
  pending_ += bytes.size();
}

void OutputQueue::append_shared(OutputBlock* block) {
  ++block->holders;
  shared_bytes_ += block->memory_bytes();
  pending_ += block->used;
  // Thousands of clients may be told the same few things: their lists are not to grow with each of the first.
  if (segments_.capacity() == segments_.size())
    segments_.reserve(std::max(kFirstPushes, 2 * segments_.size()));
  segments_.push_back({block->bytes(), block->used, block, Origin::kShared});
}

// The last segment, when there is one, is not wholly sent.
void OutputQueue::append_own(const char* data, size_t size) {
  if (!segments_.empty() && segments_.back().owned()) {
    Segment& last = segments_.back();
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
  } else if (!segments_.empty() && segments_.back().owned()) {
    capacity =
        std::max(size, std::clamp(segments_.back().block->capacity * 2, kMinBlockBytes, kMaxBlockBytes));
  }
  OutputBlock* block = OutputBlock::create(capacity);
  own_bytes_ += block->memory_bytes();
  std::memcpy(block->bytes(), data, size);
  block->used = size;
  segments_.push_back({block->bytes(), size, block, Origin::kOwn});
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
  before_mark_ -= std::min(before_mark_, size);
  if (pending_ == 0) return clear();
  while (size != 0) {
    Segment& segment = segments_[head_];
    if (size < segment.size) {
      if (segment.owned() && segment.block->capacity >= kLargeBlock) [[unlikely]]
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
    settled_ -= std::min(settled_, head_);
    head_ = 0;
  }
}

// A chunk goes over whole when nobody else has a slice of it and this segment is most of it.
bool OutputQueue::can_take_chunk(const Segment& segment, const TurnBuffer& turn) const {
  const OutputBlock* block = segment.block;
  if (segment.origin != Origin::kTurn || block->holder != this || block->shared) return false;
  return segment.size >= block->capacity / 2 && turn.can_release(block);
}

void OutputQueue::settle_one(Segment segment, TurnBuffer* turn, bool copy_pushes) {
  if (segment.size == 0) return;
  if (can_take_chunk(segment, *turn)) {
    OutputBlock* block = segment.block;
    turn->release(block);
    // Other slices of it, behind a large bulk, are copied below: the block is not taken twice.
    block->holder = nullptr;
    block->used = block->capacity;
    own_bytes_ += block->memory_bytes();
    segment.origin = Origin::kOwn;
  }
  if (!segment.is_slice() && !(copy_pushes && segment.is_small_push())) return segments_.push_back(segment);
  append_own(segment.data, segment.size);
  drop(segment);
}

void OutputQueue::settle_from(size_t first, TurnBuffer* turn, bool copy_pushes) {
  std::vector<Segment> unsettled;
  if (first == head_) {
    // What is in front was sent. The many who wait with little keep a list of its exact size.
    unsettled.swap(segments_);
    head_ = 0;
    settled_ = 0;
  } else {
    const auto begin = segments_.begin() + static_cast<ptrdiff_t>(first);
    unsettled.assign(begin, segments_.end());
    segments_.erase(begin, segments_.end());
    first = 0;
  }
  for (size_t i = first; i < unsettled.size(); ++i) settle_one(unsettled[i], turn, copy_pushes);
}

void OutputQueue::settle(TurnBuffer* turn) {
  if (pending_ == 0) return clear();
  const size_t first = std::max(head_, settled_);
  const auto begin = segments_.begin() + static_cast<ptrdiff_t>(first);
  if (std::any_of(begin, segments_.end(), [](const Segment& segment) { return segment.is_slice(); }))
    settle_from(first, turn, false);
}

// A client that reads slowly is told much, and comes here each time: only what is new is looked at.
void OutputQueue::settle_unsent(TurnBuffer* turn) {
  if (pending_ == 0) return clear();
  const size_t first = std::max(head_, settled_);
  const auto begin = segments_.begin() + static_cast<ptrdiff_t>(first);
  const auto must_settle = [](const Segment& segment) {
    return segment.is_slice() || segment.is_small_push();
  };
  if (std::any_of(begin, segments_.end(), must_settle)) settle_from(first, turn, true);
  settled_ = segments_.size();
}

OutputPool::~OutputPool() = default;

void OutputPool::give_back(OutputQueue* queue) {
  if (queue == nullptr) return;
  AERIE_ASSERT(lent_ > 0);
  --lent_;
  std::unique_ptr<OutputQueue> owner(queue);
  if (queue->block_bytes() > kFreeSliceBytes) {
    bytes_to_be_freed_ += queue->own_memory_bytes();
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
  bytes_to_be_freed_ -= queue.own_memory_bytes();
  queue.consume(std::min(queue.pending_bytes(), kFreeSliceBytes));
  if (queue.empty()) {
    to_be_freed_.pop_back();
  } else {
    bytes_to_be_freed_ += queue.own_memory_bytes();
  }
  return !to_be_freed_.empty();
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The table of descriptors and the FIFO of the ready ones, threaded through it by number. A place in the
// FIFO is given up only by pop(): a descriptor that is erased meanwhile leaves an empty place behind, which
// costs nothing and keeps erase() constant in time.
#include "aerie/event/fd_table.h"

#include "aerie/base/assert.h"
#include "aerie/event/poller.h"

namespace aerie {

namespace {

// Beside the kPoll... bits:
constexpr uint8_t kQueued = 8;
constexpr uint8_t kHangupTold = 16;
constexpr uint8_t kNews = kPollReadable | kPollWritable | kPollHangup | kPollUrgent;
static_assert((kNews & (kQueued | kHangupTold)) == 0);

}  // namespace

void FdTable::insert(int fd, IoHandler* handler) {
  AERIE_ASSERT(fd >= 0 && handler != nullptr);
  const auto index = static_cast<size_t>(fd);
  if (index >= slots_.size()) slots_.resize(index + 1);
  Slot& slot = slots_[index];
  AERIE_ASSERT(slot.handler == nullptr);
  slot.handler = handler;
  ++size_;
}

void FdTable::erase(int fd) {
  AERIE_ASSERT(handler(fd) != nullptr);
  Slot& slot = slots_[static_cast<size_t>(fd)];
  slot.handler = nullptr;
  slot.bits &= kQueued;  // its place in the FIFO stays, empty
  --size_;
}

bool FdTable::hung_up(int fd) const {
  return handler(fd) != nullptr && (slots_[static_cast<size_t>(fd)].bits & kHangupTold) != 0;
}

bool FdTable::mark(int fd, uint8_t bits) {
  Slot* const slot = watched(fd);
  if (slot == nullptr) return false;
  const bool first_hangup = (bits & kPollHangup) != 0 && (slot->bits & kHangupTold) == 0;
  if ((slot->bits & kQueued) == 0) {
    slot->next = -1;
    if (last_ready_ < 0) {
      first_ready_ = fd;
    } else {
      slots_[static_cast<size_t>(last_ready_)].next = fd;
    }
    last_ready_ = fd;
    ++ready_count_;
  }
  slot->bits |= bits | kQueued;
  if (first_hangup) slot->bits |= kHangupTold;
  return first_hangup;
}

void FdTable::mark_first(int fd, uint8_t bits) {
  Slot* const slot = watched(fd);
  if (slot == nullptr) return;
  if ((slot->bits & kQueued) == 0) {
    slot->next = first_ready_;
    first_ready_ = fd;
    if (last_ready_ < 0) last_ready_ = fd;
    ++ready_count_;
  }
  slot->bits |= bits | kQueued;
}

bool FdTable::pop(Ready* out) {
  AERIE_ASSERT(ready_count_ > 0);
  const int fd = first_ready_;
  Slot& slot = slots_[static_cast<size_t>(fd)];
  first_ready_ = slot.next;
  if (first_ready_ < 0) last_ready_ = -1;
  --ready_count_;
  const uint8_t bits = slot.bits;
  slot.bits &= kHangupTold;
  // A descriptor that was removed and added again meanwhile has a handler, but no news.
  if (slot.handler == nullptr || (bits & kNews) == 0) return false;
  *out = {fd,
          slot.handler,
          {.readable = (bits & kPollReadable) != 0,
           .writable = (bits & kPollWritable) != 0,
           .hangup = (bits & kPollHangup) != 0,
           .urgent = (bits & kPollUrgent) != 0}};
  return true;
}

}  // namespace aerie

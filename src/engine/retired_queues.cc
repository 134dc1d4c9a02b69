// SPDX-License-Identifier: BSD-3-Clause
//
// Freeing from the back: of the last queue its last command, of that its largest piece of memory, which goes
// to the keyspace's own queue of large pieces.
#include "aerie/engine/retired_queues.h"

#include <algorithm>
#include <utility>

#include "aerie/store/keyspace.h"

namespace aerie {

namespace {

// Blocks that go at once: short queues leave nothing behind.
constexpr size_t kFreedAtOnce = 16;
// Giving back so many bytes takes as long as freeing a small block.
constexpr size_t kBytesPerBlock = 1024;

}  // namespace

void RetiredQueues::add(std::unique_ptr<CommandQueue> queue) {
  if (queue == nullptr) return;
  bytes_ += queue->bytes;
  queues_.push_back(std::move(queue));
  size_t budget = kFreedAtOnce;
  free_some(&budget);
}

bool RetiredQueues::free_some(size_t* budget) {
  while (*budget != 0 && !queues_.empty()) {
    std::deque<QueuedCommand>& commands = queues_.back()->commands;
    QueuedCommand& last = commands.back();
    Blob memory = last.args.take_memory();
    const size_t bytes = std::min(last.bytes, memory.capacity());
    *budget -= std::min(*budget, 1 + bytes / kBytesPerBlock);
    last.bytes -= bytes;
    bytes_ -= bytes;
    keyspace_.free_later(std::move(memory));
    if (last.args.has_memory()) continue;
    bytes_ -= last.bytes;
    commands.pop_back();
    if (commands.empty()) queues_.pop_back();
  }
  return !queues_.empty();
}

}  // namespace aerie

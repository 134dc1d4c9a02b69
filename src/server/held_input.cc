// SPDX-License-Identifier: BSD-3-Clause
//
// HeldInput: little, the common case, is one block that grows by half of itself at a time. More goes to
// mappings of one size, so that giving one back costs the same whatever else the allocator holds.
#include "server/held_input.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/sys.h"

namespace aerie {

// Followed by its bytes.
struct HeldInput::Chunk {
  static constexpr size_t kMappedBytes = size_t{128} * 1024;
  // Up to so much a block grows, before a mapping follows it.
  static constexpr size_t kMaxGrownBytes = size_t{32} * 1024;

  Chunk* next;
  size_t begin;  // of what is not consumed
  size_t end;
  size_t capacity;
  bool mapped;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  size_t room() const { return capacity - end; }
  // Of a mapping only what was written to takes memory.
  size_t memory_bytes() const { return sizeof(Chunk) + (mapped ? end : capacity); }

  static Chunk* of_size(size_t size) {
    void* memory = std::malloc(sizeof(Chunk) + size);
    AERIE_ASSERT(memory != nullptr);
    return new (memory) Chunk{nullptr, 0, 0, size, false};
  }
  static Chunk* mapping() {
    int error = 0;
    void* memory = sys::map_memory(kMappedBytes, &error);
    AERIE_ASSERT(memory != nullptr);
    return new (memory) Chunk{nullptr, kFrontRoom, kFrontRoom, kMappedBytes - sizeof(Chunk), true};
  }
  // The same bytes with room for more behind them. REQUIRES: not mapped.
  static Chunk* grown(Chunk* chunk, size_t size) {
    void* memory = std::realloc(chunk, sizeof(Chunk) + size);
    AERIE_ASSERT(memory != nullptr);
    auto* moved = static_cast<Chunk*>(memory);
    moved->capacity = size;
    return moved;
  }
  static void free(Chunk* chunk) {
    if (!chunk->mapped) return std::free(chunk);
    // When the process has too many mappings to split one, the range stays reserved without memory.
    if (!sys::unmap_memory(chunk, kMappedBytes).ok())
      (void)sys::advise_memory(chunk, kMappedBytes, MADV_DONTNEED);
  }
};

HeldInput::~HeldInput() {
  while (first_ != nullptr) drop_first();
}

void HeldInput::add_chunk(Chunk* chunk) {
  (last_ == nullptr ? first_ : last_->next) = chunk;
  last_ = chunk;
  chunk_bytes_ += chunk->memory_bytes();
}

void HeldInput::drop_first() {
  Chunk* const chunk = first_;
  first_ = chunk->next;
  if (first_ == nullptr) last_ = nullptr;
  chunk_bytes_ -= chunk->memory_bytes();
  Chunk::free(chunk);
}

std::string_view HeldInput::front() const {
  if (first_ == nullptr) return {};
  return {first_->bytes() + first_->begin, first_->end - first_->begin};
}

void HeldInput::append(std::string_view bytes) {
  if (bytes.empty()) return;
  make_room(bytes.size());
  while (!bytes.empty()) {
    if (last_->room() == 0) add_chunk(Chunk::mapping());
    const size_t fits = std::min(bytes.size(), last_->room());
    std::memcpy(last_->bytes() + last_->end, bytes.data(), fits);
    last_->end += fits;
    size_ += fits;
    if (last_->mapped) chunk_bytes_ += fits;
    bytes.remove_prefix(fits);
  }
}

// Room for `size` more bytes in the only block there is, as long as they are few.
void HeldInput::make_room(size_t size) {
  if (first_ == nullptr) return add_chunk(Chunk::of_size(size));
  const size_t wanted = first_->end + size;
  if (first_ != last_ || first_->mapped || size <= first_->room() || wanted > Chunk::kMaxGrownBytes) return;
  chunk_bytes_ -= first_->memory_bytes();
  first_ = last_ = Chunk::grown(first_, wanted + wanted / 2);
  chunk_bytes_ += first_->memory_bytes();
}

void HeldInput::consume(size_t size) {
  AERIE_ASSERT(size <= front().size());
  if (size == 0) return;
  first_->begin += size;
  size_ -= size;
  if (first_->begin == first_->end) drop_first();
}

void HeldInput::join_front() {
  const std::string_view rest = front();
  Chunk* const next = first_->next;
  AERIE_ASSERT(next != nullptr && rest.size() <= next->begin);
  next->begin -= rest.size();
  std::memcpy(next->bytes() + next->begin, rest.data(), rest.size());
  drop_first();
}

RequestAssembler& HeldInput::start_assembler() {
  AERIE_ASSERT(assembler_ == nullptr);
  assembler_ = std::make_unique<RequestAssembler>();
  return *assembler_;
}

std::unique_ptr<RequestAssembler> HeldInput::take_assembler() {
  assembled = false;
  return std::move(assembler_);
}

bool HeldInput::free_some() {
  consume(front().size());
  return size_ != 0;
}

size_t HeldInput::memory_bytes() const {
  size_t bytes = sizeof(HeldInput) + chunk_bytes_;
  if (assembler_ != nullptr) bytes += sizeof(RequestAssembler) + assembler_->memory_bytes();
  return bytes;
}

}  // namespace aerie

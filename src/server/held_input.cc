// SPDX-License-Identifier: BSD-3-Clause
//
// HeldInput: a small remainder, the common case, is one block of its exact size. What is read ahead goes to
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
  static constexpr size_t kReadChunkBytes = size_t{128} * 1024;

  Chunk* next;
  size_t begin;  // of what is not consumed
  size_t end;
  size_t capacity;
  bool mapped;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  size_t allocated() const { return sizeof(Chunk) + capacity; }

  static Chunk* of_size(size_t size) {
    void* memory = std::malloc(sizeof(Chunk) + size);
    AERIE_ASSERT(memory != nullptr);
    return new (memory) Chunk{nullptr, 0, 0, size, false};
  }
  static Chunk* to_read_into() {
    int error = 0;
    void* memory = sys::map_memory(kReadChunkBytes, &error);
    AERIE_ASSERT(memory != nullptr);
    return new (memory) Chunk{nullptr, kFrontRoom, kFrontRoom, kReadChunkBytes - sizeof(Chunk), true};
  }
  static void free(Chunk* chunk) {
    if (!chunk->mapped) return std::free(chunk);
    // When the process has too many mappings to split one, the range stays reserved without memory.
    if (!sys::unmap_memory(chunk, kReadChunkBytes).ok())
      (void)sys::advise_memory(chunk, kReadChunkBytes, MADV_DONTNEED);
  }
};

HeldInput::~HeldInput() {
  while (first_ != nullptr) drop_first();
}

void HeldInput::add_chunk(Chunk* chunk) {
  (last_ == nullptr ? first_ : last_->next) = chunk;
  last_ = chunk;
  chunk_bytes_ += chunk->allocated();
}

void HeldInput::drop_first() {
  Chunk* const chunk = first_;
  first_ = chunk->next;
  if (first_ == nullptr) last_ = nullptr;
  chunk_bytes_ -= chunk->allocated();
  Chunk::free(chunk);
}

std::string_view HeldInput::front() const {
  if (first_ == nullptr) return {};
  return {first_->bytes() + first_->begin, first_->end - first_->begin};
}

void HeldInput::append(std::string_view bytes) {
  if (first_ == nullptr && !bytes.empty()) add_chunk(Chunk::of_size(bytes.size()));
  while (!bytes.empty()) {
    const std::span<char> place = room(bytes.size());
    std::memcpy(place.data(), bytes.data(), place.size());
    grow(place.size());
    bytes.remove_prefix(place.size());
  }
}

void HeldInput::consume(size_t size) {
  AERIE_ASSERT(size <= front().size());
  if (size == 0) return;
  first_->begin += size;
  size_ -= size;
  if (first_->begin == first_->end) drop_first();
  // A chunk that a read failed to fill goes, too.
  if (size_ == 0 && first_ != nullptr) drop_first();
}

void HeldInput::join_front() {
  const std::string_view rest = front();
  Chunk* const next = first_->next;
  AERIE_ASSERT(next != nullptr && rest.size() <= next->begin);
  next->begin -= rest.size();
  std::memcpy(next->bytes() + next->begin, rest.data(), rest.size());
  drop_first();
}

std::span<char> HeldInput::room(size_t size) {
  if (last_ == nullptr || last_->end == last_->capacity) add_chunk(Chunk::to_read_into());
  return {last_->bytes() + last_->end, std::min(size, last_->capacity - last_->end)};
}

void HeldInput::grow(size_t size) {
  AERIE_ASSERT(last_ != nullptr && size <= last_->capacity - last_->end);
  last_->end += size;
  size_ += size;
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

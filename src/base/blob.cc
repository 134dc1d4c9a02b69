// SPDX-License-Identifier: BSD-3-Clause
//
// Blob on top of malloc: realloc lets the allocator grow large strings by moving pages instead of bytes. The
// capacity is what the allocator really set aside, so that the store's accounting meets the process's memory.
#include "aerie/base/blob.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>
#elif defined(__FreeBSD__)
#include <malloc_np.h>
#else
#include <malloc.h>
#endif

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "aerie/base/assert.h"
#include "aerie/base/checked.h"

namespace aerie {

namespace {

constexpr size_t kMaxGrowthStep = size_t{1} << 20;
constexpr size_t kMoveLimit = size_t{16} << 10;

size_t allocated_bytes(void* memory) {
#if defined(__APPLE__)
  return malloc_size(memory);
#else
  return malloc_usable_size(memory);
#endif
}

}  // namespace

Blob Blob::copy_of(std::string_view bytes) {
  Blob blob;
  if (bytes.empty()) return blob;
  blob.reserve(bytes.size());
  std::memcpy(blob.data_, bytes.data(), bytes.size());
  blob.size_ = bytes.size();
  return blob;
}

void Blob::reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  void* memory = std::realloc(data_, capacity);
  AERIE_ASSERT(memory != nullptr);
  data_ = static_cast<char*>(memory);
  capacity_ = allocated_bytes(memory);
}

void Blob::set_size(size_t size) {
  AERIE_ASSERT(size <= capacity_);
  size_ = size;
}

void Blob::resize_zeroed(size_t size) {
  reserve(size);
  if (size > size_) std::memset(data_ + size_, 0, size - size_);
  size_ = size;
}

void Blob::append(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto needed = checked_add(size_, bytes.size());
  AERIE_ASSERT(needed.has_value());
  if (*needed > capacity_) {
    // `bytes` may lie in this very blob, which realloc may move.
    const auto start = reinterpret_cast<uintptr_t>(data_);
    const auto source = reinterpret_cast<uintptr_t>(bytes.data());
    const bool inside = source >= start && source < start + size_;
    reserve(*needed + (*needed < kMaxGrowthStep ? *needed : kMaxGrowthStep));
    if (inside) bytes = {data_ + (source - start), bytes.size()};
  }
  std::memmove(data_ + size_, bytes.data(), bytes.size());
  size_ = *needed;
}

void Blob::shrink_to_fit() {
  if (size_ == 0) {
    release();
    return;
  }
  if (size_ == capacity_) return;
  // A large block that realloc shrinks in place keeps at least its page: what is small moves.
  const bool move = size_ <= kMoveLimit;
  void* memory = move ? std::malloc(size_) : std::realloc(data_, size_);
  if (memory == nullptr) return;
  if (move) {
    std::memcpy(memory, data_, size_);
    std::free(data_);
  }
  data_ = static_cast<char*>(memory);
  capacity_ = allocated_bytes(memory);
}

void Blob::release() {
  std::free(data_);
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace aerie

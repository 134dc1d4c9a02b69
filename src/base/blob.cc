// SPDX-License-Identifier: BSD-3-Clause
//
// Blob on malloc up to 1 MiB, on mappings of its own from there: a mapping grows by moving page tables
// instead of bytes, gives pages back from its end in slices, and arrives zeroed, whichever allocator is
// linked. Which of the two a blob is follows from its capacity alone. The capacity is what was really set
// aside, so that the store's accounting meets the process's memory.
#include "aerie/base/blob.h"

#include <sys/mman.h>

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
#include "aerie/base/sys.h"

namespace aerie {

namespace {

constexpr size_t kMaxGrowthStep = size_t{1} << 20;
// From this capacity on the memory is a mapping; requests that malloc might round up to it are rounded up
// here.
constexpr size_t kMapped = size_t{1} << 20;
constexpr size_t kMaxMalloc = kMapped / 2;
constexpr size_t kPage = 4096;
// A large block that realloc shrinks in place keeps at least its page: what is small moves.
constexpr size_t kMoveLimit = size_t{16} << 10;

size_t allocated_bytes(void* memory) {
#if defined(__APPLE__)
  return malloc_size(memory);
#else
  return malloc_usable_size(memory);
#endif
}

bool is_mapped(size_t capacity) {
  return capacity >= kMapped;
}

size_t whole_pages(size_t size) {
  const auto padded = checked_add(size, kPage - 1);
  AERIE_ASSERT(padded.has_value());
  return *padded & ~(kPage - 1);
}

size_t mapping_size(size_t size) {
  return size < kMapped ? kMapped : whole_pages(size);
}

char* map_or_die(size_t size) {
  int error = 0;
  void* memory = sys::map_memory(size, &error);
  AERIE_ASSERT(memory != nullptr);
  return static_cast<char*>(memory);
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
  if (capacity > kMaxMalloc) return reserve_mapped(mapping_size(capacity));
  void* memory = std::realloc(data_, capacity);
  AERIE_ASSERT(memory != nullptr);
  data_ = static_cast<char*>(memory);
  capacity_ = allocated_bytes(memory);
  AERIE_ASSERT(!is_mapped(capacity_));
}

void Blob::reserve_mapped(size_t capacity) {
  if (is_mapped(capacity_)) {
    int error = 0;
    void* moved = sys::remap_memory(data_, capacity_, capacity, &error);
    if (moved != nullptr) {
      data_ = static_cast<char*>(moved);
      capacity_ = capacity;
      return;
    }
  }
  char* memory = map_or_die(capacity);
  const size_t size = size_;
  if (size != 0) std::memcpy(memory, data_, size);
  release();
  data_ = memory;
  size_ = size;
  capacity_ = capacity;
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
    // `bytes` may lie in this very blob, which may move.
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
  if (size_ == 0) return release();
  if (size_ == capacity_) return;
  if (is_mapped(capacity_)) return shrink_mapped();
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

void Blob::shrink_mapped() {
  if (size_ > kMaxMalloc) {
    const size_t kept = mapping_size(size_);
    if (kept == capacity_ || !sys::unmap_memory(data_ + kept, capacity_ - kept).ok()) return;
    capacity_ = kept;
    return;
  }
  Blob small = copy_of(view());
  *this = std::move(small);
}

void Blob::release() {
  if (is_mapped(capacity_)) {
    // The kernel joins neighbouring mappings, so this may split one; when it has too many already, the range
    // stays reserved without memory.
    if (!sys::unmap_memory(data_, capacity_).ok()) (void)sys::advise_memory(data_, capacity_, MADV_DONTNEED);
  } else {
    std::free(data_);
  }
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace aerie

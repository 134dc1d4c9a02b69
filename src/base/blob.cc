// SPDX-License-Identifier: BSD-3-Clause
//
// Blob on malloc up to 512 KiB, on mappings of its own from there: a mapping grows by moving page tables
// instead of bytes, gives pages back from its end in slices, and arrives zeroed, whichever allocator is
// linked. The capacity is what was really set aside, so that the store's accounting meets the process's
// memory.
#include "aerie/base/blob.h"

#include <sys/mman.h>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#elif defined(__FreeBSD__)
#include <malloc_np.h>
#else
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "aerie/base/assert.h"
#include "aerie/base/checked.h"
#include "aerie/base/sys.h"

namespace aerie {

namespace {

constexpr size_t kMaxGrowthStep = size_t{1} << 20;
// What needs more is a mapping.
constexpr size_t kMaxMalloc = size_t{512} << 10;
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

size_t whole_pages(size_t size) {
  const auto padded = checked_add(size, kPage - 1);
  AERIE_ASSERT(padded.has_value());
  return *padded & ~(kPage - 1);
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

void Blob::reserve(size_t wanted) {
  if (wanted <= capacity()) return;
  if (wanted > kMaxMalloc) return reserve_mapped(whole_pages(wanted));
  AERIE_ASSERT(!is_mapped());
  void* memory = std::realloc(data_, wanted);
  AERIE_ASSERT(memory != nullptr);
  data_ = static_cast<char*>(memory);
  allocated_ = allocated_bytes(memory);
}

void Blob::reserve_mapped(size_t wanted) {
  if (is_mapped()) {
    int error = 0;
    void* moved = sys::remap_memory(data_, capacity(), wanted, &error);
    if (moved != nullptr) {
      data_ = static_cast<char*>(moved);
      allocated_ = wanted | kMapped;
      return;
    }
  }
  char* memory = map_or_die(wanted);
  const size_t size = size_;
  if (size != 0) std::memcpy(memory, data_, size);
  release();
  data_ = memory;
  size_ = size;
  allocated_ = wanted | kMapped;
}

void Blob::set_size(size_t size) {
  AERIE_ASSERT(size <= capacity());
  size_ = size;
}

void Blob::grow_for(size_t size) {
  if (size > capacity()) reserve(size + (size < kMaxGrowthStep ? size : kMaxGrowthStep));
}

void Blob::resize_zeroed(size_t size) {
  // What this blob had before may have been written to; the pages that a mapping gains were not.
  const size_t known = is_mapped() ? capacity() : size_;
  grow_for(size);
  const size_t written = is_mapped() ? std::min(known, size) : size;
  if (written > size_) std::memset(data_ + size_, 0, written - size_);
  size_ = size;
}

void Blob::append(std::string_view bytes) {
  if (bytes.empty()) return;
  // `bytes` may lie in this very blob, which may move.
  const auto start = reinterpret_cast<uintptr_t>(data_);
  const auto source = reinterpret_cast<uintptr_t>(bytes.data());
  const bool inside = source >= start && source < start + size_;
  char* const end = append_uninitialised(bytes.size());
  if (inside) bytes = {data_ + (source - start), bytes.size()};
  std::memmove(end, bytes.data(), bytes.size());
}

char* Blob::append_uninitialised(size_t count) {
  const auto needed = checked_add(size_, count);
  AERIE_ASSERT(needed.has_value());
  grow_for(*needed);
  char* const end = data_ + size_;
  size_ = *needed;
  return end;
}

void Blob::shrink_to_fit() {
  if (size_ == 0) return release();
  if (size_ == capacity()) return;
  if (is_mapped()) return shrink_mapped();
  const bool move = size_ <= kMoveLimit;
  void* memory = move ? std::malloc(size_) : std::realloc(data_, size_);
  if (memory == nullptr) return;
  if (move) {
    std::memcpy(memory, data_, size_);
    std::free(data_);
  }
  data_ = static_cast<char*>(memory);
  allocated_ = allocated_bytes(memory);
}

void Blob::shrink_mapped() {
  if (size_ > kMaxMalloc) {
    const size_t kept = whole_pages(size_);
    if (kept == capacity() || !sys::unmap_memory(data_ + kept, capacity() - kept).ok()) return;
    allocated_ = kept | kMapped;
    return;
  }
  Blob small = copy_of(view());
  *this = std::move(small);
}

void Blob::release() {
  if (is_mapped()) {
    // The kernel joins neighbouring mappings, so this may split one; when it has too many already, the range
    // stays reserved without memory.
    if (!sys::unmap_memory(data_, capacity()).ok())
      (void)sys::advise_memory(data_, capacity(), MADV_DONTNEED);
  } else {
    std::free(data_);
  }
  data_ = nullptr;
  size_ = 0;
  allocated_ = 0;
}

}  // namespace aerie

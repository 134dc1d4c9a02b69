// SPDX-License-Identifier: BSD-3-Clause
//
// An owned, growable run of bytes for large strings: the place that a large argument is read into from the
// socket, and the same memory that the store then keeps, so that it is never copied. Small strings live
// inside their entry instead. The allocated size is exact (capacity), for the accounting of the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace aerie {

class Blob {
 public:
  Blob() = default;
  Blob(Blob&& other) noexcept { take(other); }
  Blob& operator=(Blob&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;
  ~Blob() { release(); }

  static Blob copy_of(std::string_view bytes);

  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  // Bytes allocated, as the allocator counts them.
  size_t capacity() const { return allocated_ & ~kMapped; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }

  // Makes capacity() at least `capacity`; existing bytes are kept, views into them become invalid. Ends the
  // process when the system has no memory.
  void reserve(size_t capacity);
  // Sets the size; new bytes are uninitialised. REQUIRES: size <= capacity().
  void set_size(size_t size);
  // Sets the size; grows as append() does and fills new bytes with zero. Pages of a large blob that are new
  // are zero already and stay untouched: they have no memory yet.
  void resize_zeroed(size_t size);
  // Appends, growing geometrically (doubling up to 1 MiB, then by 1 MiB steps, as Redis' strings do).
  void append(std::string_view bytes);
  // The same for bytes that the caller writes next: returns where.
  char* append_uninitialised(size_t count);
  // Gives back memory beyond size(). From 512 KiB on this costs by the pages given back, not by what stays.
  void shrink_to_fit();

 private:
  static constexpr size_t kMapped = ~(SIZE_MAX >> 1);
  bool is_mapped() const { return (allocated_ & kMapped) != 0; }
  void take(Blob& other) {
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    allocated_ = std::exchange(other.allocated_, 0);
  }
  void grow_for(size_t size);
  void reserve_mapped(size_t capacity);
  void shrink_mapped();
  void release();

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t allocated_ = 0;  // the capacity; with kMapped a mapping of its own, else malloc's
};

}  // namespace aerie

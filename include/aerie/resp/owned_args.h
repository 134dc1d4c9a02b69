// SPDX-License-Identifier: BSD-3-Clause
//
// An owned copy of an argument vector in one allocation: for commands queued by MULTI and for parked ones,
// whose request is long gone when they run. Immutable; movable; views are valid as long as the object (also
// after it was moved to another place) lives.
//
//   [ view 0 | view 1 | ... | bytes of argument 0 | bytes of argument 1 | ... ]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "aerie/base/blob.h"

namespace aerie {

class OwnedArgs {
 public:
  OwnedArgs() = default;
  OwnedArgs(OwnedArgs&& other) noexcept
      : block_(std::move(other.block_)), size_(std::exchange(other.size_, 0)) {}
  OwnedArgs& operator=(OwnedArgs&& other) noexcept {
    block_ = std::move(other.block_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  static OwnedArgs copy_of(std::span<const std::string_view> args);

  std::span<const std::string_view> args() const;
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Bytes allocated, as the allocator counts them. Without this object itself.
  size_t memory_bytes() const { return block_.capacity(); }
  // Gives the memory to whoever frees it, perhaps in slices; the object is empty then.
  Blob take_memory() {
    size_ = 0;
    return std::move(block_);
  }

 private:
  Blob block_;
  size_t size_ = 0;  // arguments
};

}  // namespace aerie

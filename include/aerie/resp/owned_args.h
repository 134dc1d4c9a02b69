// SPDX-License-Identifier: BSD-3-Clause
//
// Owned arguments: for commands queued by MULTI and for parked ones, whose request is long gone when they
// run. Small ones are copied, all into one allocation; large ones that have memory of their own bring it
// along. Movable; views are valid as long as the object (also after it was moved to another place) lives.
//
//   [ view 0 | view 1 | ... | bytes of small argument 0 | bytes of small argument 1 | ... ]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "aerie/base/blob.h"
#include "aerie/resp/large_arg.h"

namespace aerie {

class OwnedArgs {
 public:
  OwnedArgs() = default;
  OwnedArgs(OwnedArgs&& other) noexcept
      : block_(std::move(other.block_)),
        size_(std::exchange(other.size_, 0)),
        large_(std::move(other.large_)) {}
  OwnedArgs& operator=(OwnedArgs&& other) noexcept {
    block_ = std::move(other.block_);
    size_ = std::exchange(other.size_, 0);
    large_ = std::move(other.large_);
    return *this;
  }

  static OwnedArgs copy_of(std::span<const std::string_view> args) { return take(args, {}); }
  // Takes the memory of those arguments that `large` names, and copies the others.
  static OwnedArgs take(std::span<const std::string_view> args, std::span<LargeArg> large);

  std::span<const std::string_view> args() const;
  // Those that have memory of their own. Whoever moves it out keeps the view valid.
  std::span<LargeArg> large() { return large_ == nullptr ? std::span<LargeArg>() : *large_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Bytes allocated, as the allocator counts them. Without this object itself.
  size_t memory_bytes() const;
  // Gives a piece of the memory to whoever frees it, perhaps in slices, as long as has_memory(). Once this
  // was called nothing else may be.
  Blob take_memory();
  bool has_memory() const { return block_.capacity() != 0; }

 private:
  Blob block_;
  size_t size_ = 0;                               // arguments
  std::unique_ptr<std::vector<LargeArg>> large_;  // nullptr: none
};

}  // namespace aerie

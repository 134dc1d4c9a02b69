// SPDX-License-Identifier: BSD-3-Clause
//
// OwnedArgs: laying out the one block. The views come first, so that args() is a plain span; the bytes of all
// small arguments follow without gaps. The views point into the block itself or into the memory of a large
// argument, neither of which ever moves, so moving an OwnedArgs keeps them valid.
#include "aerie/resp/owned_args.h"

#include <cstring>
#include <iterator>
#include <new>

namespace aerie {

OwnedArgs OwnedArgs::take(std::span<const std::string_view> args, std::span<LargeArg> large) {
  OwnedArgs owned;
  if (args.empty()) return owned;
  const size_t head = args.size() * sizeof(std::string_view);
  size_t bytes = 0;
  for (const std::string_view arg : args) bytes += arg.size();
  for (const LargeArg& taken : large) bytes -= args[taken.index].size();
  owned.block_.reserve(head + bytes);
  owned.size_ = args.size();
  char* view = owned.block_.data();
  char* out = view + head;
  size_t next_large = 0;
  for (size_t i = 0; i < args.size(); ++i, view += sizeof(std::string_view)) {
    if (next_large < large.size() && large[next_large].index == i) {
      ++next_large;
      new (view) std::string_view(args[i]);
      continue;
    }
    if (!args[i].empty()) std::memcpy(out, args[i].data(), args[i].size());
    new (view) std::string_view(out, args[i].size());
    out += args[i].size();
  }
  if (large.empty()) return owned;
  owned.large_ = std::make_unique<std::vector<LargeArg>>(std::make_move_iterator(large.begin()),
                                                         std::make_move_iterator(large.end()));
  return owned;
}

size_t OwnedArgs::memory_bytes() const {
  size_t bytes = block_.capacity();
  if (large_ == nullptr) return bytes;
  bytes += sizeof *large_ + large_->capacity() * sizeof(LargeArg);
  for (const LargeArg& large : *large_) bytes += large.memory.capacity();
  return bytes;
}

// The block comes last.
Blob OwnedArgs::take_memory() {
  size_ = 0;
  while (large_ != nullptr && !large_->empty()) {
    Blob memory = std::move(large_->back().memory);
    large_->pop_back();
    if (memory.capacity() != 0) return memory;
  }
  return std::move(block_);
}

std::span<const std::string_view> OwnedArgs::args() const {
  if (size_ == 0) return {};
  return {std::launder(reinterpret_cast<const std::string_view*>(block_.data())), size_};
}

}  // namespace aerie

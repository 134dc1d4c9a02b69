// SPDX-License-Identifier: BSD-3-Clause
//
// OwnedArgs: laying out the one block. The views come first, so that args() is a plain span; the bytes of all
// arguments follow without gaps. The views point into the block itself, which never moves, so moving an
// OwnedArgs keeps them valid.
#include "aerie/resp/owned_args.h"

#include <cstring>
#include <new>

namespace aerie {

OwnedArgs OwnedArgs::copy_of(std::span<const std::string_view> args) {
  OwnedArgs owned;
  if (args.empty()) return owned;
  const size_t head = args.size() * sizeof(std::string_view);
  size_t bytes = 0;
  for (const std::string_view arg : args) bytes += arg.size();
  owned.block_ = std::make_unique_for_overwrite<std::byte[]>(head + bytes);
  owned.size_ = args.size();
  char* out = reinterpret_cast<char*>(owned.block_.get() + head);
  std::byte* view = owned.block_.get();
  for (const std::string_view arg : args) {
    if (!arg.empty()) std::memcpy(out, arg.data(), arg.size());
    new (view) std::string_view(out, arg.size());
    view += sizeof(std::string_view);
    out += arg.size();
  }
  return owned;
}

std::span<const std::string_view> OwnedArgs::args() const {
  if (size_ == 0) return {};
  return {std::launder(reinterpret_cast<const std::string_view*>(block_.get())), size_};
}

size_t OwnedArgs::memory_bytes() const {
  if (size_ == 0) return 0;
  const std::span<const std::string_view> all = args();
  const std::string_view last = all.back();
  return static_cast<size_t>(reinterpret_cast<const std::byte*>(last.data() + last.size()) - block_.get());
}

}  // namespace aerie

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
  owned.block_.reserve(head + bytes);
  owned.size_ = args.size();
  char* view = owned.block_.data();
  char* out = view + head;
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
  return {std::launder(reinterpret_cast<const std::string_view*>(block_.data())), size_};
}

}  // namespace aerie

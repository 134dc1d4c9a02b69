// SPDX-License-Identifier: BSD-3-Clause
//
// CommandContext: the parts that are not on the path of every request. Keys whose hash no look-ahead has
// computed are hashed here; arguments that arrived as Blobs of their own are handed out here. The hot
// accessors are inline in the header.
#include "aerie/engine/command_context.h"

#include <algorithm>

#include "aerie/base/number.h"

namespace aerie {

std::optional<int64_t> CommandContext::integer(size_t index) const {
  return parse_int64(args_[index]);
}

StringSource CommandContext::large_value(size_t index) const {
  LargeArg* const end = large_args_ + large_count_;
  LargeArg* const found = std::lower_bound(
      large_args_, end, index, [](const LargeArg& large, size_t wanted) { return large.index < wanted; });
  if (found != end && found->index == index && !found->memory.empty()) return StringSource(&found->memory);
  return StringSource(args_[index]);
}

bool CommandContext::equals_ignoring_case(std::string_view text, std::string_view upper_case_word) {
  if (text.size() != upper_case_word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c) != upper_case_word[i]) return false;
  }
  return true;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The grammar of requests, in one place for the parser (whole input at hand) and the assembler (input in
// pieces): what a header line may say under given limits, and where a line ends (its words are those of
// aerie/base/quoted_words.h). No state, no memory of its own. A line of the original protocol is searched
// with strchr, so a NUL byte in front of its end hides the end for ever: that is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "aerie/resp/request_parser.h"

namespace aerie::resp_internal {

// Offset of the first `stop` in `input` that no NUL byte precedes, or npos.
inline size_t find_line_end(std::string_view input, char stop) {
  if (input.empty()) return std::string_view::npos;
  const void* found = std::memchr(input.data(), stop, input.size());
  if (found == nullptr) return std::string_view::npos;
  const size_t at = static_cast<size_t>(static_cast<const char*>(found) - input.data());
  if (at != 0 && std::memchr(input.data(), 0, at) != nullptr) return std::string_view::npos;
  return at;
}

// Judges the text behind '*'. Returns the error text or an empty one; *count is 0 for an empty request.
std::string_view judge_argument_count(std::string_view digits, const ParserLimits& limits, size_t* count);

// Judges the text behind '$'. Returns the error text or an empty one.
std::string_view judge_bulk_size(std::string_view digits, const ParserLimits& limits, size_t* size);

}  // namespace aerie::resp_internal

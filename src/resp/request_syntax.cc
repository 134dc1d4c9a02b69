// SPDX-License-Identifier: BSD-3-Clause
//
// Judging header lines: the rare parts of the request grammar. The common header (a few digits and a CR) is
// read by the parser itself; what is unusual in any way ends here. The words of inline lines are those of
// aerie/base/quoted_words.h.
#include "resp/request_syntax.h"

#include <optional>

#include "aerie/base/number.h"
#include "aerie/resp/reply_errors.h"

namespace aerie::resp_internal {

std::string_view judge_argument_count(std::string_view digits, const ParserLimits& limits, size_t* count) {
  const std::optional<int64_t> value = parse_int64(digits);
  *count = 0;
  if (!value) return kBadMultibulkLength;
  if (*value <= 0) return {};
  const auto wanted = static_cast<uint64_t>(*value);
  if (wanted > limits.max_arguments) return kBadMultibulkLength;
  if (limits.unauthenticated && wanted > kUnauthenticatedMaxArguments) return kUnauthenticatedMultibulk;
  *count = wanted;
  return {};
}

std::string_view judge_bulk_size(std::string_view digits, const ParserLimits& limits, size_t* size) {
  const std::optional<int64_t> value = parse_int64(digits);
  *size = 0;
  if (!value || *value < 0 || static_cast<uint64_t>(*value) > limits.max_bulk_bytes) return kBadBulkLength;
  const auto wanted = static_cast<uint64_t>(*value);
  if (limits.unauthenticated && wanted > kUnauthenticatedMaxBulk) return kUnauthenticatedBulk;
  *size = wanted;
  return {};
}

}  // namespace aerie::resp_internal

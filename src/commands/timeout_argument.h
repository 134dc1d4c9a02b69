// SPDX-License-Identifier: BSD-3-Clause
//
// How long to wait, as commands name it. The answer is a moment of the monotonic clock, read when the
// argument is: a wait is never shorter than what the client asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace aerie {

class CommandContext;

// BLPOP and its kind: seconds with a fraction, rounded up to milliseconds; 0 is Waiter::kNoDeadline. Answers
// the error and returns nothing when the argument is not a number, negative or out of range.
std::optional<int64_t> wait_deadline_argument(CommandContext& ctx, size_t index);
// CLIENT PAUSE: whole milliseconds.
std::optional<int64_t> milliseconds_from_now_argument(CommandContext& ctx, size_t index);

}  // namespace aerie

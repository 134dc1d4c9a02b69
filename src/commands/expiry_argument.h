// SPDX-License-Identifier: BSD-3-Clause
//
// Times of expiry as clients write them, turned into deadlines: the one place that SET, GETEX, SETEX and the
// EXPIRE family share. All arithmetic is checked; a time that no deadline can hold is an error of the client.
// The greatest millisecond of all stands for "no deadline" in the store, so a client that names it gets the
// one before it. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace aerie {

class CommandContext;

enum class ExpiryUnit : uint8_t { kSeconds, kMilliseconds };
enum class ExpiryBase : uint8_t { kNow, kEpoch };

// How a number stands for a time: EX is {kSeconds, kNow}, PXAT is {kMilliseconds, kEpoch}.
struct ExpiryForm {
  ExpiryUnit unit;
  ExpiryBase base;
};

// The deadline in wall-clock milliseconds. Answers the error and returns nothing when the argument is not an
// integer or is out of range. Negative times are allowed and lie in the past (EXPIRE).
std::optional<int64_t> deadline_argument(CommandContext& ctx, size_t index, ExpiryForm form);
// The same for SET and its kind, which refuse zero and negative numbers.
std::optional<int64_t> positive_deadline_argument(CommandContext& ctx, size_t index, ExpiryForm form);

}  // namespace aerie

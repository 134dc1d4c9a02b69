// SPDX-License-Identifier: BSD-3-Clause
//
// An argument that numbers a database (MOVE, COPY ... DB, SWAPDB, SELECT). Redis reads it as a 32-bit integer
// first and compares it with the number of databases then; what is wrong with it is answered in that order.
// Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aerie {

class CommandContext;

// The argument as a 32-bit integer. Otherwise answers `error`, or, when that is empty, Redis' general texts.
std::optional<int32_t> int32_argument(CommandContext& ctx, size_t index, std::string_view error = {});

// The argument as the index of a database; answers the error when it is none.
std::optional<uint32_t> database_argument(CommandContext& ctx, size_t index);

// The number as the index of a database; answers the error when it is none.
std::optional<uint32_t> database_index(CommandContext& ctx, int32_t number);

}  // namespace aerie

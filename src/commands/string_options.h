// SPDX-License-Identifier: BSD-3-Clause
//
// The options of SET and GETEX, which are one family: a condition, a wish for the old value, and at most one
// kind of expiry. Parsed in one place, in any order, with Redis' rules of what excludes what: a repeated
// option is fine and the last one counts, two different kinds of expiry are not. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "commands/expiry_argument.h"

namespace aerie {

class CommandContext;

struct StringOptions {
  enum class Expiry : uint8_t { kNone, kEx, kPx, kExAt, kPxAt, kKeepTtl, kPersist };

  bool if_missing = false;  // NX
  bool if_exists = false;   // XX
  bool get = false;         // GET
  Expiry expiry = Expiry::kNone;
  size_t time_at = 0;  // index of the argument of EX, PX, EXAT, PXAT

  // EX, PX, EXAT or PXAT was given.
  bool has_time() const { return time_at != 0; }
  // REQUIRES: has_time().
  ExpiryForm form() const;
};

// Both answer "syntax error" and return nothing when an option is unknown, lacks its argument or excludes
// another.
std::optional<StringOptions> parse_set_options(CommandContext& ctx, size_t first);
std::optional<StringOptions> parse_getex_options(CommandContext& ctx, size_t first);

}  // namespace aerie

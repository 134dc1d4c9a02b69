// SPDX-License-Identifier: BSD-3-Clause
//
// The value types and the public names of their encodings. A new type is one enumerator here: every switch
// over Type has no default, so the compiler lists the places that have to learn about it
// (docs/adding_a_type.md). Encoding names are a compatibility surface (OBJECT ENCODING), not a statement
// about the implementation.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace aerie {

enum class Type : uint8_t { kString, kList };

enum class Encoding : uint8_t { kInt, kEmbstr, kRaw, kListpack, kQuicklist };

// The text of TYPE, for example "string".
std::string_view type_name(Type type);
// The text of OBJECT ENCODING, for example "embstr".
std::string_view encoding_name(Encoding encoding);

// Deadlines are wall-clock milliseconds since the epoch; a key is gone from the millisecond `deadline` on.
// No client can set this one: a deadline that is not after now deletes the key.
inline constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::min();
// A moment that does not come: the answer when nothing is planned.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// A key as commands name it: its bytes (a view, valid as long as the request) and their hash under the
// keyspace's seed, computed once per command. Made by Keyspace::key().
struct Key {
  std::string_view name;
  uint64_t hash = 0;
};

// What traces a lookup leaves: kRead counts a hit or miss and refreshes the access time, kInspect counts only
// (EXISTS, TYPE, TTL), kDescribe counts, but a miss is no event (OBJECT), kTouch refreshes only (write
// commands), kPeek leaves none.
enum class Access : uint8_t { kRead, kInspect, kDescribe, kTouch, kPeek };

}  // namespace aerie

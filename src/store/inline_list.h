// SPDX-License-Identifier: BSD-3-Clause
//
// A small list inside its entry: the inline value is | count, 2 | listpack run |. How it is read, and how the
// count is written. The run's bytes are what is left of the inline value.
#pragma once

#include <cstdint>
#include <cstring>

#include "aerie/ds/listpack.h"
#include "store/entry.h"

namespace aerie::inline_list {

inline constexpr size_t kHeadBytes = sizeof(uint16_t);
inline constexpr size_t kMaxRunBytes = Entry::kMaxInline - kHeadBytes;

// REQUIRES for both: the entry holds a list in the form kInline.
inline ListpackView view(const Entry& entry) {
  const std::string_view value = entry.inline_value();
  uint16_t count = 0;
  std::memcpy(&count, value.data(), sizeof(count));
  return {value.data() + kHeadBytes, static_cast<uint32_t>(value.size() - kHeadBytes), count};
}
inline void set_count(Entry& entry, uint32_t count) {
  const auto narrow = static_cast<uint16_t>(count);
  std::memcpy(entry.inline_data(), &narrow, sizeof(narrow));
}

}  // namespace aerie::inline_list

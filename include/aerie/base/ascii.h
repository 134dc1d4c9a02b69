// SPDX-License-Identifier: BSD-3-Clause
//
// Letters in either case, as the names of commands, options and users' rules are compared: ASCII alone,
// whatever the locale says, and byte for byte otherwise.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace aerie {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

}  // namespace aerie

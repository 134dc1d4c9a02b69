// SPDX-License-Identifier: BSD-3-Clause
//
// Requests on the wire, for the tests of this room: built here by the letter of the protocol, not by the code
// under test.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aerie::wire {

using Args = std::vector<std::string>;

inline std::string multibulk(const Args& args) {
  std::string out;
  out.append("*").append(std::to_string(args.size())).append("\r\n");
  for (const std::string& arg : args) {
    out.append("$").append(std::to_string(arg.size())).append("\r\n").append(arg).append("\r\n");
  }
  return out;
}

// `front` followed by `count` times `byte`.
inline std::string run(std::string_view front, size_t count, char byte) {
  std::string out(front);
  out.append(count, byte);
  return out;
}

inline Args copy_of(std::span<const std::string_view> views) {
  return Args(views.begin(), views.end());
}

}  // namespace aerie::wire

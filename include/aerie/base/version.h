// SPDX-License-Identifier: BSD-3-Clause
//
// The versions that the server names: its own, and the Redis version whose behaviour it offers (INFO's
// redis_version, HELLO's version). The build's project() version is the same number; a test compares them
// through --version.
#pragma once

#include <string_view>

namespace aerie {

inline constexpr std::string_view kAerieVersion = "0.1.0";
inline constexpr std::string_view kRedisVersion = "7.2.4";

}  // namespace aerie

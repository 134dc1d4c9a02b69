// SPDX-License-Identifier: BSD-3-Clause
//
// One end of a client's connection in 20 bytes, as CLIENT LIST prints it: "127.0.0.1:6379", "[::1]:6379", or
// the path of a unix socket with port 0 (the path itself is the server's and is given when formatting).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aerie {

struct Endpoint {
  enum class Family : uint8_t { kNone, kIpv4, kIpv6, kUnix };
  Family family = Family::kNone;
  uint8_t address[16] = {};  // network order; the first four for IPv4
  uint16_t port = 0;

  // A client of this machine: 127.0.0.0/8, ::1, or a unix socket.
  bool is_loopback() const;

  // As CLIENT LIST's addr and laddr; "?:0" for kNone.
  std::string to_string(std::string_view unix_path) const;
};

}  // namespace aerie

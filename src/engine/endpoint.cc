// SPDX-License-Identifier: BSD-3-Clause
//
// The text form of an endpoint, as CLIENT LIST shows it and CLIENT KILL compares it, and which endpoints are
// on this machine.
#include "aerie/engine/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>

namespace aerie {

bool Endpoint::is_loopback() const {
  switch (family) {
    case Family::kNone:
      return false;
    case Family::kUnix:
      return true;
    case Family::kIpv4:
      return address[0] == 127;
    case Family::kIpv6: {
      const bool zeros_then_one =
          std::all_of(address, address + 15, [](uint8_t byte) { return byte == 0; }) && address[15] == 1;
      // ::ffff:127.x.x.x, an IPv4 client of a socket that serves both.
      const bool mapped = std::all_of(address, address + 10, [](uint8_t byte) { return byte == 0; }) &&
                          address[10] == 0xff && address[11] == 0xff && address[12] == 127;
      return zeros_then_one || mapped;
    }
  }
  return false;
}

std::string Endpoint::to_string(std::string_view unix_path) const {
  char text[INET6_ADDRSTRLEN] = "?";
  switch (family) {
    case Family::kNone:
      return "?:0";
    case Family::kUnix:
      return std::string(unix_path) + ":0";
    case Family::kIpv4:
      inet_ntop(AF_INET, address, text, sizeof text);
      return std::string(text) + ":" + std::to_string(port);
    case Family::kIpv6:
      inet_ntop(AF_INET6, address, text, sizeof text);
      return std::string("[").append(text).append("]:").append(std::to_string(port));
  }
  return "?:0";
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Conversion between texts, kernel addresses and endpoints. Names go through the resolver at start only;
// numbers and wildcards never do.
#include "server/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace aerie {

namespace {

SocketAddress ipv4_address(in_addr address, int port) {
  SocketAddress out;
  auto* in = reinterpret_cast<sockaddr_in*>(&out.storage);
  in->sin_family = AF_INET;
  in->sin_addr = address;
  in->sin_port = htons(static_cast<uint16_t>(port));
  out.size = sizeof(sockaddr_in);
  return out;
}

SocketAddress ipv6_address(in6_addr address, int port) {
  SocketAddress out;
  auto* in = reinterpret_cast<sockaddr_in6*>(&out.storage);
  in->sin6_family = AF_INET6;
  in->sin6_addr = address;
  in->sin6_port = htons(static_cast<uint16_t>(port));
  out.size = sizeof(sockaddr_in6);
  return out;
}

}  // namespace

Result<std::vector<SocketAddress>> resolve_bind_address(const std::string& word, int port) {
  in_addr v4{};
  in6_addr v6{};
  if (word == "*") return std::vector<SocketAddress>{ipv4_address(in_addr{INADDR_ANY}, port)};
  if (word == "::*") return std::vector<SocketAddress>{ipv6_address(in6addr_any, port)};
  if (inet_pton(AF_INET, word.c_str(), &v4) == 1) return std::vector<SocketAddress>{ipv4_address(v4, port)};
  if (inet_pton(AF_INET6, word.c_str(), &v6) == 1) return std::vector<SocketAddress>{ipv6_address(v6, port)};

  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(word.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return Error{0, ::gai_strerror(failed)};
  std::vector<SocketAddress> out;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    out.push_back(address);
  }
  ::freeaddrinfo(found);
  return out;
}

Result<SocketAddress> unix_socket_address(const std::string& path) {
  SocketAddress out;
  auto* un = reinterpret_cast<sockaddr_un*>(&out.storage);
  if (path.size() >= sizeof un->sun_path) return Error{ENAMETOOLONG, "unix socket " + path};
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, path.c_str(), path.size() + 1);
  out.size = sizeof(sockaddr_un);
  return out;
}

Endpoint endpoint_of(const SocketAddress& address) {
  Endpoint out;
  if (address.family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    out.family = Endpoint::Family::kIpv4;
    std::memcpy(out.address, &in->sin_addr, sizeof in->sin_addr);
    out.port = ntohs(in->sin_port);
  } else if (address.family() == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    out.family = Endpoint::Family::kIpv6;
    std::memcpy(out.address, &in->sin6_addr, sizeof in->sin6_addr);
    out.port = ntohs(in->sin6_port);
  } else if (address.family() == AF_UNIX) {
    out.family = Endpoint::Family::kUnix;
  }
  return out;
}

}  // namespace aerie

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

Result<SocketAddress> resolve_bind_address(const std::string& word, int port) {
  in_addr v4{};
  in6_addr v6{};
  if (word == "*") return ipv4_address(in_addr{INADDR_ANY}, port);
  if (word == "::*") return ipv6_address(in6addr_any, port);
  if (inet_pton(AF_INET, word.c_str(), &v4) == 1) return ipv4_address(v4, port);
  if (inet_pton(AF_INET6, word.c_str(), &v6) == 1) return ipv6_address(v6, port);

  addrinfo hints{};
  // A colon in what is no plain number: an address with a scope.
  hints.ai_family = word.find(':') == std::string::npos ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(word.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return Error{0, ::gai_strerror(failed)};
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
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

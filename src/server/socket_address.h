// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses as the kernel takes them, from the words of the bind option, and as Endpoint, for CLIENT LIST. No
// sockets are made here.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "aerie/base/result.h"
#include "aerie/engine/endpoint.h"

namespace aerie {

struct SocketAddress {
  sockaddr_storage storage{};
  unsigned size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// The address of one word of `bind`, without its '-': "*" (every IPv4 address), "::*" (every IPv6 address), a
// number or a name. As in Redis a name stands for its first IPv4 address, whatever else it has: so the usual
// `localhost` can be listened on whether or not the machine has IPv6.
Result<SocketAddress> resolve_bind_address(const std::string& word, int port);

// The path of a unix socket; fails when it is too long.
Result<SocketAddress> unix_socket_address(const std::string& path);

Endpoint endpoint_of(const SocketAddress& address);

}  // namespace aerie

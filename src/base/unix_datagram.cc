// SPDX-License-Identifier: BSD-3-Clause
//
// A datagram socket, connected for one send. An abstract name is an address that begins with a zero byte and
// ends where its length says, whereas a path ends at the zero byte behind it.
#include "aerie/base/unix_datagram.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "aerie/base/unique_fd.h"

namespace aerie {

Status send_unix_datagram(std::string_view name, std::string_view message, bool may_wait) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_valid = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!is_valid) return Error{EINVAL, "name of a unix socket"};
  if (name.size() >= sizeof address.sun_path) return Error{ENAMETOOLONG, "name of a unix socket"};
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '@' ? 0 : 1);

  const sys::SysResult made = sys::socket(AF_UNIX, SOCK_DGRAM, 0);
  if (!made.ok()) return Error{made.error, "socket"};
  const UniqueFd fd(made.value);
  if (!may_wait) {
    if (const auto set = sys::set_nonblocking(fd.get(), true); !set.ok()) return Error{set.error, "fcntl"};
  }
  const auto connected =
      sys::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<unsigned>(size));
  if (!connected.ok()) return Error{connected.error, "connect"};
  const sys::IoResult sent = sys::send(fd.get(), message.data(), message.size());
  if (!sent.ok()) return Error{sent.error, "send"};
  return {};
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// One message to a local daemon: what a service tells systemd, a line for the system's log. Each message has
// a socket of its own, so the daemon may be started again at any time. Not for clients.
#pragma once

#include <string_view>

#include "aerie/base/result.h"

namespace aerie {

// `name` is a path, or behind a '@' a name of the abstract kind, which only Linux has; anything else is
// EINVAL. When the receiver has no room, it is waited for if `may_wait` says so, or else the error is EAGAIN.
Status send_unix_datagram(std::string_view name, std::string_view message, bool may_wait);

}  // namespace aerie

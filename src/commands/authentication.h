// SPDX-License-Identifier: BSD-3-Clause
//
// What AUTH, HELLO and CLIENT share: the password of the one user there is, "default", and which names
// clients may give themselves. Private to the room.
#pragma once

#include <string_view>

namespace aerie {

class CommandContext;

// True, and the session authenticated, when user and password are right; otherwise counts the failure and
// leaves the session as it is. Without a configured password every password of "default" is right.
bool authenticate(CommandContext& ctx, std::string_view user, std::string_view password);

// Whether clients have to authenticate.
bool password_required(CommandContext& ctx);

// Which names and attributes of clients are allowed: printable ASCII without blanks, so that a line of CLIENT
// LIST stays one line with fields.
bool is_printable_name(std::string_view name);

}  // namespace aerie

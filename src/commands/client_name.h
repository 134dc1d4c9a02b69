// SPDX-License-Identifier: BSD-3-Clause
//
// What HELLO and CLIENT share: which names clients may give themselves and their library. A name stands in
// lines of CLIENT LIST and of the log. Private to the room.
#pragma once

#include <string_view>

namespace aerie {

// Which names and attributes of clients are allowed: printable ASCII without blanks, so that a line of CLIENT
// LIST stays one line with fields.
bool is_printable_name(std::string_view name);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The picture that LOLWUT answers: an eagle's nest above a mountain range under stars, never the same twice.
// Pure. Private to the room.
#pragma once

#include <string>

namespace aerie {

class Random;

// Lines of plain ASCII, each ended by a line feed.
std::string draw_aerie(Random& random);

}  // namespace aerie

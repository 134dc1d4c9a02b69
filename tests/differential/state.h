// SPDX-License-Identifier: BSD-3-Clause
//
// The whole state of a server as a client can see it: every key of every database with its type, value,
// deadline and encoding. Reading it touches keys (idle times), nothing else.
#pragma once

#include <string>

#include "differential/duel.h"

namespace aerie {

// "" when both servers hold the same, else the first differences. Deadlines that count from "now" have the
// tolerance of the reviewed table's PEXPIRETIME; all else is exact.
std::string compare_state(Duel& duel);

}  // namespace aerie

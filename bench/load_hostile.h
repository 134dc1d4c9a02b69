// SPDX-License-Identifier: BSD-3-Clause
//
// The modes of the program `load` in which clients do not behave: one that sends and does not read, and many
// that stop in the middle of a request. Each takes the port and the words behind it, and follows stdin as
// the other modes do (load.cc).
#pragma once

#include <cstdint>

#include "load_client.h"

// COUNT COMMAND ARG... One client sends the command COUNT times without reading a reply; "{}" runs from 0 to
// 999 again and again. Says "ready" when connected, "sent BYTES" when the last byte is with the kernel, and,
// when told to go on, reads all replies and says "read COUNT". At the end of stdin it goes away at once.
void run_flood(int64_t port, const Arguments& words);

// CONNECTIONS. Each sends one PING, then half of a SET with a key of its own. Says "ready" when connected,
// "sent" when all halves are sent, and, when told to go on, sends the other halves, waits for the replies
// and says "done".
void run_half(int64_t port, const Arguments& words);

// SPDX-License-Identifier: BSD-3-Clause
//
// The mode of the program `load` that publishes to many subscribers. It takes the port and the words behind
// it, and follows stdin as the other modes do (load.cc).
#pragma once

#include <cstdint>

#include "load_client.h"

// SUBSCRIBERS ROUNDS DEPTH. All listen to one channel; each round publishes DEPTH messages at once and waits
// until every subscriber was told all of them. Says "ready" when all have subscribed, "done MESSAGES
// MICROSECONDS", the messages counted once for each who was told.
void run_publish(int64_t port, const Arguments& words);

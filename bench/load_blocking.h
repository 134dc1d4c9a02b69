// SPDX-License-Identifier: BSD-3-Clause
//
// The modes of the program `load` that wait in BRPOP: items handed over to consumers, and time-outs. Each
// takes the port and the words behind it, and follows stdin as the other modes do (load.cc).
#pragma once

#include <cstdint>

#include "load_client.h"

// CONSUMERS KEYS ITEMS OUTSTANDING. The consumers wait on the keys in turn, for ever; one producer keeps
// OUTSTANDING pushes unanswered until ITEMS have been pushed; a consumer asks again after each item. Says
// "ready" when connected, "parked" when all have asked, "done ITEMS MICROSECONDS".
void run_handover(int64_t port, const Arguments& words);

// WAITERS SPREAD_MS CHURN_PER_S. Each waits on a key of its own, and its time-out is 1 s plus its part of
// SPREAD_MS, in no order; meanwhile CHURN_PER_S connections a second come from several addresses, send a PING
// and go. Says "ready", then "late_us COUNT P50 P99 MAX" (told - deadline, as the client sees it), "early
// COUNT", "churned COUNT MICROSECONDS".
void run_late(int64_t port, const Arguments& words);

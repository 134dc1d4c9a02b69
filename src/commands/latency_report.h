// SPDX-License-Identifier: BSD-3-Clause
//
// Reports for people on what the latency monitor noted: LATENCY GRAPH and LATENCY DOCTOR. Programs read
// LATENCY HISTORY and LATEST instead. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aerie/engine/latency_monitor.h"

namespace aerie {

// A headline with the extremes, and the samples as columns of text, the oldest at the left, each with its
// age.
std::string latency_graph(std::string_view name, const LatencyMonitor::Event& event, int64_t wall_s);

// What was noted of each event, and what may be done about it.
std::string latency_advice(const LatencyMonitor& monitor);

}  // namespace aerie

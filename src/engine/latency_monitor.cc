// SPDX-License-Identifier: BSD-3-Clause
//
// LatencyMonitor: bookkeeping alone. Reports (LATENCY GRAPH, DOCTOR) are made where they are asked for, in
// the room of commands.
#include "aerie/engine/latency_monitor.h"

#include <algorithm>
#include <utility>

namespace aerie {

void LatencyMonitor::add(std::string_view name, int64_t wall_s, int64_t latency_ms) {
  auto found = events_.find(name);
  if (found == events_.end()) found = events_.emplace(name, Event()).first;
  Event& event = found->second;
  event.max_ms = std::max(event.max_ms, latency_ms);
  if (!event.samples.empty() && event.samples.back().wall_s == wall_s) {
    event.samples.back().latency_ms = std::max(event.samples.back().latency_ms, latency_ms);
    return;
  }
  event.samples.push_back({wall_s, latency_ms});
  if (event.samples.size() > kMaxSamples) event.samples.pop_front();
}

const LatencyMonitor::Event* LatencyMonitor::find(std::string_view event) const {
  const auto found = events_.find(event);
  return found == events_.end() ? nullptr : &found->second;
}

bool LatencyMonitor::forget(std::string_view event) {
  const auto found = events_.find(event);
  if (found == events_.end()) return false;
  events_.erase(found);
  return true;
}

size_t LatencyMonitor::forget_all() {
  return std::exchange(events_, {}).size();
}

}  // namespace aerie

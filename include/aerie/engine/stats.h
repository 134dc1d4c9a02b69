// SPDX-License-Identifier: BSD-3-Clause
//
// Counters that INFO prints. Plain fields: the executor and the server add to them, INFO and CONFIG RESETSTAT
// read and clear them. Rates are computed when asked, so nothing runs periodically for their sake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/histogram.h"
#include "aerie/base/tick_clock.h"
#include "aerie/engine/latency_histogram.h"

namespace aerie {

struct CommandStats {
  uint64_t calls = 0;
  uint64_t cpu_ticks = 0;                     // of the time-stamp counter; see TickClock
  uint64_t rejected_calls = 0;                // refused by a gate before it ran
  uint64_t failed_calls = 0;                  // ran and answered an error
  std::unique_ptr<LatencyHistogram> latency;  // of the calls since latencies are tracked
};

// Remembers a counter at a moment so that INFO can print a rate per second since then.
struct RateProbe {
  uint64_t value = 0;
  int64_t at_us = 0;
  double rate = 0;
  // The rate since the last sample, 0 for the first one; samples closer than 100 ms apart repeat the last
  // answer.
  double sample(uint64_t now_value, int64_t now_us);
};

// What permissions of users refused.
struct AclDenials {
  uint64_t auth = 0;  // logins
  uint64_t command = 0;
  uint64_t key = 0;
  uint64_t channel = 0;
};

struct Stats {
  uint64_t commands_processed = 0;
  uint64_t connections_received = 0;
  uint64_t rejected_connections = 0;
  uint64_t net_input_bytes = 0;
  uint64_t net_output_bytes = 0;
  uint64_t error_replies = 0;
  uint64_t reads_processed = 0;
  uint64_t writes_processed = 0;
  uint64_t input_limit_disconnections = 0;
  uint64_t output_limit_disconnections = 0;
  uint64_t evicted_clients = 0;
  AclDenials acl_denials;
  Histogram wait_lateness_us;  // of blocked clients whose time was up: when they were told, behind when
  size_t peak_memory = 0;
  uint64_t resets = 0;  // calls of reset(): whoever keeps figures elsewhere starts anew when this changes
  bool track_latency = false;                           // option latency-tracking
  std::vector<CommandStats> commands;                   // by Command::number
  std::map<std::string, uint64_t, std::less<>> errors;  // by error code: "ERR", "WRONGTYPE"
  RateProbe operations;
  RateProbe input;
  RateProbe output;
  RateProbe turns;
  RateProbe turn_us;
  TickClock ticks;  // converts cpu_ticks

  // Counts an error reply by the first word of its text. At most 128 different codes are kept.
  void count_error(std::string_view code);
  // Where calls of the command are recorded while latencies are tracked.
  LatencyHistogram& latency_of(uint32_t number) {
    std::unique_ptr<LatencyHistogram>& latency = commands[number].latency;
    if (latency == nullptr) [[unlikely]]
      latency = std::make_unique<LatencyHistogram>();
    return *latency;
  }
  // CONFIG RESETSTAT: all counters start again; commands keeps its size.
  void reset();
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What took longer than latency-monitor-threshold: samples by kind of event, for LATENCY. An event is a class
// of work, named as in Redis: "command", "fast-command", "expire-cycle". At most one sample a second is kept
// of each, the longest, and the last 160 of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace aerie {

class LatencyMonitor {
 public:
  struct Sample {
    int64_t wall_s;
    int64_t latency_ms;
  };
  struct Event {
    std::deque<Sample> samples;  // the oldest first; never empty
    int64_t max_ms = 0;          // since the event was first seen, or reset
  };

  static constexpr size_t kMaxSamples = 160;

  // Milliseconds from which on work is noted; 0: nothing is.
  void set_threshold_ms(int64_t ms) { threshold_ms_ = ms; }
  int64_t threshold_ms() const { return threshold_ms_; }

  // Keeps the sample when it is long enough. REQUIRES: `event` is one of few names, all of them the server's
  // own.
  void note(std::string_view event, int64_t wall_s, int64_t latency_ms) {
    if (threshold_ms_ != 0 && latency_ms >= threshold_ms_) [[unlikely]]
      add(event, wall_s, latency_ms);
  }

  // By name.
  const std::map<std::string, Event, std::less<>>& events() const { return events_; }
  // nullptr when nothing of it was noted.
  const Event* find(std::string_view event) const;
  // False when there was nothing to forget.
  bool forget(std::string_view event);
  // Returns how many events there were.
  size_t forget_all();

 private:
  void add(std::string_view event, int64_t wall_s, int64_t latency_ms);

  std::map<std::string, Event, std::less<>> events_;
  int64_t threshold_ms_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// LATENCY GRAPH and DOCTOR. A column of the graph is scaled between the lowest and the highest sample: full
// cells below, a half one on top. The age of a sample stands below its column, read downwards.
#include "commands/latency_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace aerie {

namespace {

constexpr int64_t kRows = 4;
constexpr size_t kLineWidth = 80;

struct Summary {
  int64_t least_ms = INT64_MAX;
  int64_t most_ms = 0;
  double mean_ms = 0;
  double mean_deviation_ms = 0;
  double period_s = 0;  // between two samples, on average
};

Summary summarize(const LatencyMonitor::Event& event) {
  Summary summary;
  const auto count = static_cast<double>(event.samples.size());
  for (const LatencyMonitor::Sample& sample : event.samples) {
    summary.least_ms = std::min(summary.least_ms, sample.latency_ms);
    summary.most_ms = std::max(summary.most_ms, sample.latency_ms);
    summary.mean_ms += static_cast<double>(sample.latency_ms) / count;
  }
  for (const LatencyMonitor::Sample& sample : event.samples)
    summary.mean_deviation_ms += std::abs(static_cast<double>(sample.latency_ms) - summary.mean_ms) / count;
  const int64_t span_s = event.samples.back().wall_s - event.samples.front().wall_s;
  if (event.samples.size() > 1) summary.period_s = static_cast<double>(span_s) / (count - 1);
  return summary;
}

// "7s", "12m", "3h", "9d".
std::string age(int64_t seconds) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  seconds = std::max<int64_t>(seconds, 0);
  if (seconds < kMinute) return std::to_string(seconds) + "s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + "m";
  if (seconds < kDay) return std::to_string(seconds / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

char cell(const Summary& summary, int64_t latency_ms, int64_t row) {
  constexpr int64_t kHalves = kRows * 2 - 1;
  const int64_t range = summary.most_ms - summary.least_ms;
  const int64_t height = range == 0 ? 1 : 1 + (latency_ms - summary.least_ms) * kHalves / range;
  if (height >= row * 2 + 2) return '#';
  return height == row * 2 + 1 ? '_' : ' ';
}

}  // namespace

std::string latency_graph(std::string_view name, const LatencyMonitor::Event& event, int64_t wall_s) {
  const Summary summary = summarize(event);
  std::string text(name);
  text.append(" - high ").append(std::to_string(summary.most_ms)).append(" ms, low ");
  text.append(std::to_string(summary.least_ms)).append(" ms (all time high ");
  text.append(std::to_string(event.max_ms)).append(" ms)\n").append(kLineWidth, '-').append("\n");
  for (int64_t row = kRows - 1; row >= 0; --row) {
    for (const LatencyMonitor::Sample& sample : event.samples) text += cell(summary, sample.latency_ms, row);
    text += '\n';
  }
  text += '\n';
  std::vector<std::string> ages;
  size_t longest = 0;
  for (const LatencyMonitor::Sample& sample : event.samples) {
    ages.push_back(age(wall_s - sample.wall_s));
    longest = std::max(longest, ages.back().size());
  }
  for (size_t i = 0; i < longest; ++i) {
    for (const std::string& label : ages) text += i < label.size() ? label[i] : ' ';
    text += '\n';
  }
  return text;
}

std::string latency_advice(const LatencyMonitor& monitor) {
  if (monitor.threshold_ms() == 0) {
    return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> makes it note "
           "what takes at least so long.\n";
  }
  if (monitor.events().empty())
    return "Nothing took " + std::to_string(monitor.threshold_ms()) +
           " ms or more since the monitor is on.\n";
  std::string text = "What took " + std::to_string(monitor.threshold_ms()) + " ms or more:\n\n";
  bool commands = false;
  for (const auto& [name, event] : monitor.events()) {
    const Summary summary = summarize(event);
    char line[256];
    std::snprintf(line, sizeof line,
                  ": %zu samples, %.0f ms on average (mean deviation %.0f ms), one in %.2f s, %lld ms at "
                  "most.\n",
                  event.samples.size(), summary.mean_ms, summary.mean_deviation_ms, summary.period_s,
                  static_cast<long long>(event.max_ms));
    text.append("- ").append(name).append(line);
    commands = commands || name == "command" || name == "fast-command";
  }
  if (commands) {
    text +=
        "\nSingle commands are slow: SLOWLOG GET shows which ones. A command that looks at many elements "
        "(KEYS, LRANGE, SORT) is better asked in parts, with SCAN or a range.\n";
  }
  text +=
      "\nINFO stats has the longest turns of the event loop (eventloop_turn_max_usec, and the CPU time of "
      "one, eventloop_turn_cpu_max_usec): where the first is much longer than the second, the machine ran "
      "something else meanwhile. LATENCY TURNS has the long ones, with what ran in them.\n";
  return text;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The timing wheel with 1,000, 100,000 and 1,000,000 armed nodes, deadlines spread over a day: nanoseconds of
// CPU to arm, to move, to cancel, to look for the next deadline, for an advance of one tick that fires
// nothing, and per node to fire them all, cascades included. Beside it the same with std::multimap, the other
// usual home of timers. With --smoke it runs small and checks the results: everything fires once, in order,
// never early.
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/random.h"
#include "aerie/base/timing_wheel.h"

namespace {

using aerie::Random;
using aerie::thread_cpu_ns;
using aerie::TimingWheel;
using aerie::WheelNode;

constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
constexpr size_t kOperations = 100'000;
constexpr size_t kNodesPerAdvance = 64;  // what a turn of the loop does between two looks at the clock

class WheelTimers {
 public:
  explicit WheelTimers(size_t count) : nodes_(new WheelNode[count]) {}
  void arm(size_t index, uint64_t deadline) { wheel_.arm(nodes_[index], deadline); }
  void cancel(size_t index) { wheel_.cancel(nodes_[index]); }
  uint64_t next() const { return wheel_.next_deadline().value_or(0); }
  // Fires what is due; false when something fired early or not in order.
  bool advance(uint64_t now, size_t* fired) {
    bool right = true;
    uint64_t last = 0;
    const auto fire = [&](WheelNode& node) {
      right = right && node.deadline() <= now && node.deadline() >= last;
      last = node.deadline();
      ++*fired;
    };
    while (wheel_.advance(now, kNodesPerAdvance, fire).more) {
    }
    return right;
  }
  size_t size() const { return wheel_.size(); }

 private:
  std::unique_ptr<WheelNode[]> nodes_;
  TimingWheel wheel_{0};
};

class MapTimers {
 public:
  explicit MapTimers(size_t count) : places_(count, timers_.end()) {}
  void arm(size_t index, uint64_t deadline) {
    cancel(index);
    places_[index] = timers_.emplace(deadline, index);
  }
  void cancel(size_t index) {
    if (places_[index] == timers_.end()) return;
    timers_.erase(places_[index]);
    places_[index] = timers_.end();
  }
  uint64_t next() const { return timers_.empty() ? 0 : timers_.begin()->first; }
  bool advance(uint64_t now, size_t* fired) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
      places_[timers_.begin()->second] = timers_.end();
      timers_.erase(timers_.begin());
      ++*fired;
    }
    return true;
  }
  size_t size() const { return timers_.size(); }

 private:
  std::multimap<uint64_t, size_t> timers_;
  std::vector<std::multimap<uint64_t, size_t>::iterator> places_;
};

template <typename Operation>
double ns_each(size_t count, Operation operation) {
  const int64_t start = thread_cpu_ns();
  for (size_t i = 0; i < count; ++i) operation(i);
  return static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count);
}

template <typename Timers>
bool run(const char* name, size_t count, size_t operations) {
  Timers timers(count);
  Random random(1);
  // An hour from the start at the earliest, so that the idle ticks below fire nothing.
  constexpr uint64_t kFirst = 3'600'000;
  const auto deadline = [&random] { return kFirst + random.below(kDayMs); };
  const double arm = ns_each(count, [&](size_t i) { timers.arm(i, deadline()); });
  const double move = ns_each(operations, [&](size_t) { timers.arm(random.below(count), deadline()); });
  uint64_t sum = 0;
  const double next = ns_each(operations, [&](size_t) { sum += timers.next(); });
  size_t fired = 0;
  bool right = sum > 0;
  uint64_t now = 0;
  const size_t ticks = operations < kFirst ? operations : kFirst - 1;
  const double tick = ns_each(ticks, [&](size_t) { right = timers.advance(++now, &fired) && right; });
  right = right && fired == 0 && timers.size() == count;
  const size_t cancelled = count / 10;
  const double cancel = ns_each(cancelled, [&](size_t i) { timers.cancel(i); });
  const int64_t start = thread_cpu_ns();
  right = timers.advance(kFirst + kDayMs, &fired) && right;
  const double fire = static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count - cancelled);
  right = right && fired == count - cancelled && timers.size() == 0;
  std::printf(
      "%-14s %8zu armed: arm %6.1f  move %6.1f  cancel %6.1f  next %5.1f  idle tick %5.1f  fire %6.1f ns%s\n",
      name, count, arm, move, cancel, next, tick, fire, right ? "" : "  WRONG RESULT");
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  const std::vector<size_t> counts =
      smoke ? std::vector<size_t>{1000} : std::vector<size_t>{1000, 100'000, 1'000'000};
  bool passed = true;
  for (const size_t count : counts) {
    const size_t operations = smoke ? 1000 : kOperations;
    passed = run<WheelTimers>("wheel", count, operations) && passed;
    passed = run<MapTimers>("std::multimap", count, operations) && passed;
  }
  return passed ? 0 : 1;
}

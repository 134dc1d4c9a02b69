// SPDX-License-Identifier: BSD-3-Clause
//
// What a long computation does to the other clients of a loop, and how a worker pool avoids it. A "client"
// asks every millisecond (a repeating timer whose lateness is measured); meanwhile four requests arrive that
// need 60 ms of CPU each. First they are computed on the loop, then on a worker.
#include <cstdint>
#include <cstdio>

#include "aerie/event/event_loop.h"
#include "aerie/event/worker_pool.h"

namespace {

using namespace aerie;

constexpr int kRequests = 4;
constexpr int64_t kCpuMs = 60;

// Something that keeps a processor busy for `kCpuMs` of CPU time.
uint64_t compute() {
  uint64_t state = 88172645463325252U;
  const int64_t until_ns = thread_cpu_ns() + kCpuMs * 1'000'000;
  while (thread_cpu_ns() < until_ns) {
    for (int i = 0; i < 1000; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
  }
  return state;
}

// Runs the scenario and gives the other client's worst wait in milliseconds.
int64_t worst_wait_ms(EventLoop& loop, WorkerPool* pool) {
  loop.reset_stats();
  int answered = 0;
  uint64_t results[kRequests] = {};
  Timer client([] {});
  loop.arm_repeating(client, 1);
  const auto answer = [&] {
    if (++answered == kRequests) loop.stop();
  };
  Timer requests([&] {
    for (uint64_t& result : results) {
      if (pool != nullptr) {
        pool->submit([&result] { result = compute(); }, answer);
      } else {
        loop.defer_next_turn([&result, answer] {
          result = compute();
          answer();
        });
      }
    }
  });
  loop.arm(requests, 20);
  loop.run();
  for (const uint64_t result : results) {
    if (result == 0) std::printf("a result is missing\n");
  }
  return static_cast<int64_t>(loop.stats().timer_lateness_us.max()) / 1000;
}

}  // namespace

int main() {
  SystemClock clock;
  auto created = EventLoop::create(clock);
  if (!created.ok()) return 1;
  EventLoop& loop = *created.value();

  const int64_t on_loop = worst_wait_ms(loop, nullptr);
  const int64_t longest_on_loop = static_cast<int64_t>(loop.stats().turn_cpu_us.max()) / 1000;
  WorkerPool pool(loop, 1);
  const int64_t off_loop = worst_wait_ms(loop, &pool);
  const int64_t longest_off_loop = static_cast<int64_t>(loop.stats().turn_cpu_us.max()) / 1000;

  std::printf("on the loop:   longest turn %lld ms, another client waited up to %lld ms\n",
              static_cast<long long>(longest_on_loop), static_cast<long long>(on_loop));
  std::printf("on the worker: longest turn %lld ms, another client waited up to %lld ms\n",
              static_cast<long long>(longest_off_loop), static_cast<long long>(off_loop));
  // A worker needs a processor of its own to be this harmless; the turn's own CPU time is short on any
  // machine.
  const bool as_promised =
      longest_on_loop >= kCpuMs - 1 && on_loop >= kCpuMs - 2 && longest_off_loop < kCpuMs / 2;
  std::printf("%s\n", as_promised ? "the loop stays responsive with the worker" : "UNEXPECTED");
  return as_promised ? 0 : 1;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// What runs when: tasks deferred to this turn and to the next, a posted task, one-shot timers and a repeating
// one. The loop takes its time from a clock that this program moves by hand, 5 ms per turn, as a test would:
// so the output is the same on every run. With a SystemClock and loop.run() the order is the same.
#include <cstdio>
#include <thread>

#include "aerie/event/event_loop.h"

int main() {
  using namespace aerie;
  FakeClock clock;
  auto created = EventLoop::create(clock);
  if (!created.ok()) return 1;
  EventLoop& loop = *created.value();

  const int64_t began_us = clock.monotonic_us();
  const auto say = [&](const char* what) {
    std::printf("%2lld ms: %s\n", static_cast<long long>(clock.monotonic_us() - began_us) / 1000, what);
  };

  // Registered in a jumble; run by phase, and by deadline within a phase.
  bool ended = false;
  Timer end([&] {
    say("the last timer ends the program");
    ended = true;
  });
  int beats = 0;
  Timer beat([&] {
    say("beat");
    if (++beats == 3) loop.cancel(beat);  // a callback may cancel, re-arm and even destroy its own timer
  });
  Timer cancelled([&] { say("never printed"); });
  Timer due([&] {
    say("a due timer runs before the deferred tasks of its turn");
    loop.defer([&] { say("deferred by the timer: still in this turn"); });
    loop.defer_next_turn([&] { say("deferred to the next turn"); });
    loop.defer([&] { say("deferred second: in order"); });
  });
  Timer between([&] { say("12 ms timer: at the first turn that is not too early"); });

  loop.arm(end, 40);
  loop.arm_repeating(beat, 10);
  loop.arm(cancelled, 5);
  loop.arm(between, 12);
  loop.arm(due, 0);
  loop.cancel(cancelled);

  std::thread elsewhere([&] { loop.post([&] { say("posted from another thread, run on the loop"); }); });
  elsewhere.join();

  while (!ended) {
    loop.run_once(0);
    clock.advance_ms(5);
  }
}

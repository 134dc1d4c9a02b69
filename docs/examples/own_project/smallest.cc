// SPDX-License-Identifier: BSD-3-Clause
//
// The smallest program around the event loop: it waits for a tenth of a second. The text behind this head
// stands in docs/event_loop.md too; a test compares them, builds this project and runs the program.

#include "aerie/event/event_loop.h"

int main() {
  aerie::SystemClock clock;
  auto created = aerie::EventLoop::create(clock);
  if (!created.ok()) return 1;
  aerie::EventLoop& loop = *created.value();
  aerie::Timer timer([&] { loop.stop(); });
  loop.arm(timer, 100);  // milliseconds
  loop.run();
}

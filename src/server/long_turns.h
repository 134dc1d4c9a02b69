// SPDX-License-Identifier: BSD-3-Clause
//
// Turns of the loop that used more CPU time than turn-log-slower-than: each goes into the engine's TurnLog,
// with how many clients waited for it to end, and with loglevel verbose into the log.
#pragma once

#include "aerie/engine/engine.h"
#include "aerie/event/event_loop.h"

namespace aerie {

class LongTurns {
 public:
  // Both outlive this object.
  LongTurns(EventLoop& loop, Engine& engine) : loop_(loop), engine_(engine) {}
  ~LongTurns() { loop_.set_long_turn_hook(0, nullptr); }
  LongTurns(const LongTurns&) = delete;
  LongTurns& operator=(const LongTurns&) = delete;

  // Takes over turn-log-slower-than and turn-log-max-len.
  void apply(const Settings& now);

  // The loop has polled: counts who waited for the end of the turn before, when that was long.
  void begin_turn() {
    if (!counts_waiting_) [[likely]]
      return;
    counts_waiting_ = false;
    engine_.turn_log.set_waited(loop_.ready_count());
  }

 private:
  void note(const LongTurn& turn);

  EventLoop& loop_;
  Engine& engine_;
  bool counts_waiting_ = false;
};

}  // namespace aerie

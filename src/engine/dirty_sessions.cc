// SPDX-License-Identifier: BSD-3-Clause
//
// DirtySessions: two lists, so that who had to wait is served first and is not looked at again until then. A
// session that is carried over keeps its place when it has new output: moved to the end each time, one that
// is told something in every turn might never be written to.
#include "aerie/engine/dirty_sessions.h"

#include "aerie/engine/session.h"
#include "aerie/resp/output_queue.h"
#include "aerie/resp/turn_buffer.h"

namespace aerie {

void DirtySessions::add(Session& session) {
  if (session.linked()) return;
  this_turn_.push_back(session);
  ++added_;
}

void DirtySessions::remove(Session& session) {
  if (!session.linked()) return;
  session.unlink();
  ++left_;
}

Session* DirtySessions::take() {
  Session* const session = carried_over_.empty() ? this_turn_.pop_front() : carried_over_.pop_front();
  if (session == nullptr) return nullptr;
  session->carried_over = false;
  ++left_;
  return session;
}

void DirtySessions::carry_over(TurnBuffer* turn) {
  for (Session& session : this_turn_) {
    session.carried_over = true;
    settle_if_carried(session, turn);
  }
  carried_over_.append(this_turn_);
  turn->reset();
}

void DirtySessions::settle_if_carried(Session& session, TurnBuffer* turn) {
  if (session.carried_over && session.output != nullptr) session.output->settle(turn);
}

}  // namespace aerie

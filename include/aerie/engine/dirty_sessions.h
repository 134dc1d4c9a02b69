// SPDX-License-Identifier: BSD-3-Clause
//
// The dirty list: sessions that need the server's attention at the end of the turn, since there is output to
// send or a wish to close. Code below the server puts them here, the write phase takes them. It owns nothing.
// Every step is O(1) but carry_over().
#pragma once

#include <cstdint>

#include "aerie/base/intrusive_list.h"

namespace aerie {

class Session;
class TurnBuffer;

class DirtySessions {
 public:
  // Nothing happens when the session is there already.
  void add(Session& session);
  // Takes the session that has been here for longest; nullptr when there is none.
  Session* take();
  bool empty() const { return carried_over_.empty() && this_turn_.empty(); }
  // Must be called before a session dies that may be here.
  void remove(Session& session);

  // The list is served in order, and has places: end_place() is behind all who are here now, and is_past()
  // that place when all of them were taken.
  uint64_t end_place() const { return added_; }
  bool is_past(uint64_t place) const { return left_ >= place; }

  // The end of a turn: empties the turn buffer. Sessions that are still here come first in the next turn, and
  // keep what they have to send in blocks of their own from now on (settle_if_carried). That costs each of
  // them once, however many turns it has to wait.
  void carry_over(TurnBuffer* turn);
  // A session that was carried over has new output: it refers to nothing in the turn buffer all the same.
  static void settle_if_carried(Session& session, TurnBuffer* turn);

 private:
  IntrusiveList<Session> this_turn_;
  IntrusiveList<Session> carried_over_;
  // Sessions that ever came and left. One that dies here counts as the first: is_past() is true a little
  // early.
  uint64_t added_ = 0;
  uint64_t left_ = 0;
};

}  // namespace aerie

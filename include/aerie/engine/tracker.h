// SPDX-License-Identifier: BSD-3-Clause
//
// What CLIENT TRACKING asked for: one record for each client with tracking on, owned by the Invalidator. The
// flags that requests look at are in the session itself: tracks_reads, caching_given.
#pragma once

#include <cstdint>

#include "aerie/base/intrusive_list.h"

namespace aerie {

class Session;

struct TrackingOptions {
  uint64_t redirect = 0;    // id of the client that is told instead; 0: the client itself
  bool broadcasts = false;  // BCAST: told by prefix, whatever it has read
  bool opt_in = false;      // OPTIN: reads count behind CLIENT CACHING YES only
  bool opt_out = false;     // OPTOUT: reads count but behind CLIENT CACHING NO
  bool skips_own = false;   // NOLOOP: not told what it changes itself
};

struct Tracker : ListNode<> {
  explicit Tracker(Session& of) : session(of) {}
  Session& session;
  TrackingOptions options;
  bool redirect_broken = false;  // the client that should be told was gone when there was something to tell
};

}  // namespace aerie

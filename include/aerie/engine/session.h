// SPDX-License-Identifier: BSD-3-Clause
//
// What the server knows of one client between requests: database, protocol, authentication, transaction,
// reply mode, and the facts that CLIENT LIST prints. It has no socket: the server's connection owns a
// Session, feeds its requests to the executor and sends what gathers in `output`. Code below the server
// speaks to it in one way: it sets a wish here (close, output) and joins the executor's dirty list. An idle
// session is small (targets.md: 400 bytes together with its connection): everything seldom used lives in
// SessionDetails, allocated on first use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "aerie/base/intrusive_list.h"
#include "aerie/engine/endpoint.h"
#include "aerie/resp/owned_args.h"
#include "aerie/store/types.h"

namespace aerie {

class AclUser;
class OutputQueue;
class Waiter;
struct Command;
struct SubscriberSet;
struct Tracker;
struct WatchSet;

// One command of a MULTI, with arguments of its own.
struct QueuedCommand {
  const Command* command;
  OwnedArgs args;
  size_t bytes;  // all that it took when it was queued; a command that runs may keep some of it
};

// What MULTI has queued. It grows without moving what is there, and is freed in slices: RetiredQueues.
struct CommandQueue {
  std::deque<QueuedCommand> commands;
  size_t bytes = 0;     // of all commands, see Executor::queue
  bool writes = false;  // one of them does, or publishes
  bool publishes = false;
  bool needs_memory = false;  // one of them is refused when memory is short
};

struct SessionDetails {
  std::string name;                        // CLIENT SETNAME
  std::string lib_name;                    // CLIENT SETINFO LIB-NAME
  std::string lib_version;                 // CLIENT SETINFO LIB-VER
  std::unique_ptr<CommandQueue> queue;     // MULTI; nullptr: nothing is queued
  WatchSet* watches = nullptr;             // WATCH; owned by the engine's WatchIndex
  SubscriberSet* subscriptions = nullptr;  // owned by the engine's SubscriptionIndex; nullptr: there are none
  SubscriberSet* read_keys = nullptr;      // CLIENT TRACKING: what it may have cached; owned as above
  SubscriberSet* prefixes = nullptr;       // CLIENT TRACKING BCAST; owned as above
  Tracker* tracker = nullptr;              // CLIENT TRACKING ON; owned by the executor's Invalidator
  size_t late_invalidations = 0;           // bytes of those that came while much waited to be sent
  uint64_t told_all_at = 0;                // requests executed when it was told that all keys are invalid
};

// What CLIENT REPLY asked for.
enum class ReplyMode : uint8_t { kOn, kOff, kSkipNext, kSkipThis };

// The node is its place on the executor's dirty list.
class Session : public ListNode<> {
 public:
  Session(uint64_t session_id, int64_t now_us) : id(session_id), created_us(now_us), last_active_us(now_us) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Allocates the details on first use.
  SessionDetails& details();
  // nullptr when nothing seldom was ever used.
  const SessionDetails* details_if_any() const { return details_.get(); }
  // What CLIENT TRACKING ON asked for; nullptr: it is off.
  Tracker* tracker() const { return details_ != nullptr ? details_->tracker : nullptr; }

  const uint64_t id;
  int64_t created_us;       // monotonic
  int64_t last_active_us;   // monotonic; the last request
  AclUser* user = nullptr;  // never null once the session is in the directory; see AccessControl
  const Command* last_command = nullptr;
  // It is blocked: its command waits for a key. Owned by the BlockRegistry.
  Waiter* waiter = nullptr;
  OutputQueue* output = nullptr;  // borrowed from the pool while there is something to send
  uint64_t commands = 0;          // requests executed
  uint32_t db = 0;
  uint32_t input_bytes = 0;  // unprocessed request bytes held by the connection (qbuf)
  int32_t fd = -1;           // for CLIENT LIST only
  uint8_t protocol = 2;
  ReplyMode reply_mode = ReplyMode::kOn;
  bool authenticated = false;
  bool in_transaction = false;      // MULTI was called
  bool transaction_failed = false;  // an error while queueing: EXEC answers EXECABORT
  bool watch_dirty = false;         // a watched key changed: EXEC answers null
  bool subscribed = false;          // to a channel, pattern or shard channel
  bool postponed = false;           // CLIENT PAUSE: its next request waits in the input
  bool carried_over = false;        // dirty since an earlier turn, see DirtySessions
  bool close_after_reply = false;   // QUIT, fatal errors: send what is there, then close
  bool close_now = false;           // CLIENT KILL: drop without sending
  bool no_evict : 1 = false;        // bits: the size of a session counts
  bool no_touch : 1 = false;
  bool monitoring : 1 = false;       // MONITOR: it is told of every command
  bool tracks_reads : 1 = false;     // CLIENT TRACKING without BCAST: its reads are remembered
  bool caching_given : 1 = false;    // CLIENT CACHING holds for the next request, or the transaction
  mutable size_t counted_bytes = 0;  // what ClientEviction has counted of it, while it is on
  Endpoint peer;
  Endpoint local;

  // No request of it may run now.
  bool waits() const { return waiter != nullptr || postponed; }
  // It is told what it does not ask for, so it is quiet by nature, and has much output when it is slow.
  bool listens() const { return subscribed || monitoring; }

 private:
  std::unique_ptr<SessionDetails> details_;
};

}  // namespace aerie

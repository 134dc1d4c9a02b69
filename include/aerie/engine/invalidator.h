// SPDX-License-Identifier: BSD-3-Clause
//
// Client-side caching: tells clients which keys of their own caches are invalid, since somebody changed them.
// By default the server remembers which keys a client has read (topics of kind kKey in the
// SubscriptionIndex), whatever the database; a change is told at once, and then the key is forgotten for all.
// In BCAST mode it remembers nothing: changes are gathered during a turn and told to all who asked for a
// prefix of the key.
//
//   read ------> remember() ----> SubscriptionIndex: key -> clients
//   key event -> key_changed() --> those clients, at once; prefixes: ChangedKeys -> broadcast_some()
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aerie/base/intrusive_list.h"
#include "aerie/engine/changed_keys.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/tracker.h"
#include "aerie/store/key_events.h"

namespace aerie {

class Config;
class Keyspace;
class Publisher;
class PushMessage;
class Random;
class Session;
class SessionDirectory;
class SubscriptionIndex;
struct Topic;

class Invalidator {
 public:
  // Prefixes that one client may have, and their bytes together.
  static constexpr size_t kMaxPrefixes = 4096;
  static constexpr size_t kMaxPrefixBytes = size_t{1} << 20;

  Invalidator(Keyspace& keyspace, SubscriptionIndex& subscriptions, const SessionDirectory& sessions,
              Publisher& publisher, const Config& config, Random& random);
  Invalidator(const Invalidator&) = delete;
  Invalidator& operator=(const Invalidator&) = delete;
  ~Invalidator();

  // CLIENT TRACKING ON: from now on these options hold. The prefixes (BCAST) come to those that the client
  // has; without any it is told of all keys. REQUIRES: the client has no more of them then than it
  // may, and does not change to or from BCAST.
  void start(Session& session, const TrackingOptions& options, std::span<const std::string_view> prefixes);
  // CLIENT TRACKING OFF. The keys that it has read stay, in case it goes on, and are not told meanwhile.
  void stop(Session& session);

  // Somebody tracks, or a key is remembered: key events are wanted.
  bool is_on() const { return interested_; }
  size_t tracker_count() const { return tracker_count_; }

  // The client has read the keys of this request, and may cache them. What it is told of other keys, which
  // are forgotten for them, waits for Publisher::tell_sender(). REQUIRES: session.tracks_reads.
  void remember(Session& session, const CommandSpec& spec, std::span<const std::string_view> args);

  // In the three that follow `sender` is the client whose reply is being written: what it is told itself
  // waits for Publisher::tell_sender(). nullptr: nobody's.
  //
  // A key was changed by the command of client `cause` (nullptr: by nobody's).
  void key_changed(const KeyEvent& event, const Session* cause, const Session* sender);
  // FLUSHALL and FLUSHDB: all caches are invalid. REQUIRES: the command of `sender` runs.
  void all_changed(const Session& sender);
  // Forgets keys, the oldest first, that are too many (tracking-table-max-keys), and tells their clients;
  // about `budget` of them.
  void forget_surplus(size_t budget, const Session* sender);

  // There is something to be done before output is written, in slices: keys to be broadcast, or to be
  // forgotten.
  bool has_work() const { return !changed_.empty() || has_surplus(); }
  // Does a little of it. Returns true when more is left. REQUIRES: no writer is attached to any output.
  bool work_some();

 private:
  class Message;

  // What the table may take for each key that it may hold; names may be very long.
  static constexpr size_t kBytesPerKey = 1024;

  bool has_surplus() const;
  void update_interest();
  void broadcast_some();
  void gather(const KeyEvent& event, uint64_t cause);
  void invalidate(Topic& key, const Session* cause, const Session* sender);
  void tell_others_changes(Tracker& tracker);
  void tell(Tracker& tracker, const Session* sender, Message* message);
  void tell_broken_redirect(Tracker& tracker, const Session* sender);
  static bool is_flooded(Session& session, size_t size);
  void tell_all_invalid(Session& session);
  void tell_behind_reply(Session& sender, const PushMessage& push);
  Key prefix_key(std::string_view prefix) const;

  Keyspace& keyspace_;
  SubscriptionIndex& subscriptions_;
  const SessionDirectory& sessions_;
  Publisher& publisher_;
  const Config& config_;
  IntrusiveList<Tracker> trackers_;
  size_t tracker_count_ = 0;
  bool interested_ = false;
  uint64_t prefix_base_;  // of the hash of prefixes
  ChangedKeys changed_;
  ChangedKeys::Portion portion_;
  size_t own_bytes_ = 0;  // of what waits for the sender's reply
  std::vector<KeyPosition> positions_;
  // The last request that flushed, and how often.
  uint64_t flushing_client_ = 0;
  uint64_t flushing_request_ = 0;
  size_t flushes_ = 0;
};

}  // namespace aerie

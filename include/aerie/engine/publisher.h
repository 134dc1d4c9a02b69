// SPDX-License-Identifier: BSD-3-Clause
//
// Tells clients what is published: by PUBLISH, SPUBLISH, and by the keyspace when it notifies. A message is
// encoded once per protocol and shared by all who are told. What a client publishes to itself comes behind
// the reply of the command that did it, as in Redis 7.2. Publishers are held back while too many bytes wait
// that subscribers were not even offered yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aerie/resp/push_message.h"
#include "aerie/store/types.h"

namespace aerie {

class DirtySessions;
class OutputPool;
class Session;
class SubscriptionIndex;
struct Topic;

class Publisher {
 public:
  // What may be published before all who were told some were written to: bytes of messages, each counted
  // once. Each delivery weighs, too, since it takes a segment of a queue: half a million of them are as much.
  static constexpr size_t kMaxUnwritten = size_t{256} * 1024;
  static constexpr size_t kToldPerByte = 2;

  Publisher(SubscriptionIndex& subscriptions, DirtySessions& dirty, OutputPool& pool)
      : subscriptions_(subscriptions), dirty_(dirty), pool_(pool) {}
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Tells the subscribers of the channel, and of all patterns that match it. Returns how many were told; a
  // client counts once for each subscription. What `sender` itself is told waits for tell_sender(); nullptr:
  // nobody's command publishes.
  size_t publish(const Session* sender, const Key& channel, std::string_view message);
  // The same for a shard channel; patterns do not concern it.
  size_t publish_to_shard(const Session* sender, const Key& channel, std::string_view message);
  // Tells each of the sessions; `sender`, which may be one of them, as publish() does.
  void tell_all(std::span<Session* const> sessions, const Session* sender, const PushMessage& message);
  // Tells one client; the sender waits as above. The bytes are counted by count_unwritten() only.
  void tell_one(Session& session, const Session* sender, const PushMessage& message);
  // What tell_one() was given, once for all `told` who were told it; bytes that will be told later count as
  // well.
  void count_unwritten(size_t bytes, size_t told = 1);
  // While true more is about to be told, so that not all is written whatever the write phase does.
  void set_more_to_tell(bool more) { more_to_tell_ = more; }
  // Tells the sender what it published to itself. REQUIRES: no writer is attached to its output.
  void tell_sender(Session& sender);
  bool nothing_for_sender() const { return for_sender_.empty(); }

  // A subscriber whose output takes so many bytes when a message comes is closed, and told nothing more: an
  // EXEC may publish much before anything is written. What waits for tell_sender() is output of the sender.
  // By default nobody is.
  void set_output_limit(size_t bytes) { most_output_ = bytes; }

  // Nothing more should be published now. It ends when the write phase has come by everybody who was told
  // something so far; whether they read is another matter: client-output-buffer-limit.
  bool has_to_wait() {
    if (unwritten_ < kMaxUnwritten) [[likely]]
      return false;
    return !all_written();
  }

 private:
  class Encoding;

  size_t tell(Topic& topic, const Session* sender, Encoding* encoding);
  bool takes_more(const Session& session, const Session* sender) const;
  void deliver(Session& session, const Session* sender, const PushMessage& message);
  void append(Session& session, const PushMessage& message);
  bool all_written();

  SubscriptionIndex& subscriptions_;
  DirtySessions& dirty_;
  OutputPool& pool_;
  std::vector<PushMessage> for_sender_;
  size_t for_sender_bytes_ = 0;
  size_t most_output_ = SIZE_MAX;
  size_t unwritten_ = 0;
  bool more_to_tell_ = false;
  uint64_t written_at_ = 0;  // place of the dirty list when something was published last, past the limit
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// A push that many clients are told: a message of publish/subscribe, a line of MONITOR, which keys of their
// caches are invalid. It is encoded once for each protocol that somebody who is told speaks, and its bytes
// are shared by all their queues, so that telling one more client costs one segment, however long the message
// is. Not thread safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "aerie/resp/turn_buffer.h"

namespace aerie {

class OutputQueue;

class PushMessage {
 public:
  // An array of bulk strings in RESP2 (protocol 2), a push of them in RESP3 (protocol 3).
  PushMessage(uint8_t protocol, std::span<const std::string_view> parts) : PushMessage(protocol, parts, {}) {}
  // The same with one more element behind them, which is encoded already (empty: there is none).
  PushMessage(uint8_t protocol, std::span<const std::string_view> parts, std::string_view last);
  // A simple string, the same in both protocols. REQUIRES: `text` has no line break.
  static PushMessage status(std::string_view text);
  PushMessage(const PushMessage& other) : block_(other.block_) { ++block_->holders; }
  // `other` may only be destroyed from then on.
  PushMessage(PushMessage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PushMessage& operator=(const PushMessage&) = delete;
  ~PushMessage() {
    if (block_ != nullptr) OutputBlock::release(block_);
  }

  // Its bytes come behind all that waits in the queue. REQUIRES: no writer is attached to the queue.
  void append_to(OutputQueue& queue) const;
  // Bytes that each client is sent.
  size_t size() const { return block_->used; }
  // What it takes, however many are told.
  size_t memory_bytes() const { return block_->memory_bytes(); }

 private:
  // `block`: filled; its one holder from now on.
  explicit PushMessage(OutputBlock* block) : block_(block) {}

  OutputBlock* block_;
};

// One push in both protocols, each encoded when it is first asked for.
class PushInBoth {
 public:
  // encode(protocol) makes the PushMessage.
  template <typename Encode>
  const PushMessage& in(uint8_t protocol, Encode&& encode) {
    std::optional<PushMessage>& message = messages_[protocol == 3];
    if (!message) message.emplace(encode(protocol));
    return *message;
  }
  // Of what was asked for.
  size_t bytes() const {
    size_t sum = 0;
    for (const std::optional<PushMessage>& message : messages_) sum += message ? message->size() : 0;
    return sum;
  }

 private:
  std::array<std::optional<PushMessage>, 2> messages_;
};

}  // namespace aerie

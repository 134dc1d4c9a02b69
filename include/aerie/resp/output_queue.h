// SPDX-License-Identifier: BSD-3-Clause
//
// What waits to be sent to one client, in order: segments that are slices of the turn buffer (this turn's
// replies), blocks of the client's own (what the kernel did not take, and bodies of large bulks), or pushes
// whose bytes are shared with other clients. A session
// has one only while there is something to send: it is borrowed from the OutputPool and given back when
// empty. Filled by ReplyWriter and append(), emptied by gather() + consume(). After the write phase of a turn
// settle() leaves no slice of the turn buffer behind. Not thread safe.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "aerie/resp/turn_buffer.h"

namespace aerie {

class OutputQueue {
 public:
  // Sizes of a client's own blocks: the first is as large as it must be, which is all that most of the many
  // clients need that are told something at once. More output makes larger ones; what comes later fills the
  // last.
  static constexpr size_t kMinBlockBytes = size_t{1} * 1024 - sizeof(OutputBlock);
  static constexpr size_t kMaxBlockBytes = size_t{16} * 1024 - sizeof(OutputBlock);
  // A bulk body of this size or more is copied into a block of its own at once.
  static constexpr size_t kLargeBulk = size_t{16} * 1024;
  // A shared push of no more bytes is copied when it is not taken at once: a segment of its own would cost as
  // much.
  static constexpr size_t kMaxCopiedPush = 128;

  OutputQueue() = default;
  ~OutputQueue() { clear(); }
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  bool empty() const { return pending_ == 0; }
  // Bytes that wait to be sent.
  size_t pending_bytes() const { return pending_; }
  // Bytes of the blocks (allocated), slices of the turn buffer not counted. A shared push counts as if it
  // were the client's own: so much is its backlog.
  size_t block_bytes() const { return own_bytes_ + shared_bytes_; }
  // What the client's backlog takes: blocks, and the list of segments.
  size_t memory_bytes() const { return block_bytes() + segments_.capacity() * sizeof(Segment); }
  // The same without pushes that others may hold, too: OutputBlock::shared_bytes_alive() has those.
  size_t own_memory_bytes() const { return memory_bytes() - shared_bytes_; }

  // One place may be marked: behind all that waits now. It stays until all in front of it was sent.
  void mark() { before_mark_ = pending_; }
  bool is_marked() const { return before_mark_ != 0; }

  // Part of a reply is missing, since too much waits already: nothing more may be sent.
  bool is_cut_short() const { return cut_short_; }
  void cut_short() { cut_short_ = true; }

  // Copies into a block of the client's own.
  void append(std::string_view bytes);
  // Becomes one more holder of the block, all of whose used bytes are to be sent. REQUIRES: nobody writes to
  // the block, or to this queue, any more.
  void append_shared(OutputBlock* block);

  // The first pieces to send, at most `max` of them. Returns their number.
  int gather(struct iovec* pieces, int max) const;
  // The kernel took `size` bytes. REQUIRES: size <= pending_bytes().
  void consume(size_t size);
  // Drops everything.
  void clear();

  // Moves what is left in slices of `turn` into blocks of the client's own (or takes a whole chunk over).
  void settle(TurnBuffer* turn);
  // The same for a client that did not take all that it was offered; small shared pushes become its own, too,
  // since there may be many before it reads on.
  void settle_unsent(TurnBuffer* turn);

 private:
  friend class ReplyWriter;
  friend class OutputPool;

  enum class Origin : uint8_t {
    kTurn,    // a slice of the turn buffer
    kOwn,     // a block of the client's own, which goes when the segment goes
    kShared,  // a block that others hold, too
  };

  struct Segment {
    const char* data;
    size_t size;
    OutputBlock* block;  // that the bytes lie in
    Origin origin;
    bool owned() const { return origin == Origin::kOwn; }
    bool is_slice() const { return origin == Origin::kTurn; }
    bool is_small_push() const { return origin == Origin::kShared && size <= kMaxCopiedPush; }
  };

  // For ReplyWriter: a slice that begins where the last one ends prolongs it.
  void append_slice(const char* data, size_t size, OutputBlock* block);
  // An empty segment in front of which a deferred header will be put; returns its index.
  size_t append_placeholder(const char* data, OutputBlock* block);
  // Prolongs segment `index` to the front.
  void prepend_to(size_t index, size_t size);

  void drop(const Segment& segment);
  // Gives the pages back that the first `sent` bytes of a large block's segment lay in.
  static void discard_sent(const Segment& segment, size_t sent);
  bool can_take_chunk(const Segment& segment, const TurnBuffer& turn) const;
  void settle_from(size_t first, TurnBuffer* turn, bool copy_pushes);
  // Appends what the segment, which is not in the list any more, stands for.
  void settle_one(Segment segment, TurnBuffer* turn, bool copy_pushes);
  void append_own(const char* data, size_t size);
  static void hold(OutputBlock* block, const OutputQueue* queue);

  std::vector<Segment> segments_;
  size_t head_ = 0;     // first segment that is not wholly sent
  size_t settled_ = 0;  // settle_unsent() has seen the segments in front of this one
  size_t pending_ = 0;
  size_t own_bytes_ = 0;     // of blocks
  size_t shared_bytes_ = 0;  // of blocks that others hold, too
  size_t before_mark_ = 0;   // bytes that wait in front of the marked place
  bool cut_short_ = false;
};

// Lends queues, so that idle connections have none and busy ones allocate nothing. Owns every queue it has
// lent: all must be back, or their sessions gone, before it dies.
class OutputPool {
 public:
  OutputPool() = default;
  OutputPool(const OutputPool&) = delete;
  OutputPool& operator=(const OutputPool&) = delete;
  ~OutputPool();

  // An empty queue. Never nullptr.
  OutputQueue* borrow() {
    ++lent_;
    if (free_.empty()) [[unlikely]]
      return new OutputQueue();
    OutputQueue* const queue = free_.back().release();
    free_.pop_back();
    return queue;
  }
  // Takes a queue back; what it still holds is dropped, in slices by free_some() when it is much. nullptr is
  // allowed.
  void give_back(OutputQueue* queue);
  // Frees a slice of what queues that were given back held. Returns whether any is left.
  bool free_some();
  bool any_to_free() const { return !to_be_freed_.empty(); }

  // Bytes that wait for free_some(), without pushes.
  size_t bytes_to_be_freed() const { return bytes_to_be_freed_; }

  // Queues lent now.
  size_t lent() const { return lent_; }

 private:
  static constexpr size_t kMaxKept = 256;
  static constexpr size_t kMaxKeptSegments = 64;

  std::vector<std::unique_ptr<OutputQueue>> free_;
  std::vector<std::unique_ptr<OutputQueue>> to_be_freed_;  // they still hold much
  size_t bytes_to_be_freed_ = 0;                           // their own memory
  size_t lent_ = 0;
};

}  // namespace aerie

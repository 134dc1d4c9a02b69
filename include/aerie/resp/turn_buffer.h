// SPDX-License-Identifier: BSD-3-Clause
//
// The memory into which all replies of one turn of the loop are written, one after the other, whoever they
// are for. Clients hold slices of it in their OutputQueue; after the write phase each queue that still has
// something settle()s (copies, or takes a whole chunk over), and reset() starts again at the same, still
// cached, first chunk. So a connection owns no memory for replies that the kernel takes at once.
//
//   chunk 0 (hot)                          chunk 1
//   [ A's reply | B's reply | A's reply ]  [ C's long reply ............ | free ]
//
// Written to by ReplyWriter alone. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aerie {

class OutputQueue;

// A piece of memory for output, with its bytes behind this head. Owned by a TurnBuffer or by an OutputQueue,
// or shared: a PushMessage and the queues of those who are told it hold it together.
struct OutputBlock {
  size_t capacity;  // bytes behind the head
  size_t used;      // of them, by the owner's count
  const OutputQueue*
      holder;   // the only queue that has slices of it, while in a turn buffer; nullptr: none yet
  bool shared;  // several queues have slices of it
  // Who holds it together, while not in a turn buffer.
  uint32_t holders;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

  // Bytes of all blocks that there are, of engines of this thread: shared ones count once.
  static size_t bytes_alive() { return bytes_alive_; }
  // Of them, those of shared ones.
  static size_t shared_bytes_alive() { return shared_bytes_alive_; }
  static OutputBlock* create(size_t capacity);
  static void destroy(OutputBlock* block);
  size_t memory_bytes() const { return sizeof(OutputBlock) + capacity; }
  // With one holder.
  static OutputBlock* create_shared(size_t capacity);
  // One holder less; the last one destroys it.
  static void release(OutputBlock* block) {
    if (--block->holders != 0) return;
    shared_bytes_alive_ -= block->memory_bytes();
    destroy(block);
  }

 private:
  static inline thread_local size_t bytes_alive_ = 0;
  static inline thread_local size_t shared_bytes_alive_ = 0;
};

class TurnBuffer {
 public:
  static constexpr size_t kChunkBytes = size_t{64} * 1024 - sizeof(OutputBlock);

  TurnBuffer();
  ~TurnBuffer();
  TurnBuffer(const TurnBuffer&) = delete;
  TurnBuffer& operator=(const TurnBuffer&) = delete;

  // Where the next byte goes, and the end of the room. Moved by the writer.
  char* cursor() const { return cursor_; }
  char* limit() const { return block_->bytes() + block_->capacity; }
  void set_cursor(char* cursor) { cursor_ = cursor; }
  OutputBlock* block() const { return block_; }

  // Goes on in a fresh chunk; the rest of the current one stays unused this turn.
  void next_chunk();
  // The hot first chunk and the one being written stay.
  bool can_release(const OutputBlock* block) const { return block != chunks_.front() && block != block_; }
  // Hands `block` over to the caller, who must destroy() it. REQUIRES: can_release(block).
  void release(OutputBlock* block);

  // Starts the next turn. Chunks beyond what recent turns needed are freed. REQUIRES: no queue has a slice
  // left.
  void reset();

  // Bytes allocated.
  size_t memory_bytes() const;

 private:
  // Chunks kept at most after a turn; and turns that must do with less before a kept chunk is freed.
  static constexpr size_t kMaxKeptChunks = 16;
  static constexpr uint32_t kQuietTurns = 64;

  std::vector<OutputBlock*> chunks_;
  size_t index_ = 0;  // of block_ in chunks_
  OutputBlock* block_;
  char* cursor_;
  uint32_t quiet_turns_ = 0;
};

}  // namespace aerie

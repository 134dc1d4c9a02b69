// SPDX-License-Identifier: BSD-3-Clause
//
// Input of one client that could not be run where it was read: requests that wait for their turn or for room
// in the output, the beginning of an unfinished request, or a large request in the making. A connection has
// one only while there is such input; an idle connection has none. Owns its bytes, in a list of chunks: they
// are freed one by one as they are consumed, and nothing is moved but a small remainder that is joined with
// the chunk behind it.
//
//   first, small              a mapping                          last
//   [ consumed | front() ] -> [ room for a remainder | ..... ] -> [ room | ..... | free ]
//
// A request in the making (if any) comes before all of these bytes; behind them in time comes what is still
// in the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "aerie/resp/request_assembler.h"

namespace aerie {

class HeldInput {
 public:
  // Bytes at the front of a chunk that join_front() may fill.
  static constexpr size_t kFrontRoom = size_t{4} * 1024;

  HeldInput() = default;
  HeldInput(const HeldInput&) = delete;
  HeldInput& operator=(const HeldInput&) = delete;
  ~HeldInput();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0 && assembler_ == nullptr; }
  // The first bytes, as far as they lie together; empty when there are none.
  std::string_view front() const;

  void append(std::string_view bytes);
  // REQUIRES: size <= front().size().
  void consume(size_t size);
  // Moves front() to the beginning of the bytes behind it. REQUIRES: front().size() <= kFrontRoom, and there
  // are bytes behind it.
  void join_front();

  // The request in the making, or nullptr.
  RequestAssembler* assembler() { return assembler_.get(); }
  RequestAssembler& start_assembler();
  // Gives it away; null when there is none.
  std::unique_ptr<RequestAssembler> take_assembler();

  // Frees a chunk. Returns whether any bytes are left.
  bool free_some();

  // Bytes of memory that it takes, this object included.
  size_t memory_bytes() const;

  bool runnable = false;   // there may be work in the bytes: a whole request, or more for the assembler
  bool assembled = false;  // the assembler's request is complete and waits to be run

 private:
  struct Chunk;

  void make_room(size_t size);
  void add_chunk(Chunk* chunk);
  void drop_first();

  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  size_t size_ = 0;
  size_t chunk_bytes_ = 0;  // of memory
  std::unique_ptr<RequestAssembler> assembler_;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Input of one client that could not be run where it was read: requests that wait for their turn or for room
// in the output, the beginning of an unfinished request, or a large request in the making. A connection has
// one only while there is such input; an idle connection has none. Owns its bytes.
//
//   [ consumed | bytes() ............ | free ]      behind them in time: what is still in the socket
//   request in the making (if any) comes before bytes()
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "aerie/resp/request_assembler.h"

namespace aerie {

class HeldInput {
 public:
  HeldInput() = default;
  HeldInput(const HeldInput&) = delete;
  HeldInput& operator=(const HeldInput&) = delete;
  ~HeldInput() { std::free(data_); }

  std::string_view bytes() const { return {data_ + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_ && assembler_ == nullptr; }

  void append(std::string_view bytes);
  void consume(size_t size);
  // Room for `size` bytes behind bytes(), to be read into from the socket; grow() says how many arrived.
  char* room(size_t size);
  void grow(size_t size) { end_ += size; }

  // The request in the making, or nullptr.
  RequestAssembler* assembler() { return assembler_.get(); }
  RequestAssembler& start_assembler();
  void drop_assembler() { assembler_.reset(), assembled = false; }

  // Bytes allocated, this object included.
  size_t memory_bytes() const;

  bool runnable = false;   // bytes() may begin with a whole request
  bool assembled = false;  // the assembler's request is complete and waits to be run

 private:
  char* data_ = nullptr;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
  std::unique_ptr<RequestAssembler> assembler_;
};

}  // namespace aerie

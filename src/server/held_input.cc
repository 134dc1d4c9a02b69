// SPDX-License-Identifier: BSD-3-Clause
//
// HeldInput: a plain growing buffer whose consumed front is reclaimed when it is at least as large as the
// rest, so that every byte is moved a bounded number of times.
#include "server/held_input.h"

#include <algorithm>
#include <cstring>

#include "aerie/base/assert.h"

namespace aerie {

void HeldInput::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  end_ += bytes.size();
}

void HeldInput::consume(size_t size) {
  AERIE_ASSERT(size <= end_ - begin_);
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

char* HeldInput::room(size_t size) {
  if (capacity_ - end_ >= size) return data_ + end_;
  const size_t used = end_ - begin_;
  if (begin_ != 0 && begin_ >= used && capacity_ - used >= size) {
    std::memmove(data_, data_ + begin_, used);
  } else {
    // Small remainders are the common case: exact for them, geometric for those that grow.
    const size_t wanted = used + size;
    const size_t grown = data_ == nullptr ? wanted : std::max(wanted, capacity_ + capacity_ / 2);
    auto* moved = static_cast<char*>(std::malloc(grown));
    AERIE_ASSERT(moved != nullptr);
    if (used != 0) std::memcpy(moved, data_ + begin_, used);
    std::free(data_);
    data_ = moved;
    capacity_ = grown;
  }
  begin_ = 0;
  end_ = used;
  return data_ + end_;
}

RequestAssembler& HeldInput::start_assembler() {
  AERIE_ASSERT(assembler_ == nullptr);
  assembler_ = std::make_unique<RequestAssembler>();
  return *assembler_;
}

size_t HeldInput::memory_bytes() const {
  size_t bytes = sizeof(HeldInput) + capacity_;
  if (assembler_ != nullptr) bytes += sizeof(RequestAssembler) + assembler_->memory_bytes();
  return bytes;
}

}  // namespace aerie

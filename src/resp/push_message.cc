// SPDX-License-Identifier: BSD-3-Clause
//
// PushMessage: the block is made in its exact size, written once, and read only from then on. The message
// itself is one of the holders, so that it lives while it is handed out.
#include "aerie/resp/push_message.h"

#include <charconv>
#include <cstring>

#include "aerie/resp/output_queue.h"

namespace aerie {

namespace {

constexpr size_t kMaxHeader = 24;  // type, 20 digits, CRLF

struct Header {
  char text[kMaxHeader];
  size_t size;
};

Header header(char type, size_t count) {
  Header made;
  made.text[0] = type;
  char* end = std::to_chars(made.text + 1, made.text + kMaxHeader - 2, count).ptr;
  *end++ = '\r';
  *end++ = '\n';
  made.size = static_cast<size_t>(end - made.text);
  return made;
}

char* put(char* place, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
  return place + bytes.size();
}

}  // namespace

PushMessage::PushMessage(uint8_t protocol, std::span<const std::string_view> parts) {
  const Header first = header(protocol == 3 ? '>' : '*', parts.size());
  size_t size = first.size;
  for (const std::string_view part : parts) size += header('$', part.size()).size + part.size() + 2;
  block_ = OutputBlock::create(size);
  block_->holders = 1;
  block_->used = size;
  char* place = put(block_->bytes(), {first.text, first.size});
  for (const std::string_view part : parts) {
    const Header length = header('$', part.size());
    place = put(put(place, {length.text, length.size}), part);
    place = put(place, "\r\n");
  }
}

void PushMessage::append_to(OutputQueue& queue) const {
  queue.append_shared(block_);
}

}  // namespace aerie

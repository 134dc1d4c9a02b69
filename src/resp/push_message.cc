// SPDX-License-Identifier: BSD-3-Clause
//
// PushMessage: the block is made in its exact size, written once, and read only from then on. The message
// itself is one of the holders, so that it lives while it is handed out.
#include "aerie/resp/push_message.h"

#include <cstring>

#include "aerie/resp/output_queue.h"
#include "aerie/resp/reply_writer.h"

namespace aerie {

namespace {

char* put(char* place, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
  return place + bytes.size();
}

// Bytes of a bulk string, with its header and its end.
size_t bulk_size(std::string_view bytes) {
  char header[ReplyWriter::kMaxHeader];
  return static_cast<size_t>(ReplyWriter::put_bulk(header, bytes.size()) - header) + bytes.size() + 2;
}

}  // namespace

PushMessage::PushMessage(uint8_t protocol, std::span<const std::string_view> parts, std::string_view last) {
  char header[ReplyWriter::kMaxHeader];
  const size_t count = parts.size() + (last.empty() ? 0 : 1);
  const std::string_view first(header, ReplyWriter::put_push(header, protocol, count));
  size_t size = first.size() + last.size();
  for (const std::string_view part : parts) size += bulk_size(part);
  block_ = OutputBlock::create_shared(size);
  block_->used = size;
  char* place = put(block_->bytes(), first);
  for (const std::string_view part : parts) {
    // The header fits, since the part and its end have room behind it; put_bulk() writes no more than it
    // needs.
    place = put(put(ReplyWriter::put_bulk(place, part.size()), part), "\r\n");
  }
  put(place, last);
}

PushMessage PushMessage::status(std::string_view text) {
  OutputBlock* const block = OutputBlock::create_shared(text.size() + 3);
  block->used = text.size() + 3;
  put(put(put(block->bytes(), "+"), text), "\r\n");
  return PushMessage(block);
}

void PushMessage::append_to(OutputQueue& queue) const {
  queue.append_shared(block_);
}

}  // namespace aerie

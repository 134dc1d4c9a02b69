// SPDX-License-Identifier: BSD-3-Clause
//
// The colder replies, and how a slice of the turn buffer gets into a client's queue. Invariant while
// attached: the bytes from slice_ to cursor_ lie in the current chunk and belong to the target; close_slice()
// hands them to its queue (or forgets them, where they are dropped) and is called wherever something must
// come between two slices.
#include "aerie/resp/reply_writer.h"

#include <algorithm>
#include <string>

#include "aerie/base/assert.h"
#include "aerie/base/number.h"

namespace aerie {

void ReplyWriter::attach(const ReplyTarget& target) {
  AERIE_ASSERT(!attached() && target.queue != nullptr);
  target_ = target;
  drops_ = target.muted || is_cut_short();
  open_slice();
}

void ReplyWriter::detach() {
  AERIE_ASSERT(attached());
  close_slice();
  turn_->set_cursor(cursor_);
  target_.queue = nullptr;
  cursor_ = limit_ = slice_ = nullptr;
}

ReplyTarget ReplyWriter::exchange(const ReplyTarget& target) {
  const ReplyTarget before = target_;
  if (attached()) detach();
  if (target.queue != nullptr) attach(target);
  return before;
}

void ReplyWriter::set_muted(bool muted) {
  if (muted == target_.muted) return;
  close_slice();
  target_.muted = muted;
  drops_ = muted || is_cut_short();
}

void ReplyWriter::open_slice() {
  cursor_ = slice_ = turn_->cursor();
  limit_ = turn_->limit();
}

void ReplyWriter::close_slice() {
  if (drops_) {
    cursor_ = slice_;
    return;
  }
  const auto size = static_cast<size_t>(cursor_ - slice_);
  if (size == 0) return;
  queue().append_slice(slice_, size, turn_->block());
  bytes_written_ += size;
  slice_ = cursor_;
}

OutputQueue& ReplyWriter::queue() {
  if (*target_.queue == nullptr) *target_.queue = pool_->borrow();
  return **target_.queue;
}

void ReplyWriter::more_room(size_t size) {
  AERIE_ASSERT(attached() && size <= TurnBuffer::kChunkBytes);
  close_slice();
  if (static_cast<size_t>(limit_ - cursor_) >= size) return;
  turn_->set_cursor(cursor_);
  turn_->next_chunk();
  open_slice();
  cut_if_too_long();
}

// Called where the next large piece of memory would be taken.
void ReplyWriter::cut_if_too_long() {
  if (drops_ || *target_.queue == nullptr || queue().pending_bytes() < target_.most_pending) return;
  queue().cut_short();
  drops_ = true;
}

char* ReplyWriter::put_count_slow(char* p, char type, size_t count) {
  *p++ = type;
  p += format_uint64(count, p);
  p[0] = '\r', p[1] = '\n';
  return p + 2;
}

void ReplyWriter::put_body(std::string_view bytes) {
  if (bytes.size() < OutputQueue::kLargeBulk) {
    char* p = room(bytes.size());
    if (!bytes.empty()) std::memcpy(p, bytes.data(), bytes.size());
    cursor_ = p + bytes.size();
    return;
  }
  AERIE_ASSERT(attached());
  if (drops_) return;
  close_slice();
  queue().append(bytes);
  bytes_written_ += bytes.size();
  cut_if_too_long();
}

void ReplyWriter::large_bulk(std::string_view bytes) {
  header('$', bytes.size());
  put_body(bytes);
  literal("\r\n");
}

void ReplyWriter::line(char type, std::string_view text) {
  *room(1) = type;
  ++cursor_;
  put_body(text);
  literal("\r\n");
}

void ReplyWriter::simple(std::string_view text) {
  line('+', text);
}

void ReplyWriter::error(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  if (text.find_first_of("\r\n") == std::string_view::npos) {
    line('-', text);
  } else {
    std::string clean(text);
    std::replace(clean.begin(), clean.end(), '\r', ' ');
    std::replace(clean.begin(), clean.end(), '\n', ' ');
    line('-', clean);
  }
  ++error_count_;
  const size_t blank = text.substr(0, kMaxErrorCode).find(' ');
  const std::string_view code = blank == std::string_view::npos || blank == 0 ? "ERR" : text.substr(0, blank);
  error_code_size_ = code.size();
  std::memcpy(error_code_, code.data(), code.size());
}

void ReplyWriter::integer_slow(int64_t value) {
  char* p = room(kMaxHeader);
  *p = ':';
  put_crlf(p + 1 + format_int64(value, p + 1));
}

void ReplyWriter::bulk_integer(int64_t value) {
  char digits[kMaxInt64Chars];
  bulk({digits, format_int64(value, digits)});
}

void ReplyWriter::boolean(bool value) {
  if (resp3()) {
    value ? literal("#t\r\n") : literal("#f\r\n");
  } else {
    value ? literal(":1\r\n") : literal(":0\r\n");
  }
}

void ReplyWriter::real(double value) {
  if (!resp3()) return bulk_real(value);
  line(',', format_double(value));
}

void ReplyWriter::bulk_real(double value) {
  bulk(format_double(value));
}

void ReplyWriter::big_number(std::string_view digits) {
  resp3() ? line('(', digits) : bulk(digits);
}

void ReplyWriter::verbatim(std::string_view format, std::string_view bytes) {
  if (!resp3()) return bulk(bytes);
  AERIE_ASSERT(format.size() == 3);
  header('=', bytes.size() + 4);
  put_body(format);
  literal(":");
  put_body(bytes);
  literal("\r\n");
}

DeferredReply ReplyWriter::begin_deferred() {
  if (drops_) return {0, nullptr};
  char* gap = room(kDeferredGap);
  close_slice();
  cursor_ = slice_ = gap + kDeferredGap;
  return {queue().append_placeholder(cursor_, turn_->block()), cursor_};
}

void ReplyWriter::end_deferred(const DeferredReply& deferred, char type, size_t count) {
  if (deferred.body == nullptr) return;
  AERIE_ASSERT(attached() && *target_.queue != nullptr);
  char text[kDeferredGap];
  const auto size = static_cast<size_t>(put_count(text, type, count) - text);
  std::memcpy(deferred.body - size, text, size);
  (*target_.queue)->prepend_to(deferred.segment, size);
  bytes_written_ += size;
}

void ReplyWriter::end_deferred_map(const DeferredReply& deferred, size_t count) {
  resp3() ? end_deferred(deferred, '%', count) : end_deferred(deferred, '*', count * 2);
}

void ReplyWriter::end_deferred_set(const DeferredReply& deferred, size_t count) {
  end_deferred(deferred, resp3() ? '~' : '*', count);
}

void ReplyWriter::raw(std::string_view bytes) {
  put_body(bytes);
}

}  // namespace aerie

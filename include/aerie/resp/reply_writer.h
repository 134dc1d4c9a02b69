// SPDX-License-Identifier: BSD-3-Clause
//
// Writes replies in RESP2 or RESP3: the only place that knows how they differ. One writer serves all clients:
// it is attached to one at a time, writes into the turn buffer, and leaves slices of it in that client's
// OutputQueue, which it borrows from the pool with the first byte. Each reply costs one bounds check; numbers
// are formatted in place. Bodies of large bulks are copied once, into a block of the client's own.
//
// The caller is responsible for well-formed nesting: array(2) is followed by two replies. An error is a reply
// text with its code and without '-' ("ERR syntax error"); all of them stand in aerie/resp/reply_errors.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "aerie/resp/output_queue.h"
#include "aerie/resp/turn_buffer.h"

namespace aerie {

// The place of a header whose count is not known yet. See begin_deferred().
struct DeferredReply {
  size_t segment;
  char* body;  // nullptr: it was dropped, there is nothing to fill in
};

// Whose replies a writer writes. `queue` points to the session's own pointer, which is set when a queue is
// borrowed.
struct ReplyTarget {
  OutputQueue** queue = nullptr;
  uint8_t protocol = 2;  // 2 or 3
  bool muted = false;    // CLIENT REPLY OFF or SKIP: what is written goes nowhere
  // A reply that makes more than this wait is cut short, and what follows goes nowhere: the client is to be
  // closed. Whole chunks and bodies are looked at, so a little more may wait.
  size_t most_pending = SIZE_MAX;
};

class ReplyWriter {
 public:
  ReplyWriter(TurnBuffer* turn, OutputPool* pool) : turn_(turn), pool_(pool) {}
  ReplyWriter(const ReplyWriter&) = delete;
  ReplyWriter& operator=(const ReplyWriter&) = delete;

  // REQUIRES: detached. The queue is neither sent from nor settled until detach().
  void attach(const ReplyTarget& target);
  void attach(OutputQueue** queue, uint8_t protocol, bool muted = false) { attach({queue, protocol, muted}); }
  // Closes the slice: the queue now holds all that was written.
  void detach();
  bool attached() const { return target_.queue != nullptr; }
  // Detaches from one client, attaches to another (for a push to it in the middle of a command), returns the
  // first, to be exchanged back. Deferred replies stay valid.
  ReplyTarget exchange(const ReplyTarget& target);

  uint8_t protocol() const { return target_.protocol; }
  bool resp3() const { return target_.protocol == 3; }
  // From the next reply on (HELLO).
  void set_protocol(uint8_t protocol) { target_.protocol = protocol; }
  bool muted() const { return target_.muted; }
  // From the next byte on. Output that was cut short stays so. For pushes to a muted client see PushScope.
  void set_muted(bool muted);
  // The target's limit, from the next byte on.
  void set_most_pending(size_t bytes) { target_.most_pending = bytes; }

  // --- one value
  void ok() { literal("+OK\r\n"); }
  void pong() { literal("+PONG\r\n"); }
  void queued() { literal("+QUEUED\r\n"); }
  // REQUIRES: no CR or LF in `text`.
  void simple(std::string_view text);
  // CR and LF inside `text` become blanks, at its end they are dropped. Remembered for last_error_code().
  void error(std::string_view text);
  void integer(int64_t value) {
    if (value >= 0 && value <= 9) {
      char* p = room(4);
      p[0] = ':', p[1] = static_cast<char>('0' + value), p[2] = '\r', p[3] = '\n';
      cursor_ = p + 4;
      return;
    }
    integer_slow(value);
  }
  void bulk(std::string_view bytes) {
    const size_t size = bytes.size();
    if (size >= OutputQueue::kLargeBulk) [[unlikely]]
      return large_bulk(bytes);
    char* p = put_count(room(size + kMaxHeader), '$', size);
    if (size != 0) std::memcpy(p, bytes.data(), size);
    put_crlf(p + size);
  }
  // The number in decimal as a bulk.
  void bulk_integer(int64_t value);
  // Absent value: $-1, or _ in RESP3.
  void null() { resp3() ? literal("_\r\n") : literal("$-1\r\n"); }
  // Absent array: *-1, or _ in RESP3.
  void null_array() { resp3() ? literal("_\r\n") : literal("*-1\r\n"); }
  // #t/#f, or :1/:0 in RESP2.
  void boolean(bool value);
  // ,value in RESP3, a bulk in RESP2; the shortest text that reads back as the same number.
  void real(double value);
  // The text of real() as a bulk in both protocols.
  void bulk_real(double value);
  // (digits in RESP3, a bulk in RESP2.
  void big_number(std::string_view digits);
  // =format:bytes in RESP3, a bulk in RESP2. REQUIRES: format has 3 bytes ("txt", "mkd").
  void verbatim(std::string_view format, std::string_view bytes);

  // --- headers; `count` replies follow (for map and attribute: 2 * count)
  void array(size_t count) { header('*', count); }
  void map(size_t count) { resp3() ? header('%', count) : header('*', count * 2); }
  void set(size_t count) { resp3() ? header('~', count) : header('*', count); }
  void push(size_t count) { cursor_ = put_push(room(kMaxHeader), target_.protocol, count); }
  // REQUIRES: resp3().
  void attribute(size_t count) { header('|', count); }

  // --- headers of unknown count: begin, write the elements, end with their number. May nest, innermost ends
  // first.
  DeferredReply begin_deferred();
  void end_deferred_array(const DeferredReply& deferred, size_t count) { end_deferred(deferred, '*', count); }
  void end_deferred_map(const DeferredReply& deferred, size_t count);
  void end_deferred_set(const DeferredReply& deferred, size_t count);

  // --- headers written elsewhere, for what is encoded apart from any client (PushMessage): to `p`, where
  // there is room for kMaxHeader bytes. They return the end.
  static constexpr size_t kMaxHeader = 32;  // type, digits, CRLF twice
  static char* put_push(char* p, uint8_t protocol, size_t count) {
    return put_count(p, protocol == 3 ? '>' : '*', count);
  }
  static char* put_array(char* p, size_t count) { return put_count(p, '*', count); }
  static char* put_bulk(char* p, size_t size) { return put_count(p, '$', size); }
  static char* put_integer(char* p, uint64_t value) { return put_count(p, ':', value); }
  // What null() writes.
  static char* put_null(char* p, uint8_t protocol) {
    std::memcpy(p, protocol == 3 ? "_\r\n  " : "$-1\r\n", 5);
    return p + (protocol == 3 ? 3 : 5);
  }

  // Bytes that are whole replies already.
  void raw(std::string_view bytes);

  // --- facts for statistics
  // Bytes written for clients so far, without muted ones; exact when detached.
  uint64_t bytes_written() const { return bytes_written_; }
  // Error replies written so far, muted ones too.
  uint64_t error_count() const { return error_count_; }
  // The code of the last error since clear_last_error() ("ERR", "WRONGTYPE"), or an empty text.
  std::string_view last_error_code() const { return {error_code_, error_code_size_}; }
  void clear_last_error() { error_code_size_ = 0; }

 private:
  static constexpr size_t kMaxErrorCode = 32;
  static constexpr size_t kDeferredGap = 24;  // type, 20 digits, CRLF

  // Room for `size` bytes at the cursor. REQUIRES: size <= TurnBuffer::kChunkBytes.
  char* room(size_t size) {
    if (static_cast<size_t>(limit_ - cursor_) < size) [[unlikely]]
      more_room(size);
    return cursor_;
  }
  template <size_t N>
  void literal(const char (&text)[N]) {
    char* p = room(N - 1);
    std::memcpy(p, text, N - 1);
    cursor_ = p + N - 1;
  }
  void put_crlf(char* p) {
    p[0] = '\r', p[1] = '\n';
    cursor_ = p + 2;
  }
  // Writes type, count, CRLF; returns the end.
  static char* put_count(char* p, char type, size_t count) {
    p[0] = type;
    if (count <= 9) {
      p[1] = static_cast<char>('0' + count), p[2] = '\r', p[3] = '\n';
      return p + 4;
    }
    if (count > 99) return put_count_slow(p, type, count);
    p[1] = static_cast<char>('0' + count / 10), p[2] = static_cast<char>('0' + count % 10);
    p[3] = '\r', p[4] = '\n';
    return p + 5;
  }
  static char* put_count_slow(char* p, char type, size_t count);
  void header(char type, size_t count) { cursor_ = put_count(room(kMaxHeader), type, count); }

  void integer_slow(int64_t value);
  void large_bulk(std::string_view bytes);
  void more_room(size_t size);
  void put_body(std::string_view bytes);
  void line(char type, std::string_view text);
  void open_slice();
  void close_slice();
  void end_deferred(const DeferredReply& deferred, char type, size_t count);
  OutputQueue& queue();
  bool is_cut_short() const { return *target_.queue != nullptr && (*target_.queue)->is_cut_short(); }
  void cut_if_too_long();

  // Hot: touched by every reply. What is dropped never enters a queue: the cursor goes back to slice_.
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  char* slice_ = nullptr;  // begin of what is not in the queue yet
  ReplyTarget target_;
  bool drops_ = false;  // muted, or the output was cut short

  TurnBuffer* turn_;
  OutputPool* pool_;
  uint64_t bytes_written_ = 0;
  uint64_t error_count_ = 0;
  size_t error_code_size_ = 0;
  char error_code_[kMaxErrorCode];
};

// One push of `count` elements, which are written while it lives. It is no reply: a client whose replies are
// muted is told, too.
class PushScope {
 public:
  PushScope(ReplyWriter& writer, size_t count) : writer_(writer), muted_(writer.muted()) {
    writer_.set_muted(false);
    writer_.push(count);
  }
  ~PushScope() { writer_.set_muted(muted_); }
  PushScope(const PushScope&) = delete;
  PushScope& operator=(const PushScope&) = delete;

 private:
  ReplyWriter& writer_;
  const bool muted_;
};

}  // namespace aerie

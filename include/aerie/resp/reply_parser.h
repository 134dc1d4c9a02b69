// SPDX-License-Identifier: BSD-3-Clause
//
// Replies out of bytes, RESP2 and RESP3, for tests and benches: the server never reads replies. Incremental
// (feed any pieces, take whole replies), iterative (depth is limited, not recursive), safe on hostile bytes:
// memory grows with the bytes that were fed, never with announced counts. A Reply keeps its type byte and its
// exact text, so encode() gives the bytes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

struct Reply {
  // '+' '-' ':' '$' '*' of RESP2; '_' '#' ',' '(' '=' '!' '%' '~' '>' of RESP3 as well.
  char type = '_';
  // $-1 and *-1 (their type byte stays), and _.
  bool null = false;
  // The text of everything but aggregates: the bytes of a bulk, the digits of a number, "txt:..." of a
  // verbatim text.
  std::string text;
  // The value of ':' (and 1 or 0 for '#').
  int64_t integer = 0;
  // Elements; of a map key, value, key, value.
  std::vector<Reply> elements;
  // A RESP3 attribute that stood in front of this reply: key, value, key, value.
  std::vector<Reply> attributes;

  bool is_error() const { return type == '-' || type == '!'; }
  bool is_aggregate() const { return type == '*' || type == '%' || type == '~' || type == '>'; }
  // One line for people: `*["a", :1, nil]`. Unprintable bytes as \xHH.
  std::string to_string() const;
  // The bytes on the wire.
  std::string encode() const;
  friend bool operator==(const Reply&, const Reply&) = default;
};

class ReplyParser {
 public:
  static constexpr size_t kMaxDepth = 256;
  static constexpr size_t kMaxBulkBytes = size_t{1024} * 1024 * 1024;

  void feed(std::string_view bytes);
  // The next whole reply (pushes too, in their order), or nothing: more bytes are needed, or failed().
  std::optional<Reply> next();
  // The bytes are not RESP. There is no way on from here.
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  // Bytes that were fed and are not part of a whole reply yet, those inside an unfinished aggregate not
  // counted.
  size_t buffered_bytes() const { return buffer_.size() - at_; }
  // True when no reply is half read.
  bool at_boundary() const { return stack_.empty() && buffered_bytes() == 0; }

 private:
  struct Frame {
    Reply reply;
    size_t left;        // elements still to come
    bool is_attribute;  // belongs to the next reply of the frame below
    std::vector<Reply> pending_attributes;
  };

  enum class Step : uint8_t { kNeedMore, kValue, kOpened, kFailed };

  Step read_one(Reply* value);
  Step read_line(std::string_view line, size_t body_at, Reply* value);
  Step read_bulk(std::string_view line, size_t body_at, Reply* value);
  Step open_aggregate(std::string_view line, size_t body_at, Reply* value);
  Step fail(std::string_view message);
  void deliver(Reply value, std::optional<Reply>* whole);
  std::vector<Reply>& pending_attributes();

  std::string buffer_;
  size_t at_ = 0;       // first byte not parsed yet
  size_t scanned_ = 0;  // no line end in [at_, scanned_)
  std::vector<Frame> stack_;
  std::vector<Reply> top_attributes_;
  std::string error_;
};

}  // namespace aerie

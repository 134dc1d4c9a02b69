// SPDX-License-Identifier: BSD-3-Clause
//
// Requests out of a run of bytes that a client sent: multibulk ("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") and inline
// ("GET k\r\n"). Arguments are views into the input, nothing is copied but inline words with quotes; the
// arrays are reused from batch to batch, so parsing allocates nothing in steady state. The parser decides
// nothing: an error behind valid requests is only the reason why it stopped. The caller runs the valid ones
// and then parses again from consumed() with the limits of that moment, since AUTH or CONFIG SET may have
// changed them. Behaviour: redis-server 7.0.15, its laxities included (the byte behind a CR and the two bytes
// behind a bulk are not looked at).
//
// This is not for a large request that arrives in many pieces: that is aerie/resp/request_assembler.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace aerie {

// A bulk of this size or more is worth its own memory: the assembler reads it straight into a Blob.
inline constexpr size_t kLargeArgument = 32 * 1024;

// What an unauthenticated client may send in one request.
inline constexpr size_t kUnauthenticatedMaxArguments = 10;
inline constexpr size_t kUnauthenticatedMaxBulk = 16 * 1024;

struct ParserLimits {
  size_t max_bulk_bytes = size_t{512} * 1024 * 1024;  // proto-max-bulk-len
  size_t max_arguments = 0x7fffffff;
  size_t max_line_bytes = size_t{64} * 1024;  // inline requests and header lines
  bool unauthenticated = false;  // a password is required and was not given yet: the tight limits hold
};

enum class ParseStop : uint8_t {
  kEnd,        // the whole input is consumed
  kNeedMore,   // an unfinished request starts at consumed()
  kBatchFull,  // max_requests are parsed, more input is there
  kError,      // protocol error at consumed(): error() is the reply, then the connection is closed
};

namespace resp_internal {
class RequestScanner;

// Storage whose pieces never move, for inline words that had to be unescaped. Reused after clear().
class WordArena {
 public:
  // Room for `size` bytes that stays valid until clear().
  char* allocate(size_t size);
  void clear();

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  std::vector<Chunk> chunks_;
  size_t used_ = 0;  // of the last chunk
};
}  // namespace resp_internal

// The requests that one call of parse_batch() found. Views are valid as long as the input stays where it is
// and until the batch is parsed into again.
class RequestBatch {
 public:
  RequestBatch() = default;
  RequestBatch(const RequestBatch&) = delete;
  RequestBatch& operator=(const RequestBatch&) = delete;

  size_t size() const { return requests_.size(); }
  bool empty() const { return requests_.empty(); }
  // At least one argument. REQUIRES: i < size().
  std::span<const std::string_view> args(size_t i) const {
    return {arguments_.get() + requests_[i].first, requests_[i].count};
  }
  // Offset in the input of the byte behind request i.
  size_t end_offset(size_t i) const { return requests_[i].end; }
  // True when request i came as an inline line: the tight limits of unauthenticated clients do not hold for
  // those.
  bool is_inline(size_t i) const { return requests_[i].is_inline; }

  // Offset behind the last complete request and the empty ones that follow it.
  size_t consumed() const { return consumed_; }
  // After kNeedMore: at least so many bytes are missing (>= 1). Tells an announced large bulk from a small
  // remainder.
  size_t missing_bytes() const { return missing_; }
  // After kError: the whole error text, code included ("ERR Protocol error: ..."). Valid until the next
  // parse.
  std::string_view error() const { return {error_, error_size_}; }

 private:
  friend ParseStop parse_batch(std::string_view input, const ParserLimits& limits, size_t max_requests,
                               RequestBatch* batch);
  friend class resp_internal::RequestScanner;

  struct Request {
    size_t end;
    size_t first;
    uint32_t count;
    bool is_inline;
  };
  static constexpr size_t kMaxErrorText = 64;
  // Beyond this the arrays are given back when the next batch starts: one giant request must not cost for
  // ever.
  static constexpr size_t kKeptArguments = 16 * 1024;

  void start();
  void grow();

  std::vector<Request> requests_;
  std::unique_ptr<std::string_view[]> arguments_;  // of all requests, one after the other
  size_t argument_count_ = 0;
  size_t argument_capacity_ = 0;
  size_t consumed_ = 0;
  size_t missing_ = 0;
  size_t error_size_ = 0;
  char error_[kMaxErrorText];
  resp_internal::WordArena words_;
};

// Parses up to `max_requests` complete requests into *batch, which is cleared first. Empty requests ("*0",
// "*-1", blank lines) are skipped and do not count. REQUIRES: max_requests > 0.
ParseStop parse_batch(std::string_view input, const ParserLimits& limits, size_t max_requests,
                      RequestBatch* batch);

// The error of a complete multibulk request of a client that is not authenticated (any more), or an empty
// text. For requests that were parsed before an earlier one of the same batch took the authentication away.
std::string_view unauthenticated_violation(std::span<const std::string_view> args);

}  // namespace aerie

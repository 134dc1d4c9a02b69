// SPDX-License-Identifier: BSD-3-Clause
//
// One request that arrives in many pieces. Every byte is looked at once, however small the pieces are: one
// byte at a time over a million arguments is linear. Small arguments are packed into chunks; an argument of
// kLargeArgument bytes or more gets its own Blob, which the socket can be read straight into and which the
// store may then keep. Memory grows with the data that arrived, geometrically, never with the sizes that were
// announced. The same requests and the same errors as parse_batch().
//
//   connection                       assembler
//   leftover >= 4 KiB  --feed()--->  line | small bulk -> chunk | large bulk -> Blob
//   recv(read_target()) -advance()-> ....................................^
//   executor           <-args(), large_args()--  kComplete, then reset() and back to parse_batch()
//
// Lifetime: views and blobs are valid until reset().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/blob.h"
#include "aerie/resp/large_arg.h"
#include "aerie/resp/request_parser.h"

namespace aerie {

enum class AssemblyStatus : uint8_t {
  kNeedMore,
  kComplete,  // args() is a whole request
  kEmpty,     // an empty request ("*0", a blank line) ended: nothing to run, reset()
  kError,     // error() is the reply, then the connection is closed
};

class RequestAssembler {
 public:
  struct FeedResult {
    size_t consumed;  // bytes taken; fewer than given only when the request ended or failed
    AssemblyStatus status;
  };

  RequestAssembler() = default;
  RequestAssembler(const RequestAssembler&) = delete;
  RequestAssembler& operator=(const RequestAssembler&) = delete;

  // Takes bytes up to the end of the request. REQUIRES: the last status was kNeedMore, or reset().
  FeedResult feed(std::string_view bytes, const ParserLimits& limits);

  // Inside a large bulk: where its next bytes may be read to straight from the socket (never past the end of
  // this request's bulk and its CRLF). Empty otherwise: read elsewhere and feed(). Grows the Blob when it is
  // full.
  std::span<char> read_target();
  // `size` bytes were written to read_target(). REQUIRES: size <= read_target().size().
  AssemblyStatus advance(size_t size);

  // The request. REQUIRES: kComplete.
  std::span<const std::string_view> args() const;
  // Those of them that have memory of their own, by index. Move it out to keep it; the view in args() stays
  // valid as long as that memory lives.
  std::span<LargeArg> large_args() { return large_; }
  bool is_inline() const { return is_inline_; }
  // True between the first byte of a request and reset().
  bool busy() const { return state_ != State::kStart; }

  // REQUIRES: kError. The whole error text, code included; valid until reset().
  std::string_view error() const { return error_; }

  // Bytes of memory held: chunks, blobs and arrays by their allocated sizes. Without this object itself.
  size_t memory_bytes() const;

  // Behind those who may have moved memory out of large_args(): it is no longer held here. Looks at each.
  void forget_taken();

  // Forgets the request and gives all memory back.
  void reset();
  // Gives a slice of the memory back. Returns whether any is left. Once this was called nothing else may be,
  // but for reset().
  bool free_some();

 private:
  enum class State : uint8_t { kStart, kInline, kCountLine, kBulkLine, kBulk, kDone };

  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size;
    size_t used;
  };

  size_t take_inline(std::string_view bytes, const ParserLimits& limits, AssemblyStatus* status);
  AssemblyStatus end_inline();
  size_t take_line(std::string_view bytes, const ParserLimits& limits, AssemblyStatus* status);
  AssemblyStatus end_count_line(const ParserLimits& limits);
  AssemblyStatus end_bulk_line(const ParserLimits& limits);
  size_t take_bulk(std::string_view bytes, AssemblyStatus* status);
  AssemblyStatus end_bulk();
  AssemblyStatus fail(std::string_view error);
  void add_argument(std::string_view argument);
  void begin_line(State state);
  char* pack(size_t size);
  void grow_blob();

  // A header line is judged by its first bytes and its length alone: no length has more digits.
  static constexpr size_t kLinePrefix = 32;

  State state_ = State::kStart;
  bool is_inline_ = false;
  bool saw_nul_ = false;    // in this line: it can never end (strchr semantics of the original)
  bool saw_cr_ = false;     // the line's CR came, the byte behind it did not
  size_t line_size_ = 0;    // bytes of the line so far
  char line_[kLinePrefix];  // its first bytes
  size_t arguments_left_ = 0;
  size_t bulk_size_ = 0;        // announced
  size_t bulk_filled_ = 0;      // arrived, the two bytes behind it included
  char* small_bulk_ = nullptr;  // where a small bulk goes
  Blob blob_;                   // where a large one goes, CRLF included until it is complete
  Blob views_;  // of all arguments so far: in a Blob millions of them grow without being copied
  std::vector<LargeArg> large_;
  std::vector<Chunk> chunks_;
  size_t chunk_bytes_ = 0;
  size_t large_bytes_ = 0;    // capacity of large arguments
  std::vector<char> inline_;  // an inline line so far
  std::string error_;
};

}  // namespace aerie

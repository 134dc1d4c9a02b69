// SPDX-License-Identifier: BSD-3-Clause
//
// The parser of whole input. The path of nearly every request is RequestScanner::multibulk(): a header is a
// few digits and a CR at known places, a payload is jumped over by its length. Whatever does not look like
// that goes to the slow path, which follows the original's rules step by step and alone knows errors.
#include "aerie/resp/request_parser.h"

#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/quoted_words.h"
#include "aerie/resp/reply_errors.h"
#include "resp/request_syntax.h"

namespace aerie {
namespace resp_internal {

char* WordArena::allocate(size_t size) {
  constexpr size_t kMinChunk = 4096;
  if (chunks_.empty() || chunks_.back().size - used_ < size) {
    const size_t chunk = std::max(size, kMinChunk);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(chunk), chunk});
    used_ = 0;
  }
  char* place = chunks_.back().bytes.get() + used_;
  used_ += size;
  return place;
}

void WordArena::clear() {
  if (chunks_.size() > 1) chunks_.resize(1);
  used_ = 0;
}

enum class Parsed : uint8_t { kRequest, kEmpty, kNeedMore, kError };

class RequestScanner {
 public:
  RequestScanner(std::string_view input, const ParserLimits& limits, RequestBatch* batch)
      : begin_(input.data()),
        end_(input.data() + input.size()),
        max_arguments_(limits.unauthenticated ? std::min(limits.max_arguments, kUnauthenticatedMaxArguments)
                                              : limits.max_arguments),
        max_bulk_(limits.unauthenticated ? std::min(limits.max_bulk_bytes, kUnauthenticatedMaxBulk)
                                         : limits.max_bulk_bytes),
        limits_(limits),
        batch_(batch) {}

  // Parses one request at `p`; *next is behind it, unless more is needed or it is wrong.
  Parsed request(const char* p, const char** next) {
    return *p == '*' ? multibulk(p, next) : inline_line(p, next);
  }

 private:
  // Reads a usual header: the type byte (not looked at), 1 to 9 digits without a leading zero, CR, any byte.
  // Returns the byte behind it, or nullptr when the header is anything else or incomplete.
  const char* usual_header(const char* p, size_t* value) const {
    if (end_ - p < 4) return nullptr;
    size_t number = static_cast<unsigned char>(p[1] - '0');
    if (number > 9) return nullptr;
    p += 2;
    if (*p != '\r') {
      if (number == 0) return nullptr;
      // Two digits are the most common length of keys and small values.
      const size_t second = static_cast<unsigned char>(*p - '0');
      if (second <= 9 && end_ - p >= 3 && p[1] == '\r') {
        *value = number * 10 + second;
        return p + 3;
      }
      const char* last = p + std::min<ptrdiff_t>(8, end_ - p);
      for (; p < last; ++p) {
        const unsigned digit = static_cast<unsigned char>(*p - '0');
        if (digit > 9) break;
        number = number * 10 + digit;
      }
      if (end_ - p < 2 || *p != '\r') return nullptr;
    }
    *value = number;
    return p + 2;
  }

  Parsed multibulk(const char* p, const char** next) {
    size_t count = 0;
    const char* at = usual_header(p, &count);
    if (at == nullptr || count > max_arguments_) [[unlikely]] {
      const Parsed parsed = count_line(p, &at, &count);
      if (parsed != Parsed::kRequest) return parsed;
    }
    *next = at;
    if (count == 0) return Parsed::kEmpty;
    const size_t first = batch_->argument_count_;
    std::string_view* out = batch_->arguments_.get() + first;
    const std::string_view* room = batch_->arguments_.get() + batch_->argument_capacity_;
    for (size_t left = count; left != 0; --left) {
      size_t size = 0;
      const char* body = end_ - at >= 4 && *at == '$' ? usual_header(at, &size) : nullptr;
      if (body == nullptr || size > max_bulk_) [[unlikely]] {
        const Parsed parsed = bulk_line(at, &body, &size);
        if (parsed != Parsed::kRequest) return parsed;
      }
      const size_t available = static_cast<size_t>(end_ - body);
      if (available < size + 2) [[unlikely]]
        return need(size + 2 - available);
      if (out == room) [[unlikely]] {
        batch_->argument_count_ = first + (count - left);
        batch_->grow();
        out = batch_->arguments_.get() + batch_->argument_count_;
        room = batch_->arguments_.get() + batch_->argument_capacity_;
      }
      *out++ = std::string_view(body, size);
      at = body + size + 2;
    }
    batch_->argument_count_ = first + count;
    batch_->requests_.push_back(
        {static_cast<size_t>(at - begin_), first, static_cast<uint32_t>(count), false});
    *next = at;
    return Parsed::kRequest;
  }

  // A header line that usual_header() did not read: *line is its text without the type byte.
  Parsed header_line(const char* p, std::string_view too_long, std::string_view* line) {
    const std::string_view rest(p, static_cast<size_t>(end_ - p));
    const size_t cr = resp_internal::find_line_end(rest, '\r');
    if (cr == std::string_view::npos) {
      return rest.size() > limits_.max_line_bytes ? fail(too_long) : need(1);
    }
    if (cr + 1 >= rest.size()) return need(1);
    *line = rest.substr(0, cr);
    return Parsed::kRequest;
  }

  Parsed count_line(const char* p, const char** behind, size_t* count) {
    std::string_view line;
    const Parsed parsed = header_line(p, kMultibulkLineTooBig, &line);
    if (parsed != Parsed::kRequest) return parsed;
    const std::string_view error = judge_argument_count(line.substr(1), limits_, count);
    if (!error.empty()) return fail(error);
    *behind = p + line.size() + 2;
    return Parsed::kRequest;
  }

  Parsed bulk_line(const char* p, const char** behind, size_t* size) {
    std::string_view line;
    const Parsed parsed = header_line(p, kBulkLineTooBig, &line);
    if (parsed != Parsed::kRequest) return parsed;
    if (*p != '$') return fail(expected_dollar(*p));
    const std::string_view error = judge_bulk_size(line.substr(1), limits_, size);
    if (!error.empty()) return fail(error);
    *behind = p + line.size() + 2;
    return Parsed::kRequest;
  }

  Parsed inline_line(const char* p, const char** next) {
    const std::string_view rest(p, static_cast<size_t>(end_ - p));
    const size_t newline = find_line_end(rest, '\n');
    if (newline == std::string_view::npos) {
      return rest.size() > limits_.max_line_bytes ? fail(kInlineTooBig) : need(1);
    }
    if (newline > limits_.max_line_bytes) return fail(kInlineTooBig);
    std::string_view line = rest.substr(0, newline);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const size_t first = batch_->argument_count_;
    const bool balanced = for_each_word(
        line, [&] { return batch_->words_.allocate(line.size()); },
        [&](std::string_view word) {
          if (batch_->argument_count_ == batch_->argument_capacity_) batch_->grow();
          batch_->arguments_[batch_->argument_count_++] = word;
        });
    if (!balanced) return fail(kUnbalancedQuotes);
    *next = p + newline + 1;
    const size_t count = batch_->argument_count_ - first;
    if (count == 0) return Parsed::kEmpty;
    batch_->requests_.push_back(
        {static_cast<size_t>(*next - begin_), first, static_cast<uint32_t>(count), true});
    return Parsed::kRequest;
  }

  Parsed need(size_t bytes) {
    batch_->missing_ = bytes;
    return Parsed::kNeedMore;
  }

  Parsed fail(std::string_view text) {
    AERIE_ASSERT(text.size() <= RequestBatch::kMaxErrorText);
    std::copy(text.begin(), text.end(), batch_->error_);
    batch_->error_size_ = text.size();
    return Parsed::kError;
  }

  const char* const begin_;
  const char* const end_;
  const size_t max_arguments_;
  const size_t max_bulk_;
  const ParserLimits& limits_;
  RequestBatch* const batch_;
};

}  // namespace resp_internal

void RequestBatch::start() {
  requests_.clear();
  if (requests_.capacity() > kKeptArguments) requests_.shrink_to_fit();
  if (argument_capacity_ > kKeptArguments) {
    arguments_.reset();
    argument_capacity_ = 0;
  }
  words_.clear();
  argument_count_ = 0;
  consumed_ = 0;
  missing_ = 0;
  error_size_ = 0;
}

void RequestBatch::grow() {
  const size_t capacity = std::max<size_t>(64, argument_capacity_ * 2);
  auto larger = std::make_unique<std::string_view[]>(capacity);
  std::copy_n(arguments_.get(), argument_count_, larger.get());
  arguments_ = std::move(larger);
  argument_capacity_ = capacity;
}

ParseStop parse_batch(std::string_view input, const ParserLimits& limits, size_t max_requests,
                      RequestBatch* batch) {
  using resp_internal::Parsed;
  AERIE_ASSERT(max_requests > 0);
  batch->start();
  resp_internal::RequestScanner scanner(input, limits, batch);
  const char* const end = input.data() + input.size();
  const char* at = input.data();
  ParseStop stop = ParseStop::kEnd;
  while (at != end) {
    if (batch->size() == max_requests) {
      stop = ParseStop::kBatchFull;
      break;
    }
    const Parsed parsed = scanner.request(at, &at);
    if (parsed == Parsed::kNeedMore || parsed == Parsed::kError) {
      stop = parsed == Parsed::kNeedMore ? ParseStop::kNeedMore : ParseStop::kError;
      break;
    }
    batch->consumed_ = static_cast<size_t>(at - input.data());
  }
  return stop;
}

std::string_view unauthenticated_violation(std::span<const std::string_view> args) {
  if (args.size() > kUnauthenticatedMaxArguments) return kUnauthenticatedMultibulk;
  for (const std::string_view arg : args) {
    if (arg.size() > kUnauthenticatedMaxBulk) return kUnauthenticatedBulk;
  }
  return {};
}

}  // namespace aerie

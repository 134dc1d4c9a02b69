// SPDX-License-Identifier: BSD-3-Clause
//
// The state machine behind RequestAssembler. A state consumes what it can of the bytes at hand and moves on;
// only an inline line is kept as it came, everything else is judged by a prefix of fixed size or lands in its
// final place.
#include "aerie/resp/request_assembler.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/sliced_free.h"
#include "aerie/resp/reply_errors.h"
#include "resp/request_syntax.h"

namespace aerie {

using resp_internal::judge_argument_count;
using resp_internal::judge_bulk_size;

namespace {

constexpr size_t kMinChunk = 4 * 1024;
constexpr size_t kMaxChunk = 64 * 1024;
constexpr size_t kFirstBlob = 16 * 1024;
constexpr size_t kTail = 2;  // the bytes behind a bulk
constexpr size_t kFirstViews = 16;
// Chunks that one slice of freeing drops.
constexpr size_t kChunksPerSlice = 4;

}  // namespace

RequestAssembler::FeedResult RequestAssembler::feed(std::string_view bytes, const ParserLimits& limits) {
  AERIE_ASSERT(state_ != State::kDone);
  size_t consumed = 0;
  AssemblyStatus status = AssemblyStatus::kNeedMore;
  if (state_ == State::kStart && !bytes.empty()) {
    is_inline_ = bytes[0] != '*';
    begin_line(is_inline_ ? State::kInline : State::kCountLine);
  }
  while (consumed < bytes.size() && status == AssemblyStatus::kNeedMore) {
    const std::string_view rest = bytes.substr(consumed);
    switch (state_) {
      case State::kInline:
        consumed += take_inline(rest, limits, &status);
        break;
      case State::kCountLine:
      case State::kBulkLine:
        consumed += take_line(rest, limits, &status);
        break;
      case State::kBulk:
        consumed += take_bulk(rest, &status);
        break;
      case State::kStart:
      case State::kDone:
        AERIE_UNREACHABLE();
    }
  }
  if (status != AssemblyStatus::kNeedMore) state_ = State::kDone;
  return {consumed, status};
}

void RequestAssembler::begin_line(State state) {
  state_ = state;
  line_size_ = 0;
  saw_nul_ = false;
  saw_cr_ = false;
}

AssemblyStatus RequestAssembler::fail(std::string_view error) {
  error_.assign(error);
  return AssemblyStatus::kError;
}

size_t RequestAssembler::take_inline(std::string_view bytes, const ParserLimits& limits,
                                     AssemblyStatus* status) {
  const void* found = std::memchr(bytes.data(), '\n', bytes.size());
  const size_t newline =
      found == nullptr ? bytes.size() : static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
  if (!saw_nul_ && newline != 0) saw_nul_ = std::memchr(bytes.data(), 0, newline) != nullptr;
  const bool ended = found != nullptr && !saw_nul_;
  const size_t taken = ended ? newline : bytes.size();
  line_size_ += taken;
  if (line_size_ > limits.max_line_bytes) {
    *status = fail(kInlineTooBig);
    return taken;
  }
  inline_.insert(inline_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(taken));
  if (!ended) return taken;
  *status = end_inline();
  return taken + 1;
}

AssemblyStatus RequestAssembler::end_inline() {
  std::string_view line(inline_.data(), inline_.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const bool balanced = for_each_word(
      line, [&] { return pack(line.size()); }, [&](std::string_view word) { add_argument(word); });
  if (!balanced) return fail(kUnbalancedQuotes);
  return views_.empty() ? AssemblyStatus::kEmpty : AssemblyStatus::kComplete;
}

size_t RequestAssembler::take_line(std::string_view bytes, const ParserLimits& limits,
                                   AssemblyStatus* status) {
  if (saw_cr_) {
    *status = state_ == State::kCountLine ? end_count_line(limits) : end_bulk_line(limits);
    return 1;
  }
  const void* found = saw_nul_ ? nullptr : std::memchr(bytes.data(), '\r', bytes.size());
  size_t taken =
      found == nullptr ? bytes.size() : static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
  if (!saw_nul_ && taken != 0 && std::memchr(bytes.data(), 0, taken) != nullptr) {
    saw_nul_ = true;
    found = nullptr;
    taken = bytes.size();
  }
  if (line_size_ < kLinePrefix) {
    std::memcpy(line_ + line_size_, bytes.data(), std::min(taken, kLinePrefix - line_size_));
  }
  line_size_ += taken;
  if (found != nullptr) {
    saw_cr_ = true;
    return taken + 1;
  }
  if (line_size_ > limits.max_line_bytes) {
    *status = fail(state_ == State::kCountLine ? kMultibulkLineTooBig : kBulkLineTooBig);
  }
  return taken;
}

// A line longer than the prefix cannot be a number: its prefix, which is too long for one as well, is judged.
AssemblyStatus RequestAssembler::end_count_line(const ParserLimits& limits) {
  const std::string_view line(line_, std::min(line_size_, kLinePrefix));
  const std::string_view error = judge_argument_count(line.substr(1), limits, &arguments_left_);
  if (!error.empty()) return fail(error);
  if (arguments_left_ == 0) return AssemblyStatus::kEmpty;
  begin_line(State::kBulkLine);
  return AssemblyStatus::kNeedMore;
}

AssemblyStatus RequestAssembler::end_bulk_line(const ParserLimits& limits) {
  const std::string_view line(line_, std::min(line_size_, kLinePrefix));
  const char first = line.empty() ? '\r' : line.front();
  if (first != '$') return fail(expected_dollar(first));
  const std::string_view error = judge_bulk_size(line.substr(1), limits, &bulk_size_);
  if (!error.empty()) return fail(error);
  bulk_filled_ = 0;
  small_bulk_ = nullptr;
  if (bulk_size_ < kLargeArgument) small_bulk_ = pack(bulk_size_);
  state_ = State::kBulk;
  return AssemblyStatus::kNeedMore;
}

size_t RequestAssembler::take_bulk(std::string_view bytes, AssemblyStatus* status) {
  if (small_bulk_ == nullptr) {
    const std::span<char> target = read_target();
    const size_t taken = std::min(bytes.size(), target.size());
    std::memcpy(target.data(), bytes.data(), taken);
    *status = advance(taken);
    return taken;
  }
  const size_t taken = std::min(bytes.size(), bulk_size_ + kTail - bulk_filled_);
  if (bulk_filled_ < bulk_size_) {
    std::memcpy(small_bulk_ + bulk_filled_, bytes.data(), std::min(taken, bulk_size_ - bulk_filled_));
  }
  bulk_filled_ += taken;
  if (bulk_filled_ == bulk_size_ + kTail) *status = end_bulk();
  return taken;
}

std::span<char> RequestAssembler::read_target() {
  if (state_ != State::kBulk || small_bulk_ != nullptr) return {};
  if (bulk_filled_ == blob_.capacity()) grow_blob();
  const size_t end = std::min(blob_.capacity(), bulk_size_ + kTail);
  return {blob_.data() + bulk_filled_, end - bulk_filled_};
}

void RequestAssembler::grow_blob() {
  const size_t whole = bulk_size_ + kTail;
  blob_.set_size(bulk_filled_);
  blob_.reserve(std::min(whole, std::max(kFirstBlob, bulk_filled_ * 2)));
}

AssemblyStatus RequestAssembler::advance(size_t size) {
  AERIE_ASSERT(state_ == State::kBulk && small_bulk_ == nullptr);
  AERIE_ASSERT(size <= std::min(blob_.capacity(), bulk_size_ + kTail) - bulk_filled_);
  bulk_filled_ += size;
  if (bulk_filled_ != bulk_size_ + kTail) return AssemblyStatus::kNeedMore;
  const AssemblyStatus status = end_bulk();
  if (status != AssemblyStatus::kNeedMore) state_ = State::kDone;
  return status;
}

AssemblyStatus RequestAssembler::end_bulk() {
  if (small_bulk_ != nullptr) {
    add_argument({small_bulk_, bulk_size_});
  } else {
    blob_.set_size(bulk_size_);
    const size_t index = args().size();
    add_argument(blob_.view());
    large_bytes_ += blob_.capacity();
    large_.push_back({index, std::exchange(blob_, Blob())});
  }
  if (--arguments_left_ == 0) return AssemblyStatus::kComplete;
  begin_line(State::kBulkLine);
  return AssemblyStatus::kNeedMore;
}

void RequestAssembler::add_argument(std::string_view argument) {
  if (views_.size() == views_.capacity() - views_.capacity() % sizeof argument) {
    views_.reserve(std::max(kFirstViews * sizeof argument, views_.capacity() * 2));
  }
  new (views_.append_uninitialised(sizeof argument)) std::string_view(argument);
}

std::span<const std::string_view> RequestAssembler::args() const {
  if (views_.empty()) return {};
  const auto* first = reinterpret_cast<const std::string_view*>(views_.data());
  return {std::launder(first), views_.size() / sizeof(std::string_view)};
}

char* RequestAssembler::pack(size_t size) {
  if (chunks_.empty() || chunks_.back().size - chunks_.back().used < size) {
    // As large as all that arrived so far, so that a client cannot announce itself to memory it has not
    // filled.
    const size_t chunk = std::max(size, std::clamp(chunk_bytes_, kMinChunk, kMaxChunk));
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(chunk), chunk, 0});
    chunk_bytes_ += chunk;
  }
  Chunk& last = chunks_.back();
  char* place = last.bytes.get() + last.used;
  last.used += size;
  return place;
}

size_t RequestAssembler::memory_bytes() const {
  return chunk_bytes_ + large_bytes_ + blob_.capacity() + inline_.capacity() + views_.capacity() +
         large_.capacity() * sizeof(LargeArg) + chunks_.capacity() * sizeof(Chunk);
}

void RequestAssembler::forget_taken() {
  large_bytes_ = 0;
  for (const LargeArg& large : large_) large_bytes_ += large.memory.capacity();
}

void RequestAssembler::reset() {
  state_ = State::kStart;
  is_inline_ = false;
  begin_line(State::kStart);
  arguments_left_ = 0;
  small_bulk_ = nullptr;
  blob_ = Blob();
  views_ = Blob();
  large_ = std::vector<LargeArg>();
  chunks_ = std::vector<Chunk>();
  chunk_bytes_ = 0;
  large_bytes_ = 0;
  inline_ = std::vector<char>();
  error_.clear();
}

bool RequestAssembler::free_some() {
  if (blob_.capacity() != 0 && aerie::free_some(&blob_)) return true;
  if (!large_.empty()) {
    Blob& memory = large_.back().memory;
    const size_t before = memory.capacity();
    const bool more = aerie::free_some(&memory);
    large_bytes_ -= before - memory.capacity();
    if (!more) large_.pop_back();
    return true;
  }
  if (aerie::free_some(&views_)) return true;
  for (size_t i = 0; i < kChunksPerSlice && !chunks_.empty(); ++i) {
    const Chunk& last = chunks_.back();
    // The allocator may keep what is freed now and give all of it back at once later.
    discard_pages(last.bytes.get(), last.bytes.get() + last.size);
    chunk_bytes_ -= last.size;
    chunks_.pop_back();
  }
  if (!chunks_.empty()) return true;
  reset();
  return false;
}

}  // namespace aerie

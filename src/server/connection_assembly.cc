// SPDX-License-Identifier: BSD-3-Clause
//
// The part of Connection for requests that are too large for the shared buffer: they gather in a
// RequestAssembler, large arguments straight from the socket into the memory that the store then keeps.
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "aerie/base/log.h"
#include "aerie/engine/engine.h"
#include "server/client_table.h"
#include "server/connection.h"
#include "server/crash_report.h"

namespace aerie {

namespace {

// Bytes that one client may read into a large request per turn.
constexpr size_t kMaxAssemblyBytes = size_t{256} * 1024;
// Bytes taken at a time where small arguments follow each other, which cost much more than their bytes;
// between two pieces the clock is looked at.
constexpr size_t kPieceBytes = size_t{16} * 1024;
// A client whose request was taken in for this long lets the others go first.
constexpr int64_t kMaxAssemblyUs = 200;

static_assert(kPieceBytes <= ClientTable::kReadBytes);

static_assert(ClientTable::kMaxPrefix <= HeldInput::kFrontRoom);

}  // namespace

bool Connection::is_large(size_t arrived, size_t missing) {
  return arrived > ClientTable::kMaxPrefix || arrived + missing > kLargeArgument;
}

void Connection::begin_assembly(std::string_view rest) {
  RequestAssembler& assembler = held_->start_assembler();
  const int64_t end_us = clients_.loop().now_us() + kMaxAssemblyUs;
  do {
    const std::string_view piece = rest.substr(0, kPieceBytes);
    const RequestAssembler::FeedResult fed = assembler.feed(piece, clients_.parser_limits(*this));
    rest.remove_prefix(fed.consumed);
    // The parser saw an unfinished request here, so this ends only when the assembler judges its beginning
    // otherwise.
    if (fed.status != AssemblyStatus::kNeedMore) {
      after_assembly(fed.status, rest);
      return;
    }
  } while (!rest.empty() && clients_.loop().clock().monotonic_us() < end_us);
  held_->append(rest);
  held_->runnable = !rest.empty();
}

void Connection::assemble() {
  size_t budget = kMaxAssemblyBytes;
  const int64_t end_us = clients_.loop().now_us() + kMaxAssemblyUs;
  while (budget != 0 && unread_) {
    RequestAssembler& assembler = *held_->assembler();
    AssemblyStatus status = AssemblyStatus::kNeedMore;
    std::string_view rest;
    const sys::IoResult got = read_into_assembler(assembler, budget, &status, &rest);
    if (got.n <= 0) return;
    budget -= std::min(budget, static_cast<size_t>(got.n));
    if (status != AssemblyStatus::kNeedMore && !after_assembly(status, rest)) return;
    if (status == AssemblyStatus::kNeedMore && close_if_too_large()) return;
    if (clients_.loop().clock().monotonic_us() >= end_us) return;
  }
}

void Connection::assemble_held() {
  size_t budget = kMaxAssemblyBytes;
  const int64_t end_us = clients_.loop().now_us() + kMaxAssemblyUs;
  while (budget != 0 && held_->size() != 0) {
    const std::string_view bytes = held_->front().substr(0, std::min(budget, kPieceBytes));
    const RequestAssembler::FeedResult fed = held_->assembler()->feed(bytes, clients_.parser_limits(*this));
    held_->consume(fed.consumed);
    budget -= fed.consumed;
    if (fed.status != AssemblyStatus::kNeedMore) {
      after_assembly(fed.status, {});
      return;
    }
    if (close_if_too_large()) return;
    if (clients_.loop().clock().monotonic_us() >= end_us) break;
  }
  held_->runnable = held_->size() != 0;
}

bool Connection::close_if_too_large() {
  if (held_->assembler()->memory_bytes() <= clients_.settings().client_query_buffer_limit) return false;
  ++clients_.stats().input_limit_disconnections;
  log_warning("Closing client that reached max query buffer length: %s", clients_.line_of(*this).c_str());
  close();
  return true;
}

sys::IoResult Connection::read_into_assembler(RequestAssembler& assembler, size_t budget,
                                              AssemblyStatus* status, std::string_view* rest) {
  const std::span<char> target = assembler.read_target();
  if (!target.empty()) {
    const size_t wanted = std::min(target.size(), budget);
    const sys::IoResult got = sys::recv(fd, target.data(), wanted);
    if (note_read(got, wanted)) *status = assembler.advance(static_cast<size_t>(got.n));
    return got;
  }
  char* const place = clients_.read_place();
  const size_t wanted = std::min(kPieceBytes, budget);
  const sys::IoResult got = sys::recv(fd, place, wanted);
  if (note_read(got, wanted)) {
    const std::string_view bytes(place, static_cast<size_t>(got.n));
    const RequestAssembler::FeedResult fed = assembler.feed(bytes, clients_.parser_limits(*this));
    *status = fed.status;
    *rest = bytes.substr(fed.consumed);
  }
  return got;
}

bool Connection::after_assembly(AssemblyStatus status, std::string_view rest) {
  switch (status) {
    case AssemblyStatus::kNeedMore:
      return true;
    case AssemblyStatus::kError:
      fail(held_->assembler()->error());
      return false;
    case AssemblyStatus::kEmpty:
      clients_.leftovers().add(held_->take_assembler());
      break;
    case AssemblyStatus::kComplete:
      held_->assembled = true;
      if (!stalled()) run_assembled();
      break;
  }
  if (leaving()) return false;
  // Behind a large request the ordinary way goes on in the next turn.
  held_->append(rest);
  held_->runnable = held_->size() != 0;
  return false;
}

void Connection::run_assembled() {
  RequestAssembler& assembler = *held_->assembler();
  set_crash_context(*this, assembler.args());
  const bool ran = clients_.executor().run(*this, assembler.args(), assembler.large_args());
  clients_.end_run();
  if (!ran) return;
  assembler.forget_taken();
  clients_.leftovers().add(held_->take_assembler());
}

}  // namespace aerie

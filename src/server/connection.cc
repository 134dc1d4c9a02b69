// SPDX-License-Identifier: BSD-3-Clause
//
// Connection: from readiness to requests run, and from output to bytes sent. Large requests in the making are
// in connection_assembly.cc. Input is parsed where it was read, in the buffer that all connections share;
// only what is left over moves to memory of the connection.
#include "server/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <string>
#include <utility>

#include "aerie/base/log.h"
#include "aerie/engine/engine.h"
#include "aerie/event/event_loop.h"
#include "server/arrivals.h"
#include "server/client_table.h"
#include "server/crash_report.h"

namespace aerie {

namespace {

// A client that has run requests for this long lets the others go first.
constexpr int64_t kMaxRunUs = 200;
// Pieces and bytes that one client may send per turn.
constexpr int kMaxPieces = 64;
constexpr size_t kMaxSendBytes = size_t{256} * 1024;
// What a client that is not authenticated may leave unread.
constexpr size_t kUnauthenticatedMaxOutput = size_t{64} * 1024;

// How many of the pieces, the last one shortened, make up `budget` bytes at most.
int cut_to(size_t budget, iovec* pieces, int count) {
  for (int i = 0; i < count; ++i) {
    if (pieces[i].iov_len < budget) {
      budget -= pieces[i].iov_len;
      continue;
    }
    pieces[i].iov_len = budget;
    return i + 1;
  }
  return count;
}

}  // namespace

Connection::Connection(ClientTable& clients, UniqueFd socket, uint64_t client_id, int64_t now_us)
    : Session(client_id, now_us), clients_(clients), socket_(std::move(socket)) {
  fd = socket_.get();
}

Connection::~Connection() = default;

// What the client sent before it went is still read and run, as redis-server does; the end, or the error,
// comes behind it. But nothing is taken any more for a client that is blocked and gone.
void Connection::on_hangup() {
  short_read_ = ShortRead::kHungUp;
  if (waits()) clients_.executor().drop(*this);
}

void Connection::on_ready(IoEvents events) {
  // After a hang-up a send tells whether the other direction still lives.
  if (events.writable || events.hangup) blocked_ = false;
  if (output != nullptr && !blocked_) clients_.executor().mark_dirty(*this);
  if (events.urgent && short_read_ == ShortRead::kEmptied) [[unlikely]]
    short_read_ = ShortRead::kUrgent;
  if (leaving() || !(events.readable || events.hangup)) return;
  unread_ = !input_ended_;
  if (serve()) end_service();
}

void Connection::end_service() {
  if (closed()) return;
  // It began to wait, and is gone already.
  if (waits() && short_read_ == ShortRead::kHungUp) return clients_.executor().drop(*this);
  if (wants_turn()) clients_.loop().requeue(fd);
}

bool Connection::stalled() const {
  return waits() || (output != nullptr && output->pending_bytes() >= Executor::kOutputHighWater);
}

bool Connection::can_read() const {
  if (input_ended_) return false;
  return !stalled() || held_ == nullptr || held_->size() < clients_.settings().client_query_buffer_limit;
}

bool Connection::wants_turn() const {
  if (leaving()) return false;
  return (has_runnable() && !stalled()) || (unread_ && can_read());
}

void Connection::run_arrival(const Arrival& arrival) {
  // An earlier arrival may have ended this client.
  if (closed() || leaving()) return;
  take(arrival.input, arrival.parsed_for == clients_.config_changes() ? &arrival : nullptr);
  end_service();
}

void Connection::keep_arrival(const Arrival& arrival) {
  if (closed() || leaving()) return;
  RunResult result;
  result.runnable = true;
  hold(arrival.input, result);
  clients_.loop().requeue_first(fd);
}

bool Connection::serve() {
  if (held_ == nullptr && !waits()) [[likely]]
    return receive();
  if (clients_.any_arrivals()) [[unlikely]] {
    // In the order in which they came: this one right behind those.
    clients_.loop().requeue_first(fd);
    clients_.run_arrivals();
    return true;
  }
  if (held_ == nullptr) held_ = std::make_unique<HeldInput>();
  serve_held();
  if (held_ != nullptr && held_->empty()) held_.reset();
  clients_.note_input_of(*this, held_ == nullptr ? 0 : held_->memory_bytes());
  return true;
}

void Connection::serve_held() {
  if (held_->assembled && !stalled()) run_assembled();
  if (leaving()) return;
  if (held_->runnable && !held_->assembled && !stalled()) run_held();
  if (leaving()) return;
  if (has_runnable()) {
    if (stalled()) read_ahead();
    return;
  }
  if (input_ended_) return end_input();
  if (!unread_) return;
  if (held_->assembler() != nullptr) return assemble();
  if (waits()) return read_ahead();
  receive();
}

// One run of bytes that lie together; the next one has its turn in the next turn of the loop.
void Connection::run_held() {
  if (held_->assembler() == nullptr) {
    const std::string_view bytes = held_->front();
    const RunResult result = run(bytes);
    held_->consume(result.consumed);
    held_->runnable = result.runnable;
    if (leaving() || result.runnable) return;
    const size_t left = bytes.size() - result.consumed;
    if (!is_large(left, result.missing)) {
      held_->runnable = held_->size() > left;
      if (held_->runnable && left != 0) held_->join_front();
      return;
    }
    held_->start_assembler();
  }
  assemble_held();
}

bool Connection::receive() {
  char* const place = clients_.read_place();
  const sys::IoResult got = sys::recv(fd, place, ClientTable::kReadBytes);
  if (!note_read(got, ClientTable::kReadBytes)) return true;
  const auto size = static_cast<size_t>(got.n);
  if (held_ == nullptr) [[likely]] {
    clients_.add_arrival(*this, {place, size});
    return false;
  }
  const size_t prefix = held_->size();
  held_->front().copy(place - prefix, prefix);
  held_->consume(prefix);
  take({place - prefix, prefix + size});
  return true;
}

void Connection::read_ahead() {
  const size_t limit = clients_.settings().client_query_buffer_limit;
  if (!unread_ || held_->size() >= limit) return;
  const size_t wanted = std::min(ClientTable::kReadBytes, limit - held_->size());
  char* const place = clients_.read_place();
  const sys::IoResult got = sys::recv(fd, place, wanted);
  if (note_read(got, wanted)) {
    held_->append({place, static_cast<size_t>(got.n)});
    held_->runnable = true;
  }
}

bool Connection::note_read(sys::IoResult got, size_t asked) {
  if (got.n > 0) [[likely]] {
    // Less than asked means that the kernel had no more, and what comes later is a new edge. Not so behind a
    // hang-up or urgent data, nor on a unix socket, where a read also stops behind a message that carries
    // descriptors.
    unread_ = static_cast<size_t>(got.n) == asked || short_read_ != ShortRead::kEmptied ||
              peer.family == Endpoint::Family::kUnix;
    last_active_us = clients_.loop().now_us();
    Stats& stats = clients_.stats();
    stats.net_input_bytes += static_cast<uint64_t>(got.n);
    ++stats.reads_processed;
    return true;
  }
  unread_ = false;
  if (got.would_block()) return false;
  if (got.n != 0 || waits()) {
    close();
    return false;
  }
  input_ended_ = true;
  if (!has_runnable()) end_input();
  return false;
}

void Connection::take(std::string_view input, const Arrival* arrival) {
  const RunResult result = run(input, arrival);
  if (leaving()) return;
  if (result.consumed != input.size()) [[unlikely]]
    hold(input.substr(result.consumed), result);
}

Connection::RunResult Connection::run(std::string_view input, const Arrival* arrival) {
  Executor& executor = clients_.executor();
  RunResult result;
  size_t budget = Executor::kMaxRequestsPerTurn;
  const int64_t began_us = clients_.loop().now_us();
  for (;;) {
    if (stalled() || budget == 0) return result.runnable = true, result;
    const RequestBatch& batch = arrival != nullptr ? arrival->batch : clients_.batch();
    const ParseStop stop = arrival != nullptr
                               ? arrival->stop
                               : parse_batch(input.substr(result.consumed), clients_.parser_limits(*this),
                                             std::min(budget, ClientTable::kSlice), &clients_.batch());
    const bool any = !batch.empty();
    if (any) {
      set_crash_context(*this, batch);
      const PreparedRequest* const first = arrival != nullptr ? &arrival->first : nullptr;
      const BatchResult ran = executor.run_batch(*this, batch, 0, batch.size(), first);
      clients_.end_run();
      budget -= ran.executed;
      if (leaving()) return result;
      if (ran.executed < batch.size()) {
        if (ran.executed != 0) result.consumed += batch.end_offset(ran.executed - 1);
        return result.runnable = true, result;
      }
    }
    result.consumed += batch.consumed();
    arrival = nullptr;
    switch (stop) {
      case ParseStop::kEnd:
        return result;
      case ParseStop::kNeedMore:
        result.missing = batch.missing_bytes();
        return result;
      case ParseStop::kError:
        // Behind valid requests it is judged again: one of them may have changed the limits.
        if (any) continue;
        fail(batch.error());
        return result;
      case ParseStop::kBatchFull:
        if (clients_.loop().clock().monotonic_us() - began_us > kMaxRunUs)
          return result.runnable = true, result;
    }
  }
}

void Connection::hold(std::string_view rest, const RunResult& result) {
  if (held_ == nullptr) held_ = std::make_unique<HeldInput>();
  if (!result.runnable && is_large(rest.size(), result.missing)) {
    begin_assembly(rest);
  } else {
    held_->append(rest);
    held_->runnable = result.runnable;
  }
  clients_.note_input_of(*this, held_->memory_bytes());
}

void Connection::end_input() {
  // An unfinished request is dropped; what was answered is sent before the end.
  clients_.leftovers().add(std::move(held_));
  close_after_reply = true;
  clients_.executor().mark_dirty(*this);
}

void Connection::fail(std::string_view error) {
  if (log_enabled(LogLevel::kVerbose)) {
    log_verbose("%s from client id=%llu addr=%s", escape_for_log(error).c_str(),
                static_cast<unsigned long long>(id), clients_.address_of(*this).c_str());
  }
  clients_.executor().fail_protocol(*this, error);
}

void Connection::flush() {
  if (close_now) [[unlikely]] {
    if (output != nullptr && output->is_cut_short()) return clients_.close_over_output_limit(*this);
    return close();
  }
  if (output != nullptr && !blocked_) send_pending();
  if (closed()) return;
  if (output != nullptr) {
    if (clients_.executor().needs_authentication(*this) &&
        output->pending_bytes() > kUnauthenticatedMaxOutput) {
      ++clients_.stats().output_limit_disconnections;
      log_warning("Client %s closed: it is not authenticated and does not read its replies.",
                  clients_.line_of(*this).c_str());
      return close();
    }
    output->settle_unsent(&clients_.executor().turn_buffer());
    if (clients_.close_if_over_output_limit(*this)) return;
  } else if (close_after_reply) {
    return clients_.say_farewell(*this);
  }
  // Input that waited for room in the output, and output that waits for the client's next share of writing.
  if ((output != nullptr && !blocked_) || wants_turn()) clients_.loop().requeue(fd);
}

void Connection::send_pending() {
  size_t budget = kMaxSendBytes;
  while (budget != 0 && !output->empty()) {
    iovec pieces[kMaxPieces];
    const int count = cut_to(budget, pieces, output->gather(pieces, kMaxPieces));
    // One piece is the rule, and send is cheaper than its vector form.
    const sys::IoResult sent = count == 1 ? sys::send(fd, pieces[0].iov_base, pieces[0].iov_len)
                                          : sys::send_vector(fd, pieces, static_cast<size_t>(count));
    if (!sent.ok()) {
      if (!sent.would_block()) return close();
      blocked_ = true;
      return;
    }
    const auto taken = static_cast<size_t>(sent.n);
    Stats& stats = clients_.stats();
    last_active_us = clients_.loop().now_us();
    stats.net_output_bytes += taken;
    ++stats.writes_processed;
    output->consume(taken);
    budget -= std::min(budget, taken);
  }
  if (!output->empty()) return;
  clients_.executor().output_pool().give_back(output);
  output = nullptr;
  clients_.output_sent(*this);
}

void Connection::close() {
  clients_.close(*this);
}

}  // namespace aerie

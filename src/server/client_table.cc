// SPDX-License-Identifier: BSD-3-Clause
//
// ClientTable: admission, the write phase, and the ways in which a client leaves. A client that leaves is
// taken out of every table at once, but its object lives until free_some(), behind the write phase, so that
// whoever is in the middle of serving it may return.
#include "server/client_table.h"

#include <algorithm>
#include <utility>

#include "aerie/base/log.h"
#include "aerie/engine/client_line.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_errors.h"
#include "server/crash_report.h"

namespace aerie {

namespace {

constexpr size_t kIdleSlices = 10;
constexpr int64_t kIdleUs = 100;
// Places that are looked at, and clients that are closed, between two looks at the clock.
constexpr size_t kIdlePerLook = 256;
constexpr size_t kIdleClosedPerLook = 8;
// Time for sending in one turn; the bytes, and the clients, between two looks at the clock.
constexpr int64_t kWriteUs = 550;
constexpr uint64_t kBytesPerLook = uint64_t{64} * 1024;
constexpr size_t kClientsPerLook = 8;
// Connections that are destroyed in one slice of freeing.
constexpr size_t kDeadPerSlice = 16;

}  // namespace

ClientTable::ClientTable(EventLoop& loop, Engine& engine)
    : loop_(loop),
      engine_(engine),
      farewell_(loop),
      output_limits_(loop, [this](uint64_t id) { recheck_output(id); }),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kMaxPrefix + Arrivals::kMaxBytes + kReadBytes)) {
  engine_.sessions.bytes_per_session = sizeof(Connection);
}

ClientTable::~ClientTable() {
  close_all();
}

void ClientTable::admit(UniqueFd socket, const Endpoint& peer, const Endpoint& local) {
  Stats& counters = stats();
  if (size() >= static_cast<size_t>(settings().maxclients)) {
    ++counters.rejected_connections;
    return refuse(std::move(socket), kMaxClients);
  }
  if (settings().protected_mode && engine_.access.users().default_user().takes_any_password() &&
      !peer.is_loopback()) {
    ++counters.rejected_connections;
    return refuse(std::move(socket), kProtectedMode);
  }
  const int fd = socket.get();
  auto connection =
      std::make_unique<Connection>(*this, std::move(socket), engine_.sessions.next_id(), loop_.now_us());
  connection->peer = peer;
  connection->local = local;
  const Status watched = loop_.add(fd, connection.get());
  if (!watched.ok()) {
    ++counters.rejected_connections;
    log_warning("Error registering a new client: %s", watched.error().message().c_str());
    return loop_.close_later(connection->take_socket());
  }
  ++counters.connections_received;
  engine_.sessions.add(*connection);
  log_verbose("Accepted %s", address_of(*connection).c_str());
  const auto index = static_cast<size_t>(fd);
  if (by_fd_.size() <= index) by_fd_.resize(index + 1);
  by_fd_[index] = std::move(connection);
}

void ClientTable::refuse(UniqueFd socket, std::string_view error) {
  std::string reply = "-";
  reply.append(error).append("\r\n");
  sys::send(socket.get(), reply.data(), reply.size());
  farewell_.add(std::move(socket));
}

void ClientTable::add_arrival(Connection& connection, std::string_view input) {
  Arrival& arrival = arrivals_.add(connection, input);
  arrival.parsed_for = config_changes();
  arrival.stop = parse_batch(input, parser_limits(connection), kSlice, &arrival.batch);
  if (!arrival.batch.empty()) arrival.first = executor().prepare(connection, arrival.batch.args(0));
  if (!arrivals_.has_room()) run_arrivals();
}

void ClientTable::run_arrivals() {
  const std::span<const Arrival> arrivals = arrivals_.all();
  for (const Arrival& arrival : arrivals) {
    if (!arrival.batch.empty()) executor().bring_entry(*arrival.client, arrival.first);
  }
  // The clock is looked at when commands have taken long.
  uint64_t looked_at = executor().command_ticks();
  size_t run = 0;
  bool in_time = true;
  for (; run < arrivals.size() && in_time; ++run) {
    arrivals[run].client->run_arrival(arrivals[run]);
    if (executor().command_ticks() - looked_at <= executor().max_batch_ticks()) [[likely]]
      continue;
    looked_at = executor().command_ticks();
    in_time = loop_.clock().monotonic_us() < loop_.ready_end_us();
  }
  // The phase is over, too: nobody comes in between.
  for (size_t kept = arrivals.size(); kept > run; --kept) {
    arrivals[kept - 1].client->keep_arrival(arrivals[kept - 1]);
  }
  arrivals_.clear();
}

bool ClientTable::write_all(int64_t now_us) {
  const int64_t end_us = loop_.slice_end_us(now_us, kWriteUs);
  uint64_t looked_at = stats().net_output_bytes;
  size_t unlooked = 0;
  while (Session* session = executor().dirty().take()) {
    auto* const connection = static_cast<Connection*>(session);
    connection->flush();
    if (!connection->closed()) engine_.client_eviction.note(*connection);
    if (++unlooked < kClientsPerLook && stats().net_output_bytes - looked_at < kBytesPerLook) continue;
    unlooked = 0;
    looked_at = stats().net_output_bytes;
    if (loop_.clock().monotonic_us() >= end_us) break;
  }
  executor().dirty().carry_over(&executor().turn_buffer());
  return !executor().dirty().empty();
}

bool ClientTable::free_some() {
  for (size_t i = 0; i < kDeadPerSlice && !dead_.empty(); ++i) {
    leftovers_.add(dead_.back()->take_held());
    dead_.pop_back();
  }
  const bool more_output = executor().output_pool().free_some();
  return leftovers_.free_some() || more_output || !dead_.empty();
}

UniqueFd ClientTable::forget(Connection& connection) {
  const auto index = static_cast<size_t>(connection.fd);
  loop_.remove(connection.fd);
  executor().forget(connection);
  output_limits_.forget(connection.id);
  engine_.sessions.remove(connection.id);
  dead_.push_back(std::move(by_fd_[index]));
  return connection.take_socket();
}

void ClientTable::close(Connection& connection) {
  if (connection.closed()) return;
  loop_.close_later(forget(connection));
}

void ClientTable::apply_output_limits(const Settings& now) {
  output_limits_.apply(now.client_output_buffer_limit);
  executor().set_output_limits(output_limits_.hard(OutputClass::kNormal),
                               output_limits_.hard(OutputClass::kPubsub));
}

bool ClientTable::close_if_over_output_limit(Connection& connection) {
  const OutputClass of = connection.listens() ? OutputClass::kPubsub : OutputClass::kNormal;
  if (!output_limits_.exceeded(connection.id, of, connection.output->memory_bytes())) return false;
  close_over_output_limit(connection);
  return true;
}

void ClientTable::close_over_output_limit(Connection& connection) {
  ++stats().output_limit_disconnections;
  log_warning("Client %s closed for overcoming of output buffer limits.", line_of(connection).c_str());
  close(connection);
}

void ClientTable::recheck_output(uint64_t id) {
  Session* const session = engine_.sessions.find(id);
  if (session == nullptr || session->output == nullptr) return output_limits_.forget(id);
  close_if_over_output_limit(static_cast<Connection&>(*session));
}

void ClientTable::say_farewell(Connection& connection) {
  if (connection.closed()) return;
  if (connection.input_ended()) return close(connection);
  farewell_.add(forget(connection));
}

void ClientTable::begin_idle_check() {
  idle_left_ = by_fd_.empty() ? 0 : by_fd_.size() / kIdleSlices + 1;
}

void ClientTable::close_idle() {
  const int64_t limit_us = settings().timeout_s * 1'000'000;
  if (limit_us == 0) idle_left_ = 0;
  const int64_t now_us = loop_.clock().monotonic_us();
  const int64_t end_us = loop_.slice_end_us(now_us, kIdleUs);
  for (size_t looked = 1, closed = 0; idle_left_ != 0; --idle_left_, ++looked) {
    idle_cursor_ = idle_cursor_ + 1 < by_fd_.size() ? idle_cursor_ + 1 : 0;
    Connection* const connection = by_fd_[idle_cursor_].get();
    // Who waits or listens is quiet by nature.
    if (connection != nullptr && !connection->waits() && !connection->listens() &&
        now_us - connection->last_active_us > limit_us) {
      log_verbose("Closing idle client");
      close(*connection);
      ++closed;
    }
    if (looked < kIdlePerLook && closed < kIdleClosedPerLook) continue;
    looked = closed = 0;
    if (loop_.clock().monotonic_us() >= end_us) return;
  }
}

void ClientTable::close_all() {
  for (std::unique_ptr<Connection>& connection : by_fd_) {
    if (connection != nullptr) forget(*connection).reset();
  }
  dead_.clear();
}

std::string ClientTable::address_of(const Session& session) const {
  return session.peer.to_string(engine_.sessions.unix_path);
}

std::string ClientTable::line_of(const Session& session) const {
  std::string line;
  append_client_line(engine_, session, &line);
  line.pop_back();
  return line;
}

void ClientTable::end_run() {
  clear_crash_context();
  const Command* const command = executor().take_long_command();
  if (command != nullptr) [[unlikely]]
    loop_.note_work(command->full_name.c_str());
}

}  // namespace aerie

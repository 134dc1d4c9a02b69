// SPDX-License-Identifier: BSD-3-Clause
//
// All connections of the server, by descriptor, and what they share: the buffer that requests are read and
// parsed in, what was read and waits to run, and the write phase. Owns the connections; one that is closed
// leaves every index at once, and is destroyed between turns, since its own functions may still be on the
// stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aerie/engine/endpoint.h"
#include "aerie/engine/engine.h"
#include "aerie/event/event_loop.h"
#include "aerie/resp/request_parser.h"
#include "server/arrivals.h"
#include "server/connection.h"
#include "server/farewell.h"
#include "server/leftovers.h"
#include "server/output_limits.h"

namespace aerie {

class ClientTable {
 public:
  // Bytes read at a time, and of an unfinished request that is parsed again together with what comes next.
  static constexpr size_t kReadBytes = size_t{64} * 1024;
  static constexpr size_t kMaxPrefix = size_t{4} * 1024;
  // Requests parsed and run at a time; between two slices the clock is looked at.
  static constexpr size_t kSlice = 128;

  ClientTable(EventLoop& loop, Engine& engine);
  ClientTable(const ClientTable&) = delete;
  ClientTable& operator=(const ClientTable&) = delete;
  ~ClientTable();

  // A client that was just accepted; it may be refused (maxclients, protected mode).
  void admit(UniqueFd socket, const Endpoint& peer, const Endpoint& local);
  size_t size() const { return engine_.sessions.size(); }

  // Runs what was read and waits, in the order in which it came; what would make the turn long is kept for
  // the next one. The server calls it at the end of the ready phase, so that nothing waits beyond it.
  void run_arrivals();
  // The write phase of a turn: one write for every client that has something to send, within a slice of time
  // that begins at `now_us`. True when some have to wait for the next turn.
  bool write_all(int64_t now_us);
  // The timeout option: a tenth of the table is due to be looked at.
  void begin_idle_check();
  bool idle_check_left() const { return idle_left_ != 0; }
  // Closes those of them that were idle for too long, within a slice of time.
  void close_idle();
  // The client-output-buffer-limit option; clients are judged by it from their next command or write on.
  void apply_output_limits(const Settings& now);
  // Gives up sockets that are only being said goodbye to. Returns whether that freed a descriptor.
  bool free_descriptors() { return farewell_.cut_short(); }
  // Frees a slice of what clients that are gone left behind. Returns whether any is left. REQUIRES: no client
  // is being served.
  bool free_some();
  bool any_to_free() const {
    return !dead_.empty() || leftovers_.any() || engine_.executor.output_pool().any_to_free();
  }
  // Bytes of input that wait for that.
  size_t input_to_be_freed() const { return leftovers_.bytes(); }
  // Closes at once, at the end of the process.
  void close_all();

  // ---- for Connection ----
  EventLoop& loop() { return loop_; }
  Executor& executor() { return engine_.executor; }
  Stats& stats() { return engine_.stats; }
  const Settings& settings() const { return engine_.settings(); }
  uint64_t config_changes() const { return engine_.config.changes(); }
  RequestBatch& batch() { return batch_; }
  // kReadBytes of room, with kMaxPrefix of room in front when there is no arrival.
  char* read_place() { return read_buffer_.get() + kMaxPrefix + arrivals_.input_bytes(); }
  bool any_arrivals() const { return !arrivals_.all().empty(); }
  // Parses what was read to read_place(), looks at its first request, and lets it wait for run_arrivals(),
  // which is called at once when no more can wait.
  void add_arrival(Connection& connection, std::string_view input);
  ParserLimits parser_limits(const Session& session) const {
    const Settings& now = settings();
    ParserLimits limits;
    limits.max_bulk_bytes = now.proto_max_bulk_len;
    limits.unauthenticated = engine_.executor.needs_authentication(session);
    return limits;
  }
  std::string address_of(const Session& session) const;
  // Its line of CLIENT LIST, for the log.
  std::string line_of(const Session& session) const;
  // Large things that no client needs any more.
  // What the connection holds of its input.
  void note_input_of(Session& session, size_t bytes) {
    engine_.sessions.set_input_bytes(session, bytes);
    engine_.client_eviction.note(session);
  }
  Leftovers& leftovers() { return leftovers_; }
  void close(Connection& connection);
  // Closes a client that has left too much output unread; returns whether. REQUIRES: it has output, settled.
  bool close_if_over_output_limit(Connection& connection);
  // REQUIRES: it has output.
  void close_over_output_limit(Connection& connection);
  // All output of the client is sent.
  void output_sent(const Connection& connection) { output_limits_.forget(connection.id); }
  // Closes a client whose last reply is sent, such that it arrives.
  void say_farewell(Connection& connection);
  // Requests of a client have run, for which set_crash_context() was called.
  void end_run();

 private:
  void recheck_output(uint64_t id);
  void refuse(UniqueFd socket, std::string_view error);
  UniqueFd forget(Connection& connection);

  EventLoop& loop_;
  Engine& engine_;
  Farewell farewell_;
  Leftovers leftovers_;
  OutputLimits output_limits_;
  RequestBatch batch_;
  Arrivals arrivals_;
  std::unique_ptr<char[]> read_buffer_;
  std::vector<std::unique_ptr<Connection>> by_fd_;
  std::vector<std::unique_ptr<Connection>> dead_;
  size_t idle_cursor_ = 0;
  size_t idle_left_ = 0;  // places of by_fd_ that the check under way has to look at
};

}  // namespace aerie

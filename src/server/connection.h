// SPDX-License-Identifier: BSD-3-Clause
//
// One client: its socket and its session. It reads requests, hands them to the executor, and sends what
// gathers in the session's output. Everything that most clients do not need at a given moment (held input,
// output) is allocated on demand: an idle connection is this object and nothing else.
//
// The rule against stalls: a client that has work to do is on the loop's ready list, or an edge will come. So
// whenever the socket may hold bytes that no edge will announce (`unread_`), or held requests could run, it
// requeues itself. Made, owned and destroyed by ClientTable; destroyed only between turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "aerie/base/sys.h"
#include "aerie/base/unique_fd.h"
#include "aerie/engine/session.h"
#include "aerie/event/io_handler.h"
#include "server/held_input.h"

namespace aerie {

struct Arrival;
class ClientTable;

class Connection final : public Session, public IoHandler {
 public:
  Connection(ClientTable& clients, UniqueFd socket, uint64_t client_id, int64_t now_us);
  ~Connection();

  // The other side is gone, or is done sending: from now on input is read to its end.
  void on_hangup() override;
  void on_ready(IoEvents events) override;
  // Runs what was read of this client a moment ago, or keeps it for the next turn, in front of all others.
  void run_arrival(const Arrival& arrival);
  void keep_arrival(const Arrival& arrival);

  // The write phase: sends what the kernel takes, closes when that was wished, requeues what can go on.
  void flush();

  // Nothing may be called any more.
  bool closed() const { return !socket_.valid(); }
  UniqueFd take_socket() { return std::move(socket_); }
  // What is left of its input. REQUIRES: closed().
  std::unique_ptr<HeldInput> take_held() { return std::move(held_); }
  // The peer's end of input was read: nothing more can come.
  bool input_ended() const { return input_ended_; }

 private:
  // What became of a run of input bytes.
  struct RunResult {
    size_t consumed = 0;
    bool runnable = false;  // the rest may begin with a whole request
    size_t missing = 0;     // of an unfinished one: at least so many bytes
  };

  // What a read of less than was asked for says.
  enum class ShortRead : uint8_t {
    kEmptied,  // the kernel has no more, and an edge will announce what comes later
    kUrgent,   // nothing: in front of urgent data the kernel gives less than it has
    kHungUp,   // nothing: the peer is gone, and no edge announces the end
  };

  bool leaving() const { return close_now || close_after_reply; }
  // Its requests are not run for now: too much output waits, or a command of its own does.
  bool stalled() const;
  bool can_read() const;
  bool has_runnable() const { return held_ != nullptr && (held_->runnable || held_->assembled); }
  bool wants_turn() const;

  // Reads, and runs what can run. False when what was read waits among the arrivals: the rest comes then.
  bool serve();
  // What is left to do for this turn behind that: close, or ask for another turn.
  void end_service();
  void serve_held();
  void run_held();
  // Reads once into the shared buffer. What was read joins the arrivals (then: false), or, when it continues
  // the little that is held, runs at once.
  bool receive();
  // Output is full: keeps reading all the same, so that a client that writes before it reads is not locked
  // up.
  void read_ahead();
  // Books the outcome of a read of `asked` bytes; false when there is nothing to look at.
  bool note_read(sys::IoResult got, size_t asked);
  // Runs what is complete and holds the rest. `arrival`: what the parser found in the beginning.
  void take(std::string_view input, const Arrival* arrival = nullptr);
  RunResult run(std::string_view input, const Arrival* arrival = nullptr);
  void hold(std::string_view rest, const RunResult& result);

  // Large requests (connection_assembly.cc).
  static bool is_large(size_t arrived, size_t missing);
  void begin_assembly(std::string_view rest);
  void assemble();
  // The same with bytes that were read ahead.
  void assemble_held();
  // Closes when the request in the making holds more than client-query-buffer-limit.
  bool close_if_too_large();
  sys::IoResult read_into_assembler(RequestAssembler& assembler, size_t budget, AssemblyStatus* status,
                                    std::string_view* rest);
  // Goes on behind a finished step of the assembler with the bytes it did not take; false: no more reading
  // now.
  bool after_assembly(AssemblyStatus status, std::string_view rest);
  void run_assembled();

  void end_input();
  void fail(std::string_view error);
  void send_pending();
  void close();

  ClientTable& clients_;
  std::unique_ptr<HeldInput> held_;
  UniqueFd socket_;
  bool unread_ = false;  // the socket may hold bytes that no edge will announce
  ShortRead short_read_ = ShortRead::kEmptied;
  bool input_ended_ = false;  // it was read
  bool blocked_ = false;      // the kernel takes no more output until a writable edge
};

}  // namespace aerie

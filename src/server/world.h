// SPDX-License-Identifier: BSD-3-Clause
//
// Everything that a running server consists of, in the order in which it is built; it goes in reverse. Its
// functions are the phases of a turn and the effects of options outside of the engine. Private to Server.
#pragma once

#include <cstdint>
#include <memory>

#include "aerie/base/clock.h"
#include "aerie/engine/engine.h"
#include "aerie/event/event_loop.h"
#include "aerie/event/signal_watcher.h"
#include "aerie/server/server.h"
#include "server/acceptor.h"
#include "server/client_table.h"
#include "server/long_turns.h"
#include "server/oom_score.h"

namespace aerie {

// Monotonic time of the system; wall time likewise. One for the process, so that the loop may be made before
// the world.
class Server::World {
 public:
  World(Config& config, const SystemClock& clock, std::unique_ptr<EventLoop> loop,
        const ServerIdentity& identity);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  // The users of redis.conf or of the ACL file: before anybody can connect.
  Status load_users() { return engine_.access.load_at_start(); }
  Status listen();
  Status watch_signals();
  void run();
  EventLoop& loop() { return *loop_; }
  int tcp_port() const { return acceptor_.tcp_port(); }

 private:
  void set_phases();
  void set_option_hooks();

  // Phases of a turn.
  void begin_turn();
  void write_phase();
  void expire_slice();
  void evict_slice();
  void plan_expiry();
  void end_waits();
  void look_through_slice();
  void invalidate_slice();
  void plan_end_of_waits();
  // Frees a little; returns whether any is left.
  bool free_step();
  void free_slice();

  // Effects of options.
  Status apply_listening(const Settings& settings, const char* failure);
  Status apply_maxclients(const Settings& settings);
  void apply_timeout(const Settings& settings);
  void apply_title(const Settings& settings);

  void end_by_signal(int signal);
  void shut_down();
  void fill_facts(ServerFacts* facts) const;

  Config& config_;
  const SystemClock& clock_;
  const ServerIdentity identity_;
  std::unique_ptr<EventLoop> loop_;
  Engine engine_;
  ClientTable clients_;
  Acceptor acceptor_;
  LongTurns long_turns_;
  OomScore oom_score_;
  Timer expiry_timer_;
  Timer wait_timer_;
  Timer idle_timer_;
  std::unique_ptr<SignalWatcher> signals_;
  Settings listening_;  // as the listeners were opened
  int64_t planned_expiry_ms_ = 0;
  int64_t planned_end_of_wait_us_ = 0;
  bool more_to_expire_ = false;
  bool more_waits_due_ = false;
  uint64_t stat_resets_ = 0;  // as of the last turn
};

}  // namespace aerie

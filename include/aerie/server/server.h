// SPDX-License-Identifier: BSD-3-Clause
//
// The server: an engine behind sockets, driven by one event loop. Builds its world in member order, listens,
// and runs the fixed phases of each turn until SHUTDOWN, a signal or stop(). Knows no command and no option
// by name except those whose change has effects outside of the engine (port, bind, maxclients, ...). The
// process around it (command line, daemon, log file) is not its business: src/server/startup.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "aerie/base/result.h"

namespace aerie {

class Config;
class EventLoop;

// Facts about the process: INFO prints the first two.
struct ServerIdentity {
  std::string executable;
  std::string config_file;
  std::string program = {};  // as it was called
};

class Server {
 public:
  // Opens the poller and all listening sockets. `config` is loaded and outlives the server; its apply hooks
  // are taken over until the server dies. The error is what start-up prints before it gives up.
  static Result<std::unique_ptr<Server>> create(Config& config, const ServerIdentity& identity);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // SIGTERM and SIGINT end run() after the command that runs; a SIGINT behind one of them ends the process at
  // once. Once per process.
  Status watch_signals();

  // Serves until the end is wished for, then closes everything.
  void run();
  // From any thread: ends run() after the current turn.
  void stop();

  // The port of the first TCP listener; 0 without one.
  int tcp_port() const;
  EventLoop& loop();

 private:
  class World;
  explicit Server(std::unique_ptr<World> world);

  std::unique_ptr<World> world_;
};

}  // namespace aerie

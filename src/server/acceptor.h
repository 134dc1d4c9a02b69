// SPDX-License-Identifier: BSD-3-Clause
//
// The listening sockets: opened from the bind, port and unixsocket options, accepted from in slices, so that
// a storm of connections does not keep the clients waiting that are there already. When the process has no
// descriptor left, accepting pauses instead of spinning, and goes on when a client has left or a moment has
// passed. Options of accepted sockets (no delay, keep-alive) are set on the listener, from which they are
// inherited.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aerie/base/result.h"
#include "aerie/engine/endpoint.h"
#include "aerie/engine/settings.h"
#include "aerie/event/event_loop.h"
#include "server/client_table.h"
#include "server/socket_address.h"

namespace aerie {

class Acceptor {
 public:
  // Both outlive this object.
  Acceptor(EventLoop& loop, ClientTable& clients);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();

  // Listens on settings.bind and settings.port instead of what was listened on before; port 0: on nothing. On
  // failure nothing is listened on. Logs what could not be opened.
  Status listen_tcp(const Settings& settings);
  // Listens on settings.unixsocket, with settings.unixsocketperm from the first moment on.
  Status listen_unix(const Settings& settings);
  // Applies the tcp-keepalive option to connections accepted from now on.
  void apply_keepalive(const Settings& settings);
  // Stops listening; removes the file of the unix socket.
  void close_all();

  size_t listener_count() const { return tcp_.size() + (unix_ == nullptr ? 0 : 1); }
  // The port of the first TCP listener, also when the option said "any" (tests); 0 without one.
  int tcp_port() const;

 private:
  class Listener;

  static constexpr int kAcceptsPerSlice = 32;
  static constexpr int64_t kPauseMs = 100;

  Result<UniqueFd> open_tcp(const SocketAddress& address, const Settings& settings);
  Status listen_address(const Result<SocketAddress>& address, const Settings& settings);
  Status listen_word(const std::string& word, const Settings& settings);
  Status watch(UniqueFd fd, bool is_unix, std::vector<std::unique_ptr<Listener>>* out);
  void accept_some(Listener& listener);
  // Returns false when the slice is over.
  bool accept_one(Listener& listener);
  void pause(int error);
  void resume();

  EventLoop& loop_;
  ClientTable& clients_;
  Timer pause_timer_;
  std::vector<std::unique_ptr<Listener>> tcp_;
  std::unique_ptr<Listener> unix_;
  std::string unix_path_;
  int64_t last_complaint_us_ = 0;
};

}  // namespace aerie

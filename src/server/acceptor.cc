// SPDX-License-Identifier: BSD-3-Clause
//
// Acceptor: opening listeners (addresses, unix socket and its permissions) and accepting from them, a slice
// of connections per turn so that a storm of newcomers holds nobody up. What becomes of an accepted socket is
// decided by ClientTable::admit.
#include "server/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "aerie/base/log.h"

namespace aerie {

namespace {

// The system has no such protocol: never a reason not to start.
bool means_unsupported(int error) {
  return error == ENOPROTOOPT || error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT ||
         error == EPFNOSUPPORT || error == EAFNOSUPPORT;
}

// The connection that would have been accepted is gone; the next one may be well.
bool concerns_one_client(int error) {
  return error == ECONNABORTED || error == EPROTO || error == EPERM || error == ENETDOWN ||
         error == ENETUNREACH || error == EHOSTDOWN || error == EHOSTUNREACH;
}

void set_keepalive(int fd, int64_t interval_s) {
  sys::set_socket_option(fd, SOL_SOCKET, SO_KEEPALIVE, interval_s > 0 ? 1 : 0);
  if (interval_s <= 0) return;
  const int idle_s = static_cast<int>(interval_s > 32767 ? 32767 : interval_s);
#if defined(TCP_KEEPIDLE)
  sys::set_socket_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
#endif
#if defined(TCP_KEEPINTVL)
  sys::set_socket_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, idle_s / 3 > 0 ? idle_s / 3 : 1);
  sys::set_socket_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
#endif
}

Endpoint local_endpoint(int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (!sys::get_socket_name(fd, address.get(), &address.size).ok()) return Endpoint{};
  return endpoint_of(address);
}

}  // namespace

class Acceptor::Listener final : public IoHandler {
 public:
  Listener(Acceptor& owner, UniqueFd fd, bool is_unix)
      : owner_(owner), fd_(std::move(fd)), is_unix_(is_unix) {}
  ~Listener() { owner_.loop_.remove(fd_.get()); }

  void on_ready(IoEvents) override { owner_.accept_some(*this); }
  int fd() const { return fd_.get(); }
  bool is_unix() const { return is_unix_; }

 private:
  Acceptor& owner_;
  UniqueFd fd_;
  bool is_unix_;
};

Acceptor::Acceptor(EventLoop& loop, ClientTable& clients)
    : loop_(loop), clients_(clients), pause_timer_([this] { resume(); }) {}

Acceptor::~Acceptor() {
  close_all();
}

Status Acceptor::listen_tcp(const Settings& settings) {
  // The old ones first: the new addresses may overlap with theirs.
  tcp_.clear();
  if (settings.port == 0) return {};
  for (const std::string& word : settings.bind) {
    const Status opened = listen_word(word, settings);
    if (opened.ok()) continue;
    tcp_.clear();
    return opened;
  }
  return {};
}

Status Acceptor::listen_word(const std::string& word, const Settings& settings) {
  const bool optional = word.starts_with('-');
  const std::string name = optional ? word.substr(1) : word;
  const int port = static_cast<int>(settings.port);
  const Status listening = listen_address(resolve_bind_address(name, port), settings);
  if (listening.ok()) return {};
  const Error& failure = listening.error();
  log_warning("Warning: Could not create server TCP listening socket %s:%d: %s", escape_for_log(name).c_str(),
              port, failure.message().c_str());
  if (means_unsupported(failure.code) || (optional && failure.code == EADDRNOTAVAIL)) return {};
  return failure;
}

Status Acceptor::listen_address(const Result<SocketAddress>& address, const Settings& settings) {
  if (!address.ok()) return address.error();
  Result<UniqueFd> opened = open_tcp(address.value(), settings);
  if (!opened.ok()) return opened.error();
  return watch(std::move(opened).value(), false, &tcp_);
}

Result<UniqueFd> Acceptor::open_tcp(const SocketAddress& address, const Settings& settings) {
  const sys::SysResult made = sys::socket(address.family(), SOCK_STREAM, 0);
  if (!made.ok()) return Error{made.error, "socket"};
  UniqueFd fd(made.value);
  sys::set_socket_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.family() == AF_INET6) sys::set_socket_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  sys::set_socket_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_keepalive(fd.get(), settings.tcp_keepalive_s);
  if (const auto bound = sys::bind(fd.get(), address.get(), address.size); !bound.ok()) {
    return Error{bound.error, "bind"};
  }
  if (const auto heard = sys::listen(fd.get(), static_cast<int>(settings.tcp_backlog)); !heard.ok()) {
    return Error{heard.error, "listen"};
  }
  return fd;
}

Status Acceptor::listen_unix(const Settings& settings) {
  const Result<SocketAddress> address = unix_socket_address(settings.unixsocket);
  if (!address.ok()) return address.error();
  const sys::SysResult made = sys::socket(AF_UNIX, SOCK_STREAM, 0);
  if (!made.ok()) return Error{made.error, "socket"};
  UniqueFd fd(made.value);
  sys::unlink(settings.unixsocket.c_str());
  // The mask makes bind create the file with its final permissions: there is no moment in which it is wider
  // open.
  const auto permissions = static_cast<unsigned>(settings.unixsocketperm) & 0777u;
  const bool masked = permissions != 0;
  const unsigned old_mask = masked ? static_cast<unsigned>(sys::umask(~permissions & 0777u).value) : 0;
  const sys::SysResult bound = sys::bind(fd.get(), address.value().get(), address.value().size);
  if (masked) sys::umask(old_mask);
  if (!bound.ok()) return Error{bound.error, "bind " + settings.unixsocket};
  const sys::SysResult heard = sys::listen(fd.get(), static_cast<int>(settings.tcp_backlog));
  if (!heard.ok()) return Error{heard.error, "listen " + settings.unixsocket};
  std::vector<std::unique_ptr<Listener>> watched;
  const Status added = watch(std::move(fd), true, &watched);
  if (!added.ok()) return added;
  unix_ = std::move(watched.front());
  unix_path_ = settings.unixsocket;
  return {};
}

Status Acceptor::watch(UniqueFd fd, bool is_unix, std::vector<std::unique_ptr<Listener>>* out) {
  const int number = fd.get();
  sys::set_nonblocking(number, true);
  auto listener = std::make_unique<Listener>(*this, std::move(fd), is_unix);
  const Status added = loop_.add(number, listener.get());
  if (!added.ok()) return added;
  out->push_back(std::move(listener));
  return {};
}

void Acceptor::apply_keepalive(const Settings& settings) {
  for (const auto& listener : tcp_) set_keepalive(listener->fd(), settings.tcp_keepalive_s);
}

void Acceptor::close_all() {
  loop_.cancel(pause_timer_);
  tcp_.clear();
  if (unix_ == nullptr) return;
  unix_.reset();
  log_notice("Removing the unix socket file.");
  sys::unlink(unix_path_.c_str());
}

int Acceptor::tcp_port() const {
  return tcp_.empty() ? 0 : local_endpoint(tcp_.front()->fd()).port;
}

void Acceptor::accept_some(Listener& listener) {
  if (pause_timer_.armed()) return;
  for (int i = 0; i < kAcceptsPerSlice; ++i) {
    if (!accept_one(listener)) return;
  }
  loop_.requeue(listener.fd());
}

bool Acceptor::accept_one(Listener& listener) {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  const sys::SysResult accepted = sys::accept(listener.fd(), peer.get(), &peer.size);
  if (!accepted.ok()) {
    if (accepted.would_block()) return false;
    if (concerns_one_client(accepted.error)) return true;
    pause(accepted.error);
    return false;
  }
  Endpoint from = endpoint_of(peer);
  // A unix socket's client has no name of its own, and the kernel may report no family for it.
  if (listener.is_unix()) from.family = Endpoint::Family::kUnix;
  const Endpoint to = listener.is_unix() ? from : local_endpoint(accepted.value);
  clients_.admit(UniqueFd(accepted.value), from, to);
  return true;
}

void Acceptor::pause(int error) {
  const int64_t now_us = loop_.now_us();
  if (last_complaint_us_ == 0 || now_us - last_complaint_us_ > 1'000'000) {
    last_complaint_us_ = now_us;
    log_warning("Error accepting a client connection: %s", std::strerror(error));
  }
  // What is given up now is closed at the end of this turn.
  loop_.arm(pause_timer_, clients_.free_descriptors() ? 1 : kPauseMs);
}

void Acceptor::resume() {
  for (const auto& listener : tcp_) loop_.requeue(listener->fd());
  if (unix_ != nullptr) loop_.requeue(unix_->fd());
}

}  // namespace aerie

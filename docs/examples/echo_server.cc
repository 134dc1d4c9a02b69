// SPDX-License-Identifier: BSD-3-Clause
//
// An echo server on the reactor library, with nothing else of Aerie: a listener and one handler per
// connection.
//
//   event_echo_server            serves on a free port of 127.0.0.1 and prints it
//   event_echo_server --demo     starts three clients in a thread, prints what came back, ends
//
// What to look at: nothing is registered twice, output that does not fit waits for the next "writable", a
// connection is closed by close_later, and input left over comes back through requeue.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "aerie/base/sys.h"
#include "aerie/event/event_loop.h"

namespace {

using namespace aerie;

class EchoServer;

class Connection final : public IoHandler {
 public:
  Connection(EchoServer& server, UniqueFd fd) : server_(server), fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  UniqueFd take_fd() { return std::move(fd_); }
  void on_ready(IoEvents events) override;

 private:
  bool flush();

  EchoServer& server_;
  UniqueFd fd_;
  std::string unsent_;
};

class EchoServer final : public IoHandler {
 public:
  explicit EchoServer(EventLoop& loop) : loop_(loop) {}

  // Gives the port.
  int start() {
    listener_.reset(sys::socket(AF_INET, SOCK_STREAM, 0).value);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unsigned size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool ready =
        sys::bind(listener_.get(), generic, size).ok() && sys::listen(listener_.get(), 128).ok() &&
        sys::get_socket_name(listener_.get(), generic, &size).ok() &&
        sys::set_nonblocking(listener_.get(), true).ok() && loop_.add(listener_.get(), this).ok();
    if (!ready) std::abort();
    return ntohs(address.sin_port);
  }

  // The listener is ready: accept until the kernel has no more. Edges are not repeated.
  void on_ready(IoEvents) override {
    for (int slice = 0; slice < 64; ++slice) {
      const sys::SysResult accepted = sys::accept(listener_.get(), nullptr, nullptr);
      if (!accepted.ok()) return;
      auto connection = std::make_unique<Connection>(*this, UniqueFd(accepted.value));
      if (!loop_.add(accepted.value, connection.get()).ok()) continue;
      connections_[accepted.value] = std::move(connection);
    }
    loop_.requeue(listener_.get());  // more of them in the next turn
  }

  // The handler dies here; the descriptor at the end of the turn.
  void drop(Connection& connection) {
    const int number = connection.fd();
    loop_.close_later(connection.take_fd());
    connections_.erase(number);
  }

  EventLoop& loop() { return loop_; }

 private:
  EventLoop& loop_;
  UniqueFd listener_;
  std::map<int, std::unique_ptr<Connection>> connections_;
};

void Connection::on_ready(IoEvents events) {
  if (events.writable && !flush()) return server_.drop(*this);
  if (!events.readable || !unsent_.empty()) return;  // a client that does not read is not read from
  char buffer[16 * 1024];
  const sys::IoResult got = sys::recv(fd_.get(), buffer, sizeof buffer);
  if (got.would_block()) return;
  if (!got.ok() || got.n == 0) return server_.drop(*this);
  unsent_.assign(buffer, static_cast<size_t>(got.n));
  if (!flush()) return server_.drop(*this);
  // One buffer per turn keeps the loop fair; the rest is read in the next turn.
  server_.loop().requeue(fd_.get());
}

// False when the connection is broken.
bool Connection::flush() {
  while (!unsent_.empty()) {
    const sys::IoResult sent = sys::send(fd_.get(), unsent_.data(), unsent_.size());
    if (sent.would_block()) return true;  // "writable" will be reported
    if (!sent.ok()) return false;
    unsent_.erase(0, static_cast<size_t>(sent.n));
    if (unsent_.empty()) server_.loop().requeue(fd_.get());
  }
  return true;
}

// A blocking client in a thread of its own: sends, half-closes, reads to the end.
std::string ask(int port, const std::string& text) {
  UniqueFd fd(sys::socket(AF_INET, SOCK_STREAM, 0).value);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!sys::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address).ok()) return "";
  std::thread sender([&] {
    for (size_t sent = 0; sent < text.size();) {
      const sys::IoResult n = sys::send(fd.get(), text.data() + sent, text.size() - sent);
      if (!n.ok()) break;
      sent += static_cast<size_t>(n.n);
    }
    sys::shutdown(fd.get(), SHUT_WR);
  });
  std::string back;
  char buffer[4096];
  for (;;) {
    const sys::IoResult n = sys::recv(fd.get(), buffer, sizeof buffer);
    if (!n.ok() || n.n == 0) break;
    back.append(buffer, static_cast<size_t>(n.n));
  }
  sender.join();
  return back;
}

}  // namespace

int main(int argc, char** argv) {
  SystemClock clock;
  auto loop = EventLoop::create(clock);
  if (!loop.ok()) return std::fprintf(stderr, "%s\n", loop.error().message().c_str()), 1;
  EchoServer server(*loop.value());
  const int port = server.start();
  if (argc < 2 || std::strcmp(argv[1], "--demo") != 0) {
    std::printf("echo server on 127.0.0.1:%d\n", port);
    std::fflush(stdout);
    loop.value()->run();
    return 0;
  }
  std::thread clients([&] {
    std::printf("short: %s\n", ask(port, "hello, reactor").c_str());
    std::printf("empty: %zu bytes\n", ask(port, "").size());
    const std::string megabytes(8 << 20, 'x');
    std::printf("8 MB: %s\n", ask(port, megabytes) == megabytes ? "came back whole" : "broken");
    loop.value()->stop();
  });
  loop.value()->run();
  clients.join();
}

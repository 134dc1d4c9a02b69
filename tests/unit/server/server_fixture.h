// SPDX-License-Identifier: BSD-3-Clause
//
// A Server that runs on a thread of the test, and plain blocking sockets to talk to it. In process, so that
// system calls of the server can be made to fail (aerie/base/sys.h); the test's own sockets do not go through
// that layer.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "aerie/base/log.h"
#include "aerie/base/sys.h"
#include "aerie/engine/config.h"
#include "aerie/server/server.h"

namespace aerie {

// A client socket; every wait ends after a while, so a server that stalls fails the test.
class TestSocket {
 public:
  explicit TestSocket(int fd) : fd_(fd) {
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  TestSocket(TestSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~TestSocket() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Closes with a reset instead of an orderly end.
  void reset_connection() {
    const linger abort_it{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    close();
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  // False when the peer is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  // The last byte is marked as urgent.
  bool send_urgent(std::string_view bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_OOB) == static_cast<ssize_t>(bytes.size());
  }
  // Up to `size` bytes; fewer when the peer closes or stalls.
  std::string receive(size_t size) {
    std::string out(size, '\0');
    size_t got = 0;
    while (got < size) {
      const ssize_t n = ::recv(fd_, out.data() + got, size - got, 0);
      if (n <= 0) break;
      got += static_cast<size_t>(n);
    }
    out.resize(got);
    return out;
  }
  // Whether something can be received, or the peer's end was.
  bool readable() {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }
  // All bytes up to the peer's end; "<stalled>" or "<reset>" is appended when it did not end in order.
  std::string receive_all() {
    std::string out;
    char buffer[64 * 1024];
    for (;;) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n == 0) return out;
      if (n < 0) return out + (errno == ECONNRESET ? "<reset>" : "<stalled>");
      out.append(buffer, static_cast<size_t>(n));
    }
  }
  // Sends a request and expects exactly this reply.
  void expect(std::string_view request, std::string_view reply) {
    ASSERT_TRUE(send(request));
    EXPECT_EQ(receive(reply.size()), reply);
  }

 private:
  int fd_;
};

inline int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

class ServerFixture : public testing::Test {
 protected:
  ServerFixture() {
    log_set_level(LogLevel::kNothing);
    load("port", std::to_string(free_port()));
    load("bind", "127.0.0.1");
  }
  ~ServerFixture() override {
    sys::clear_faults();
    stop();
  }

  void load(const std::string& option, const std::string& value) {
    const std::string values[] = {value};
    const Status loaded = config_.load(option, values);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  }
  void start() {
    Result<std::unique_ptr<Server>> made = Server::create(config_, identity_);
    ASSERT_TRUE(made.ok()) << made.error().message();
    server_ = std::move(made).value();
    port_ = server_->tcp_port();
    thread_ = std::thread([this] { server_->run(); });
  }
  void stop() {
    if (server_ == nullptr) return;
    server_->stop();
    join();
  }
  // Waits for run() to return by itself.
  void join() {
    thread_.join();
    server_.reset();
  }

  static int try_connect(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
  }
  TestSocket connect() {
    const int fd = try_connect(port_);
    EXPECT_GE(fd, 0) << "cannot connect to port " << port_;
    return TestSocket(fd);
  }
  static TestSocket connect_unix(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return TestSocket(fd);
  }

  Config config_;
  ServerIdentity identity_{"aerie-server", ""};
  std::unique_ptr<Server> server_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The test client's socket work: a non-blocking socket and
// poll(2) with deadlines, so that no test can hang.
#include "support/resp_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("test client: " + what);
}

[[noreturn]] void fail_errno(const std::string& what) {
  fail(what + ": " + std::strerror(errno));
}

void set_nonblocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

std::string encode_request(const Words& words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
  return out;
}

RespClient RespClient::tcp(uint16_t port, int receive_buffer) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_errno("socket");
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    fail_errno("connect to port " + std::to_string(port));
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set_nonblocking(fd);
  return RespClient(fd);
}

RespClient RespClient::unix_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("unix socket path too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_errno("socket");
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    fail_errno("connect to " + path);
  }
  set_nonblocking(fd);
  return RespClient(fd);
}

RespClient::RespClient(RespClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      ended_(other.ended_),
      timeout_(other.timeout_),
      input_(std::move(other.input_)),
      parser_(std::move(other.parser_)) {}

RespClient& RespClient::operator=(RespClient&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    ended_ = other.ended_;
    timeout_ = other.timeout_;
    input_ = std::move(other.input_);
    parser_ = std::move(other.parser_);
  }
  return *this;
}

RespClient::~RespClient() {
  close();
}

void RespClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RespClient::half_close() {
  shutdown(fd_, SHUT_WR);
}

void RespClient::reset_connection() {
  linger no_linger{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &no_linger, sizeof no_linger);
  close();
}

uint16_t RespClient::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

short RespClient::wait(short events, steady_clock::time_point deadline) const {
  pollfd entry{fd_, events, 0};
  while (true) {
    auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    int ready = poll(&entry, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) fail_errno("poll");
    return ready == 0 ? short{0} : entry.revents;
  }
}

void RespClient::receive(size_t max) {
  char chunk[1 << 16];
  while (!ended_ && max > 0) {
    ssize_t n = ::read(fd_, chunk, std::min(sizeof chunk, max));
    if (n > 0) {
      input_.append(chunk, static_cast<size_t>(n));
      max -= static_cast<size_t>(n);
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return;
    } else if (n == 0 || errno == ECONNRESET || errno == EPIPE) {
      ended_ = true;
    } else {
      fail_errno("read");
    }
  }
}

void RespClient::send_raw(std::string_view bytes) {
  auto deadline = steady_clock::now() + timeout_;
  while (!bytes.empty()) {
    ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
      continue;
    }
    if (errno == EPIPE || errno == ECONNRESET) return;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) fail_errno("send");
    short events = wait(ended_ ? POLLOUT : POLLIN | POLLOUT, deadline);
    if (events == 0) fail("the server takes no more input");
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
    if (ended_ && (events & (POLLHUP | POLLERR)) != 0) return;
  }
}

size_t RespClient::send_some(std::string_view bytes) {
  ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

void RespClient::send_urgent(char byte) {
  if (::send(fd_, &byte, 1, MSG_NOSIGNAL | MSG_OOB) != 1) fail_errno("send urgent data");
}

std::optional<Reply> RespClient::try_read(milliseconds limit) {
  auto deadline = steady_clock::now() + limit;
  while (true) {
    if (auto reply = parser_.next()) return reply;
    if (parser_.failed()) fail("not a reply: " + parser_.error());
    if (!input_.empty()) {
      parser_.feed(std::exchange(input_, {}));
      continue;
    }
    if (ended_) return std::nullopt;
    if (wait(POLLIN, deadline) == 0) return std::nullopt;
    receive();
  }
}

Reply RespClient::read() {
  auto reply = try_read(timeout_);
  if (!reply) fail(ended_ ? "the server closed the connection" : "no reply in time");
  return *std::move(reply);
}

Reply RespClient::ask(const Words& words) {
  send(words);
  return read();
}

std::string RespClient::read_to_end() {
  auto deadline = steady_clock::now() + timeout_;
  if (!parser_.at_boundary()) fail("a reply is half read");
  while (!ended_) {
    if (wait(POLLIN, deadline) == 0) fail("the server keeps the connection; so far: " + printable(input_));
    receive();
  }
  return std::exchange(input_, {});
}

bool RespClient::closed_by_server(milliseconds limit) {
  auto deadline = steady_clock::now() + limit;
  while (!ended_ && input_.empty()) {
    if (wait(POLLIN, deadline) == 0) return false;
    receive();
  }
  return ended_ && input_.empty() && parser_.at_boundary();
}

std::string RespClient::read_some(milliseconds limit, size_t max) {
  if (input_.empty() && !ended_ && wait(POLLIN, steady_clock::now() + limit) != 0) receive(max);
  return std::exchange(input_, {});
}

std::string printable(std::string_view bytes, size_t limit) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : bytes.substr(0, limit)) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte > 0x7e) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
  if (bytes.size() > limit) out += "... (" + std::to_string(bytes.size()) + " bytes)";
  return out;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Connections, waiting and printing for the program `load`. Nothing here knows what a mode measures; what
// comes from the command line or from the server is checked here.
#include "load_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kSilenceMs = 30'000;
// An address has some 28,000 ports to connect from.
constexpr int64_t kPerSource = 20'000;

}  // namespace

void fail(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

int64_t number(const std::string& text) {
  char* end = nullptr;
  const int64_t value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 0) fail("not a count: " + text);
  return value;
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void say_percentiles(const char* name, std::vector<int64_t>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values.empty() ? -1 : values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  std::printf("%s %zu %" PRId64 " %" PRId64 " %" PRId64 "\n", name, values.size(), at(0.5), at(0.99),
              at(1.0));
  std::fflush(stdout);
}

bool wait_for_word() {
  char line[64];
  return std::fgets(line, sizeof line, stdin) != nullptr;
}

bool stdin_has_something() {
  pollfd entry{STDIN_FILENO, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

int64_t wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

int64_t elapsed_us(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - since).count();
}

void append_request(std::string& out, const Arguments& arguments, int64_t index) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%012" PRId64, index);
  out += '*' + std::to_string(arguments.size()) + "\r\n";
  for (std::string argument : arguments) {
    const size_t at = argument.find("{}");
    if (at != std::string::npos) argument.replace(at, 2, digits);
    out += '$' + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  }
}

Client::Client(int64_t port, uint8_t source) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (source != 1) {
    // The port is chosen when it connects: each source address has all ports for itself.
    setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + source);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail(std::string("bind: ") + std::strerror(errno));
    }
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail(std::string("connect: ") + std::strerror(errno));
  }
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Client::~Client() {
  close(fd_);
}

void Client::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(fd_, bytes.data(), bytes.size());
    if (sent < 0) fail(std::string("write: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

aerie::Reply Client::receive() {
  for (;;) {
    if (std::optional<aerie::Reply> reply = take()) return std::move(*reply);
    read_some();
  }
}

std::optional<aerie::Reply> Client::take() {
  std::optional<aerie::Reply> reply = parser_.next();
  if (parser_.failed()) fail("reply: " + parser_.error());
  if (reply && reply->is_error()) fail("reply: " + reply->to_string());
  return reply;
}

void Client::read_some() {
  char buffer[16384];
  const ssize_t got = read(fd_, buffer, sizeof buffer);
  if (got <= 0) fail("the server closed a connection");
  parser_.feed({buffer, static_cast<size_t>(got)});
}

aerie::Reply Client::call(const Arguments& arguments) {
  std::string request;
  append_request(request, arguments, 0);
  send_all(request);
  return receive();
}

std::vector<std::unique_ptr<Client>> connect_many(int64_t port, int64_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<std::unique_ptr<Client>> clients;
  for (int64_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(port, static_cast<uint8_t>(1 + i / kPerSource)));
    clients.back()->call({"PING"});
  }
  return clients;
}

ReadySet::ReadySet() : fd_(epoll_create1(EPOLL_CLOEXEC)), events_(1024) {
  if (fd_ < 0) fail(std::string("epoll_create1: ") + std::strerror(errno));
}

ReadySet::~ReadySet() {
  close(fd_);
}

void ReadySet::add(const Client& client, uint64_t name) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = name;
  if (epoll_ctl(fd_, EPOLL_CTL_ADD, client.fd(), &event) != 0) fail("epoll_ctl");
}

std::span<const uint64_t> ReadySet::wait(int timeout_ms) {
  const int count = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
  names_.clear();
  for (int i = 0; i < count; ++i) names_.push_back(events_[static_cast<size_t>(i)].data.u64);
  return names_;
}

std::span<const uint64_t> ReadySet::expect() {
  const std::span<const uint64_t> names = wait(kSilenceMs);
  if (names.empty()) fail("the server is silent");
  return names;
}

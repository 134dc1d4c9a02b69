// SPDX-License-Identifier: BSD-3-Clause
//
// The load that redis-benchmark cannot make: many idle connections, many clients with one request each in
// flight, filling with numbered keys, the longest wait of a PING, and the lag of expiry. bench/compare starts
// it, pinned to a CPU of its own. It prints one line per fact and follows stdin where a phase has to wait: a
// line lets it go on, end of file ends it. Addresses are always 127.0.0.1. Any surprise (a refused
// connection, an error reply) ends it with 1.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/resp/reply_parser.h"

namespace {

using Clock = std::chrono::steady_clock;
using Arguments = std::vector<std::string>;

[[noreturn]] void fail(const std::string& what) {
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

// Waits for a line on stdin; false at its end.
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

// Appends one request; "{}" within an argument becomes `index` in 12 digits.
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

// One connection with blocking reads and writes. Owns its socket.
class Client {
 public:
  explicit Client(int64_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail(std::string("connect: ") + std::strerror(errno));
    }
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(fd_); }

  int fd() const { return fd_; }

  void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = write(fd_, bytes.data(), bytes.size());
      if (sent < 0) fail(std::string("write: ") + std::strerror(errno));
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  aerie::Reply receive() {
    for (;;) {
      if (std::optional<aerie::Reply> reply = take()) return std::move(*reply);
      read_some();
    }
  }

  // A whole reply that is already here; an error reply ends the program.
  std::optional<aerie::Reply> take() {
    std::optional<aerie::Reply> reply = parser_.next();
    if (parser_.failed()) fail("reply: " + parser_.error());
    if (reply && reply->is_error()) fail("reply: " + reply->to_string());
    return reply;
  }

  void read_some() {
    char buffer[16384];
    const ssize_t got = read(fd_, buffer, sizeof buffer);
    if (got <= 0) fail("the server closed a connection");
    parser_.feed({buffer, static_cast<size_t>(got)});
  }

  aerie::Reply call(const Arguments& arguments) {
    std::string request;
    append_request(request, arguments, 0);
    send_all(request);
    return receive();
  }

 private:
  int fd_;
  aerie::ReplyParser parser_;
};

// Runs the command for each index in [from, to), `depth` requests at a time.
void fill(Client& client, int64_t from, int64_t to, int64_t depth, const Arguments& arguments) {
  std::string requests;
  for (int64_t next = from; next < to;) {
    const int64_t end = std::min(to, next + depth);
    requests.clear();
    for (int64_t index = next; index < end; ++index) append_request(requests, arguments, index);
    client.send_all(requests);
    for (; next < end; ++next) client.receive();
  }
}

void run_fill(int64_t port, const Arguments& words) {
  Client client(port);
  fill(client, number(words.at(0)), number(words.at(1)), number(words.at(2)),
       Arguments(words.begin() + 3, words.end()));
  say("done");
}

std::vector<std::unique_ptr<Client>> connect_many(int64_t port, int64_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<std::unique_ptr<Client>> clients;
  for (int64_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    clients.back()->call({"PING"});
  }
  return clients;
}

// Connections that sent one PING each and then nothing.
void run_idle(int64_t port, const Arguments& words) {
  const auto clients = connect_many(port, number(words.at(0)));
  say("ready");
  while (wait_for_word()) {
  }
}

// Clients that each have one request in flight all the time, until `total` replies have come.
void run_active(int64_t port, const Arguments& words) {
  const int64_t total = number(words.at(1));
  const int64_t keys = number(words.at(2));
  const Arguments arguments(words.begin() + 3, words.end());
  const auto clients = connect_many(port, number(words.at(0)));
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  for (size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(poller, EPOLL_CTL_ADD, clients[i]->fd(), &event);
  }
  say("ready");
  if (!wait_for_word()) return;
  const auto start = Clock::now();
  int64_t sent = 0;
  std::string request;
  const auto send_next = [&](Client& client) {
    request.clear();
    append_request(request, arguments, (sent++ * 7919) % keys);
    client.send_all(request);
  };
  for (const auto& client : clients) send_next(*client);
  std::vector<epoll_event> events(1024);
  for (int64_t received = 0; received < sent;) {
    const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      Client& client = *clients[events[static_cast<size_t>(i)].data.u64];
      client.read_some();
      while (client.take()) {
        ++received;
        if (sent < total) send_next(client);
      }
    }
  }
  close(poller);
  say("done " + std::to_string(sent) + " " + std::to_string(elapsed_us(start)));
  while (wait_for_word()) {
  }
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

// One PING after the other until stdin ends or speaks: count, p50, p99 and maximum in microseconds.
void run_ping(int64_t port, const Arguments&) {
  Client client(port);
  client.call({"PING"});
  say("ready");
  std::vector<int64_t> waits;
  while (!stdin_has_something()) {
    const auto start = Clock::now();
    client.call({"PING"});
    waits.push_back(elapsed_us(start));
    usleep(200);
  }
  say_percentiles("waits_us", waits);
}

// `others` keys with a deadline far away, then `events` keys whose deadlines lie evenly in `spread_ms`. The
// k-th key is gone when DBSIZE has fallen by k: how long after its deadline was that? Nobody reads the keys.
void run_lag(int64_t port, const Arguments& words) {
  const int64_t others = number(words.at(0));
  const int64_t events = number(words.at(1));
  const int64_t spread_ms = number(words.at(2));
  const int64_t limit_ms = number(words.at(3));
  Client client(port);
  fill(client, 0, others, 1000, {"SET", "other:{}", "v", "PX", "86400000"});
  const int64_t before = client.call({"DBSIZE"}).integer;
  const int64_t first = wall_ms() + 1000;
  std::vector<int64_t> deadlines;
  std::string requests;
  for (int64_t i = 0; i < events; ++i) {
    deadlines.push_back(first + i * spread_ms / std::max<int64_t>(events, 1));
    append_request(requests,
                   {"SET", "event:" + std::to_string(i), "v", "PXAT", std::to_string(deadlines.back())}, 0);
  }
  client.send_all(requests);
  for (int64_t i = 0; i < events; ++i) client.receive();
  if (wall_ms() >= first) fail("the machine is too busy: the first deadline passed before all keys were set");
  std::vector<int64_t> lags;
  const int64_t give_up = first + spread_ms + limit_ms;
  while (static_cast<int64_t>(lags.size()) < events && wall_ms() < give_up) {
    const int64_t left = client.call({"DBSIZE"}).integer - before;
    const int64_t now = wall_ms();
    while (static_cast<int64_t>(lags.size()) < events - left) lags.push_back(now - deadlines[lags.size()]);
    usleep(500);
  }
  // One that did not go in time counts as late as it could be seen to be.
  const auto delivered = static_cast<int64_t>(lags.size());
  lags.resize(static_cast<size_t>(events), limit_ms);
  say_percentiles("lag_ms", lags);
  say("delivered " + std::to_string(delivered));
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments words(argv + std::min(argc, 3), argv + argc);
  const std::string mode = argc > 1 ? argv[1] : "";
  const struct {
    const char* name;
    size_t least_words;
    void (*run)(int64_t port, const Arguments& words);
  } modes[] = {{"fill", 4, run_fill},      // PORT FROM TO DEPTH COMMAND ARG...
               {"idle", 1, run_idle},      // PORT CONNECTIONS
               {"active", 4, run_active},  // PORT CONNECTIONS REQUESTS KEYS COMMAND ARG...
               {"ping", 0, run_ping},      // PORT
               {"lag", 4, run_lag}};       // PORT OTHERS EVENTS SPREAD_MS LIMIT_MS
  for (const auto& entry : modes) {
    if (mode == entry.name && words.size() >= entry.least_words && argc >= 3) {
      entry.run(number(argv[2]), words);
      return 0;
    }
  }
  std::fprintf(stderr, "usage: load fill|idle|active|ping|lag PORT ... (see bench/load.cc)\n");
  return 2;
}

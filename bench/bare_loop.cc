// SPDX-License-Identifier: BSD-3-Clause
//
// The floor: an epoll loop that does only what no server can avoid. It reads, finds the requests, and answers
// +OK to every one. To SET and GET it writes and reads one cache line of memory, chosen by the key, as if
// there were a table of a million values in which each key has its own place and no index is needed; LRANGE
// gets a reply of 100 elements that is ready to be sent. LPUSH and BRPOP hand items over (bare_queues.h). No
// commands, no limits, no errors: it is a measure, not a server, and trusts its input. bench/compare takes it
// as the other server (`bench/compare build/bare_loop`); "out of reach" in docs/performance.md means that it
// misses a row too. Understands `--port N` and ignores other options.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bare_queues.h"

namespace {

constexpr size_t kReadBytes = 65536;
constexpr size_t kValueBytes = BareQueues::kItemBytes;

// Where the value of a key lies.
struct alignas(64) Place {
  char value[kValueBytes];
};
constexpr size_t kPlaces = size_t{1} << 20;

enum class Kind : uint8_t { kOther, kSet, kGet, kRange, kPush, kPop };

struct Request {
  Kind kind = Kind::kOther;
  Place* place = nullptr;  // of SET and GET
  std::string_view key;    // of LPUSH and BRPOP
  std::string_view value;  // of SET and LPUSH
};

std::string range_of_hundred() {
  std::string reply = "*100\r\n";
  for (int i = 0; i < 100; ++i) reply.append("$16\r\n").append(kValueBytes, 'x').append("\r\n");
  return reply;
}

// Reads the digits at `at` and moves behind the line's end; false when the line is not complete.
bool read_count(const char* data, size_t size, size_t& at, size_t& value) {
  const void* end = std::memchr(data + at, '\n', size - at);
  if (end == nullptr) return false;
  value = 0;
  for (; data[at] >= '0' && data[at] <= '9'; ++at) value = value * 10 + static_cast<size_t>(data[at] - '0');
  at = static_cast<size_t>(static_cast<const char*>(end) - data) + 1;
  return true;
}

// Where the first request of `data` ends; 0 when it is not complete. A line that is no array is one request
// without arguments. The first three arguments are kept.
size_t find_request(const char* data, size_t size, std::string_view (&args)[3]) {
  size_t at = 0;
  size_t count = 0;
  for (std::string_view& arg : args) arg = {};
  if (data[0] != '*') {
    const void* end = std::memchr(data, '\n', size);
    return end == nullptr ? 0 : static_cast<size_t>(static_cast<const char*>(end) - data) + 1;
  }
  at = 1;
  if (!read_count(data, size, at, count)) return 0;
  for (size_t i = 0; i < count; ++i) {
    size_t length = 0;
    if (at >= size) return 0;
    ++at;
    if (!read_count(data, size, at, length)) return 0;
    if (size - at < length + 2) return 0;
    if (i < 3) args[i] = {data + at, length};
    at += length + 2;
  }
  return at;
}

uint64_t hash_of(std::string_view key) {
  uint64_t hash = key.size();
  for (; key.size() >= 8; key.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, key.data(), 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29;
  }
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x9E3779B97F4A7C15U;
  return hash >> 40;
}

void append_popped(std::string& out, std::string_view key, std::string_view item) {
  char head[48];
  const int length = std::snprintf(head, sizeof head, "*2\r\n$%zu\r\n", key.size());
  out.append(head, static_cast<size_t>(length)).append(key);
  out.append("\r\n$16\r\n").append(item).append("\r\n");
}

class BareLoop {
 public:
  explicit BareLoop(int listener)
      : listener_(listener),
        poller_(epoll_create1(EPOLL_CLOEXEC)),
        places_(kPlaces),
        range_(range_of_hundred()) {
    watch(listener_, EPOLLIN);
  }

  void run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(poller_, events, 256, -1);
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener_) {
          accept_one();
        } else {
          serve(events[i].data.fd);
        }
      }
    }
  }

 private:
  void watch(int fd, uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }

  void drop(int fd) {
    leftovers_.erase(fd);
    queues_.forget(fd);
    close(fd);
  }

  void serve(int fd) {
    for (;;) {
      const ssize_t got = read(fd, buffer_, kReadBytes);
      if (got < 0) return;
      if (got == 0) return drop(fd);
      answer(fd, buffer_, static_cast<size_t>(got));
      if (static_cast<size_t>(got) < kReadBytes) return;
    }
  }

  void answer(int fd, const char* data, size_t size) {
    std::string joined;
    if (!leftovers_.empty()) [[unlikely]] {
      const auto left = leftovers_.find(fd);
      if (left != leftovers_.end()) {
        joined = std::move(left->second);
        leftovers_.erase(left);
        joined.append(data, size);
        data = joined.data();
        size = joined.size();
      }
    }
    requests_.clear();
    while (size > 0) {
      std::string_view args[3];
      const size_t end = find_request(data, size, args);
      if (end == 0) break;
      requests_.push_back(look_at(args));
      data += end;
      size -= end;
    }
    output_.clear();
    for (const Request& request : requests_) answer_one(fd, request);
    if (size > 0) leftovers_[fd].assign(data, size);
    // A client that does not read loses replies: no measure does that.
    if (!output_.empty() && write(fd, output_.data(), output_.size()) < 0) drop(fd);
  }

  // Has the memory of the key on its way before it is needed.
  Request look_at(const std::string_view (&args)[3]) {
    Request request;
    if (args[0].size() == 3 && args[0].substr(1) == "ET" && !args[1].empty()) {
      request.place = &places_[hash_of(args[1]) % kPlaces];
      __builtin_prefetch(request.place, 1);
      request.kind = args[2].empty() ? Kind::kGet : Kind::kSet;
      request.value = args[2].substr(0, kValueBytes);
    } else if (args[0] == "LRANGE") {
      request.kind = Kind::kRange;
    } else if (args[0] == "LPUSH" || args[0] == "BRPOP") {
      queues_.prefetch(args[1]);
      request.kind = args[0][0] == 'L' ? Kind::kPush : Kind::kPop;
      request.key = args[1];
      request.value = args[2].substr(0, kValueBytes);
    }
    return request;
  }

  void answer_one(int fd, const Request& request) {
    switch (request.kind) {
      case Kind::kOther:
        output_ += "+OK\r\n";
        return;
      case Kind::kSet:
        request.value.copy(request.place->value, kValueBytes);
        output_ += "+OK\r\n";
        return;
      case Kind::kGet:
        output_ += "$16\r\n";
        output_.append(request.place->value, kValueBytes).append("\r\n");
        return;
      case Kind::kRange:
        output_ += range_;
        return;
      case Kind::kPush:
        push(request);
        return;
      case Kind::kPop:
        if (queues_.pop_or_wait(fd, request.key, item_)) append_popped(output_, request.key, item_);
        return;
    }
  }

  // Whoever waits is answered at once: each of them costs a system call anyway.
  void push(const Request& request) {
    output_ += ":1\r\n";
    const int waiter = queues_.push(request.key, request.value);
    if (waiter < 0) return;
    popped_.clear();
    append_popped(popped_, request.key, request.value);
    // Its end of the connection is told by its own event.
    [[maybe_unused]] const ssize_t sent = write(waiter, popped_.data(), popped_.size());
  }

  int listener_;
  int poller_;
  char buffer_[kReadBytes];
  std::vector<Place> places_;
  const std::string range_;
  std::vector<Request> requests_;
  std::string output_;
  std::string popped_;  // the reply to one that waited
  std::string item_;
  BareQueues queues_;
  // Requests that did not arrive in one piece, by descriptor.
  std::unordered_map<int, std::string> leftovers_;
};

int listen_on(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 511) != 0) {
    std::perror("bare_loop");
    std::exit(1);
  }
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  int port = 6379;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--port") == 0) port = std::atoi(argv[i + 1]);
  }
  static BareLoop loop(listen_on(port));
  loop.run();
}

// SPDX-License-Identifier: BSD-3-Clause
//
// What the modes of the program `load` are made of: one connection that blocks, waiting for many of them at
// once, and the lines that the program prints and follows. Addresses are always of 127.0.0.0/8. Any surprise
// (a refused connection, an error reply, a server that falls silent) ends the program with 1.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/resp/reply_parser.h"

using Clock = std::chrono::steady_clock;
using Arguments = std::vector<std::string>;

[[noreturn]] void fail(const std::string& what);

// The count that a word of the command line states.
int64_t number(const std::string& text);

// Prints a line at once.
void say(const std::string& line);
// "name count p50 p99 max"; sorts the values.
void say_percentiles(const char* name, std::vector<int64_t>& values);

// Waits for a line on stdin; false at its end.
bool wait_for_word();
bool stdin_has_something();

int64_t wall_ms();
int64_t elapsed_us(Clock::time_point since);

// Appends one request; "{}" within an argument becomes `index` in 12 digits.
void append_request(std::string& out, const Arguments& arguments, int64_t index);

// One connection with blocking reads and writes. Owns its socket.
class Client {
 public:
  // From 127.0.0.1, or from 127.0.0.`source`.
  explicit Client(int64_t port, uint8_t source = 1);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  int fd() const { return fd_; }

  void send_all(std::string_view bytes);
  aerie::Reply receive();
  // A whole reply that is already here; an error reply ends the program.
  std::optional<aerie::Reply> take();
  void read_some();
  aerie::Reply call(const Arguments& arguments);

 private:
  int fd_;
  aerie::ReplyParser parser_;
};

// Clients that have sent one PING each. Raises the limit on open files as far as it may.
std::vector<std::unique_ptr<Client>> connect_many(int64_t port, int64_t count);

// Which of many clients have something to read. A client that dies leaves by itself.
class ReadySet {
 public:
  ReadySet();
  ReadySet(const ReadySet&) = delete;
  ReadySet& operator=(const ReadySet&) = delete;
  ~ReadySet();

  void add(const Client& client, uint64_t name);
  // The names of those that are ready, at the latest after `timeout_ms`; valid until the next call.
  std::span<const uint64_t> wait(int timeout_ms);
  // The same for what must come: 30 seconds without anything end the program.
  std::span<const uint64_t> expect();

 private:
  int fd_;
  std::vector<epoll_event> events_;
  std::vector<uint64_t> names_;
};

// SPDX-License-Identifier: BSD-3-Clause
//
// A blocking client for tests: one socket (TCP of 127.0.0.1, or unix), requests out, replies in as trees
// (aerie/resp/reply_parser.h). Sending never deadlocks with a server that answers meanwhile: what arrives is
// kept.
//
// Every failure (deadline passed, connection closed, bytes that are no reply) throws std::runtime_error,
// which fails the test. It knows nothing of commands: a push message is a reply whose type is '>'.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/resp/reply_parser.h"

namespace aerie {

using Words = std::vector<std::string>;

// The multibulk request of these words.
std::string encode_request(const Words& words);

class RespClient {
 public:
  static RespClient tcp(uint16_t port, int receive_buffer = 0);
  static RespClient unix_socket(const std::string& path);

  RespClient(RespClient&& other) noexcept;
  RespClient& operator=(RespClient&& other) noexcept;
  RespClient(const RespClient&) = delete;
  RespClient& operator=(const RespClient&) = delete;
  ~RespClient();

  // How long each of the calls below may take.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

  // Sends the bytes; reads and keeps what arrives meanwhile. A server that closed the connection is not an
  // error here: the next read meets it.
  void send_raw(std::string_view bytes);
  void send(const Words& words) { send_raw(encode_request(words)); }
  // Sends at most what the kernel takes at once, reading nothing; the number of bytes taken.
  size_t send_some(std::string_view bytes);
  // Sends one byte of urgent (out-of-band) data. REQUIRES: TCP.
  void send_urgent(char byte);

  Reply read();
  // Like read(), but nothing when no whole reply came within `wait`.
  std::optional<Reply> try_read(std::chrono::milliseconds wait);
  // Sends one command and reads one reply.
  Reply ask(const Words& words);
  // ask(), and the reply's bytes on the wire.
  std::string command(const Words& words) { return ask(words).encode(); }

  // Everything, unparsed, until the server closes the connection (a reset counts as closed).
  // REQUIRES: no reply is half read.
  std::string read_to_end();
  // True when the server closes the connection within `wait` and nothing but that arrives.
  bool closed_by_server(std::chrono::milliseconds wait = std::chrono::seconds(5));
  // Unparsed bytes that arrive within `wait`, at most about `max`; empty when none do.
  std::string read_some(std::chrono::milliseconds wait, size_t max = 1 << 20);

  // End of input for the server; replies are still read.
  void half_close();
  // Closes with a reset instead of an orderly end.
  void reset_connection();
  void close();
  bool is_open() const { return fd_ >= 0; }
  // The port of this end, as CLIENT LIST shows it.
  uint16_t local_port() const;

 private:
  explicit RespClient(int fd) : fd_(fd) {}
  // Appends what can be read now, at most `max` bytes, to input_; ended_ at the end of the stream.
  void receive(size_t max = 1 << 18);
  // poll(2)'s revents; 0 when nothing happened until `deadline`.
  short wait(short events, std::chrono::steady_clock::time_point deadline) const;

  int fd_ = -1;
  bool ended_ = false;
  std::chrono::milliseconds timeout_{20000};
  std::string input_;  // read from the socket, not given to the parser yet
  ReplyParser parser_;
};

// Bytes for people: quoted, control and non-ASCII bytes as \xHH, shortened to `limit` bytes.
std::string printable(std::string_view bytes, size_t limit = 200);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Clients that send without reading, or stop in the middle of a request. Buffers of sockets are what the
// kernel makes them: what lies there is neither the server's nor the client's memory. A server that takes no
// more input for 30 seconds ends the program.
#include "load_hostile.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

namespace {

constexpr int64_t kBatch = 1000;

void give_up_after_silence(const Client& client) {
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  setsockopt(client.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

void run_flood(int64_t port, const Arguments& words) {
  const int64_t count = number(words.at(0));
  const Arguments command(words.begin() + 1, words.end());
  std::string batch;
  std::vector<size_t> ends;  // of the requests in `batch`
  for (int64_t i = 0; i < std::min(count, kBatch); ++i) {
    append_request(batch, command, i);
    ends.push_back(batch.size());
  }
  Client client(port);
  give_up_after_silence(client);
  say("ready");
  if (!wait_for_word()) return;
  size_t bytes = 0;
  for (int64_t sent = 0; sent < count;) {
    const int64_t next = std::min(count - sent, kBatch);
    const std::string_view piece = std::string_view(batch).substr(0, ends[static_cast<size_t>(next) - 1]);
    client.send_all(piece);
    bytes += piece.size();
    sent += next;
  }
  say("sent " + std::to_string(bytes));
  if (!wait_for_word()) return;
  for (int64_t i = 0; i < count; ++i) client.receive();
  say("read " + std::to_string(count));
  while (wait_for_word()) {
  }
}

void run_half(int64_t port, const Arguments& words) {
  const auto clients = connect_many(port, number(words.at(0)));
  std::vector<std::string> requests(clients.size());
  for (size_t i = 0; i < clients.size(); ++i) {
    append_request(requests[i], {"SET", "half:{}", std::string(16, 'v')}, static_cast<int64_t>(i));
  }
  say("ready");
  if (!wait_for_word()) return;
  const auto half_of = [](const std::string& request) { return request.size() / 2; };
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i]->send_all(std::string_view(requests[i]).substr(0, half_of(requests[i])));
  }
  say("sent");
  if (!wait_for_word()) return;
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i]->send_all(std::string_view(requests[i]).substr(half_of(requests[i])));
  }
  for (const auto& client : clients) client->receive();
  say("done");
  while (wait_for_word()) {
  }
}

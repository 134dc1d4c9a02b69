// SPDX-License-Identifier: BSD-3-Clause
//
// The load that redis-benchmark cannot make: many idle connections, many clients with one request each in
// flight, filling with numbered keys, the longest wait of a PING, the lag of expiry, clients that block
// (load_blocking.cc), that listen (load_publish.cc), and that do not behave (load_hostile.cc). bench/compare
// starts it, pinned to a CPU of its own. It prints one line per fact and follows stdin where a phase has to
// wait: a line lets it go on, end of file ends it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "load_blocking.h"
#include "load_client.h"
#include "load_hostile.h"
#include "load_publish.h"

namespace {

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
  ReadySet ready;
  for (size_t i = 0; i < clients.size(); ++i) ready.add(*clients[i], i);
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
  for (int64_t received = 0; received < sent;) {
    for (const uint64_t name : ready.expect()) {
      Client& client = *clients[name];
      client.read_some();
      while (client.take()) {
        ++received;
        if (sent < total) send_next(client);
      }
    }
  }
  say("done " + std::to_string(sent) + " " + std::to_string(elapsed_us(start)));
  while (wait_for_word()) {
  }
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
  } modes[] = {{"fill", 4, run_fill},          // PORT FROM TO DEPTH COMMAND ARG...
               {"idle", 1, run_idle},          // PORT CONNECTIONS
               {"active", 4, run_active},      // PORT CONNECTIONS REQUESTS KEYS COMMAND ARG...
               {"ping", 0, run_ping},          // PORT
               {"lag", 4, run_lag},            // PORT OTHERS EVENTS SPREAD_MS LIMIT_MS
               {"handover", 4, run_handover},  // see load_blocking.h
               {"late", 3, run_late},         {"flood", 2, run_flood},       // see load_hostile.h
               {"half", 1, run_half},         {"publish", 3, run_publish}};  // see load_publish.h
  for (const auto& entry : modes) {
    if (mode == entry.name && words.size() >= entry.least_words && argc >= 3) {
      entry.run(number(argv[2]), words);
      return 0;
    }
  }
  std::fprintf(stderr,
               "usage: load fill|idle|active|ping|lag|handover|late|flood|half|publish PORT ... (see "
               "bench/load.cc)\n");
  return 2;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// Subscribers by the thousand, in one thread: each has a round's messages to get, and the round is over when
// all of them, and the replies of the publisher, are here.
#include "load_publish.h"

namespace {

// Takes what is here; returns how many replies or messages that were.
int64_t take_all(Client& client) {
  client.read_some();
  int64_t count = 0;
  while (client.take()) ++count;
  return count;
}

}  // namespace

void run_publish(int64_t port, const Arguments& words) {
  const auto subscribers = connect_many(port, number(words.at(0)));
  const int64_t rounds = number(words.at(1));
  const int64_t depth = number(words.at(2));
  Client publisher(port);
  ReadySet ready;
  for (size_t i = 0; i < subscribers.size(); ++i) {
    subscribers[i]->call({"SUBSCRIBE", "news"});
    ready.add(*subscribers[i], i);
  }
  ready.add(publisher, subscribers.size());
  std::string requests;
  for (int64_t i = 0; i < depth; ++i) append_request(requests, {"PUBLISH", "news", "message of 16 by"}, i);
  say("ready");
  if (!wait_for_word()) return;
  const auto start = Clock::now();
  const int64_t told_per_round = static_cast<int64_t>(subscribers.size()) * depth;
  for (int64_t round = 0; round < rounds; ++round) {
    publisher.send_all(requests);
    for (int64_t missing = told_per_round + depth; missing > 0;) {
      for (const uint64_t name : ready.expect())
        missing -= take_all(name == subscribers.size() ? publisher : *subscribers[name]);
    }
  }
  say("done " + std::to_string(told_per_round * rounds) + " " + std::to_string(elapsed_us(start)));
  while (wait_for_word()) {
  }
}

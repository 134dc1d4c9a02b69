// SPDX-License-Identifier: BSD-3-Clause
//
// Blocked clients by the thousand, in one thread. A deadline is taken before the request is sent, so that the
// server's own cannot be earlier: who is told before it was told early, and lateness contains the way there
// and back. Time is taken once for all replies that are ready together.
#include "load_blocking.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace {

// Coprime to the counts in use: an order that visits all and is none of theirs.
constexpr int64_t kStride = 7919;

// One producer with a pipeline of pushes: each reply lets the next one go.
class Producer {
 public:
  Producer(int64_t port, int64_t keys, int64_t items) : client_(port), keys_(keys), items_(items) {}

  const Client& client() const { return client_; }

  // As many of the next pushes as there are left, up to `count`.
  void push(int64_t count) {
    requests_.clear();
    for (; count > 0 && pushed_ < items_; --count, ++pushed_) {
      append_request(requests_, {"LPUSH", "queue:{}", "item of 16 bytes"}, pushed_ * kStride % keys_);
    }
    client_.send_all(requests_);
  }

  void replies_are_here() {
    client_.read_some();
    int64_t count = 0;
    while (client_.take()) ++count;
    push(count);
  }

 private:
  Client client_;
  const int64_t keys_;
  const int64_t items_;
  int64_t pushed_ = 0;
  std::string requests_;
};

// Connections that come at a rate, send one PING, and close after the reply. Few are open at any time.
class Churn {
 public:
  // Of the names in `ready`, those from `first_name` on are its own.
  Churn(int64_t port, int64_t per_second, ReadySet& ready, uint64_t first_name)
      : port_(port), per_second_(per_second), ready_(ready), first_name_(first_name), open_(kMostOpen) {
    for (uint64_t slot = 0; slot < kMostOpen; ++slot) free_.push_back(slot);
  }

  // Opens what the rate asks for by now.
  void keep_up() {
    const int64_t due = per_second_ * elapsed_us(start_) / 1'000'000;
    for (; opened_ < due && !free_.empty(); ++opened_) {
      const uint64_t slot = free_.back();
      free_.pop_back();
      const auto source = static_cast<uint8_t>(2 + opened_ % kSources);
      open_[slot] = std::make_unique<Client>(port_, source);
      ready_.add(*open_[slot], first_name_ + slot);
      open_[slot]->send_all("*1\r\n$4\r\nPING\r\n");
    }
  }

  void reply_is_here(uint64_t name) {
    const uint64_t slot = name - first_name_;
    open_[slot]->receive();
    open_[slot].reset();
    free_.push_back(slot);
    ++closed_;
  }

  void say_result() const {
    say("churned " + std::to_string(closed_) + " " + std::to_string(elapsed_us(start_)));
  }

 private:
  static constexpr uint64_t kMostOpen = 200;
  // A closed connection keeps its port for a minute, and an address has some 28,000 of them.
  static constexpr int64_t kSources = 16;

  const int64_t port_;
  const int64_t per_second_;
  ReadySet& ready_;
  const uint64_t first_name_;
  const Clock::time_point start_ = Clock::now();
  std::vector<std::unique_ptr<Client>> open_;
  std::vector<uint64_t> free_;  // slots of `open_`
  int64_t opened_ = 0;
  int64_t closed_ = 0;
};

// Sends each waiter's BRPOP; returns the deadlines.
std::vector<Clock::time_point> ask_all(const std::vector<std::unique_ptr<Client>>& waiters,
                                       int64_t spread_ms) {
  const auto count = static_cast<int64_t>(waiters.size());
  std::vector<Clock::time_point> deadlines;
  std::string request;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t timeout_ms = 1000 + i * kStride % count * spread_ms / count;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%" PRId64 ".%03" PRId64, timeout_ms / 1000, timeout_ms % 1000);
    request.clear();
    append_request(request, {"BRPOP", "never:{}", seconds}, i);
    deadlines.push_back(Clock::now() + std::chrono::milliseconds(timeout_ms));
    waiters[static_cast<size_t>(i)]->send_all(request);
  }
  return deadlines;
}

}  // namespace

void run_handover(int64_t port, const Arguments& words) {
  const int64_t keys = std::max<int64_t>(1, number(words.at(1)));
  const int64_t items = number(words.at(2));
  const auto consumers = connect_many(port, number(words.at(0)));
  Producer producer(port, keys, items);
  say("ready");
  if (!wait_for_word()) return;
  ReadySet ready;
  ready.add(producer.client(), consumers.size());
  std::vector<std::string> requests(consumers.size());
  for (size_t i = 0; i < consumers.size(); ++i) {
    ready.add(*consumers[i], i);
    append_request(requests[i], {"BRPOP", "queue:{}", "0"}, static_cast<int64_t>(i) % keys);
    consumers[i]->send_all(requests[i]);
  }
  say("parked");
  if (!wait_for_word()) return;
  const auto start = Clock::now();
  producer.push(number(words.at(3)));
  for (int64_t received = 0; received < items;) {
    for (const uint64_t name : ready.expect()) {
      if (name == consumers.size()) {
        producer.replies_are_here();
        continue;
      }
      Client& consumer = *consumers[name];
      if (consumer.receive().elements.size() != 2) fail("a consumer got no item");
      ++received;
      consumer.send_all(requests[name]);
    }
  }
  say("done " + std::to_string(items) + " " + std::to_string(elapsed_us(start)));
  while (wait_for_word()) {
  }
}

void run_late(int64_t port, const Arguments& words) {
  const auto waiters = connect_many(port, number(words.at(0)));
  const int64_t churn_per_s = number(words.at(2));
  say("ready");
  if (!wait_for_word()) return;
  ReadySet ready;
  for (size_t i = 0; i < waiters.size(); ++i) ready.add(*waiters[i], i);
  const std::vector<Clock::time_point> deadlines = ask_all(waiters, number(words.at(1)));
  Churn churn(port, churn_per_s, ready, waiters.size());
  std::vector<int64_t> lateness_us;
  int64_t early = 0;
  auto last_told = Clock::now();
  while (lateness_us.size() < waiters.size()) {
    const std::span<const uint64_t> names = ready.wait(1);
    const auto now = Clock::now();
    if (now - last_told > std::chrono::seconds(30)) fail("some waiters are not told");
    for (const uint64_t name : names) {
      if (name >= waiters.size()) {
        churn.reply_is_here(name);
        continue;
      }
      if (!waiters[name]->receive().null) fail("an item that nobody pushed");
      const int64_t late_us =
          std::chrono::duration_cast<std::chrono::microseconds>(now - deadlines[name]).count();
      early += now < deadlines[name];
      lateness_us.push_back(late_us);
      last_told = now;
    }
    churn.keep_up();
  }
  say_percentiles("late_us", lateness_us);
  say("early " + std::to_string(early));
  churn.say_result();
  while (wait_for_word()) {
  }
}

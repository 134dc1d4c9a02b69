// SPDX-License-Identifier: BSD-3-Clause
//
// Reference: clients that wait, are held back, killed, or in a transaction; who is served when, and time. A
// client that was killed is not served, nor found by its id, but stays until the test closes it. A command
// that runs again for a client that waits always finds something.
#include <algorithm>
#include <cstdlib>

#include "model/reference.h"

namespace aerie::test {

void Reference::connect(size_t client, uint64_t id, bool resp3) {
  Client& added = clients_[client];
  added.id = id;
  added.resp3 = resp3;
}

void Reference::disconnect(size_t client) {
  if (clients_.at(client).wait) end_wait(client);
  clients_.erase(client);
}

bool Reference::writes(const std::string& name) {
  static const char* const kOthers[] = {"SELECT", "CLIENT", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"};
  return std::find(std::begin(kOthers), std::end(kOthers), name) == std::end(kOthers);
}

bool Reference::is_held_back(const Client& me, const Args& args) const {
  if (pause_ == Pause::kNone) return false;
  if (pause_ == Pause::kAll || writes(args[0])) return true;
  return args[0] == "EXEC" &&
         std::any_of(me.queue.begin(), me.queue.end(), [](const Args& queued) { return writes(queued[0]); });
}

bool Reference::run(size_t client, const Args& args) {
  Client& me = clients_.at(client);
  if (is_held_back(me, args)) {
    me.postponed = true;
    return false;
  }
  if (me.in_multi && args[0] != "EXEC" && args[0] != "DISCARD") {
    me.queue.push_back(args);
    answer(me, "+QUEUED");
  } else {
    if (const Line line = call(me, args, true)) answer(me, *line);
    drain();
  }
  if (!me.wait) end_reply_mode(me);
  return true;
}

void Reference::answer(Client& me, const std::string& line) {
  if (me.replies == Replies::kOff || me.replies == Replies::kSkipThis) return;
  me.told.push_back(line);
}

void Reference::end_reply_mode(Client& me) {
  if (me.replies == Replies::kSkipNext) {
    me.replies = Replies::kSkipThis;
  } else if (me.replies == Replies::kSkipThis) {
    me.replies = Replies::kOn;
  }
}

size_t Reference::number_of(const Client& me) const {
  const auto is_me = [&me](const auto& entry) { return &entry.second == &me; };
  return std::find_if(clients_.begin(), clients_.end(), is_me)->first;
}

Reference::Client* Reference::find(const std::string& id) {
  for (auto& [number, client] : clients_) {
    if (std::to_string(client.id) == id) return client.dropped ? nullptr : &client;
  }
  return nullptr;
}

Reference::Line Reference::call_on_transaction(Client& me, const Args& args) {
  const std::string& name = args[0];
  if (name == "EXEC") return exec(me);
  if (name == "WATCH") return watch(me, args);
  if (name == "MULTI") {
    me.in_multi = true;
    return "+OK";
  }
  me.watches.clear();
  me.watch_dirty = false;
  if (name == "DISCARD") {
    me.in_multi = false;
    me.queue.clear();
  }
  return "+OK";
}

std::string Reference::watch(Client& me, const Args& args) {
  if (me.watch_dirty) return "+OK";
  for (size_t i = 1; i < args.size(); ++i) {
    const Place place{me.db, args[i]};
    const auto is_same = [&place](const Watch& watch) { return watch.place == place; };
    if (std::any_of(me.watches.begin(), me.watches.end(), is_same)) continue;
    const Value* value = alive(me.db, args[i]);
    take_events();
    me.watches.push_back({place, value != nullptr, value != nullptr ? value->deadline_ms : 0});
  }
  return "+OK";
}

std::string Reference::exec(Client& me) {
  const auto expired = [this](const Watch& watch) {
    return watch.deadline_ms != 0 && watch.deadline_ms <= now_ms();
  };
  const bool dirty = me.watch_dirty || std::any_of(me.watches.begin(), me.watches.end(), expired);
  me.watches.clear();
  me.watch_dirty = false;
  me.in_multi = false;
  const std::vector<Args> queue = std::exchange(me.queue, {});
  if (dirty) return null_array(me);
  std::string lines;
  for (const Args& args : queue) {
    if (!lines.empty()) lines += ", ";
    lines += *call(me, args, false);
  }
  return "*[" + lines + "]";
}

Reference::Line Reference::call_on_client(Client& me, const Args& args) {
  const std::string& name = args[1];
  if (name == "REPLY") return set_replies(me, args[2]);
  if (name == "KILL") return kill(me, args);
  if (name == "UNBLOCK") return unblock(args);
  name == "PAUSE" ? pause(args) : unpause();
  return "+OK";
}

Reference::Line Reference::set_replies(Client& me, const std::string& mode) {
  if (mode == "ON") {
    me.replies = Replies::kOn;
    return "+OK";
  }
  if (mode == "OFF") {
    me.replies = Replies::kOff;
  } else if (me.replies != Replies::kOff) {
    me.replies = Replies::kSkipNext;
  }
  return std::nullopt;
}

// CLIENT KILL ID id SKIPME no
std::string Reference::kill(Client& me, const Args& args) {
  Client* target = find(args[3]);
  if (target == nullptr || (target == &me && args[5] == "yes")) return ":0";
  target->doomed = true;
  target->dropped = target != &me;
  return ":1";
}

// CLIENT UNBLOCK id TIMEOUT|ERROR
std::string Reference::unblock(const Args& args) {
  Client* target = find(args[2]);
  if (target == nullptr || !target->wait) return ":0";
  answer(*target,
         args[3] == "ERROR" ? "-UNBLOCKED client unblocked via CLIENT UNBLOCK" : null_array(*target));
  end_wait(number_of(*target));
  return ":1";
}

// CLIENT PAUSE ms WRITE|ALL
void Reference::pause(const Args& args) {
  pause_ = std::max(pause_, args[3] == "WRITE" ? Pause::kWrites : Pause::kAll);
  pause_ends_us_ = std::max(pause_ends_us_, monotonic_us_ + std::stol(args[2]) * 1000);
}

void Reference::unpause() {
  pause_ = Pause::kNone;
  pause_ends_us_ = 0;
  for (auto& [number, client] : clients_) client.postponed = false;
}

void Reference::end_wait(size_t client) {
  Client& me = clients_.at(client);
  for (const std::string& key : me.wait->keys) {
    const auto queue = queues_.find({me.db, key});
    if (queue == queues_.end()) continue;
    std::erase(queue->second, client);
    if (queue->second.empty()) queues_.erase(queue);
  }
  me.wait.reset();
  end_reply_mode(me);
}

void Reference::drain() {
  do {
    take_events();
    while (!ready_.empty()) {
      const Place place = ready_.front();
      ready_.pop_front();
      serve(place);
    }
  } while (!events_.empty());
}

// To look at a key may expire it, which is an event again.
void Reference::take_events() {
  while (!events_.empty()) {
    for (const Event& event : std::exchange(events_, {})) take_event(event);
  }
}

void Reference::take_event(const Event& event) {
  const bool whole_database = event.place.second.empty();
  for (auto& [number, client] : clients_) {
    const bool dirty = std::any_of(client.watches.begin(), client.watches.end(), [&](const Watch& watch) {
      if (watch.place.first != event.place.first) return false;
      if (!whole_database) return watch.place == event.place;
      return watch.existed || alive(watch.place.first, watch.place.second) != nullptr;
    });
    if (!dirty) continue;
    client.watches.clear();
    client.watch_dirty = true;
  }
  if (!event.served) return;
  for (const auto& [place, queue] : queues_) {
    if (whole_database ? place.first != event.place.first : place != event.place) continue;
    if (std::find(ready_.begin(), ready_.end(), place) == ready_.end()) ready_.push_back(place);
  }
}

// In order of arrival, as long as there is something.
void Reference::serve(const Place& place) {
  const auto queue = queues_.find(place);
  if (queue == queues_.end()) return;
  const std::deque<size_t> in_order = queue->second;
  for (const size_t number : in_order) {
    const Value* value = alive(place.first, place.second);
    if (value == nullptr || !value->is_list) return;
    Client& waiter = clients_.at(number);
    if (waiter.doomed) continue;
    const Args args = waiter.wait->args;
    const Line line = call(waiter, args, false);
    take_events();
    answer(waiter, *line);
    end_wait(number);
  }
}

void Reference::end_what_is_due() {
  for (uint32_t db = 0; db < kDatabases; ++db) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : dbs_[db]) keys.push_back(key);
    for (const std::string& key : keys) alive(db, key);
  }
  drain();
  if (is_paused() && pause_ends_us_ <= monotonic_us_) unpause();
  for (auto& [number, client] : clients_) {
    if (!client.wait || client.wait->deadline_us == 0) continue;
    // No deadline ends early; one within a millisecond ends with it.
    if ((client.wait->deadline_us + 999) / 1000 > monotonic_us_ / 1000) continue;
    answer(client, null_array(client));
    end_wait(number);
  }
}

size_t Reference::waiters() const {
  return static_cast<size_t>(std::count_if(clients_.begin(), clients_.end(),
                                           [](const auto& entry) { return entry.second.wait.has_value(); }));
}

std::optional<int64_t> Reference::next_end_us() const {
  std::optional<int64_t> first;
  if (is_paused()) first = pause_ends_us_;
  for (const auto& [number, client] : clients_) {
    if (!client.wait || client.wait->deadline_us == 0) continue;
    const int64_t end_us = (client.wait->deadline_us + 999) / 1000 * 1000;
    first = std::min(first.value_or(end_us), end_us);
  }
  return first;
}

}  // namespace aerie::test

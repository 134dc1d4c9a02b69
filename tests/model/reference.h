// SPDX-License-Identifier: BSD-3-Clause
//
// What lists, clients that wait for them, transactions and pauses shall do, said as simply as can be: a deque
// for each list, a queue of clients for each key, a loop over all of them where the engine has an index. It
// predicts each reply as Reply::to_string() prints it. Clients are numbers of the test's own; commands come
// in upper case and well-formed.
//
//   run() -> call() -> a command   changes databases, notes what it did in events_
//         -> drain()               events mark watches and make queues ready; ready queues are served in
//         order
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aerie::test {

using Args = std::vector<std::string>;
using Lines = std::vector<std::string>;
// A database and a key in it.
using Place = std::pair<uint32_t, std::string>;

class Reference {
 public:
  static constexpr uint32_t kDatabases = 3;

  struct Value {
    bool is_list = false;
    std::deque<std::string> items;
    int64_t deadline_ms = 0;  // 0: none
  };
  struct Wait {
    Args args;
    std::vector<std::string> keys;  // as given, a key may be named twice
    int64_t deadline_us = 0;        // 0: for ever
  };
  struct Watch {
    Place place;
    bool existed = false;
    int64_t deadline_ms = 0;
  };
  enum class Replies : uint8_t { kOn, kOff, kSkipNext, kSkipThis };
  struct Client {
    uint64_t id = 0;
    uint32_t db = 0;
    bool resp3 = false;
    Replies replies = Replies::kOn;
    bool in_multi = false;
    std::vector<Args> queue;
    std::vector<Watch> watches;
    bool watch_dirty = false;
    std::optional<Wait> wait;
    bool postponed = false;  // a pause holds its request back
    bool doomed = false;     // killed, and not closed yet
    bool dropped = false;    // by another one: nobody finds it any more
    Lines told;              // what it was sent since take_told()
  };
  // What became of all items ever.
  struct Ledger {
    uint64_t pushed = 0;
    uint64_t copied = 0;
    uint64_t delivered = 0;  // popped, those for a client whose replies are off included
    uint64_t deleted = 0;    // with their key
  };

  Reference(int64_t monotonic_us, int64_t wall_us) : monotonic_us_(monotonic_us), wall_us_(wall_us) {}

  void connect(size_t client, uint64_t id, bool resp3);
  void disconnect(size_t client);
  // False when a pause holds the request back.
  bool run(size_t client, const Args& args);
  void advance_us(int64_t us) { monotonic_us_ += us, wall_us_ += us; }
  // What the timers do: keys expire, the pause and waits end.
  void end_what_is_due();

  const std::map<size_t, Client>& clients() const { return clients_; }
  Lines take_told(size_t client) { return std::exchange(clients_.at(client).told, {}); }
  const std::map<std::string, Value>& database(uint32_t db) const { return dbs_[db]; }
  bool is_alive(const Value& value) const { return value.deadline_ms == 0 || value.deadline_ms > now_ms(); }
  // Keys that somebody waits for, with the clients in order of arrival.
  const std::map<Place, std::deque<size_t>>& queues() const { return queues_; }
  bool is_paused() const { return pause_ != Pause::kNone; }
  const Ledger& ledger() const { return ledger_; }
  size_t waiters() const;
  // When the first wait, or the pause, ends, in microseconds of the monotonic clock; waits end with a
  // millisecond.
  std::optional<int64_t> next_end_us() const;

 private:
  enum class Pause : uint8_t { kNone, kWrites, kAll };
  struct Event {
    Place place;          // an empty key: the whole database
    bool served = false;  // it may hold a list now, or more of one
  };
  using Line = std::optional<std::string>;  // nothing: no reply

  int64_t now_ms() const { return wall_us_ / 1000; }
  Value* alive(uint32_t db, const std::string& key);
  void discard(uint32_t db, const std::string& key);
  void note(uint32_t db, const std::string& key, bool served) { events_.push_back({{db, key}, served}); }
  void note_popped(uint32_t db, const std::string& key);

  Line call(Client& me, const Args& args, bool may_wait);
  Line call_on_list(Client& me, const Args& args, bool may_wait);
  Line call_on_key(Client& me, const Args& args);
  Line call_on_database(Client& me, const Args& args);
  Line call_on_client(Client& me, const Args& args);
  Line call_on_transaction(Client& me, const Args& args);

  std::string push(Client& me, const Args& args, bool front);
  std::string pop(Client& me, const Args& args, bool front);
  Line pop_first(Client& me, const std::vector<std::string>& keys, bool front, std::optional<size_t> count);
  Line move_item(Client& me, const std::string& from, const std::string& to, bool from_front, bool to_front);
  Line or_wait(Client& me, Line line, const Args& args, std::vector<std::string> keys,
               const std::string& timeout, bool may_wait, bool array);
  std::string rename(Client& me, const Args& args);
  std::string copy(Client& me, const Args& args);
  std::string move_key(Client& me, const Args& args);
  std::string swap(const Args& args);
  std::string exec(Client& me);
  std::string watch(Client& me, const Args& args);
  std::string kill(Client& me, const Args& args);
  std::string unblock(const Args& args);
  void pause(const Args& args);
  void unpause();
  Line set_replies(Client& me, const std::string& mode);

  static bool writes(const std::string& name);
  bool is_held_back(const Client& me, const Args& args) const;
  Client* find(const std::string& id);
  size_t number_of(const Client& me) const;
  void answer(Client& me, const std::string& line);
  void end_reply_mode(Client& me);
  void end_wait(size_t client);
  void drain();
  void take_events();
  void take_event(const Event& event);
  void serve(const Place& place);
  static std::string null(const Client& me) { return me.resp3 ? "nil" : "$nil"; }
  static std::string null_array(const Client& me) { return me.resp3 ? "nil" : "*nil"; }

  int64_t monotonic_us_;
  int64_t wall_us_;
  std::map<std::string, Value> dbs_[kDatabases];
  std::map<size_t, Client> clients_;
  std::map<Place, std::deque<size_t>> queues_;
  std::vector<Event> events_;
  std::deque<Place> ready_;
  bool serving_ = false;
  Pause pause_ = Pause::kNone;
  int64_t pause_ends_us_ = 0;
  Ledger ledger_;
};

}  // namespace aerie::test

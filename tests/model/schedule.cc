// SPDX-License-Identifier: BSD-3-Clause
//
// Schedule: the steps, and what is compared after each of them. Replies, waiters and deadlines are compared
// after every step, the content of databases now and then and at the end, memory at the end. Looking must not
// change anything, so keys past their deadline are left alone.
#include "model/schedule.h"

#include <algorithm>
#include <utility>

#include "aerie/engine/session.h"

namespace aerie::test {

namespace {

// So many steps of a failed schedule are shown.
constexpr size_t kShownSteps = 60;
// The content of all databases is compared every so many steps.
constexpr uint64_t kStepsPerLook = 16;
// Waited-for keys that are looked at with a SWAPDB: fewer than this; and requests before all of them are.
constexpr uint64_t kSeenAtOnce = 3;
constexpr uint64_t kMostUnseen = 4;
// KeyFacts::memory_bytes counts so much of the table.
constexpr size_t kTableShare = 11;

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words)
    text.append(text.empty() ? "" : between).append(word.size() > 40 ? word.substr(0, 40) + "~" : word);
  return text;
}

bool is_swap(const Args& args) {
  return args[0] == "SWAPDB";
}

bool is_move(const Args& args) {
  return args[0] == "BLMOVE" || args[0] == "BRPOPLPUSH";
}

}  // namespace

Schedule::Schedule(uint64_t seed)
    : dice_(seed),
      e_({{"databases", std::to_string(Reference::kDatabases)}}),
      reference_(e_.clock().monotonic_us(), e_.clock().wall_us()) {
  e_.engine().executor.set_looked_through_at_once(dice_.below(kSeenAtOnce));
}

std::string Schedule::run(size_t steps) {
  for (size_t i = 0; i < steps && failure_.empty(); ++i) step();
  if (failure_.empty()) end();
  if (failure_.empty()) return {};
  const size_t shown = std::min(history_.size(), kShownSteps);
  return failure_ + "\nlast steps:\n  " +
         joined({history_.end() - static_cast<ptrdiff_t>(shown), history_.end()}, "\n  ");
}

void Schedule::fail(const std::string& what) {
  if (failure_.empty()) failure_ = what;
}

// A client that was killed says nothing more; one that waits, or is held back, cannot.
bool Schedule::may_send(size_t client) const {
  const auto found = reference_.clients().find(client);
  return found == reference_.clients().end() ||
         !(found->second.wait || found->second.postponed || found->second.doomed);
}

void Schedule::step() {
  const uint64_t choice = dice_.below(100);
  const size_t client = dice_.below(kClients);
  const auto found = reference_.clients().find(client);
  if (choice < 10) {
    pass_time();
  } else if (choice < 12) {
    if (found != reference_.clients().end()) close(client);
  } else if (choice < 17) {
    if (found != reference_.clients().end() && found->second.doomed) close(client);
  } else if (choice < 19) {
    e_.engine().free_some(dice_.below(100));
  } else if (may_send(client)) {
    request(client);
  }
  check_waiters();
  check_nobody_is_forgotten();
  if (dice_.one_in(kStepsPerLook)) check_databases();
}

void Schedule::request(size_t client) {
  if (reference_.clients().count(client) == 0) {
    const bool resp3 = dice_.one_in(4);
    Session& session = e_.session(client);
    session.protocol = resp3 ? 3 : 2;
    reference_.connect(client, session.id, resp3);
  }
  const auto held = held_.find(client);
  if (held != held_.end()) {
    const Args args = held->second;
    // It came to be while it was held back: another time, perhaps.
    if (is_ambiguous(reference_.clients().at(client), args)) return;
    held_.erase(held);
    return send(client, args);
  }
  const Reference::Client& me = reference_.clients().at(client);
  const Args args = dice_.request(me, random_id());
  if (!is_ambiguous(me, args)) return send(client, args);
  send(client, me.in_multi ? Args{"DISCARD"} : Args{"SELECT", "0"});
}

std::string Schedule::random_id() {
  const auto found = reference_.clients().find(dice_.below(kClients));
  return std::to_string(found == reference_.clients().end() ? 1'000'000 : found->second.id);
}

// A database that changes as a whole makes its keys ready in no particular order: nothing to predict where
// two queues could be served. After a SWAPDB alone that is known: only keys that hold a list then are served,
// and what is served makes others ready by a move.
bool Schedule::is_ambiguous(const Reference::Client& me, const Args& args) const {
  if (reference_.queues().size() <= 1) return false;
  if (args[0] == "EXEC") return std::any_of(me.queue.begin(), me.queue.end(), is_swap);
  if (!is_swap(args) || me.in_multi) return false;
  const auto a = static_cast<uint32_t>(std::stoul(args[1]));
  const auto b = static_cast<uint32_t>(std::stoul(args[2]));
  size_t waited_for = 0;
  size_t lists = 0;
  bool moves = false;
  for (const auto& [place, queue] : reference_.queues()) {
    if (place.first != a && place.first != b) continue;
    ++waited_for;
    const auto& comes = reference_.database(place.first == a ? b : a);
    const auto value = comes.find(place.second);
    lists += value != comes.end() && value->second.is_list ? 1 : 0;
    for (const size_t client : queue) moves |= is_move(reference_.clients().at(client).wait->args);
  }
  return waited_for > 1 && (lists > 1 || moves);
}

// Requests that name keys cannot tell whether all keys that a SWAPDB brought were looked at yet, but for two
// cases: what a client that waits will move is missing at its destination, and one that waits for a key may
// be given what comes to a key that it named before that.
bool Schedule::may_be_seen_late(size_t client, const Args& args) const {
  if (!is_swap(args) || reference_.clients().at(client).in_multi) return false;
  const auto a = static_cast<uint32_t>(std::stoul(args[1]));
  const auto b = static_cast<uint32_t>(std::stoul(args[2]));
  for (const auto& [number, other] : reference_.clients()) {
    if (!other.wait || (other.db != a && other.db != b)) continue;
    if (is_move(other.wait->args)) return false;
    const auto& comes = reference_.database(other.db == a ? b : a);
    const std::vector<std::string>& keys = other.wait->keys;
    for (const std::string& key : keys) {
      const auto value = comes.find(key);
      if (key != keys[0] && value != comes.end() && value->second.is_list) return false;
    }
  }
  return true;
}

void Schedule::send(size_t client, const Args& args) {
  uint64_t more = may_be_seen_late(client, args) ? dice_.below(kMostUnseen) : 0;
  exchange(client, args);
  Executor& executor = e_.engine().executor;
  for (; more > 0 && executor.is_looking_through(); --more) send_before_the_swap_is_seen();
  while (executor.look_through(1)) {
  }
  compare_replies();
}

void Schedule::exchange(size_t client, const Args& args) {
  history_.push_back(std::to_string(client) + ": " + joined(args, " "));
  const std::vector<std::string_view> views(args.begin(), args.end());
  answers_[client] += e_.run_raw(views, client);
  if (!reference_.run(client, args)) held_[client] = args;
  if (e_.session(client).postponed != reference_.clients().at(client).postponed)
    fail("held back by a pause, or not");
}

// The engine has not looked at all keys yet that a SWAPDB may have brought, and nobody who names keys may
// notice. Who was served according to the reference may still wait in the engine.
void Schedule::send_before_the_swap_is_seen() {
  const size_t client = dice_.below(kClients);
  const auto me = reference_.clients().find(client);
  if (me == reference_.clients().end() || !may_send(client) || held_.count(client) != 0) return;
  if (e_.session(client).waiter != nullptr) return;
  const Args args = dice_.request(me->second, random_id());
  const auto names_no_key = [](const Args& words) {
    return words[0] == "FLUSHDB" || words[0] == "CLIENT" || is_swap(words);
  };
  if (names_no_key(args)) return;
  if (args[0] == "EXEC" && std::any_of(me->second.queue.begin(), me->second.queue.end(), names_no_key))
    return;
  exchange(client, args);
}

void Schedule::pass_time() {
  const bool with_timers = !dice_.one_in(3);
  const auto us = static_cast<int64_t>(dice_.below(dice_.one_in(4) ? 200'000 : 4'000));
  history_.push_back((with_timers ? "time +" : "clock +") + std::to_string(us) + " us");
  e_.clock().advance_us(us);
  reference_.advance_us(us);
  if (with_timers) {
    e_.advance_ms(0);
    reference_.end_what_is_due();
  } else {
    e_.advance_clock_ms(0);
  }
  compare_replies();
}

void Schedule::close(size_t client) {
  history_.push_back(std::to_string(client) + " is closed");
  e_.disconnect(client);
  reference_.disconnect(client);
  held_.erase(client);
}

// What each client was told, those that spoke and those that others woke.
void Schedule::compare_replies() {
  const std::map<size_t, std::string> answers = std::exchange(answers_, {});
  for (size_t client = 0; client < kClients; ++client) {
    if (reference_.clients().count(client) == 0) continue;
    Lines said;
    const auto answer = answers.find(client);
    if (answer != answers.end()) {
      ReplyParser parser;
      parser.feed(answer->second);
      while (const std::optional<Reply> reply = parser.next()) said.push_back(reply->to_string());
      if (!parser.at_boundary()) fail("half a reply: " + answer->second);
    }
    if (e_.session(client).output != nullptr) {
      for (std::string& line : e_.told(client)) said.push_back(std::move(line));
    }
    const Lines expected = reference_.take_told(client);
    if (said != expected) {
      fail("client " + std::to_string(client) + " was told [" + joined(said, "; ") + "], not [" +
           joined(expected, "; ") + "]");
    }
    for (const std::string& line : said) count_delivery(line);
  }
}

// Items that BLPOP, LMPOP and their like gave: an array that begins with the key, whose name is short. Copies
// aside, no item may come twice.
void Schedule::count_delivery(const std::string& line) {
  if (line.rfind("*[\"", 0) != 0 || reference_.ledger().copied != 0) return;
  const size_t key_end = line.find('"', 3);
  if (key_end > 6) return;
  for (size_t at = line.find('"', key_end + 1); at != std::string::npos; at = line.find('"', at + 1)) {
    const size_t end = line.find('"', at + 1);
    if (end == std::string::npos) return fail("a reply that cannot be read: " + line);
    if (++deliveries_[line.substr(at + 1, end - at - 1)] > 1) fail("delivered twice: " + line);
    at = end;
  }
}

void Schedule::check_waiters() {
  const Engine& engine = e_.engine();
  if (engine.blocked.waiters() != reference_.waiters()) fail("not as many waiters as there should be");
  if (engine.blocked.any_ready()) fail("a ready key was left");
  if (!e_.engine().keyspace.events().empty()) fail("a key event was left");
  if (engine.executor.pause().is_on() != reference_.is_paused()) fail("paused, or not");
  const std::optional<int64_t> end_us = reference_.next_end_us();
  const std::optional<int64_t> planned_us = engine.executor.next_wait_end_us();
  if (planned_us.has_value() != end_us.has_value() || (end_us && *planned_us > *end_us))
    fail("the end of a wait would be missed");
  size_t least_bytes = 0;
  for (const auto& [client, state] : reference_.clients()) {
    const Waiter* waiter = e_.session(client).waiter;
    if ((waiter != nullptr) != state.wait.has_value())
      fail("client " + std::to_string(client) + " waits, or not");
    if (waiter == nullptr || !failure_.empty()) continue;
    if (waiter->deadline_us() != state.wait->deadline_us && state.wait->deadline_us < int64_t{1} << 59)
      fail("another deadline");
    least_bytes += waiter->memory_bytes();
  }
  if (engine.blocked.memory_bytes() < least_bytes) fail("the registry counts too little");
}

// No key that can serve has a waiter that may be served.
void Schedule::check_nobody_is_forgotten() {
  for (const auto& [place, queue] : reference_.queues()) {
    const auto& [db, key] = place;
    const auto value = reference_.database(db).find(key);
    // To look at a key past its deadline would remove it.
    if (value != reference_.database(db).end() && !reference_.is_alive(value->second)) continue;
    const bool is_list = e_.engine().keyspace.db(db).type_of(e_.engine().keyspace.key(key)) == Type::kList;
    for (const size_t client : queue) {
      if (is_list && !e_.session(client).close_now && !e_.session(client).close_after_reply)
        fail("client " + std::to_string(client) + " waits for " + key + ", which is there");
    }
  }
}

void Schedule::check_databases() {
  for (uint32_t db = 0; db < Reference::kDatabases; ++db) check_database(db);
  const Reference::Ledger& ledger = reference_.ledger();
  uint64_t left = 0;
  for (uint32_t db = 0; db < Reference::kDatabases; ++db) {
    for (const auto& [key, value] : reference_.database(db)) left += value.items.size();
  }
  if (ledger.pushed + ledger.copied != ledger.delivered + ledger.deleted + left) fail("items do not add up");
}

void Schedule::check_database(uint32_t db) {
  Keyspace& keyspace = e_.engine().keyspace;
  for (const auto& [key, value] : reference_.database(db)) {
    if (!reference_.is_alive(value)) continue;
    const std::string where = "database " + std::to_string(db) + ", key " + key + ": ";
    const std::optional<KeyFacts> facts = keyspace.db(db).facts(keyspace.key(key), Access::kPeek);
    if (!facts || facts->type != (value.is_list ? Type::kList : Type::kString)) {
      fail(where + "missing, or of another type");
    } else if (facts->deadline_ms != (value.deadline_ms == 0 ? kNoDeadline : value.deadline_ms)) {
      fail(where + "another deadline");
    } else if (value.is_list) {
      const Lookup<ListValue> list = keyspace.db(db).find<ListValue>(keyspace.key(key), Access::kPeek);
      std::vector<std::string> items;
      ListWalk walk = list->walk(0, ListEnd::kBack);
      ListpackElement element;
      char scratch[kMaxInt64Chars];
      while (walk.next(&element)) items.emplace_back(element.text(scratch));
      if (!std::equal(items.begin(), items.end(), value.items.begin(), value.items.end()))
        fail(where + "[" + joined(items, ", ") + "]");
    }
  }
}

// Everybody goes, and nothing is left.
void Schedule::end() {
  e_.clock().advance_us(1'000'000);
  reference_.advance_us(1'000'000);
  e_.advance_ms(0);
  reference_.end_what_is_due();
  compare_replies();
  check_waiters();
  check_nobody_is_forgotten();
  check_databases();
  for (uint32_t db = 0; db < Reference::kDatabases; ++db) {
    if (e_.engine().keyspace.db(db).size() != reference_.database(db).size()) fail("keys that nobody made");
  }
  for (size_t client = 0; client < kClients; ++client) {
    if (reference_.clients().count(client) != 0) close(client);
  }
  while (e_.engine().free_some(1000)) {
  }
  check_memory();
}

void Schedule::check_memory() {
  Engine& engine = e_.engine();
  if (engine.blocked.waiters() != 0 || engine.blocked.with_deadline() != 0 || engine.blocked.keys() != 0)
    fail("somebody still waits");
  if (engine.blocked.memory_bytes() != 0)
    fail("the registry still has " + std::to_string(engine.blocked.memory_bytes()) + " bytes");
  if (engine.keyspace.events().wanted()) fail("somebody is still interested in events");
  if (engine.bytes_to_be_freed() != 0) fail("something was not freed");
  size_t bytes = 0;
  for (uint32_t db = 0; db < Reference::kDatabases; ++db) {
    for (const auto& [key, value] : reference_.database(db))
      bytes +=
          engine.keyspace.db(db).facts(engine.keyspace.key(key), Access::kPeek)->memory_bytes - kTableShare;
  }
  const KeyspaceMemory full = engine.keyspace.memory();
  if (full.entries + full.blobs != bytes || full.to_be_freed != 0) {
    fail("the keyspace counts " + std::to_string(full.entries) + " + " + std::to_string(full.blobs) +
         " bytes, its keys " + std::to_string(bytes));
  }
  engine.keyspace.flush_all();
  while (engine.free_some(1000)) {
  }
  const KeyspaceMemory empty = engine.keyspace.memory();
  if (empty.entries + empty.blobs + empty.to_be_freed != 0) fail("the empty keyspace is not empty");
}

}  // namespace aerie::test

// SPDX-License-Identifier: BSD-3-Clause
//
// Reference: databases and the commands that change them. Each command notes in events_ which keys it
// touched, and whether they may serve somebody now; nobody is served here. Keys past their deadline go when
// they are looked at.
#include "model/reference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace aerie::test {

namespace {

constexpr const char* kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";

std::string integer(int64_t number) {
  return ":" + std::to_string(number);
}

std::string bulk(const std::string& text) {
  return "\"" + text + "\"";
}

std::string take_end(std::deque<std::string>* items, bool front) {
  std::string item = front ? items->front() : items->back();
  front ? items->pop_front() : items->pop_back();
  return item;
}

void add_end(std::deque<std::string>* items, bool front, const std::string& item) {
  front ? items->push_front(item) : items->push_back(item);
}

// Milliseconds of a time-out in seconds, rounded up as Redis computes it.
int64_t timeout_ms(const std::string& text) {
  return static_cast<int64_t>(std::ceil(std::strtold(text.c_str(), nullptr) * 1000));
}

}  // namespace

Reference::Value* Reference::alive(uint32_t db, const std::string& key) {
  const auto found = dbs_[db].find(key);
  if (found == dbs_[db].end()) return nullptr;
  if (is_alive(found->second)) return &found->second;
  discard(db, key);
  note(db, key, false);
  return nullptr;
}

void Reference::discard(uint32_t db, const std::string& key) {
  const auto found = dbs_[db].find(key);
  if (found == dbs_[db].end()) return;
  ledger_.deleted += found->second.items.size();
  dbs_[db].erase(found);
}

void Reference::note_popped(uint32_t db, const std::string& key) {
  note(db, key, false);
  if (dbs_[db].at(key).items.empty()) dbs_[db].erase(key);
}

Reference::Line Reference::call(Client& me, const Args& args, bool may_wait) {
  const std::string& name = args[0];
  if (name == "CLIENT") return call_on_client(me, args);
  if (name == "MULTI" || name == "EXEC" || name == "DISCARD" || name == "WATCH" || name == "UNWATCH")
    return call_on_transaction(me, args);
  if (name == "SELECT" || name == "SWAPDB" || name == "FLUSHDB") return call_on_database(me, args);
  if (name.find("PUSH") != std::string::npos || name.find("POP") != std::string::npos ||
      name.find("LMOVE") != std::string::npos)
    return call_on_list(me, args, may_wait);
  return call_on_key(me, args);
}

Reference::Line Reference::call_on_list(Client& me, const Args& args, bool may_wait) {
  const std::string& name = args[0];
  if (name == "LPUSH" || name == "RPUSH") return push(me, args, name == "LPUSH");
  if (name == "LPOP" || name == "RPOP") return pop(me, args, name == "LPOP");
  if (name == "BLPOP" || name == "BRPOP") {
    const std::vector<std::string> keys(args.begin() + 1, args.end() - 1);
    return or_wait(me, pop_first(me, keys, name == "BLPOP", std::nullopt), args, keys, args.back(), may_wait,
                   true);
  }
  if (name == "LMPOP" || name == "BLMPOP") {
    const size_t at = name == "LMPOP" ? 1 : 2;
    const auto first = args.begin() + static_cast<ptrdiff_t>(at) + 1;
    const std::vector<std::string> keys(first, first + std::stol(args[at]));
    const bool front = args[at + 1 + keys.size()] == "LEFT";
    const size_t count = args.size() > at + 2 + keys.size() ? std::stoul(args.back()) : 1;
    Line line = pop_first(me, keys, front, count);
    if (name == "LMPOP") return line ? *line : null_array(me);
    return or_wait(me, std::move(line), args, keys, args[1], may_wait, true);
  }
  const bool by_word = name == "LMOVE" || name == "BLMOVE";
  const bool from_front = by_word && args[3] == "LEFT";
  const bool to_front = !by_word || args[4] == "LEFT";
  Line line = move_item(me, args[1], args[2], from_front, to_front);
  if (name[0] != 'B') return line ? *line : null(me);
  return or_wait(me, std::move(line), args, {args[1]}, args.back(), may_wait, false);
}

std::string Reference::push(Client& me, const Args& args, bool front) {
  Value* value = alive(me.db, args[1]);
  if (value != nullptr && !value->is_list) return kWrongType;
  if (value == nullptr) {
    value = &dbs_[me.db][args[1]];
    value->is_list = true;
  }
  for (size_t i = 2; i < args.size(); ++i) add_end(&value->items, front, args[i]);
  ledger_.pushed += args.size() - 2;
  note(me.db, args[1], true);
  return integer(static_cast<int64_t>(value->items.size()));
}

std::string Reference::pop(Client& me, const Args& args, bool front) {
  const bool counted = args.size() == 3;
  Value* value = alive(me.db, args[1]);
  if (value == nullptr) return counted ? null_array(me) : null(me);
  if (!value->is_list) return kWrongType;
  if (!counted) {
    const std::string item = take_end(&value->items, front);
    ++ledger_.delivered;
    note_popped(me.db, args[1]);
    return bulk(item);
  }
  std::string line;
  const size_t count = std::min<size_t>(std::stoul(args[2]), value->items.size());
  for (size_t i = 0; i < count; ++i)
    line.append(i == 0 ? "" : ", ").append(bulk(take_end(&value->items, front)));
  ledger_.delivered += count;
  if (count != 0) note_popped(me.db, args[1]);
  return "*[" + line + "]";
}

// One item without a count, an array of items with one; nothing when none of the keys exists.
Reference::Line Reference::pop_first(Client& me, const std::vector<std::string>& keys, bool front,
                                     std::optional<size_t> count) {
  for (const std::string& key : keys) {
    Value* value = alive(me.db, key);
    if (value == nullptr) continue;
    if (!value->is_list) return kWrongType;
    const std::string items =
        pop(me, count ? Args{"POP", key, std::to_string(*count)} : Args{"POP", key}, front);
    return "*[" + bulk(key) + ", " + items + "]";
  }
  return std::nullopt;
}

Reference::Line Reference::move_item(Client& me, const std::string& from, const std::string& to,
                                     bool from_front, bool to_front) {
  Value* source = alive(me.db, from);
  if (source == nullptr) return std::nullopt;
  if (!source->is_list) return kWrongType;
  Value* target = alive(me.db, to);
  if (target != nullptr && !target->is_list) return kWrongType;
  if (target == nullptr) {
    target = &dbs_[me.db][to];
    target->is_list = true;
  }
  const std::string item = take_end(&source->items, from_front);
  add_end(&target->items, to_front, item);
  note(me.db, to, true);
  note_popped(me.db, from);
  return bulk(item);
}

Reference::Line Reference::or_wait(Client& me, Line line, const Args& args, std::vector<std::string> keys,
                                   const std::string& timeout, bool may_wait, bool array) {
  if (line) return line;
  if (!may_wait) return array ? null_array(me) : null(me);
  const int64_t ms = timeout_ms(timeout);
  const size_t number = number_of(me);
  for (const std::string& key : keys) {
    std::deque<size_t>& queue = queues_[{me.db, key}];
    if (std::find(queue.begin(), queue.end(), number) == queue.end()) queue.push_back(number);
  }
  me.wait = Wait{args, std::move(keys), ms == 0 ? 0 : monotonic_us_ + ms * 1000};
  return std::nullopt;
}

Reference::Line Reference::call_on_key(Client& me, const Args& args) {
  const std::string& name = args[0];
  if (name == "RENAME") return rename(me, args);
  if (name == "COPY") return copy(me, args);
  if (name == "MOVE") return move_key(me, args);
  if (name == "DEL") {
    int64_t count = 0;
    for (size_t i = 1; i < args.size(); ++i) {
      if (alive(me.db, args[i]) == nullptr) continue;
      discard(me.db, args[i]);
      note(me.db, args[i], false);
      ++count;
    }
    return integer(count);
  }
  if (name == "SET") {
    alive(me.db, args[1]);
    discard(me.db, args[1]);
    dbs_[me.db][args[1]] = Value();
    note(me.db, args[1], false);
    return "+OK";
  }
  // PEXPIRE
  Value* value = alive(me.db, args[1]);
  if (value == nullptr) return integer(0);
  value->deadline_ms = now_ms() + std::stol(args[2]);
  note(me.db, args[1], false);
  return integer(1);
}

std::string Reference::rename(Client& me, const Args& args) {
  const Value* found = alive(me.db, args[1]);
  if (found == nullptr) return "-ERR no such key";
  if (args[1] == args[2]) return "+OK";
  Value value = *found;
  dbs_[me.db].erase(args[1]);
  discard(me.db, args[2]);
  note(me.db, args[1], false);
  note(me.db, args[2], value.is_list);
  dbs_[me.db][args[2]] = std::move(value);
  return "+OK";
}

// COPY from to DB n [REPLACE]
std::string Reference::copy(Client& me, const Args& args) {
  const auto db = static_cast<uint32_t>(std::stoul(args[4]));
  if (db == me.db && args[1] == args[2]) return "-ERR source and destination objects are the same";
  const Value* found = alive(me.db, args[1]);
  if (found == nullptr) return integer(0);
  if (alive(db, args[2]) != nullptr && args.size() == 5) return integer(0);
  Value value = *found;
  discard(db, args[2]);
  ledger_.copied += value.items.size();
  note(db, args[2], value.is_list);
  dbs_[db][args[2]] = std::move(value);
  return integer(1);
}

std::string Reference::move_key(Client& me, const Args& args) {
  const auto db = static_cast<uint32_t>(std::stoul(args[2]));
  if (db == me.db) return "-ERR source and destination objects are the same";
  const Value* found = alive(me.db, args[1]);
  if (found == nullptr || alive(db, args[1]) != nullptr) return integer(0);
  note(me.db, args[1], false);
  note(db, args[1], found->is_list);
  dbs_[db][args[1]] = *found;
  dbs_[me.db].erase(args[1]);
  return integer(1);
}

Reference::Line Reference::call_on_database(Client& me, const Args& args) {
  if (args[0] == "SELECT") {
    me.db = static_cast<uint32_t>(std::stoul(args[1]));
    return "+OK";
  }
  if (args[0] == "SWAPDB") return swap(args);
  // FLUSHDB
  while (!dbs_[me.db].empty()) discard(me.db, dbs_[me.db].begin()->first);
  note(me.db, "", false);
  return "+OK";
}

std::string Reference::swap(const Args& args) {
  const auto a = static_cast<uint32_t>(std::stoul(args[1]));
  const auto b = static_cast<uint32_t>(std::stoul(args[2]));
  if (a == b) return "+OK";
  dbs_[a].swap(dbs_[b]);
  note(a, "", true);
  note(b, "", true);
  return "+OK";
}

}  // namespace aerie::test

// SPDX-License-Identifier: BSD-3-Clause
//
// Dice: few keys and databases, so that clients meet; times of milliseconds, so that they pass; commands that
// make sense for the state that the client is in. The weights keep lists short and about every second client
// waiting.
#include <cstdio>

#include "model/schedule.h"

namespace aerie::test {

std::string Dice::key() {
  return std::string(1, static_cast<char>('a' + below(one_in(3) ? 6 : 3)));
}

// Each is there once; numbers and texts, short and long.
std::string Dice::item() {
  const std::string number = std::to_string(1'000'000 + items_++);
  if (one_in(3)) return number;
  return "i" + number + std::string(one_in(40) ? 3000 + below(9000) : below(20), 'x');
}

std::string Dice::timeout() {
  if (one_in(3)) return "0";
  if (one_in(50)) return "1e12";
  char text[32];
  std::snprintf(text, sizeof text, "0.%04u", static_cast<unsigned>(1 + below(one_in(2) ? 100 : 3000)));
  return text;
}

std::vector<std::string> Dice::keys(size_t most) {
  std::vector<std::string> keys;
  for (size_t count = 1 + below(most); count > 0; --count) keys.push_back(key());
  // Some wait for many keys, which are let go in slices.
  if (most > 1 && one_in(20)) {
    for (size_t i = below(100); i > 0; --i) keys.push_back("w" + std::to_string(i));
  }
  return keys;
}

Args Dice::push() {
  Args args{one_in(2) ? "LPUSH" : "RPUSH", key()};
  for (size_t count = 1 + below(5); count > 0; --count) args.push_back(item());
  return args;
}

Args Dice::pop() {
  switch (below(4)) {
    case 0:
      return {one_in(2) ? "LPOP" : "RPOP", key()};
    case 1:
      return {one_in(2) ? "LPOP" : "RPOP", key(), std::to_string(below(4))};
    case 2:
      return one_in(2) ? Args{"RPOPLPUSH", key(), key()} : Args{"LMOVE", key(), key(), end(), end()};
    default: {
      const std::vector<std::string> from = keys(3);
      Args args{"LMPOP", std::to_string(from.size())};
      args.insert(args.end(), from.begin(), from.end());
      args.push_back(end());
      if (one_in(2)) args.insert(args.end(), {"COUNT", std::to_string(1 + below(4))});
      return args;
    }
  }
}

Args Dice::wait() {
  switch (below(6)) {
    case 0:
    case 1:
      return {"BLMOVE", key(), key(), end(), end(), timeout()};
    case 2:
      return {"BRPOPLPUSH", key(), key(), timeout()};
    case 3: {
      const std::vector<std::string> from = keys(4);
      Args args{"BLMPOP", timeout(), std::to_string(from.size())};
      args.insert(args.end(), from.begin(), from.end());
      args.push_back(end());
      if (one_in(2)) args.insert(args.end(), {"COUNT", std::to_string(1 + below(4))});
      return args;
    }
    default: {
      Args args = keys(4);
      args.insert(args.begin(), one_in(2) ? "BLPOP" : "BRPOP");
      args.push_back(timeout());
      return args;
    }
  }
}

Args Dice::key_command() {
  switch (below(6)) {
    case 0:
      return {"RENAME", key(), key()};
    case 1: {
      Args args{"COPY", key(), key(), "DB", database()};
      if (one_in(2)) args.push_back("REPLACE");
      return args;
    }
    case 2:
      return {"MOVE", key(), database()};
    case 3:
      return one_in(2) ? Args{"DEL", key()} : Args{"DEL", key(), key()};
    case 4:
      return {"SET", key(), "v"};
    default:
      return {"PEXPIRE", key(), std::to_string(1 + below(100))};
  }
}

Args Dice::database_command(bool in_multi) {
  switch (below(in_multi ? 6 : 8)) {
    case 0:
      return {"FLUSHDB"};
    case 1:
    case 2:
      return {"SWAPDB", database(), database()};
    case 6:
      return {"WATCH", key(), key()};
    case 7:
      return {"UNWATCH"};
    default:
      return {"SELECT", database()};
  }
}

Args Dice::client_command(bool in_multi, const std::string& someone) {
  switch (below(in_multi ? 8 : 10)) {
    case 0:
    case 1:
      return {"CLIENT", "KILL", "ID", someone, "SKIPME", one_in(3) ? "no" : "yes"};
    case 2:
    case 3:
    case 4:
      return {"CLIENT", "UNBLOCK", someone, one_in(2) ? "ERROR" : "TIMEOUT"};
    case 5:
    case 6:
      return {"CLIENT", "PAUSE", std::to_string(below(20)), one_in(3) ? "ALL" : "WRITE"};
    case 7:
      return {"CLIENT", "UNPAUSE"};
    default: {
      const uint64_t mode = below(4);
      return {"CLIENT", "REPLY", mode == 0 ? "OFF" : mode == 1 ? "SKIP" : "ON"};
    }
  }
}

Args Dice::request(const Reference::Client& me, const std::string& someone) {
  if (me.in_multi && one_in(7)) return {one_in(10) ? "DISCARD" : "EXEC"};
  if (!me.in_multi && one_in(12)) return {"MULTI"};
  // One whose replies are off comes back.
  if (!me.in_multi && me.replies == Reference::Replies::kOff && one_in(5)) return {"CLIENT", "REPLY", "ON"};
  const uint64_t choice = below(100);
  if (choice < 30) return push();
  if (choice < 40) return pop();
  // A wait inside a transaction is no wait: rarer, so that several keys come and go in one.
  if (choice < 72 && me.in_multi && !one_in(4))
    return one_in(2) ? Args{"SET", key(), "v"} : Args{"DEL", key()};
  if (choice < 72) return wait();
  if (choice < 84) return key_command();
  if (choice < 90) return database_command(me.in_multi);
  return client_command(me.in_multi, someone);
}

}  // namespace aerie::test

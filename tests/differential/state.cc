// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and comparing whole states, two pipelines per server: first the names and types of all keys, then
// their values and deadlines.
#include "differential/state.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "differential/compare.h"

namespace aerie {
namespace {

constexpr int kDatabases = 16;
constexpr size_t kMaxDifferences = 5;

struct KeyState {
  std::string type;
  Reply encoding;
  std::string value;
  Reply deadline;
};

using State = std::map<std::pair<int, std::string>, KeyState>;

std::vector<Reply> pipeline(RespClient& client, const std::vector<Words>& commands) {
  std::string bytes;
  for (const Words& words : commands) bytes += encode_request(words);
  client.send_raw(bytes);
  std::vector<Reply> replies;
  for (size_t i = 0; i < commands.size(); ++i) replies.push_back(client.read());
  return replies;
}

// The command that shows the whole value, and whether its elements come in an order of the server's own.
Words value_command(const std::string& type, const std::string& key, bool* sort, bool* pairs) {
  *sort = type == "set" || type == "hash";
  *pairs = type == "hash";
  if (type == "list") return {"LRANGE", key, "0", "-1"};
  if (type == "set") return {"SMEMBERS", key};
  if (type == "hash") return {"HGETALL", key};
  if (type == "zset") return {"ZRANGE", key, "0", "-1", "WITHSCORES"};
  if (type == "stream") return {"XRANGE", key, "-", "+"};
  return {"GET", key};
}

std::string sorted_value(const Reply& reply, bool pairs) {
  std::vector<std::string> texts;
  size_t step = pairs ? 2 : 1;
  for (size_t i = 0; i + step <= reply.elements.size(); i += step) {
    texts.push_back(reply.elements[i].encode() + (pairs ? reply.elements[i + 1].encode() : ""));
  }
  std::sort(texts.begin(), texts.end());
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

void read_values(RespClient& client, State& state) {
  std::vector<Words> commands;
  int database = -1;
  for (const auto& [id, key] : state) {
    if (id.first != database) commands.push_back({"SELECT", std::to_string(database = id.first)});
    bool sort = false;
    bool pairs = false;
    commands.push_back(value_command(key.type, id.second, &sort, &pairs));
  }
  std::vector<Reply> replies = pipeline(client, commands);
  size_t next = 0;
  for (auto& [id, key] : state) {
    if (commands[next][0] == "SELECT") ++next;
    bool sort = false;
    bool pairs = false;
    value_command(key.type, id.second, &sort, &pairs);
    key.value = sort ? sorted_value(replies[next], pairs) : replies[next].encode();
    ++next;
  }
}

State read_state(RespClient& client) {
  std::vector<Words> commands;
  for (int db = 0; db < kDatabases; ++db) {
    commands.push_back({"SELECT", std::to_string(db)});
    commands.push_back({"KEYS", "*"});
  }
  std::vector<Reply> keys = pipeline(client, commands);
  commands.clear();
  for (int db = 0; db < kDatabases; ++db) {
    commands.push_back({"SELECT", std::to_string(db)});
    for (const Reply& key : keys[static_cast<size_t>(db) * 2 + 1].elements) {
      commands.push_back({"TYPE", key.text});
      commands.push_back({"PEXPIRETIME", key.text});
      commands.push_back({"OBJECT", "ENCODING", key.text});
    }
  }
  std::vector<Reply> facts = pipeline(client, commands);
  State state;
  int db = -1;
  for (size_t i = 0; i < commands.size();) {
    if (commands[i][0] == "SELECT") {
      ++db;
      ++i;
      continue;
    }
    state[{db, commands[i][1]}] = {facts[i].text, facts[i + 2], "", facts[i + 1]};
    i += 3;
  }
  read_values(client, state);
  return state;
}

std::string difference(const KeyState& mine, const KeyState& theirs) {
  RowUse ignored;
  Words deadline_command = {"PEXPIRETIME"};
  if (mine.type != theirs.type) return "type " + mine.type + " against " + theirs.type;
  if (mine.value != theirs.value)
    return "value " + printable(mine.value) + " against " + printable(theirs.value);
  Words encoding_command = {"OBJECT", "ENCODING"};
  if (!same_reply({encoding_command, mine.encoding, theirs.encoding}, ignored)) {
    return "encoding " + mine.encoding.to_string() + " against " + theirs.encoding.to_string();
  }
  if (!same_reply({deadline_command, mine.deadline, theirs.deadline}, ignored)) {
    return "deadline " + mine.deadline.to_string() + " against " + theirs.deadline.to_string();
  }
  return "";
}

}  // namespace

std::string compare_state(Duel& duel) {
  State mine = read_state(duel.admin().subject);
  State theirs = read_state(duel.admin().oracle);
  std::vector<std::string> found;
  auto note = [&](const std::pair<int, std::string>& id, const std::string& what) {
    found.push_back("  db " + std::to_string(id.first) + " key " + printable(id.second) + ": " + what);
  };
  for (const auto& [id, key] : theirs) {
    auto match = mine.find(id);
    if (match == mine.end()) {
      note(id, "missing on the subject");
      continue;
    }
    std::string what = difference(match->second, key);
    if (!what.empty()) note(id, what);
  }
  for (const auto& [id, key] : mine) {
    if (theirs.count(id) == 0) note(id, "on the subject only");
  }
  std::string text;
  for (size_t i = 0; i < found.size() && i < kMaxDifferences; ++i) text += found[i] + "\n";
  if (found.size() > kMaxDifferences) text += "  ... " + std::to_string(found.size()) + " differences\n";
  return text;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The reviewed table: every command that is compared otherwise than byte for byte, how, and why. Nothing else
// in the differential tests forgives a difference. Deadlines in the far future are absolute in all scripts
// and streams and stay exact; only those that count from "now" get a tolerance.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "differential/acl_replies.h"
#include "differential/compare.h"

namespace aerie {
namespace {

constexpr int64_t kToleranceMs = 5000;  // both servers run on one busy machine
// Absolute deadlines of scripts and streams lie between the years 2286 and 33658, or at the very end of time.
// Others count from "now", by less than three years or by an immense number.
constexpr int64_t kExactFromMs = 10000000000000;
constexpr int64_t kExactToMs = 1000000000000000;
constexpr int64_t kEndOfTimeMs = 9223372036854775000;

std::vector<std::string> sorted_texts(const std::vector<Reply>& elements) {
  std::vector<std::string> texts;
  for (const Reply& element : elements) texts.push_back(element.encode());
  std::sort(texts.begin(), texts.end());
  return texts;
}

bool unordered(const Exchange& x) {
  return x.subject.type == x.oracle.type && x.subject.null == x.oracle.null &&
         sorted_texts(x.subject.elements) == sorted_texts(x.oracle.elements);
}

// name, value, name, value ... in any order.
bool unordered_pairs(const Exchange& x) {
  auto pairs = [](const Reply& reply) {
    std::vector<std::string> texts;
    for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      texts.push_back(reply.elements[i].encode() + reply.elements[i + 1].encode());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  return x.subject.type == x.oracle.type && x.subject.elements.size() == x.oracle.elements.size() &&
         pairs(x.subject) == pairs(x.oracle);
}

bool scan_page(const Exchange& x) {
  const auto& mine = x.subject.elements;
  const auto& theirs = x.oracle.elements;
  if (x.subject.type != '*' || mine.size() != 2 || theirs.size() != 2) return false;
  bool numeric = !mine[0].text.empty() && mine[0].text.find_first_not_of("0123456789") == std::string::npos;
  if (mine[0].type != '$' || !numeric || mine[1].type != '*') return false;
  if (x.words[1] != "0" || theirs[0].text != "0") return true;  // a page from the middle
  return mine[0].text == "0" && sorted_texts(mine[1].elements) == sorted_texts(theirs[1].elements);
}

bool random_key(const Exchange& x) {
  if (x.oracle.null || x.subject.null) return x.subject == x.oracle;
  return x.subject.type == '$' && x.live_keys != nullptr && x.live_keys->count(x.subject.text) == 1;
}

bool near(const Exchange& x, int64_t tolerance) {
  if (x.subject.type != ':' || x.oracle.type != ':') return x.subject == x.oracle;
  if (x.subject.integer < 0 || x.oracle.integer < 0) return x.subject == x.oracle;
  return std::llabs(x.subject.integer - x.oracle.integer) <= tolerance;
}

bool near_seconds(const Exchange& x) {
  return near(x, kToleranceMs / 1000);
}
bool near_milliseconds(const Exchange& x) {
  return near(x, kToleranceMs);
}

bool is_absolute(int64_t deadline, int64_t per_second) {
  int64_t scale = 1000 / per_second;
  return (deadline >= kExactFromMs / scale && deadline < kExactToMs / scale) ||
         deadline >= kEndOfTimeMs / scale;
}

bool deadline_seconds(const Exchange& x) {
  return is_absolute(x.oracle.integer, 1) ? x.subject == x.oracle : near_seconds(x);
}

bool deadline_milliseconds(const Exchange& x) {
  return is_absolute(x.oracle.integer, 1000) ? x.subject == x.oracle : near_milliseconds(x);
}

// Redis gives COPY's result an integer object of its own, also when small integers are shared; and within a
// transaction it still holds what INCRBYFLOAT stored before, among the arguments that it keeps for its log.
bool reference_count(const Exchange& x) {
  bool private_copy = x.subject.encode() == ":2147483647\r\n" && x.oracle.encode() == ":1\r\n";
  bool kept_argument = x.subject.encode() == ":1\r\n" && x.oracle.encode() == ":2\r\n";
  return x.subject == x.oracle || ((private_copy || kept_argument) && !x.subject_is_redis);
}

// The small integers that Redis shares have one time of last use for all keys, from the start of the server
// on.
bool idle_time(const Exchange& x) {
  return near_seconds(x) || (!x.subject_is_redis && x.oracle.integer > x.subject.integer);
}

// 7.0 has no name but quicklist for a list; 7.2 calls one that fits a listpack so.
bool list_encoding(const Exchange& x) {
  if (x.oracle.text != "quicklist" || x.subject_is_redis) return x.subject == x.oracle;
  return x.subject.type == x.oracle.type && (x.subject.text == "quicklist" || x.subject.text == "listpack");
}

bool positive_integer(const Exchange& x) {
  if (x.oracle.type != ':') return x.subject == x.oracle;
  return x.subject.type == ':' && x.subject.integer > 0 && x.oracle.integer > 0;
}

bool time_of_day(const Exchange& x) {
  if (x.subject.type != '*' || x.subject.elements.size() != 2) return false;
  const Reply& seconds = x.subject.elements[0];
  const Reply& micros = x.subject.elements[1];
  int64_t difference = std::atoll(seconds.text.c_str()) - std::atoll(x.oracle.elements[0].text.c_str());
  return seconds.type == '$' && micros.type == '$' && std::llabs(difference) <= kToleranceMs / 1000 &&
         micros.text.size() <= 6 && micros.text.find_first_not_of("0123456789") == std::string::npos;
}

bool hello(const Exchange& x) {
  if (x.subject.type != x.oracle.type || x.subject.elements.size() != x.oracle.elements.size()) return false;
  for (size_t i = 0; i + 1 < x.oracle.elements.size(); i += 2) {
    const Reply& mine = x.subject.elements[i + 1];
    const Reply& theirs = x.oracle.elements[i + 1];
    const std::string& field = x.oracle.elements[i].text;
    if (!(x.subject.elements[i] == x.oracle.elements[i]) || mine.type != theirs.type) return false;
    if (field == "id") continue;
    if (field == "version" && !x.subject_is_redis) {
      if (mine.text != "7.2.4") return false;
    } else if (!(mine == theirs)) {
      return false;
    }
  }
  return true;
}

// "a=1 b=2" as names in order, and name to value.
std::vector<std::string> field_names(const std::string& line, char separator,
                                     std::map<std::string, std::string>* values) {
  std::vector<std::string> names;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    size_t at = word.find(separator);
    if (at == std::string::npos) continue;
    names.push_back(word.substr(0, at));
    (*values)[names.back()] = word.substr(at + 1);
  }
  return names;
}

bool same_client_line(const std::string& mine, const std::string& theirs, bool subject_is_redis) {
  std::map<std::string, std::string> my_values;
  std::map<std::string, std::string> their_values;
  std::vector<std::string> my_names = field_names(mine, '=', &my_values);
  std::vector<std::string> their_names = field_names(theirs, '=', &their_values);
  if (!subject_is_redis && !their_names.empty()) {
    their_names.emplace_back("lib-name");
    their_names.emplace_back("lib-ver");
  }
  if (my_names != their_names) return false;
  for (const char* name : {"name", "flags", "db", "sub", "psub", "multi", "cmd", "user", "redir", "resp"}) {
    if (my_values[name] != their_values[name]) return false;
  }
  return true;
}

bool client_lines(const Exchange& x) {
  if (x.subject.type != x.oracle.type) return false;
  std::istringstream mine(x.subject.text);
  std::istringstream theirs(x.oracle.text);
  std::string my_line;
  for (std::string their_line; std::getline(theirs, their_line);) {
    if (!std::getline(mine, my_line) || !same_client_line(my_line, their_line, x.subject_is_redis))
      return false;
  }
  return !std::getline(mine, my_line);
}

// Titles of the sections, and the keyspace lines without their average TTL.
std::vector<std::string> info_outline(const std::string& text) {
  std::vector<std::string> outline;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# ", 0) == 0) outline.push_back(line);
    if (line.rfind("db", 0) == 0) outline.push_back(line.substr(0, line.find("avg_ttl")));
  }
  return outline;
}

bool info(const Exchange& x) {
  return x.subject.type == x.oracle.type && info_outline(x.subject.text) == info_outline(x.oracle.text);
}

bool lolwut(const Exchange& x) {
  return x.subject.type == x.oracle.type && x.subject.text.find("Redis ver. ") != std::string::npos &&
         x.oracle.text.find("Redis ver. ") != std::string::npos;
}

// name, arity, flags, first key, last key, step, ACL categories. (Tips, key specifications and subcommands
// follow.)
bool same_command_entry(const Reply& mine, const Reply& theirs) {
  if (theirs.elements.size() < 7 || mine.elements.size() < 7) return mine == theirs;
  for (size_t i : {0, 1, 3, 4, 5}) {
    if (!(mine.elements[i] == theirs.elements[i])) return false;
  }
  for (size_t i : {2, 6}) {
    if (mine.elements[i].type != theirs.elements[i].type) return false;
    if (sorted_texts(mine.elements[i].elements) != sorted_texts(theirs.elements[i].elements)) return false;
  }
  return mine.elements.size() == theirs.elements.size();
}

bool command_entries(const Exchange& x) {
  if (x.subject.type != x.oracle.type || x.subject.elements.size() != x.oracle.elements.size()) return false;
  for (size_t i = 0; i < x.oracle.elements.size(); ++i) {
    if (!same_command_entry(x.subject.elements[i], x.oracle.elements[i])) return false;
  }
  return true;
}

bool debug_object(const Exchange& x) {
  std::map<std::string, std::string> mine;
  std::map<std::string, std::string> theirs;
  bool same_fields = field_names(x.subject.text, ':', &mine) == field_names(x.oracle.text, ':', &theirs);
  return x.subject.type == x.oracle.type && same_fields && mine["encoding"] == theirs["encoding"];
}

// Redis 7.0 does not know the subcommand, so the documented replies of 7.2 stand here.
bool client_setinfo(const Exchange& x) {
  if (x.subject_is_redis) return x.subject == x.oracle;
  if (x.words.size() != 4) {
    return x.subject.encode() == "-ERR wrong number of arguments for 'client|setinfo' command\r\n";
  }
  const std::string& option = x.words[2];
  if (lower(option) != "lib-name" && lower(option) != "lib-ver") {
    return x.subject.encode() == "-ERR Unrecognized option '" + option + "'\r\n";
  }
  for (char c : x.words[3]) {
    if (c >= '!' && c <= '~') continue;
    return x.subject.encode() ==
           "-ERR " + option + " cannot contain spaces, newlines or special characters.\r\n";
  }
  return x.subject.encode() == "+OK\r\n";
}

// Ids, arguments and names of clients; not the times, nor the addresses.
bool slow_log_entries(const Exchange& x) {
  if (x.subject.type != x.oracle.type || x.subject.elements.size() != x.oracle.elements.size()) return false;
  const auto same_entry = [&](const Reply& mine, const Reply& theirs) {
    if (mine.elements.size() != 6 || theirs.elements.size() != 6) return false;
    return mine.elements[3] == theirs.elements[3] && mine.elements[5] == theirs.elements[5] &&
           mine.elements[2].type == ':' && mine.elements[4].type == '$';
  };
  return x.subject.type == '-' ? x.subject == x.oracle
                               : std::equal(x.subject.elements.begin(), x.subject.elements.end(),
                                            x.oracle.elements.begin(), same_entry);
}

// Commands in any order, each with its calls.
bool latency_histograms(const Exchange& x) {
  const auto calls = [](const Reply& reply) {
    std::vector<std::string> texts;
    for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      const std::vector<Reply>& facts = reply.elements[i + 1].elements;
      if (facts.size() == 4)
        texts.push_back(reply.elements[i].text + " " + facts[0].text + facts[1].encode() + facts[2].text);
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  return x.subject.type == x.oracle.type && calls(x.subject) == calls(x.oracle);
}

constexpr ReviewedRow kRows[] = {
    {"keys", unordered, false, "the order of keys is the hash table's"},
    {"scan", scan_page, false,
     "cursors and pages are the hash table's; whole iterations are compared as sets"},
    {"randomkey", random_key, false, "random: must be a key that exists"},
    {"ttl", near_seconds, false, "counts down in real time on two servers"},
    {"pttl", near_milliseconds, false, "counts down in real time on two servers"},
    {"expiretime", deadline_seconds, false, "a relative deadline is set at two slightly different times"},
    {"pexpiretime", deadline_milliseconds, false,
     "a relative deadline is set at two slightly different times"},
    {"object|encoding", list_encoding, false, "7.2 has the encoding listpack for short lists, 7.0 has not"},
    {"object|idletime", idle_time, false,
     "counts up in real time on two servers; a small integer may be older in Redis, which shares it"},
    {"object|refcount", reference_count, false,
     "small integers that COPY made, and values that a transaction holds"},
    {"memory|usage", positive_integer, false, "another allocator and another layout"},
    {"time", time_of_day, false, "two servers are asked one after the other"},
    {"hello", hello, false, "the client's id, and the version: 7.2.4 against 7.0.15"},
    {"client|id", positive_integer, false, "ids are given per server"},
    {"client|info", client_lines, false, "addresses, fds, ages, buffer sizes; 7.2 adds lib-name and lib-ver"},
    {"client|list", client_lines, false, "addresses, fds, ages, buffer sizes; 7.2 adds lib-name and lib-ver"},
    {"client|setinfo", client_setinfo, true, "new in 7.2; 7.0 answers with an error"},
    {"info", info, false, "values are the server's own; sections and the keyspace are compared"},
    {"lolwut", lolwut, false, "art"},
    {"command|count", positive_integer, false, "families that come later are not counted"},
    {"command|list", unordered, false, "the order of commands is the hash table's"},
    {"command|info", command_entries, false, "flags are sets; tips and key specifications of 7.2 are newer"},
    {"command|docs", same_command_docs, false,
     "texts are the server's own, subcommands in the order of a hash table; 7.2 documents some otherwise"},
    {"acl|list", same_acl_list, false, "7.2 keeps the words of rules, and new users have a flag more"},
    {"acl|getuser", same_acl_user, false, "7.2 keeps the words of rules, and new users have a flag more"},
    {"acl|log", same_acl_log, false, "ages and facts of clients; 7.2 has three fields more"},
    {"acl|dryrun", same_acl_dryrun, false, "7.2 names the user"},
    {"acl|cat", unordered, false, "the order of commands is the hash table's"},
    {"pubsub|channels", unordered, false, "the order of channels is the hash table's"},
    {"pubsub|shardchannels", unordered, false, "the order of channels is the hash table's"},
    {"config|get", unordered_pairs, false, "the order of parameters is the hash table's"},
    {"slowlog|get", slow_log_entries, false, "times, durations and addresses are the server's own"},
    {"latency|histogram", latency_histograms, false, "durations are the server's own"},
    {"debug|object", debug_object, false, "addresses, clocks and sizes are the server's own"},
};

}  // namespace

std::span<const ReviewedRow> reviewed_table() {
  return kRows;
}

}  // namespace aerie

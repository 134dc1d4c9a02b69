// SPDX-License-Identifier: BSD-3-Clause
//
// Making random commands: the same seed makes the same commands on every machine, so a failure can be
// repeated.
#include "differential/stream.h"

#include <algorithm>

namespace aerie {
namespace {

constexpr size_t kNamedKeys = 26;
// The first named keys hold lists more often than not, the others strings.
constexpr size_t kListKeys = 10;
constexpr unsigned kUsualType = 85;  // per cent
constexpr const char* kDatabases[] = {"0", "1", "2"};
constexpr const char* kClients[] = {"c1", "c2", "c3"};
constexpr const char* kWaiters[] = {"b1", "b2", "b3"};

std::vector<std::string> key_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kNamedKeys; ++i) names.push_back("k" + std::to_string(i));
  names.emplace_back("");
  names.emplace_back(std::string("b\0\r\n\xff", 5));
  names.emplace_back(std::string(150, 'L'));
  names.emplace_back("target");
  return names;
}

}  // namespace

StreamGenerator::StreamGenerator(uint64_t seed, int protocol)
    : random_(seed), protocol_(protocol), rows_(stream_rows()), keys_(key_names()) {
  int sum = 0;
  for (const StreamRow& row : rows_) cumulative_.push_back(sum += row.weight);
}

const StreamRow& StreamGenerator::pick(int* index) {
  auto at = static_cast<int>(below(static_cast<uint64_t>(cumulative_.back())));
  auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
  *index = static_cast<int>(found - cumulative_.begin());
  return rows_[static_cast<size_t>(*index)];
}

std::string StreamGenerator::one_of(std::initializer_list<const char*> words) {
  return *(words.begin() + below(words.size()));
}

std::string StreamGenerator::text(size_t length) {
  std::string out;
  for (size_t i = 0; i < length; ++i) out += static_cast<char>('a' + below(4));
  return out;
}

std::string StreamGenerator::integer() {
  if (chance(10))
    return one_of({"9223372036854775806", "-9223372036854775807", "9223372036854775807", "0", "10000"});
  auto magnitude = static_cast<int64_t>(below(chance(70) ? 100 : 1000000000000));
  return std::to_string(chance(70) ? magnitude : -magnitude);
}

std::string StreamGenerator::real() {
  if (chance(15))
    return one_of({"1e3", "-1e-3", "3.0", "0x1p2", "1e17", "-0.0", ".5", "0.00000000000000001"});
  std::string sign = chance(30) ? "-" : "";
  return sign + std::to_string(below(1000)) + "." + std::to_string(below(100000));
}

std::string StreamGenerator::list_key() {
  return keys_[below(kListKeys)];
}

std::string StreamGenerator::other_key() {
  return keys_[kListKeys + below(keys_.size() - kListKeys)];
}

std::string StreamGenerator::value() {
  uint64_t kind = below(100);
  if (kind < 25) return integer();
  if (kind < 35) return real();
  if (kind < 40) return "";
  if (kind < 45) return std::string("\0\r\n\xfe", 4) + text(below(10));
  if (kind < 60) return text(35 + below(20));  // around the limit of embstr
  if (kind < 62) return text(100 + below(300));
  return text(1 + below(20));
}

std::string StreamGenerator::word(const std::string& placeholder) {
  size_t at = placeholder.find('%');
  if (at == std::string::npos) return placeholder;
  std::string before = placeholder.substr(0, at);
  switch (placeholder[at + 1]) {
    case 'k':
      return before + (chance(kUsualType) ? other_key() : list_key());
    case 'l':
      return before + (chance(kUsualType) ? list_key() : other_key());
    case 'e':
      return before + (chance(80) ? one_of({"a", "b", "c", "d", "1", "2", "-3", ""}) : value());
    case 'n':
      return before + std::to_string(static_cast<int64_t>(below(chance(90) ? 9 : 200)) - 5);
    case 'v':
      return before + value();
    case 'i':
      return before + integer();
    case 'o':
      return before + std::to_string(static_cast<int64_t>(below(chance(90) ? 60 : 1000)) - 15);
    case 'f':
      return before + real();
    case 'b':
      return before +
             one_of({"abc", "", "1.5", " 1", "1 ", "9223372036854775808", "+1", "0x10", "1e3", "--1"});
    case 'B':
      return before + one_of({"abc", "", "1.5x", " 1", "1 ", "1..2", "1e", "--1", "e5"});
    case 's':
      return before + std::to_string(100000 + below(100000000));
    case 'm':
      return before + std::to_string(100000000 + below(100000000000));
    case 'S':
      return before + std::to_string(33177117420 + static_cast<int64_t>(below(20)));
    case 'M':
      return before + std::to_string(33177117420000 + static_cast<int64_t>(below(20000)));
    case 'z':
      return before + std::to_string(1 + below(1000000));
    case 'd':
      return before + kDatabases[below(std::size(kDatabases))];
    case 'g':
      return before +
             one_of({"k*", "k?", "k1?", "*1*", "k[0-5]", "k[^0-5]", "?", "", "*L*L*", "nothing", "k\\1"});
    default:
      return placeholder;
  }
}

// Whether the row can stand here, and both servers must then answer the same.
bool StreamGenerator::fits(const StreamRow& row, bool inside_multi) const {
  const std::string& name = row.words[0];
  if (inside_multi) {
    return name != "RESET" && name != "HELLO" && name != "WATCH" && name != "EXEC" && name != "DISCARD";
  }
  if (row.may_block) return waiters_ < std::size(kWaiters);
  // SWAPDB wakes the clients of several keys in the order of a hash table.
  return waiters_ == 0 || name != "SWAPDB";
}

void StreamGenerator::add_command(const std::string& client, bool inside_multi, std::vector<Step>* out) {
  int index = 0;
  const StreamRow* row = &pick(&index);
  while (!fits(*row, inside_multi)) row = &pick(&index);
  Step step{client, {}, inside_multi ? -1 : index};
  if (row->may_block && !inside_multi) {
    step.client = kWaiters[waiters_++];
    step.may_block = true;
  }
  std::vector<std::string> keys;
  for (const std::string& placeholder : row->words) {
    step.words.push_back(word(placeholder));
    if (placeholder == "%k" || placeholder == "%l") keys.push_back(step.words.back());
  }
  if (!keys.empty() && !inside_multi && chance(50))
    out->push_back({step.client, {"EXISTS", keys.front()}, -1, true, false});
  const bool is_reset = step.words[0] == "RESET";
  out->push_back(std::move(step));
  if (!inside_multi && row->waits_for_several()) {
    // Redis 7.0 gives such a client the key that was filled first, whatever the others have become; 7.2 runs
    // its command again. So it does not wait while anything else happens.
    out->push_back({client, {"RPUSH", keys[below(keys.size())], value()}, -1, false, false});
    out->push_back(
        {client, {"CLIENT", "UNBLOCK", std::string("@") + kWaiters[waiters_ - 1]}, -1, false, false});
  }
  // Redis keeps a key that SET gave a moment of the past until something looks at it, and DBSIZE counts it so
  // long.
  if (row->words.back() == "%z") out->push_back({client, {"EXISTS", keys.front()}, -1, false, false});
  if (is_reset && protocol_ == 3) out->push_back({client, {"HELLO", "3"}, -1, false, false});
}

void StreamGenerator::add_transaction(const std::string& client, std::vector<Step>* out) {
  out->push_back({client, {"MULTI"}});
  for (uint64_t left = below(6); left > 0; --left) {
    add_command(client, true, out);
    if (chance(2)) out->push_back({client, {chance(50) ? "MULTI" : "WATCH", "k1"}});
  }
  out->push_back({client, {chance(85) ? "EXEC" : "DISCARD"}});
}

void StreamGenerator::add_watchers(bool first, std::vector<Step>* out) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    std::string client = "w" + std::to_string(i);
    if (first) {
      out->push_back({client, {"SELECT", kDatabases[i % std::size(kDatabases)]}, -1, false, false});
    } else {
      for (const char* name : {"MULTI", "PING", "EXEC"}) out->push_back({client, {name}, -1, false, false});
    }
    out->push_back({client, {"WATCH", keys_[i]}, -1, false, false});
  }
}

void StreamGenerator::add_unblocks(const std::string& client, std::vector<Step>* out) {
  for (size_t i = 0; i < waiters_; ++i) {
    const std::string name = std::string("@") + kWaiters[i];
    out->push_back({client, {"CLIENT", "UNBLOCK", name, chance(80) ? "TIMEOUT" : "ERROR"}, -1, false, false});
  }
  waiters_ = 0;
}

std::vector<Step> StreamGenerator::begin() {
  std::vector<Step> steps;
  for (size_t i = 0; i < std::size(kWaiters); ++i)
    steps.push_back({kWaiters[i], {"SELECT", kDatabases[i % std::size(kDatabases)]}, -1, false, false});
  add_watchers(true, &steps);
  return steps;
}

std::vector<Step> StreamGenerator::next_batch(size_t count) {
  std::vector<Step> steps;
  std::string client = kClients[below(std::size(kClients))];
  while (steps.size() < count) {
    if (chance(4)) {
      add_transaction(client, &steps);
    } else {
      add_command(client, false, &steps);
    }
  }
  add_unblocks(client, &steps);
  add_watchers(false, &steps);
  return steps;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of scripts in which clients wait: until both servers count them as blocked, what each of them is
// told in the end, and how often their commands were counted.
#include <algorithm>
#include <chrono>
#include <thread>

#include "differential/script.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kQuiet{25};            // nothing came for so long: nothing more comes
constexpr std::chrono::seconds kPatience{5};  // with a server that lags behind the other

// Replies by client, in the order in which it received them.
using Told = std::map<std::string, std::vector<Reply>>;

// Adds what has arrived; false when there was nothing.
bool collect(RespClient& client, std::vector<Reply>* into) {
  const size_t before = into->size();
  while (auto reply = client.try_read(milliseconds(0))) into->push_back(*std::move(reply));
  return into->size() != before;
}

bool same_counts(const Told& subject, const Told& oracle) {
  return std::equal(subject.begin(), subject.end(), oracle.begin(), oracle.end(),
                    [](const auto& a, const auto& b) { return a.second.size() == b.second.size(); });
}

// The rest of the line that begins with `start`; empty when there is none.
std::string info_line(RespClient& client, const std::string& section, const std::string& start) {
  const std::string text = "\n" + client.ask({"INFO", section}).text;
  const size_t at = text.find("\n" + start);
  if (at == std::string::npos) return "";
  const size_t value = at + 1 + start.size();
  return text.substr(value, text.find('\r', value) - value);
}

// "calls=2,rejected_calls=0,failed_calls=0" of the command; empty when it was never given.
std::string call_counts(RespClient& client, const std::string& command) {
  const std::string figures = info_line(client, "commandstats", "cmdstat_" + command + ":");
  if (figures.empty()) return "";
  const size_t times = figures.find("usec=");
  const size_t others = figures.find("rejected_calls=");
  return figures.substr(0, times) + figures.substr(others);
}

}  // namespace

void ScriptRunner::compare_told(const ScriptLine& line) {
  Told subject;
  Told oracle;
  const auto deadline = steady_clock::now() + kPatience;
  auto quiet_since = steady_clock::now();
  while (steady_clock::now() < deadline) {
    bool more = false;
    for (auto& [name, clients] : duel_.clients()) {
      more |= collect(clients.subject, &subject[name]);
      more |= collect(clients.oracle, &oracle[name]);
    }
    if (more) quiet_since = steady_clock::now();
    if (steady_clock::now() - quiet_since > kQuiet && same_counts(subject, oracle)) break;
    std::this_thread::sleep_for(milliseconds(1));
  }
  for (const auto& [name, theirs] : oracle) {
    const std::vector<Reply>& mine = subject[name];
    ScriptLine of_client = line;
    of_client.client = name;
    for (size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i)
      compare(of_client, {}, {mine[i], theirs[i]});
    for (size_t i = mine.size(); i < theirs.size(); ++i)
      report(of_client, "  only the oracle tells it " + theirs[i].to_string());
    for (size_t i = theirs.size(); i < mine.size(); ++i)
      report(of_client, "  only the subject tells it " + mine[i].to_string());
  }
}

void ScriptRunner::wait_blocked(const ScriptLine& line) {
  const std::string wanted = std::to_string(line.amount);
  const auto deadline = steady_clock::now() + kPatience;
  ClientPair& admin = duel_.admin();
  std::string mine;
  std::string theirs;
  do {
    mine = info_line(admin.subject, "clients", "blocked_clients:");
    theirs = info_line(admin.oracle, "clients", "blocked_clients:");
    if (mine == wanted && theirs == wanted) return;
    std::this_thread::sleep_for(milliseconds(1));
  } while (steady_clock::now() < deadline);
  report(line, "  blocked clients: the subject has " + mine + ", the oracle " + theirs);
}

void ScriptRunner::compare_calls(const ScriptLine& line) {
  for (const std::string& command : line.words) {
    ++commands_;
    const std::string mine = call_counts(duel_.admin().subject, command);
    const std::string theirs = call_counts(duel_.admin().oracle, command);
    if (theirs.empty()) report(line, "  the oracle has not counted " + command);
    if (mine != theirs) report(line, "  " + command + ": " + mine + " against " + theirs);
  }
}

}  // namespace aerie

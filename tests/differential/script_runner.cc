// SPDX-License-Identifier: BSD-3-Clause
//
// Running scripts against both servers, line by line; what SCAN returns is compared as the set of a whole
// iteration.
#include <thread>

#include "differential/script.h"
#include "differential/state.h"

namespace aerie {
namespace {

constexpr int kMaxPages = 200000;

// The keys that a complete SCAN gives, or the first reply that is not a page.
std::set<std::string> scan_all(RespClient& client, const Words& options, std::string* failure) {
  std::set<std::string> keys;
  std::string cursor = "0";
  for (int page = 0; page < kMaxPages; ++page) {
    Words words = {"SCAN", cursor};
    words.insert(words.end(), options.begin(), options.end());
    Reply reply = client.ask(words);
    if (reply.type != '*' || reply.elements.size() != 2) {
      *failure = reply.to_string();
      return keys;
    }
    for (const Reply& key : reply.elements[1].elements) keys.insert(key.text);
    cursor = reply.elements[0].text;
    if (cursor == "0") return keys;
  }
  *failure = "SCAN does not end";
  return keys;
}

}  // namespace

std::vector<std::string> ScriptRunner::run(const ScriptCase& script) {
  using Kind = ScriptLine::Kind;
  differences_.clear();
  judges_.clear();
  prepare_.clear();
  check_.clear();
  duel_.reset();
  for (const ScriptLine& line : script.lines) {
    if (line.kind == Kind::kPrepare || line.kind == Kind::kCheck) {
      auto& list = line.kind == Kind::kPrepare ? prepare_ : check_;
      if (line.words.empty()) {
        list.clear();
      } else {
        list.push_back(line);
      }
      continue;
    }
    run_line(line);
  }
  run_line({Kind::kState, script.lines.empty() ? 0 : script.lines.back().number, "", {}, 0});
  return differences_;
}

void ScriptRunner::run_line(const ScriptLine& line) {
  using Kind = ScriptLine::Kind;
  switch (line.kind) {
    case Kind::kCommand:
      for (const ScriptLine& before : prepare_) run_command(before);
      run_command(line);
      for (const ScriptLine& after : check_)
        after.words == Words{"told"} ? compare_told(after) : run_command(after);
      break;
    case Kind::kSend: {
      const WordsPair words = duel_.with_ids(line.words);
      duel_.client(line.client).subject.send(words.subject);
      duel_.client(line.client).oracle.send(words.oracle);
      break;
    }
    case Kind::kRead: {
      ClientPair& clients = duel_.client(line.client);
      Reply subject = clients.subject.read();
      compare(line, {}, {std::move(subject), clients.oracle.read()});
      break;
    }
    case Kind::kTold:
      compare_told(line);
      break;
    case Kind::kBlocked:
      wait_blocked(line);
      break;
    case Kind::kCalls:
      compare_calls(line);
      break;
    case Kind::kClose:
      duel_.drop_client(line.client);
      judge(line.client).forget();
      break;
    case Kind::kClosed:
      expect_closed(line);
      break;
    case Kind::kSleep:
      std::this_thread::sleep_for(std::chrono::milliseconds(line.amount));
      break;
    case Kind::kState: {
      duel_.drop_admin();  // CLIENT KILL may have closed it
      std::string difference = compare_state(duel_);
      if (!difference.empty()) report(line, "the states differ\n" + difference);
      break;
    }
    case Kind::kScan:
      run_scan(line);
      break;
    case Kind::kPrepare:
    case Kind::kCheck:
      break;
  }
}

void ScriptRunner::run_command(const ScriptLine& line) {
  ClientPair& clients = duel_.client(line.client);
  if (!line.words.empty() && lower(line.words[0]) == "randomkey") {
    std::set<std::string> live;
    for (const Reply& key : clients.subject.ask({"KEYS", "*"}).elements) live.insert(key.text);
    ReplyPair replies = exchange_one(clients, line.words);
    std::string what = judge(line.client).judge(line.words, replies.subject, replies.oracle, &live);
    if (!what.empty()) report(line, what);
    return;
  }
  const WordsPair words = duel_.with_ids(line.words);
  clients.subject.send(words.subject);
  clients.oracle.send(words.oracle);
  Reply subject = clients.subject.read();
  compare(line, line.words, {std::move(subject), clients.oracle.read()});
}

void ScriptRunner::compare(const ScriptLine& line, const Words& words, const ReplyPair& replies) {
  ++commands_;
  std::string what = judge(line.client).judge(words, replies.subject, replies.oracle);
  if (!what.empty()) report(line, what);
}

void ScriptRunner::run_scan(const ScriptLine& line) {
  ClientPair& clients = duel_.client(line.client);
  std::string failure;
  std::set<std::string> theirs = scan_all(clients.oracle, line.words, &failure);
  std::set<std::string> mine = scan_all(clients.subject, line.words, &failure);
  if (!failure.empty()) report(line, "  scan: " + failure);
  if (mine != theirs) {
    report(line, "  scan " + script_line(line.words) + ": the subject finds " + std::to_string(mine.size()) +
                     " keys, the oracle " + std::to_string(theirs.size()));
  }
}

void ScriptRunner::expect_closed(const ScriptLine& line) {
  ClientPair& clients = duel_.client(line.client);
  if (!clients.oracle.closed_by_server()) report(line, "  the oracle keeps the connection open");
  if (!clients.subject.closed_by_server()) report(line, "  the subject keeps the connection open");
  duel_.drop_client(line.client);
  judge(line.client).forget();
}

ReplyJudge& ScriptRunner::judge(const std::string& client) {
  return judges_.try_emplace(client, use_, duel_.subject_is_redis()).first->second;
}

void ScriptRunner::report(const ScriptLine& line, const std::string& what) {
  differences_.push_back("line " + std::to_string(line.number) + ", " + line.client + "\n" + what);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Starting both servers and keeping their clients in step: each step is sent to both, and both have answered
// before the next one is sent.
#include "differential/duel.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace aerie {
namespace {

ServerOptions options(ServerKind kind, const Words& extra) {
  ServerOptions result;
  result.kind = kind;
  result.args = {"--loglevel", "warning", "--enable-debug-command", "yes"};
  result.args.insert(result.args.end(), extra.begin(), extra.end());
  return result;
}

// Ends when the server sees one client only. A server that never does shows it in the comparisons of CLIENT
// LIST.
void wait_alone(RespClient& client) {
  for (int i = 0; i < 200; ++i) {
    std::string list = client.ask({"CLIENT", "LIST"}).text;
    if (std::count(list.begin(), list.end(), '\n') <= 1) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// The id that CLIENT LIST shows beside the address of `client`.
std::string id_of(const RespClient& client, RespClient& admin) {
  const std::string address = " addr=127.0.0.1:" + std::to_string(client.local_port()) + " ";
  std::istringstream lines(admin.ask({"CLIENT", "LIST"}).text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(address) != std::string::npos) return line.substr(3, line.find(' ') - 3);
  }
  throw std::runtime_error("CLIENT LIST does not show" + address);
}

}  // namespace

Duel::Duel(int protocol, const Words& subject_args)
    : protocol_(protocol),
      subject_(options(ServerKind::kAerie, subject_args)),
      oracle_(options(ServerKind::kOracle, {})) {}

ClientPair Duel::connect() {
  return {RespClient::tcp(subject_.port()), RespClient::tcp(oracle_.port())};
}

ClientPair& Duel::client(const std::string& name) {
  auto found = clients_.find(name);
  if (found != clients_.end()) return found->second;
  ClientPair& pair = clients_.emplace(name, connect()).first->second;
  if (protocol_ == 3) exchange_one(pair, {"HELLO", "3"});
  return pair;
}

WordsPair Duel::with_ids(const Words& words) {
  WordsPair pair{words, words};
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string name = words[i].empty() ? "" : words[i].substr(1);
    if (words[i][0] != '@' || !has_client(name)) continue;
    if (ids_.count(name) == 0) {
      ClientPair& named = client(name);
      ids_[name] = {{id_of(named.subject, admin().subject)}, {id_of(named.oracle, admin().oracle)}};
    }
    pair.subject[i] = ids_[name].subject[0];
    pair.oracle[i] = ids_[name].oracle[0];
  }
  return pair;
}

ClientPair& Duel::admin() {
  if (admin_ == nullptr) admin_ = std::make_unique<ClientPair>(connect());
  return *admin_;
}

void Duel::reset() {
  clients_.clear();
  ids_.clear();
  admin_ = nullptr;
  for (const Words& words : {Words{"FLUSHALL"}, Words{"SELECT", "0"}}) {
    const ReplyPair reply = exchange_one(admin(), words);
    if (reply.subject.is_error() || reply.oracle.is_error()) {
      throw std::runtime_error("reset: " + reply.subject.to_string() + " " + reply.oracle.to_string());
    }
  }
  wait_alone(admin().subject);
  wait_alone(admin().oracle);
}

std::string Duel::finish() {
  clients_.clear();
  admin_ = nullptr;
  oracle_.stop();
  int status = subject_.stop();
  std::string crash = subject_.crash_line();
  if (!crash.empty()) return "the subject wrote: " + crash + "\n" + subject_.output();
  return status == 0 ? "" : "the subject ended with " + std::to_string(status) + "\n" + subject_.output();
}

std::vector<ReplyPair> exchange(ClientPair& clients, const std::vector<WordsPair>& commands) {
  std::string to_subject;
  std::string to_oracle;
  for (const WordsPair& words : commands) {
    to_subject += encode_request(words.subject);
    to_oracle += encode_request(words.oracle);
  }
  clients.subject.send_raw(to_subject);
  clients.oracle.send_raw(to_oracle);
  std::vector<ReplyPair> replies;
  replies.reserve(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) {
    Reply subject = clients.subject.read();
    replies.push_back({std::move(subject), clients.oracle.read()});
  }
  return replies;
}

ReplyPair exchange_one(ClientPair& clients, const Words& words) {
  return exchange(clients, {{words, words}}).front();
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Two servers side by side, the subject and the oracle, with pairs of clients that do the same to both. A
// Duel owns both processes and all connections; it judges nothing (compare.h does).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/resp_client.h"
#include "support/server_process.h"

namespace aerie {

struct ClientPair {
  RespClient subject;
  RespClient oracle;
};

struct ReplyPair {
  Reply subject;
  Reply oracle;
};

struct WordsPair {
  Words subject;
  Words oracle;
};

class Duel {
 public:
  // Starts both; `subject_args` are given to the subject only (to make it differ on purpose).
  explicit Duel(int protocol, const Words& subject_args = {});

  int protocol() const { return protocol_; }
  ServerProcess& subject() { return subject_; }
  ServerProcess& oracle() { return oracle_; }
  bool subject_is_redis() const { return subject_.is_redis(); }

  // The pair of this name, connected (and switched to the protocol) on first use.
  ClientPair& client(const std::string& name);
  bool has_client(const std::string& name) const { return clients_.count(name) == 1; }
  void drop_client(const std::string& name) {
    clients_.erase(name);
    ids_.erase(name);
  }
  std::map<std::string, ClientPair>& clients() { return clients_; }
  // The words with the client's id on either server in the place of "@name". The first time a client is
  // named, the servers must be able to answer the admin pair.
  WordsPair with_ids(const Words& words);
  // A pair that scripts cannot name, in RESP2.
  ClientPair& admin();
  void drop_admin() { admin_ = nullptr; }

  // Closes all clients, empties all databases, waits until both servers have noticed.
  void reset();
  // Ends both servers; "" or what was wrong with the way the subject ended.
  std::string finish();

 private:
  ClientPair connect();

  int protocol_;
  ServerProcess subject_;
  ServerProcess oracle_;
  std::map<std::string, ClientPair> clients_;
  std::map<std::string, WordsPair> ids_;  // by name: one word each
  std::unique_ptr<ClientPair> admin_;
};

// Sends all commands to both servers, then reads all replies.
std::vector<ReplyPair> exchange(ClientPair& clients, const std::vector<WordsPair>& commands);
ReplyPair exchange_one(ClientPair& clients, const Words& words);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// One random schedule: clients push, pop, wait, rename, kill, pause and go away, time passes, and after every
// step the engine must have said what the reference says. The same seed gives the same schedule. A schedule
// ends with everybody gone and everything accounted for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "model/reference.h"
#include "support/engine_fixture.h"

namespace aerie::test {

// Chooses the commands.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t bound) { return random_.below(bound); }
  bool one_in(uint64_t bound) { return random_.below(bound) == 0; }
  // A request that makes sense for this client, in or out of a transaction. `someone` is the id of any
  // client, or of one that is gone.
  Args request(const Reference::Client& me, const std::string& someone);

 private:
  std::string key();
  std::string end() { return one_in(2) ? "LEFT" : "RIGHT"; }
  std::string database() { return std::to_string(below(Reference::kDatabases)); }
  std::string item();
  std::string timeout();
  std::vector<std::string> keys(size_t most);
  Args push();
  Args pop();
  Args wait();
  Args key_command();
  Args database_command(bool in_multi);
  Args client_command(bool in_multi, const std::string& someone);

  Random random_;
  uint64_t items_ = 0;
};

class Schedule {
 public:
  explicit Schedule(uint64_t seed);

  // Returns what is wrong, and the steps that led to it; empty when all is well.
  std::string run(size_t steps);

 private:
  static constexpr size_t kClients = 7;

  void step();
  void request(size_t client);
  void send(size_t client, const Args& args);
  void exchange(size_t client, const Args& args);
  void send_before_the_swap_is_seen();
  void pass_time();
  void close(size_t client);
  bool may_send(size_t client) const;
  bool may_be_seen_late(size_t client, const Args& args) const;
  bool is_ambiguous(const Reference::Client& me, const Args& args) const;
  std::string random_id();

  void compare_replies();
  void count_delivery(const std::string& line);
  void check_waiters();
  void check_nobody_is_forgotten();
  void check_databases();
  void check_database(uint32_t db);
  void end();
  void check_memory();
  void fail(const std::string& what);

  Dice dice_;
  EngineFixture e_;
  Reference reference_;
  std::map<size_t, Args> held_;            // requests that a pause held back
  std::map<size_t, std::string> answers_;  // since replies were compared, to those who sent requests
  std::map<std::string, int> deliveries_;  // of items, outside of transactions
  std::vector<std::string> history_;
  std::string failure_;
};

}  // namespace aerie::test

// SPDX-License-Identifier: BSD-3-Clause
//
// The fixture of tests over sockets that state Redis' behaviour: each test runs against the server under test
// and against redis-server itself, so that what it demands is proven. It starts one server (start() with
// arguments, or the first connect()), and at the end stops it and checks that it ended well and wrote no
// crash or sanitizer line.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "support/resp_client.h"
#include "support/server_process.h"

namespace aerie {

class ServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  void TearDown() override;

  // REQUIRES: not started yet in this test.
  ServerProcess& start(const Words& args = {}, const std::string& config = "");
  // With these options, of this test's kind of server. REQUIRES: the same.
  ServerProcess& start_as(ServerOptions options);
  // Started with no arguments when the test did not start it.
  ServerProcess& server();
  RespClient connect();
  bool is_redis() { return server().is_redis(); }
  // PING on a connection of its own: when it is answered, what was sent before has been read.
  void expect_alive();
  // Resident memory may not grow by more than `bytes` beyond `before`.
  void expect_rss_below(uint64_t before, uint64_t bytes);
  uint64_t rss() { return server().usage().rss_bytes; }
  // A figure of INFO.
  long info_number(RespClient& client, const std::string& section, std::string_view field);

  // Runs the scenario, which calls forget_long_turns() where turns of the loop begin to count, and
  // note_long_turn() where they end. Whoever else uses the machine can make any turn long, but not each time:
  // fails when there are long ones in each of four attempts. REQUIRES: the server is Aerie.
  template <typename Scenario>
  void expect_short_turns(Scenario scenario) {
    std::string long_ones;
    for (int attempt = 0; attempt < 4; ++attempt) {
      long_turns_.clear();
      scenario();
      if (HasFailure() || long_turns_.empty()) return;
      long_ones += "\n" + long_turns_;
    }
    ADD_FAILURE() << "long turns, each time:" << long_ones;
  }
  void forget_long_turns(RespClient& client);
  void note_long_turn(RespClient& client, std::string_view during);
  // The test ends the server itself.
  void already_stopped() { stopped_ = true; }

 private:
  std::unique_ptr<ServerProcess> server_;
  std::string long_turns_;
  bool stopped_ = false;
};

// For INSTANTIATE_TEST_SUITE_P: the parameters and their names.
inline auto both_servers() {
  return testing::Values(ServerKind::kAerie, ServerKind::kOracle);
}
std::string server_test_name(const testing::TestParamInfo<ServerKind>& test);

// All options as CONFIG GET shows them.
std::map<std::string, std::string> config_values(RespClient& client);
// Empty when there is no such file.
std::string file_text(const std::string& path);

// True when the sanitizers slow everything down: limits of time and memory are wider then.
bool sanitized();

}  // namespace aerie

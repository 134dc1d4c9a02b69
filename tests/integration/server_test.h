// SPDX-License-Identifier: BSD-3-Clause
//
// The fixture of tests over sockets that state Redis' behaviour: each test runs against the server under test
// and against redis-server itself, so that what it demands is proven. It starts one server (start() with
// arguments, or the first connect()), and at the end stops it and checks that it ended well and wrote no
// crash or sanitizer line.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/resp_client.h"
#include "support/server_process.h"

namespace aerie {

class ServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  void TearDown() override;

  // REQUIRES: not started yet in this test.
  ServerProcess& start(const Words& args = {}, const std::string& config = "");
  // Started with no arguments when the test did not start it.
  ServerProcess& server();
  RespClient connect();
  bool is_redis() { return server().is_redis(); }
  // PING on a connection of its own: when it is answered, what was sent before has been read.
  void expect_alive();
  // Resident memory may not grow by more than `bytes` beyond `before`.
  void expect_rss_below(uint64_t before, uint64_t bytes);
  uint64_t rss() { return server().usage().rss_bytes; }
  // The test ends the server itself.
  void already_stopped() { stopped_ = true; }

 private:
  std::unique_ptr<ServerProcess> server_;
  bool stopped_ = false;
};

// For INSTANTIATE_TEST_SUITE_P: the parameters and their names.
inline auto both_servers() {
  return testing::Values(ServerKind::kAerie, ServerKind::kOracle);
}
std::string server_test_name(const testing::TestParamInfo<ServerKind>& test);

// True when the sanitizers slow everything down: limits of time and memory are wider then.
bool sanitized();

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The fixture's start and its end-of-test checks: the server still runs, answers, and ends cleanly
// with nothing from a sanitizer in its log.
#include "integration/server_test.h"

#include <csignal>
#include <fstream>
#include <sstream>

namespace aerie {

bool sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return false;
#endif
}

std::map<std::string, std::string> config_values(RespClient& client) {
  std::map<std::string, std::string> values;
  const Reply all = client.ask({"CONFIG", "GET", "*"});
  for (size_t i = 0; i + 1 < all.elements.size(); i += 2)
    values[all.elements[i].text] = all.elements[i + 1].text;
  return values;
}

std::string file_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string server_test_name(const testing::TestParamInfo<ServerKind>& test) {
  return server_kind_name(test.param);
}

ServerProcess& ServerTest::start(const Words& args, const std::string& config) {
  ServerOptions options;
  options.args = args;
  options.config = config;
  return start_as(options);
}

ServerProcess& ServerTest::start_as(ServerOptions options) {
  options.kind = GetParam();
  server_ = std::make_unique<ServerProcess>(options);
  return *server_;
}

ServerProcess& ServerTest::server() {
  return server_ != nullptr ? *server_ : start();
}

RespClient ServerTest::connect() {
  return RespClient::tcp(server().port());
}

void ServerTest::expect_alive() {
  EXPECT_EQ(connect().command({"PING"}), "+PONG\r\n");
}

void ServerTest::expect_rss_below(uint64_t before, uint64_t bytes) {
  if (sanitized()) bytes = bytes * 6 + (uint64_t{64} << 20);  // red zones, and freed memory held back
  uint64_t after = rss();
  EXPECT_LE(after, before + bytes) << "grew by " << (after - before) / 1024 << " KiB";
}

long ServerTest::info_number(RespClient& client, const std::string& section, std::string_view field) {
  const std::string info = client.ask({"INFO", section}).text;
  const size_t at = info.find("\n" + std::string(field) + ":");
  EXPECT_NE(at, std::string::npos) << field << " in " << info;
  return at == std::string::npos ? -1 : std::stol(info.substr(at + field.size() + 2));
}

void ServerTest::forget_long_turns(RespClient& client) {
  EXPECT_EQ(client.command({"CONFIG", "RESETSTAT"}), "+OK\r\n");
}

void ServerTest::note_long_turn(RespClient& client, std::string_view during) {
  // What these tests guard against takes ten times as long.
  const long allowed_us = sanitized() ? 60'000 : 2'500;
  const long us = info_number(client, "stats", "eventloop_turn_cpu_max_usec");
  if (us < allowed_us) return;
  if (!long_turns_.empty()) long_turns_ += ", ";
  long_turns_ += std::to_string(us) + " us during " + std::string(during);
}

void ServerTest::TearDown() {
  if (server_ == nullptr) return;
  if (!stopped_) {
    EXPECT_TRUE(server_->running());
    EXPECT_EQ(server_->stop(), 0);
  }
  EXPECT_EQ(server_->crash_line(), "");
  if (!HasFailure()) return;
  std::string output = server_->output();
  constexpr size_t kShown = 6000;
  if (output.size() > kShown) output = "..." + output.substr(output.size() - kShown);
  ADD_FAILURE() << "output of the server:\n" << output;
}

}  // namespace aerie

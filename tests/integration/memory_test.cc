// SPDX-License-Identifier: BSD-3-Clause
//
// The figures of INFO memory against what the kernel says about the process: what is counted where it is
// allocated must be what becomes resident. (That the parts sum to the whole, in process:
// tests/unit/commands/server_commands_test.cc.)
#include "integration/server_test.h"

namespace aerie {
namespace {

class MemoryOfAerie : public ServerTest {
 protected:
  static uint64_t used_memory(RespClient& client) {
    const std::string info = client.ask({"INFO", "memory"}).text;
    const std::string field = "\r\nused_memory:";
    return std::stoull(info.substr(info.find(field) + field.size()));
  }

  // Strings of 0 to 199 bytes, every fourth with a deadline.
  static void set_keys(RespClient& client, int first, int count) {
    std::string requests;
    for (int i = first; i < first + count; ++i) {
      Words words = {"SET", "key:" + std::to_string(i), std::string(static_cast<size_t>(i) * 37 % 200, 'v')};
      if (i % 4 == 0) words.insert(words.end(), {"EX", "10000"});
      requests += encode_request(words);
    }
    client.send_raw(requests);
    for (int i = 0; i < count; ++i) ASSERT_EQ(client.read().encode(), "+OK\r\n");
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MemoryOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

// What sanitizers keep beside each allocation is resident and not counted: only one side holds there.
TEST_P(MemoryOfAerie, IsCountedWithinFivePercentOfWhatIsResident) {
  constexpr int kKeys = 300'000;
  constexpr int kPipeline = 500;
  RespClient client = connect();
  set_keys(client, 0, kPipeline);
  const uint64_t used_before = used_memory(client);
  const uint64_t resident_before = rss();
  for (int i = kPipeline; i < kKeys; i += kPipeline) set_keys(client, i, kPipeline);
  const auto used = static_cast<double>(used_memory(client) - used_before);
  const auto resident = static_cast<double>(rss() - resident_before);
  RecordProperty("used", std::to_string(used));
  RecordProperty("resident", std::to_string(resident));
  EXPECT_LE(used, resident * 1.05);
  if (!sanitized()) {
    EXPECT_GE(used, resident * 0.95);
  }
}

// Who waits and sends on costs by what it sent, and that is what is counted.
TEST_P(MemoryOfAerie, OfWaitingClientsThatSendOnIsWhatTheySent) {
  constexpr size_t kClients = 500;
  RespClient client = connect();
  std::vector<RespClient> waiting;
  for (size_t i = 0; i < kClients; ++i) {
    waiting.push_back(connect());
    waiting.back().send_raw(encode_request({"BLPOP", "k" + std::to_string(i), "0"}));
  }
  const auto blocked = [&] { return info_number(client, "clients", "blocked_clients"); };
  for (int i = 0; i < 10'000 && blocked() != static_cast<long>(kClients); ++i) {
  }
  ASSERT_EQ(blocked(), static_cast<long>(kClients));
  const auto all_read = [&] {
    const std::string list = client.ask({"CLIENT", "LIST"}).text;
    return list.find(" qbuf=0 ") == list.rfind(" qbuf=0 ");  // only that of the one who asks
  };
  EXPECT_FALSE(all_read());
  const uint64_t used_before = used_memory(client);
  const uint64_t resident_before = rss();
  for (RespClient& each : waiting) each.send_raw(encode_request({"PING"}));
  for (int i = 0; i < 1'000 && !all_read(); ++i) {
  }
  ASSERT_TRUE(all_read());
  EXPECT_LE(used_memory(client) - used_before, kClients * 300);
  if (!sanitized()) {
    // The heap grows in steps, and holds the replies of CLIENT LIST in between.
    EXPECT_LE(rss() - std::min(rss(), resident_before), kClients * 2'000);
  }
}

}  // namespace
}  // namespace aerie

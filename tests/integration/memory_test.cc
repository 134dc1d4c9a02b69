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

}  // namespace
}  // namespace aerie

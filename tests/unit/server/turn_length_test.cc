// SPDX-License-Identifier: BSD-3-Clause
//
// No client makes a turn of the loop long, neither while it hands over much nor when it goes and leaves much
// behind. Judged by the loop's own figure of the longest turn in CPU time, with room for machines that are
// slow or shared: what these tests guard against takes ten times as long as they allow.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "unit/server/server_fixture.h"

namespace aerie {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long kLongUs = 30'000;
#else
constexpr long kLongUs = 2'500;
#endif

std::string repeat(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out.append(text);
  return out;
}

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string request(const std::vector<std::string>& words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) out += bulk(word);
  return out;
}

class TurnLength : public ServerFixture {
 protected:
  std::string info(const std::string& section) {
    TestSocket client = connect();
    EXPECT_TRUE(client.send("INFO " + section + "\r\nQUIT\r\n"));
    return client.receive_all();
  }
  long field(const std::string& section, const std::string& name) {
    const std::string text = info(section);
    const size_t at = text.find("\n" + name + ":");
    EXPECT_NE(at, std::string::npos) << name << " in " << text;
    return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
  }
  long longest_turn_us() { return field("stats", "eventloop_turn_cpu_max_usec"); }
  void forget_long_turns() { connect().expect("CONFIG RESETSTAT\r\n", "+OK\r\n"); }
};

// Input that is read ahead while the output is full: it is not moved as a whole when it grows.
TEST_F(TurnLength, MuchInputReadAhead) {
  start();
  TestSocket client = connect();
  client.expect(request({"SET", "k", std::string(2'000'000, 'x')}), "+OK\r\n");
  forget_long_turns();
  constexpr size_t kMegabytes = 150;
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 10)));
  const std::string block = repeat(request({"ECHO", std::string(1'000, 'e')}), 1000);
  for (size_t i = 0; i < kMegabytes; ++i) ASSERT_TRUE(client.send(block)) << i;
  EXPECT_LT(longest_turn_us(), kLongUs);
  for (size_t i = 0; i < 10; ++i) ASSERT_EQ(client.receive(2'000'012).size(), 2'000'012U);
  const std::string replies = repeat(bulk(std::string(1'000, 'e')), 1000);
  for (size_t i = 0; i < kMegabytes; ++i) ASSERT_EQ(client.receive(replies.size()), replies) << i;
  EXPECT_LT(longest_turn_us(), kLongUs);
}

// Wherever a chunk of such input ends, requests of all sizes come out whole and in order.
TEST_F(TurnLength, RequestsOfAllSizesReadAhead) {
  start();
  TestSocket client = connect();
  client.expect(request({"SET", "k", std::string(2'000'000, 'x')}), "+OK\r\n");
  ASSERT_TRUE(client.send(repeat(request({"GET", "k"}), 10)));
  std::vector<size_t> sizes;
  for (size_t i = 0; i < 1'500; ++i) {
    sizes.push_back(i * 7 % 300);
    sizes.push_back(i * 131 % 9'000);
    if (i % 20 == 0) sizes.push_back(i * 1'009 % 100'000);
    if (i % 300 == 0) sizes.push_back(3'000'000 + i);
  }
  for (const size_t size : sizes) {
    ASSERT_TRUE(client.send(request({"ECHO", std::string(size, static_cast<char>('a' + size % 26))})));
  }
  for (size_t i = 0; i < 10; ++i) ASSERT_EQ(client.receive(2'000'012).size(), 2'000'012U);
  for (const size_t size : sizes) {
    const std::string reply = bulk(std::string(size, static_cast<char>('a' + size % 26)));
    ASSERT_TRUE(client.receive(reply.size()) == reply) << size;
  }
  client.expect("PING\r\n", "+PONG\r\n");
}

}  // namespace
}  // namespace aerie

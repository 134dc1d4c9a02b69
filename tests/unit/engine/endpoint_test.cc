// SPDX-License-Identifier: BSD-3-Clause
//
// The text of addresses, and which of them are local: the first is what CLIENT LIST shows and CLIENT KILL
// compares, the second decides on protected mode and local commands.
#include "aerie/engine/endpoint.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace aerie {
namespace {

Endpoint ip(int family, const char* text, uint16_t port) {
  Endpoint endpoint;
  endpoint.family = family == AF_INET ? Endpoint::Family::kIpv4 : Endpoint::Family::kIpv6;
  endpoint.port = port;
  EXPECT_EQ(inet_pton(family, text, endpoint.address), 1);
  return endpoint;
}

TEST(Endpoint, TextIsThatOfClientList) {
  EXPECT_EQ(ip(AF_INET, "127.0.0.1", 6379).to_string(""), "127.0.0.1:6379");
  EXPECT_EQ(ip(AF_INET6, "::1", 6379).to_string(""), "[::1]:6379");
  EXPECT_EQ(ip(AF_INET6, "2001:db8::5", 65535).to_string(""), "[2001:db8::5]:65535");
  Endpoint local;
  EXPECT_EQ(local.to_string("/run/a.sock"), "?:0");
  local.family = Endpoint::Family::kUnix;
  EXPECT_EQ(local.to_string("/run/a.sock"), "/run/a.sock:0");
}

TEST(Endpoint, KnowsWhatIsLocal) {
  EXPECT_TRUE(ip(AF_INET, "127.8.9.10", 1).is_loopback());
  EXPECT_FALSE(ip(AF_INET, "128.0.0.1", 1).is_loopback());
  EXPECT_TRUE(ip(AF_INET6, "::1", 1).is_loopback());
  EXPECT_TRUE(ip(AF_INET6, "::ffff:127.0.0.1", 1).is_loopback());
  EXPECT_FALSE(ip(AF_INET6, "::ffff:10.0.0.1", 1).is_loopback());
  EXPECT_FALSE(ip(AF_INET6, "::2", 1).is_loopback());
  Endpoint local;
  EXPECT_FALSE(local.is_loopback());
  local.family = Endpoint::Family::kUnix;
  EXPECT_TRUE(local.is_loopback());
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes that are no requests: the exact error, then the end of
// the connection, and a server that goes on.
#include <algorithm>

#include "integration/server_test.h"

namespace aerie {
namespace {

struct BadInput {
  std::string bytes;
  std::string reply;
};

class ProtocolError : public ServerTest {
 protected:
  void expect_error_and_close(const BadInput& bad) {
    RespClient client = connect();
    client.send_raw(bad.bytes);
    EXPECT_EQ(client.read_to_end(), bad.reply) << printable(bad.bytes);
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ProtocolError, both_servers(), server_test_name);

TEST_P(ProtocolError, CountsAndLengths) {
  const std::string kCount = "-ERR Protocol error: invalid multibulk length\r\n";
  const std::string kLength = "-ERR Protocol error: invalid bulk length\r\n";
  const BadInput kBad[] = {
      {"*1\r\n$9223372036854775807\r\n", kLength},
      {"*1\r\n$9223372036854775808\r\n", kLength},
      {"*1\r\n$99999999999999999999999\r\n", kLength},
      {"*1\r\n$536870913\r\n", kLength},
      {"*1\r\n$-5\r\n", kLength},
      {"*1\r\n$-1\r\n", kLength},
      {"*1\r\n$\r\n", kLength},
      {"*1\r\n$abc\r\n", kLength},
      {"*1\r\n$3x\r\n", kLength},
      {"*1\r\n$ 3\r\n", kLength},
      {"*1\r\n$+3\r\nGET\r\n", kLength},
      {"*1\r\n$03\r\nGET\r\n", kLength},
      {"*2147483648\r\n", kCount},
      {"*9223372036854775807\r\n", kCount},
      {"*9223372036854775808\r\n", kCount},
      {"*-9223372036854775809\r\n", kCount},
      {"*abc\r\n", kCount},
      {"*\r\n", kCount},
      {"* 1\r\n", kCount},
      {"*1 \r\n", kCount},
      {"*+1\r\n", kCount},
      {"*1x\r\n", kCount},
      {"*01\r\n", kCount},
      {"*1.5\r\n", kCount},
  };
  for (const BadInput& bad : kBad) expect_error_and_close(bad);
  expect_alive();
}

TEST_P(ProtocolError, WhatStandsWhereABulkShould) {
  const BadInput kBad[] = {
      {"*1\r\n:3\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"},
      {"*1\r\n*1\r\n", "-ERR Protocol error: expected '$', got '*'\r\n"},
      {"*2\r\n$3\r\nGET\r\nk\r\n", "-ERR Protocol error: expected '$', got 'k'\r\n"},
      {"*1\r\nPING\r\n", "-ERR Protocol error: expected '$', got 'P'\r\n"},
      {"*1\r\n\r\n", "-ERR Protocol error: expected '$', got ' '\r\n"},
  };
  for (const BadInput& bad : kBad) expect_error_and_close(bad);
  expect_alive();
}

// Only the length counts; the two bytes behind a bulk are passed over.
TEST_P(ProtocolError, BytesBehindABulkAreNotRead) {
  RespClient client = connect();
  client.send_raw("*2\r\n$4\r\nECHOxx$1\r\nayy*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(client.read().encode(), "$1\r\na\r\n");
  EXPECT_EQ(client.read().encode(), "+PONG\r\n");
}

TEST_P(ProtocolError, HeadersWithoutAnEnd) {
  const std::string k64 = std::string(70000, '1');
  expect_error_and_close({"*" + k64, "-ERR Protocol error: too big mbulk count string\r\n"});
  expect_error_and_close({"*1\r\n$" + k64, "-ERR Protocol error: too big bulk count string\r\n"});
  expect_error_and_close({std::string(70000, 'x'), "-ERR Protocol error: too big inline request\r\n"});
  expect_alive();
}

TEST_P(ProtocolError, HeaderWithoutAnEndByteByByte) {
  RespClient client = connect();
  std::string piece(1000, 'y');
  for (int i = 0; i < 70; ++i) client.send_raw(piece);
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: too big inline request\r\n");
}

TEST_P(ProtocolError, BulkLimitFollowsTheConfiguration) {
  start({"--proto-max-bulk-len", "1mb"});
  RespClient client = connect();
  EXPECT_EQ(client.command({"SET", "k", std::string(1 << 20, 'v')}), "+OK\r\n");
  client.send_raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: invalid bulk length\r\n");
  RespClient again = connect();
  again.send_raw("CONFIG SET proto-max-bulk-len 2mb\r\n*2\r\n$4\r\nECHO\r\n$1048577\r\n");
  again.send_raw(std::string(1048577, 'z') + "\r\n");
  EXPECT_EQ(again.read().encode(), "+OK\r\n");
  EXPECT_EQ(again.read().text.size(), 1048577U);
}

TEST_P(ProtocolError, TextArrivesThoughInputIsLeft) {
  for (int i = 0; i < 20; ++i) {
    RespClient client = connect();
    client.send_raw("*1\r\n$-5\r\n" + std::string(500000, 'z'));
    std::string reply = client.read_to_end();
    // Redis closes at once, and the reset may take its text along.
    if (!is_redis()) {
      EXPECT_EQ(reply, "-ERR Protocol error: invalid bulk length\r\n");
    }
  }
  expect_alive();
}

TEST_P(ProtocolError, BytesOfTls) {
  RespClient client = connect();
  client.send_raw(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15));
  client.half_close();
  client.read_to_end();
  expect_alive();
}

TEST_P(ProtocolError, NulBytesInAnInlineRequest) {
  RespClient client = connect();
  client.send_raw(std::string("PI\0NG\r\n\0\0\0\r\n", 12));
  client.half_close();
  client.read_to_end();
  expect_alive();
}

}  // namespace
}  // namespace aerie

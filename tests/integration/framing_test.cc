// SPDX-License-Identifier: BSD-3-Clause
//
// Requests in every shape that the wire allows: multibulk and
// inline, cut anywhere, binary, empty, large.
#include "integration/server_test.h"

namespace aerie {
namespace {

class Framing : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(Servers, Framing, both_servers(), server_test_name);

const std::string kBinary("\0\r\n$5\r\n*1\r\n\xff\xfe", 13);

TEST_P(Framing, OneByteAtATime) {
  RespClient client = connect();
  std::string bytes =
      encode_request({"SET", kBinary, kBinary}) + encode_request({"GET", kBinary}) + "PING\r\n";
  for (char byte : bytes) client.send_raw({&byte, 1});
  EXPECT_EQ(client.read().encode(), "+OK\r\n");
  EXPECT_EQ(client.read().text, kBinary);
  EXPECT_EQ(client.read().encode(), "+PONG\r\n");
}

TEST_P(Framing, CutAnywhere) {
  std::string bytes = encode_request({"SET", "k", kBinary}) + "PING\r\n" + encode_request({"GET", "k"});
  RespClient other = connect();
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    RespClient client = connect();
    client.send_raw(bytes.substr(0, cut));
    other.command({"PING"});
    other.command({"PING"});
    client.send_raw(bytes.substr(cut));
    ASSERT_EQ(client.read().encode(), "+OK\r\n") << "cut at " << cut;
    ASSERT_EQ(client.read().encode(), "+PONG\r\n") << "cut at " << cut;
    ASSERT_EQ(client.read().text, kBinary) << "cut at " << cut;
  }
}

TEST_P(Framing, LargeBulkInPiecesOfManySizes) {
  RespClient client = connect();
  RespClient other = connect();
  for (size_t size : {16383, 16384, 32767, 32768, 32769, 65536, 100001, 1000000}) {
    std::string value(size, 'x');
    for (size_t i = 0; i < size; i += 97) value[i] = static_cast<char>(i);
    std::string bytes = encode_request({"SET", "k", value}) + encode_request({"STRLEN", "k"});
    size_t piece = 1;
    for (size_t at = 0; at < bytes.size(); at += piece, piece = piece * 3 + 1) {
      client.send_raw(std::string_view(bytes).substr(at, piece));
      other.command({"PING"});
    }
    ASSERT_EQ(client.read().encode(), "+OK\r\n") << size;
    ASSERT_EQ(client.read().integer, static_cast<int64_t>(size));
    ASSERT_EQ(client.ask({"GET", "k"}).text, value) << size;
  }
}

TEST_P(Framing, CutAroundTheEndOfALargeBulk) {
  std::string value(70000, 'v');
  std::string bytes = encode_request({"SET", "k", value}) + encode_request({"PING"});
  RespClient other = connect();
  for (size_t back = 1; back < 24; ++back) {
    RespClient client = connect();
    client.send_raw(bytes.substr(0, bytes.size() - back));
    other.command({"PING"});
    client.send_raw(bytes.substr(bytes.size() - back));
    ASSERT_EQ(client.read().encode(), "+OK\r\n") << back;
    ASSERT_EQ(client.read().encode(), "+PONG\r\n") << back;
  }
}

TEST_P(Framing, SixtyFourMegabytes) {
  RespClient client = connect();
  client.set_timeout(std::chrono::seconds(60));
  std::string value(64 << 20, 'b');
  value[12345678] = '\0';
  EXPECT_EQ(client.command({"SET", "big", value}), "+OK\r\n");
  EXPECT_TRUE(client.ask({"GET", "big"}).text == value);
  EXPECT_EQ(client.command({"STRLEN", "big"}), ":67108864\r\n");
}

TEST_P(Framing, ManyArguments) {
  RespClient client = connect();
  Words words = {"MSET"};
  for (int i = 0; i < 100000; ++i) {
    words.push_back("key" + std::to_string(i));
    words.push_back("value" + std::to_string(i));
  }
  EXPECT_EQ(client.command(words), "+OK\r\n");
  EXPECT_EQ(client.command({"DBSIZE"}), ":100000\r\n");
  EXPECT_EQ(client.command({"GET", "key77777"}), "$10\r\nvalue77777\r\n");
}

TEST_P(Framing, EmptyRequestsAreIgnored) {
  RespClient client = connect();
  client.send_raw("*0\r\n*-1\r\n*-10\r\n\r\n\n  \r\n*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(client.read().encode(), "+PONG\r\n");
  EXPECT_FALSE(client.try_read(std::chrono::milliseconds(50)).has_value());
}

TEST_P(Framing, Inline) {
  RespClient client = connect();
  const std::pair<std::string, std::string> kLines[] = {
      {"PING\r\n", "+PONG\r\n"},
      {"PING\n", "+PONG\r\n"},
      {"  ping   hello  \r\n", "$5\r\nhello\r\n"},
      {"SET k \"a b\\x00\\n\\t\\\"\\\\\"\r\n", "+OK\r\n"},
      {"GET k\r\n", std::string("$8\r\na b\0\n\t\"\\\r\n", 14)},
      {"SET k 'it\\'s \\n'\n", "+OK\r\n"},
      {"GET k\n", "$7\r\nit's \\n\r\n"},
      {"SET \"\" ''\r\n", "+OK\r\n"},
      {"GET \"\"\r\n", "$0\r\n\r\n"},
      {"ECHO \"\\q\\xzz\"\r\n", "$4\r\nqxzz\r\n"},
      {"ECHO a\tb\r\n", "-ERR wrong number of arguments for 'echo' command\r\n"},
  };
  for (const auto& [line, reply] : kLines) {
    client.send_raw(line);
    EXPECT_EQ(client.read().encode(), reply) << line;
  }
}

TEST_P(Framing, InlineQuotesOutOfBalance) {
  for (const char* line :
       {"SET k \"abc\r\n", "SET k 'abc\r\n", "SET k \"abc\"x\r\n", "SET k 'a'b\r\n", "\"\r\n"}) {
    RespClient client = connect();
    client.send_raw(line);
    EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: unbalanced quotes in request\r\n") << line;
  }
}

TEST_P(Framing, InlineOfAlmost64Kilobytes) {
  RespClient client = connect();
  std::string text(60000, 'i');
  client.send_raw("ECHO " + text + "\r\n");
  EXPECT_EQ(client.read().text, text);
}

TEST_P(Framing, InlineAndMultibulkMixed) {
  RespClient client = connect();
  client.send_raw("SET a 1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nGET a\n*1\r\n$4\r\nPING\r\nPING\r\n");
  EXPECT_EQ(client.read().encode(), "+OK\r\n");
  EXPECT_EQ(client.read().text, "1");
  EXPECT_EQ(client.read().text, "1");
  EXPECT_EQ(client.read().encode(), "+PONG\r\n");
  EXPECT_EQ(client.read().encode(), "+PONG\r\n");
}

TEST_P(Framing, EmptyWordsAndKeys) {
  RespClient client = connect();
  EXPECT_EQ(client.command({"SET", "", ""}), "+OK\r\n");
  EXPECT_EQ(client.command({"GET", ""}), "$0\r\n\r\n");
  EXPECT_EQ(client.command({""}), "-ERR unknown command '', with args beginning with: \r\n");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile reply bytes for ReplyParser. Properties: pieces give the same replies as the whole; what was parsed
// encodes to bytes that parse to the same tree.
#include <string_view>

#include "aerie/resp/reply_parser.h"
#include "fuzz/fuzz_target.h"

namespace aerie::fuzz {

std::vector<std::string> seeds() {
  return {
      "+OK\r\n-ERR no\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n",
      "*3\r\n:1\r\n*2\r\n+a\r\n$1\r\nb\r\n_\r\n",
      "%2\r\n+a\r\n,1.5\r\n+b\r\n#t\r\n~2\r\n:1\r\n(123\r\n",
      ">3\r\n+message\r\n+c\r\n=7\r\ntxt:abc\r\n!5\r\nERR x\r\n",
      "*2\r\n|1\r\n+ttl\r\n:1\r\n:7\r\n|1\r\n+z\r\n*1\r\n:0\r\n*0\r\n",
  };
}

std::vector<std::string> tokens() {
  return {"\r\n",
          "\r",
          "*",
          "%1\r\n",
          "|1\r\n",
          "|0\r\n",
          "*1\r\n",
          "*0\r\n",
          "$-1\r\n",
          "-1",
          "9223372036854775807",
          "$1\r\n",
          "_\r\n",
          "#f\r\n",
          ":-5\r\n",
          "~1\r\n",
          ">1\r\n",
          "*4000000000000000000\r\n",
          "=4\r\ntxt:\r\n"};
}

namespace {

struct Seen {
  std::vector<Reply> replies;
  bool failed = false;

  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen parse(std::string_view input, size_t piece) {
  Seen seen;
  ReplyParser parser;
  for (size_t at = 0; at < input.size(); at += piece) {
    parser.feed(input.substr(at, piece));
    while (std::optional<Reply> reply = parser.next()) seen.replies.push_back(*std::move(reply));
  }
  seen.failed = parser.failed();
  return seen;
}

}  // namespace
}  // namespace aerie::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace aerie::fuzz;  // NOLINT: this file is the namespace's program
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Seen whole = parse(input, size + 1);
  require(parse(input, 1 + (size == 0 ? 0 : data[size / 2] % 13)) == whole, "pieces parse like the whole");
  std::string encoded;
  for (const aerie::Reply& reply : whole.replies) {
    encoded += reply.encode();
    require(!reply.to_string().empty(), "a reply has a text");
  }
  const Seen again = parse(encoded, encoded.size() + 1);
  require(!again.failed && again.replies == whole.replies, "encoded replies parse to themselves");
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile request bytes. Properties: parse_batch() on the whole input, parse_batch() on what gathers from
// small pieces, and RequestAssembler on small pieces find the same requests and the same error; every view is
// readable; consumed() only moves forward. With tiny limits (lines of 16 bytes) nothing is compared, only
// run.
#include <algorithm>
#include <string_view>

#include "aerie/resp/request_assembler.h"
#include "aerie/resp/request_parser.h"
#include "fuzz/fuzz_target.h"

namespace aerie::fuzz {

std::vector<std::string> seeds() {
  std::string large("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000\r\n");
  large.append(2000, 'v').append("\r\n");
  return {
      "*1\r\n$4\r\nPING\r\n",
      "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
      "PING\r\nECHO \"a\\x41\\n\" 'b\\'c'\r\n*0\r\n*1\r\n$0\r\n\r\n",
      "*-1\r\n\r\n  GET k\n*2\r\n$4\r\nECHO\r\n$10\r\n0123456789\r\n",
      "*12\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$"
      "1\r\na\r\n$1\r\n"
      "a\r\n$1\r\na\r\n$1\r\na\r\n",
      large,
  };
}

std::vector<std::string> tokens() {
  return {"\r\n",       "\r",
          "\n",         "*",
          "$",          "-1",
          "0",          "01",
          "2147483648", "9223372036854775808",
          "536870913",  "\"",
          "'",          "\\",
          "\\x4",       std::string(1, '\0'),
          "*1\r\n",     "$1\r\n",
          "*2\r\n$",    "*10\r\n",
          "$-1\r\n",    "*-1\r\n",
          "$16385\r\n"};
}

namespace {

struct Found {
  std::vector<std::vector<std::string>> requests;
  std::string error;

  friend bool operator==(const Found&, const Found&) = default;
};

void keep(std::span<const std::string_view> args, Found* found) {
  require(!args.empty(), "a request has an argument");
  found->requests.emplace_back(args.begin(), args.end());
}

// Parses all of `input`; returns the bytes consumed.
size_t parse_all(std::string_view input, const ParserLimits& limits, size_t max_requests, Found* found) {
  RequestBatch batch;
  size_t at = 0;
  while (true) {
    const ParseStop stop = parse_batch(input.substr(at), limits, max_requests, &batch);
    size_t end = 0;
    for (size_t i = 0; i < batch.size(); ++i) {
      keep(batch.args(i), found);
      require(batch.end_offset(i) > end, "offsets grow");
      end = batch.end_offset(i);
    }
    require(batch.consumed() >= end && batch.consumed() <= input.size() - at, "consumed is inside the input");
    at += batch.consumed();
    if (stop == ParseStop::kBatchFull) continue;
    if (stop == ParseStop::kError) found->error = batch.error();
    require((stop == ParseStop::kEnd) == (at == input.size()), "kEnd means that all is consumed");
    if (stop == ParseStop::kNeedMore) require(batch.missing_bytes() > 0, "something is missing");
    return at;
  }
}

Found parse_pieces(std::string_view input, const ParserLimits& limits, size_t piece) {
  Found found;
  std::string pending;
  for (size_t at = 0; at < input.size() && found.error.empty(); at += piece) {
    pending.append(input.substr(at, piece));
    pending.erase(0, parse_all(pending, limits, 3, &found));
  }
  return found;
}

Found assemble_pieces(std::string_view input, const ParserLimits& limits, size_t piece) {
  Found found;
  RequestAssembler assembler;
  for (size_t at = 0; at < input.size();) {
    const auto fed = assembler.feed(input.substr(at, piece), limits);
    at += fed.consumed;
    require(assembler.memory_bytes() < 256 * 1024, "memory follows the data");
    if (fed.status == AssemblyStatus::kNeedMore) continue;
    if (fed.status == AssemblyStatus::kComplete) keep(assembler.args(), &found);
    if (fed.status == AssemblyStatus::kError) {
      found.error = assembler.error();
      break;
    }
    assembler.reset();
  }
  return found;
}

}  // namespace
}  // namespace aerie::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace aerie::fuzz;  // NOLINT: this file is the namespace's program
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t piece = 1 + (size == 0 ? 0 : data[size / 2] % 13);
  aerie::ParserLimits limits;
  limits.unauthenticated = size % 3 == 0;
  limits.max_line_bytes = std::max<size_t>(limits.max_line_bytes, size);
  Found whole;
  parse_all(input, limits, 1000, &whole);
  require(parse_pieces(input, limits, piece) == whole, "pieces parse like the whole");
  require(assemble_pieces(input, limits, piece) == whole, "the assembler agrees with the parser");

  aerie::ParserLimits tiny;
  tiny.max_line_bytes = 16;
  tiny.max_bulk_bytes = 100;
  tiny.max_arguments = 5;
  Found ignored;
  parse_all(input, tiny, 2, &ignored);
  assemble_pieces(input, tiny, piece);
  return 0;
}

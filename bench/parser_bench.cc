// SPDX-License-Identifier: BSD-3-Clause
//
// Nanoseconds per request that parse_batch() and RequestAssembler cost, on the requests that redis-benchmark
// sends. With --smoke everything runs a few times and only the results are checked: the right number of
// requests, and no allocation once the arrays have grown. Exit code 1 when a check fails.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "aerie/resp/request_assembler.h"
#include "aerie/resp/request_parser.h"

namespace {
size_t allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace {

using aerie::ParseStop;
using aerie::RequestBatch;

// The best of so many series is reported: the others were disturbed.
constexpr int kSeries = 10;

struct Work {
  const char* name;
  std::string input;
  size_t requests;
};

std::string repeat(const std::string& request, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out.append(request);
  return out;
}

const std::string kSet = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000123456\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n";
const std::string kGet = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000123456\r\n";

std::string mset_of_10() {
  std::string out = "*21\r\n$4\r\nMSET\r\n";
  for (int i = 0; i < 10; ++i) out.append("$16\r\nkey:000000123456\r\n$16\r\nxxxxxxxxxxxxxxxx\r\n");
  return out;
}

double elapsed_ns(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - since).count();
}

bool run_batches(const Work& work, size_t rounds) {
  RequestBatch batch;
  const aerie::ParserLimits limits;
  if (parse_batch(work.input, limits, 1024, &batch) != ParseStop::kEnd || batch.size() != work.requests) {
    std::printf("%-20s wrong number of requests: %zu\n", work.name, batch.size());
    return false;
  }
  const size_t before = allocations;
  size_t bytes = 0;
  double best = 1e300;
  for (int series = 0; series < kSeries; ++series) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < rounds; ++i) {
      parse_batch(work.input, limits, 1024, &batch);
      bytes += batch.args(batch.size() - 1).back().size();
    }
    best = std::min(best, elapsed_ns(start) / static_cast<double>(rounds * work.requests));
  }
  std::printf("%-20s %8.2f ns/request  (%zu)\n", work.name, best, bytes / (rounds * kSeries));
  if (allocations == before) return true;
  std::printf("%-20s %zu allocations in steady state\n", work.name, allocations - before);
  return false;
}

bool run_assembler(const Work& work, size_t piece, size_t rounds) {
  aerie::RequestAssembler assembler;
  const aerie::ParserLimits limits;
  size_t complete = 0;
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < rounds; ++i) {
    for (size_t at = 0; at < work.input.size();) {
      const auto fed = assembler.feed(std::string_view(work.input).substr(at, piece), limits);
      at += fed.consumed;
      if (fed.status == aerie::AssemblyStatus::kNeedMore) continue;
      complete += fed.status == aerie::AssemblyStatus::kComplete ? 1 : 0;
      assembler.reset();
    }
  }
  const double ns = elapsed_ns(start) / static_cast<double>(rounds * work.input.size());
  std::printf("%-20s %8.3f ns/byte     pieces of %zu\n", work.name, ns, piece);
  return complete == rounds * work.requests;
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  const size_t rounds = smoke ? 10 : 10000;
  bool good = true;
  const Work works[] = {
      {"set -P 1", kSet, 1},
      {"get -P 1", kGet, 1},
      {"set -P 16", repeat(kSet, 16), 16},
      {"get -P 16", repeat(kGet, 16), 16},
      {"set -P 64", repeat(kSet, 64), 64},
      {"mset of 10 -P 16", repeat(mset_of_10(), 16), 16},
      {"ping inline -P 16", repeat("PING\r\n", 16), 16},
      {"quoted inline -P 16", repeat("SET \"a b\" 'c d'\r\n", 16), 16},
  };
  for (const Work& work : works) good &= run_batches(work, rounds);

  const std::string value(1 << 20, 'v');
  const Work large{"assemble set 1 MiB",
                   std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n").append(value).append("\r\n"), 1};
  const Work small{"assemble mset", mset_of_10(), 1};
  good &= run_assembler(large, 16384, smoke ? 1 : 500);
  good &= run_assembler(small, 1, smoke ? 10 : 20000);
  return good ? 0 : 1;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// Nanoseconds per reply from ReplyWriter::attach() to the bytes that a system call would take, turn by turn,
// as the executor and the server do it. With --smoke everything runs a few times and only the results are
// checked: the right number of bytes, and no allocation in steady state. Exit code 1 when a check fails.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "aerie/resp/output_queue.h"
#include "aerie/resp/reply_writer.h"

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

using aerie::DeferredReply;
using aerie::ReplyWriter;

constexpr std::string_view kValue = "xxxxxxxxxxxxxxxx";

void write_ok(ReplyWriter& w) {
  w.ok();
}
void write_small_integer(ReplyWriter& w) {
  w.integer(1);
}
void write_integer(ReplyWriter& w) {
  w.integer(1234567);
}
void write_null(ReplyWriter& w) {
  w.null();
}
void write_bulk(ReplyWriter& w) {
  w.bulk(kValue);
}
void write_range(ReplyWriter& w) {
  w.array(100);
  for (int i = 0; i < 100; ++i) w.bulk(kValue);
}
void write_deferred(ReplyWriter& w) {
  const DeferredReply deferred = w.begin_deferred();
  for (int i = 0; i < 10; ++i) w.bulk(kValue);
  w.end_deferred_array(deferred, 10);
}

// The best of so many series is reported: the others were disturbed.
constexpr int kSeries = 10;

struct Work {
  const char* name;
  void (*write)(ReplyWriter&);
  size_t pipeline;  // replies per client and turn
  size_t clients;
  size_t bytes;  // of one reply
};

double elapsed_ns(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - since).count();
}

class Bench {
 public:
  bool run(const Work& work, size_t turns) {
    const size_t expected = work.bytes * work.pipeline * work.clients;
    if (turn(work) != expected || turn(work) != expected) {
      std::printf("%-24s wrong number of bytes\n", work.name);
      return false;
    }
    const size_t before = allocations;
    double best = 1e300;
    for (int series = 0; series < kSeries; ++series) {
      const auto start = std::chrono::steady_clock::now();
      for (size_t i = 0; i < turns; ++i) turn(work);
      best = std::min(best, elapsed_ns(start) / static_cast<double>(turns * work.pipeline * work.clients));
    }
    std::printf("%-24s %8.2f ns/reply\n", work.name, best);
    if (allocations == before) return true;
    std::printf("%-24s %zu allocations in steady state\n", work.name, allocations - before);
    return false;
  }

 private:
  static constexpr size_t kMaxClients = 50;

  size_t turn(const Work& work) {
    for (size_t c = 0; c < work.clients; ++c) {
      writer_.attach(&queues_[c], 2);
      for (size_t i = 0; i < work.pipeline; ++i) work.write(writer_);
      writer_.detach();
    }
    size_t bytes = 0;
    for (size_t c = 0; c < work.clients; ++c) {
      struct iovec pieces[16];
      while (!queues_[c]->empty()) {
        const int count = queues_[c]->gather(pieces, 16);
        size_t taken = 0;
        for (int i = 0; i < count; ++i) taken += pieces[i].iov_len;
        queues_[c]->consume(taken);
        bytes += taken;
      }
      pool_.give_back(queues_[c]);
      queues_[c] = nullptr;
    }
    turn_.reset();
    return bytes;
  }

  aerie::TurnBuffer turn_;
  aerie::OutputPool pool_;
  ReplyWriter writer_{&turn_, &pool_};
  aerie::OutputQueue* queues_[kMaxClients] = {};
};

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  const Work works[] = {
      {"+OK -P 1, 50 clients", write_ok, 1, 50, 5},
      {"+OK -P 64, 50 clients", write_ok, 64, 50, 5},
      {":1 -P 16", write_small_integer, 16, 50, 4},
      {":1234567 -P 16", write_integer, 16, 50, 10},
      {"$-1 -P 16", write_null, 16, 50, 5},
      {"bulk of 16 -P 16", write_bulk, 16, 50, 23},
      {"array of 100 bulks", write_range, 4, 1, 6 + 100 * 23},
      {"deferred array of 10", write_deferred, 16, 10, 5 + 10 * 23},
  };
  Bench bench;
  bool good = true;
  for (const Work& work : works)
    good &= bench.run(work, smoke ? 10 : 200000 / (work.pipeline * work.clients));
  return good ? 0 : 1;
}

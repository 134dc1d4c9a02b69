// SPDX-License-Identifier: BSD-3-Clause
//
// What several clients sent, read but not run yet. With one request per client and turn, memory is what a
// request waits for most: its bucket, then its entry, and nothing to do meanwhile. So the ready phase only
// reads, parses, and asks for the bucket of the first key; what was read so runs together a moment later,
// when the buckets are there and all entries can be asked for at once. The order stays that of the reading.
// Inputs lie one behind the other in the buffer that all clients share (ClientTable::read_place).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "aerie/engine/executor.h"
#include "aerie/resp/request_parser.h"

namespace aerie {

class Connection;

struct Arrival {
  Connection* client = nullptr;
  std::string_view input;
  // What the parser found, and whether that still holds: Config::changes() of that moment.
  RequestBatch batch;
  ParseStop stop = ParseStop::kEnd;
  uint64_t parsed_for = 0;
  PreparedRequest first{};  // when the batch is not empty
};

class Arrivals {
 public:
  // As many as a processor core can have under way to memory at a time, about.
  static constexpr size_t kMax = 16;
  // What is larger keeps the processor busy by itself: once these together have so many bytes, they run.
  static constexpr size_t kMaxBytes = 4096;

  // REQUIRES: has_room().
  Arrival& add(Connection& client, std::string_view input) {
    Arrival& arrival = arrivals_[count_++];
    arrival.client = &client;
    arrival.input = input;
    input_bytes_ += input.size();
    return arrival;
  }
  bool has_room() const { return count_ < kMax && input_bytes_ < kMaxBytes; }
  size_t input_bytes() const { return input_bytes_; }
  std::span<const Arrival> all() const { return {arrivals_.data(), count_}; }
  void clear() { count_ = input_bytes_ = 0; }

 private:
  std::array<Arrival, kMax> arrivals_;
  size_t count_ = 0;
  size_t input_bytes_ = 0;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Armed faults: one row per kind of call. Counting is atomic, since workers make calls too; arming is for the
// thread of the test, before the calls that it is meant for.
#include "base/sys_faults.h"

#include <array>

namespace aerie::sys {

namespace internal {
std::atomic<bool> faults_armed{false};
}

namespace {

struct FaultRow {
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> fail_at{0};  // 0: never
  std::atomic<int> error{0};
  std::atomic<bool> for_good{false};
  std::atomic<size_t> cap{0};  // 0: no cap
};

std::array<FaultRow, kCallCount>& rows() {
  static std::array<FaultRow, kCallCount> all;
  return all;
}

FaultRow& row_of(Call call) {
  return rows()[static_cast<size_t>(call)];
}

void arm(Call call, uint64_t nth, int errno_value, bool for_good) {
  FaultRow& row = row_of(call);
  row.fail_at = row.calls + nth;
  row.error = errno_value;
  row.for_good = for_good;
  internal::faults_armed = true;
}

int fault_of(Call call) {
  FaultRow& row = row_of(call);
  const uint64_t number = row.calls.fetch_add(1) + 1;
  const uint64_t fail_at = row.fail_at;
  if (fail_at == 0) return 0;
  return number == fail_at || (row.for_good && number > fail_at) ? row.error.load() : 0;
}

}  // namespace

int injected_fault(Call call) {
  if (!internal::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return 0;
  return fault_of(call);
}

size_t capped_size_slow(Call call, size_t size) {
  const size_t cap = row_of(call).cap;
  return cap == 0 || size < cap ? size : cap;
}

bool cap_parts_slow(Call call, const iovec* parts, iovec* first) {
  const size_t cap = row_of(call).cap;
  if (cap == 0) return false;
  *first = parts[0];
  if (first->iov_len > cap) first->iov_len = cap;
  return true;
}

void fail_nth(Call call, uint64_t nth, int errno_value) {
  arm(call, nth, errno_value, false);
}

void fail_from(Call call, uint64_t nth, int errno_value) {
  arm(call, nth, errno_value, true);
}

void cap_transfer(Call call, size_t bytes) {
  row_of(call).cap = bytes;
  internal::faults_armed = true;
}

void clear_faults() {
  internal::faults_armed = false;
  for (FaultRow& row : rows()) {
    row.calls = 0;
    row.fail_at = 0;
    row.error = 0;
    row.for_good = false;
    row.cap = 0;
  }
}

uint64_t counted(Call call) {
  return row_of(call).calls;
}

}  // namespace aerie::sys

// SPDX-License-Identifier: BSD-3-Clause
//
// What sys.cc asks the armed faults. While none is armed each question is one load and a branch that is
// always predicted; the rest is in sys_faults.cc.
#pragma once

#include <sys/uio.h>

#include <cstddef>

#include "aerie/base/sys.h"

namespace aerie::sys {

// The number of bytes that a transfer of `size` may move.
size_t capped_size_slow(Call call, size_t size);
inline size_t capped_size(Call call, size_t size) {
  if (!internal::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return size;
  return capped_size_slow(call, size);
}

// Whether a cap is armed; then *first is the only part to transfer.
bool cap_parts_slow(Call call, const iovec* parts, iovec* first);
inline bool cap_parts(Call call, const iovec* parts, iovec* first) {
  if (!internal::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return false;
  return cap_parts_slow(call, parts, first);
}

}  // namespace aerie::sys

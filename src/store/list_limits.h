// SPDX-License-Identifier: BSD-3-Clause
//
// What the option list-max-listpack-size says about lists: how large a chunk may become, and up to which size
// a list is called a listpack. The latter is how Redis judges it: -1 to -5 are 4, 8, 16, 32 and 64 KiB; a
// positive value is a number of elements, within 8 KiB; 0 is 1. Bytes are those of a listpack with its frame.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/ds/list_chunk.h"

namespace aerie {

struct ListLimits {
  ListFill fill = ListFill::from_option(-2);
  size_t listpack_bytes = 8192;
  uint64_t listpack_count = UINT64_MAX;

  static constexpr ListLimits from_option(int64_t value) {
    ListLimits limits;
    limits.fill = ListFill::from_option(value);
    if (value >= 0) {
      limits.listpack_count = value == 0 ? 1 : static_cast<uint64_t>(value);
    } else {
      limits.listpack_bytes = size_t{2048} << (value < -5 ? 5 : -value);
    }
    return limits;
  }

  bool is_listpack(size_t bytes, uint64_t count) const {
    return bytes <= listpack_bytes && count <= listpack_count;
  }
  // Small enough to be called one again after it had outgrown that. The half is of the limit that was set.
  bool is_small_listpack(size_t bytes, uint64_t count) const {
    if (listpack_count != UINT64_MAX) return bytes <= listpack_bytes && count <= listpack_count / 2;
    return bytes <= listpack_bytes / 2;
  }
};

}  // namespace aerie

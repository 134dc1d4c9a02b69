// SPDX-License-Identifier: BSD-3-Clause
//
// An argument that was read into memory of its own, such that the store may keep it without a copy. Requests
// name theirs in a list that is sorted by index, and most have none: a list by index of all arguments would
// cost the client that sends millions of small ones.
#pragma once

#include <cstddef>

#include "aerie/base/blob.h"

namespace aerie {

struct LargeArg {
  size_t index;  // among the arguments, the command's name included
  Blob memory;   // of at least kLargeArgument bytes; empty: somebody took it
};

}  // namespace aerie

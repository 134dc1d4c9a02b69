// SPDX-License-Identifier: BSD-3-Clause
//
// The end of the process after a failed assertion. Uses only what works in a damaged process: no allocation
// before the message is out, no locks of our own.
#include "aerie/base/assert.h"

#include <execinfo.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace aerie {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fflush(stdout);
  std::fprintf(stderr, "\n=== ASSERTION FAILED ===\n%s:%d: %s\n", file, line, condition);
  std::fflush(stderr);
  void* frames[64];
  const int depth = backtrace(frames, 64);
  backtrace_symbols_fd(frames, depth, STDERR_FILENO);
  std::abort();
}

}  // namespace aerie

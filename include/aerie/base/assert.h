// SPDX-License-Identifier: BSD-3-Clause
//
// Always-on assertions. A failed assertion is a bug in Aerie, never something that a client can cause: it
// prints the condition, its place and a backtrace to stderr and ends the process with SIGABRT, in release
// builds too. What a client or the system does wrong is answered with an error reply or a Result.
#pragma once

namespace aerie {

// Prints `condition`, `file`:`line` and a backtrace to stderr, then calls abort().
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace aerie

#define AERIE_ASSERT(condition)                                  \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::aerie::assertion_failed(#condition, __FILE__, __LINE__); \
  } while (false)

#define AERIE_UNREACHABLE() ::aerie::assertion_failed("unreachable", __FILE__, __LINE__)

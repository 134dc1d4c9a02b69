// SPDX-License-Identifier: BSD-3-Clause
//
// What is printed when the process dies of a bug: the signal, the version, where it happened, and whose
// command ran. The handler runs in a damaged process, so it allocates nothing, takes no lock and writes with
// single calls; it then lets the signal do what it would have done. Signal actions belong to the process,
// which is why the few facts that the handler needs are kept outside of any object.
#pragma once

#include <string>

namespace aerie {

class Session;

// Handles SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT. `log_path`: where the report goes ("": stdout).
void install_crash_handlers(const std::string& log_path);

// The session whose requests run from now on, or nullptr.
void set_crash_context(const Session* session);

}  // namespace aerie

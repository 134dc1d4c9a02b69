// SPDX-License-Identifier: BSD-3-Clause
//
// What concerns the process around a server: limits, going to the background, the pid file. Each function
// does one thing and says in the log what it could not do.
#pragma once

#include <cstdint>
#include <string>

#include "aerie/base/result.h"

namespace aerie {

// Descriptors that the server needs besides those of clients: listeners, poller, log, the standard ones.
inline constexpr int64_t kReservedDescriptors = 32;

// Raises the soft limit on open files, as far as the system allows, to what `maxclients` clients need.
// Returns how many clients there is room for, at most `maxclients`.
int64_t raise_descriptor_limit(int64_t maxclients);

// Opens those of the descriptors 0 to 2 that are closed, on /dev/null: otherwise a socket could get one of
// their numbers and receive what is written to the log. Before anything else is opened.
void open_standard_streams();

// Goes on in a child that has no terminal, with standard streams on /dev/null; the parent exits with 0.
Status daemonize();

// Writes the process id. A failure is logged: the server runs all the same. True when the file is there now,
// so that the end must remove it.
bool write_pid_file(const std::string& path);

// For the handler of SIGTERM and SIGINT: says in the log that the signal came. A SIGINT behind another one of
// the two ends the process at once, with exit code 1, as Redis has it.
void note_shutdown_signal(int signal);

// The shutdown that the signal asked for is not going to be: the next SIGINT asks again.
void forget_shutdown_signal();

// Warns when the kernel caps tcp-backlog.
void check_tcp_backlog(int64_t backlog);

}  // namespace aerie

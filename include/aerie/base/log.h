// SPDX-License-Identifier: BSD-3-Clause
//
// The log: the only global object of the project. One line per message in the format that tools expect of a
// Redis server, `PID:M DD Mon YYYY HH:MM:SS.mmm * text`, written by one write call to stdout or appended to a
// file that is opened for each line, so that it may be rotated by renaming it. Set it up before threads
// start; writing is safe from any thread. Messages are ours: what comes from a client passes through
// escape_for_log first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aerie/base/result.h"

namespace aerie {

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };

// Messages below the level are dropped. kNotice at the start.
void log_set_level(LogLevel level);
LogLevel log_level();
inline bool log_enabled(LogLevel level) {
  return level >= log_level();
}

// Where lines go: an absolute path, or "" for stdout. Fails, and changes nothing, when the file cannot be
// opened for appending.
Status log_open(const std::string& path);
// Lines go to the system's log too, under this name. `facility` is its number there: 1 for user, 16 to 23 for
// local0 to local7. A line that the receiver at `socket` has no room for is lost, as serving goes on; an
// empty `socket` ends it.
void log_to_syslog(const std::string& ident, int facility, const std::string& socket = "/dev/log");
// The letter behind the process id: M for a master (the start value), S for a replica, C for a child.
void log_set_role(char role);

// Lines longer than this are cut.
inline constexpr size_t kLogMaxText = 4096;

void log_debug(const char* format, ...) __attribute__((format(printf, 1, 2)));
void log_verbose(const char* format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char* format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char* format, ...) __attribute__((format(printf, 1, 2)));
// Several lines as they are, without a head: crash reports.
void log_raw(LogLevel level, std::string_view text);

// The text with everything that could disturb a log, a terminal or CLIENT LIST made visible: \n \r \t \a \b,
// quotes and backslashes with a backslash, other bytes outside printable ASCII as \xNN. No quotes around it.
std::string escape_for_log(std::string_view text);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The options set-proc-title and proc-title-template: what ps and the like show instead of the command line.
// On Linux that is what stands in the memory of main's arguments, which is why this belongs to the process
// and not to a server. A title is no longer than the arguments were.
#pragma once

#include <string>
#include <string_view>

#include "aerie/engine/settings.h"
#include "aerie/server/server.h"

namespace aerie {

// Remembers where titles go. Until then, and without arguments, set_process_title does nothing. Whoever still
// needs an argument by then has copied it. REQUIRES: they are main's.
void keep_title_memory(int argc, char** argv);
void set_process_title(std::string_view title);
// For the crash handler: shows the program's name again, since a backtrace takes it from there.
void reset_process_title();

// What the template says of this server: {title}, {listen-addr}, {server-mode}, {port}, {tls-port},
// {unixsocket} and {config-file} are replaced, "{{" is a brace, and blanks at the ends go.
// REQUIRES: the template is one that the option accepts.
std::string process_title(const Settings& settings, const ServerIdentity& identity);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// From a command line to a running server and back to an exit code: configuration, working directory, log,
// daemon, pid file, the lines that tools wait for in the log, and the end. main() is one call of this.
#pragma once

#include <span>
#include <string_view>

namespace aerie {

// `program` is argv[0], `args` the rest. Returns the exit code.
int run_server_program(std::string_view program, std::span<const std::string_view> args);

}  // namespace aerie

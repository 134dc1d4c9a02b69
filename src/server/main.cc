// SPDX-License-Identifier: BSD-3-Clause
//
// The program aerie-server. Everything it does is in startup.cc; this file is not part of the room's library,
// so that tests may link that.
#include <string_view>
#include <vector>

#include "server/process_title.h"
#include "server/startup.h"

int main(int argc, char** argv) {
  aerie::keep_title_memory(argc, argv);
  const std::vector<std::string_view> words(argv, argv + argc);
  const std::span<const std::string_view> args(words);
  if (args.empty()) return 1;
  return aerie::run_server_program(args.front(), args.subspan(1));
}

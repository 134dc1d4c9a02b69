// SPDX-License-Identifier: BSD-3-Clause
//
// with_server PROGRAM ARGUMENTS...: starts the server under test, runs the program with every "{port}" in its
// arguments replaced, and succeeds when the program does and the server then ends well. It judges nothing
// else.
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>

#include "support/server_process.h"

extern char** environ;

namespace aerie {
namespace {

int run_program(std::vector<std::string> words, uint16_t port) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    size_t at = word.find("{port}");
    if (at != std::string::npos) word.replace(at, 6, std::to_string(port));
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  pid_t pid = -1;
  if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
    throw std::runtime_error("cannot run " + words[0] + ": is its package installed?");
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run(const std::vector<std::string>& words) {
  ServerOptions options;
  options.args = {"--loglevel", "warning", "--enable-debug-command", "yes"};
  ServerProcess server(options);
  int status = run_program(words, server.port());
  if (status != 0) std::fprintf(stderr, "the program ended with %d\n", status);
  int server_status = server.stop();
  std::string crash = server.crash_line();
  if (status == 0 && server_status == 0 && crash.empty()) return 0;
  std::fprintf(stderr, "the server ended with %d; it wrote:\n%s\n", server_status, server.output().c_str());
  return 1;
}

}  // namespace
}  // namespace aerie

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: with_server program arguments...\n");
    return 2;
  }
  try {
    return aerie::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

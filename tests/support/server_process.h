// SPDX-License-Identifier: BSD-3-Clause
//
// A real server process for tests over sockets: Aerie's own binary, or Debian's redis-server 7.0.15 as the
// oracle (package redis-tools ships it as redis-check-rdb; started under the name redis-server it is the
// server).
//
// Each process gets a free port of 127.0.0.1 that no other test of this machine can take meanwhile, and a
// temporary directory of its own that holds its output and goes away with it. Every failure here throws
// std::runtime_error with the server's output, so the test that wanted the server fails: nothing is skipped.
// Not thread-safe; a ServerProcess ends its own process, by pid, at the latest in its destructor.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aerie {

enum class ServerKind { kAerie, kOracle };

// "aerie" or "oracle": for test names and messages.
const char* server_kind_name(ServerKind kind);

struct ServerOptions {
  ServerKind kind = ServerKind::kAerie;
  // Appended to the arguments that every test server gets (port, bind, no snapshots). A "%d" inside an
  // argument is replaced by the server's temporary directory.
  std::vector<std::string> args = {};
  // When not empty: written to a file, server.conf in the directory, that is passed as the first argument
  // ("%d" is replaced everywhere, and "%p" by the port).
  std::string config = {};
  // True: no arguments but the file and `args`, which must name the port.
  bool bare = false;
  // Variables that the process finds in its environment, as "NAME=value" ("%d" is replaced here too).
  std::vector<std::string> environment = {};
  // False: return once the process runs, without waiting for it to listen (for starts that must fail).
  bool wait_ready = true;
  // When not 0: the limits of open descriptors that the process starts with. It may raise the first up to the
  // second, which it has no privilege to raise.
  uint64_t soft_descriptors = 0;
  uint64_t hard_descriptors = 0;
};

// What the kernel says about a process, read at one moment.
struct ProcessUsage {
  uint64_t rss_bytes = 0;
  uint64_t peak_rss_bytes = 0;
  uint64_t cpu_ns = 0;  // on CPU, all threads
};

class ServerProcess {
 public:
  explicit ServerProcess(const ServerOptions& options);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  ServerKind kind() const { return kind_; }
  uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::string& directory() const { return directory_; }
  // The binary that runs; the subject's is AERIE_TEST_SERVER of the environment when that is set.
  const std::string& binary() const { return binary_; }
  // True when the binary is Redis itself: also for the subject, when a test's own soundness is being checked.
  bool is_redis() const { return is_redis_; }

  // All that the server wrote to stdout and stderr so far.
  std::string output() const;
  // Waits until the output contains `text`; false after `timeout`.
  bool wait_for_output(const std::string& text, std::chrono::milliseconds timeout) const;

  // Throws when the process is gone.
  ProcessUsage usage() const;
  bool running();
  void send_signal(int signal_number);

  // Waits for the end of the process: its exit code, or -signal. Throws after `timeout`.
  int wait_exit(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  // SIGTERM, then wait_exit.
  int stop();
  // Starts it again in its directory and on its port. Output goes on where it ended. REQUIRES: it ended.
  void restart(const ServerOptions& options);

  // The first line of the output that a sanitizer, a crash report or a failed assertion wrote; "" when clean.
  std::string crash_line() const;

 private:
  void reserve_port();
  void spawn(const ServerOptions& options);
  void wait_ready();
  std::string expand(const std::string& text) const;

  ServerKind kind_;
  std::string binary_;
  bool is_redis_ = false;
  std::string directory_;
  uint16_t port_ = 0;
  int port_lock_ = -1;
  pid_t pid_ = -1;
  bool reaped_ = false;
  int exit_status_ = 0;
};

// The path of the server under test.
std::string subject_binary();

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What belongs to the process and to no server in it: the limit of descriptors, going to the background, the
// pid file. All of it happens around the loop, before the first turn or after the last, so blocking calls are
// fine here.
#include "server/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "aerie/base/log.h"
#include "aerie/base/number.h"
#include "aerie/base/unique_fd.h"

#include "server/signal_log.h"

namespace aerie {

namespace {

volatile sig_atomic_t shutdown_signalled = 0;

}  // namespace

void note_shutdown_signal(int signal) {
  if (shutdown_signalled != 0 && signal == SIGINT) {
    SignalLog().head().text("You insist... exiting now.\n");
    sys::exit_now(1);
  }
  shutdown_signalled = 1;
  SignalLog().head().text(signal == SIGINT ? "Received SIGINT scheduling shutdown...\n"
                                           : "Received SIGTERM scheduling shutdown...\n");
}

void forget_shutdown_signal() {
  shutdown_signalled = 0;
}

int64_t raise_descriptor_limit(int64_t maxclients) {
  rlimit limit{};
  if (!sys::get_limit(RLIMIT_NOFILE, &limit).ok()) return maxclients;
  const auto wanted = static_cast<rlim_t>(maxclients + kReservedDescriptors);
  const rlim_t original = limit.rlim_cur;
  if (original >= wanted) return maxclients;
  // Privileged processes may raise the hard limit too; others get what it allows.
  rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
  sys::SysResult set = sys::set_limit(RLIMIT_NOFILE, &raised);
  if (!set.ok()) {
    raised = {std::min(wanted, limit.rlim_max), limit.rlim_max};
    set = sys::set_limit(RLIMIT_NOFILE, &raised);
  }
  const rlim_t got = set.ok() ? raised.rlim_cur : original;
  if (got >= wanted) {
    log_notice("Increased maximum number of open files to %llu (it was originally set to %llu).",
               static_cast<unsigned long long>(got), static_cast<unsigned long long>(original));
    return maxclients;
  }
  return std::max<int64_t>(static_cast<int64_t>(got) - kReservedDescriptors, 0);
}

void open_standard_streams() {
  for (;;) {
    const sys::SysResult null = sys::open("/dev/null", O_RDWR);
    if (!null.ok()) return;
    if (null.value <= STDERR_FILENO) continue;
    sys::close(null.value);
    return;
  }
}

Status daemonize() {
  const sys::SysResult forked = sys::fork();
  if (!forked.ok()) return Error{forked.error, "fork"};
  if (forked.value != 0) sys::exit_now(0);
  sys::setsid();
  const sys::SysResult null = sys::open("/dev/null", O_RDWR);
  if (!null.ok()) return Error{null.error, "open /dev/null"};
  const UniqueFd fd(null.value);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) sys::dup2(fd.get(), stream);
  return {};
}

bool write_pid_file(const std::string& path) {
  const auto failed = [&path](int error) {
    log_warning("Failed to write PID file: %s, at %s", std::strerror(error), escape_for_log(path).c_str());
  };
  const sys::SysResult opened = sys::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  if (!opened.ok()) {
    failed(opened.error);
    return false;
  }
  const UniqueFd fd(opened.value);
  const std::string line = std::to_string(sys::process_id()) + "\n";
  const sys::IoResult written = sys::write(fd.get(), line.data(), line.size());
  if (!written.ok()) failed(written.error);
  return true;
}

void check_tcp_backlog(int64_t backlog) {
#if defined(__linux__)
  const sys::SysResult opened = sys::open("/proc/sys/net/core/somaxconn", O_RDONLY);
  if (!opened.ok()) return;
  const UniqueFd fd(opened.value);
  char digits[kMaxInt64Chars + 1];
  const sys::IoResult got = sys::read(fd.get(), digits, sizeof digits);
  if (got.n <= 1) return;
  const auto most = parse_int64({digits, static_cast<size_t>(got.n) - 1});
  if (!most.has_value() || *most <= 0 || *most >= backlog) return;
  log_warning(
      "WARNING: The TCP backlog setting of %lld cannot be enforced because /proc/sys/net/core/somaxconn is "
      "set to the lower value of %lld.",
      static_cast<long long>(backlog), static_cast<long long>(*most));
#else
  static_cast<void>(backlog);
#endif
}

}  // namespace aerie

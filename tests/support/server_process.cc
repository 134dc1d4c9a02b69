// SPDX-License-Identifier: BSD-3-Clause
//
// Starting, watching and ending server processes. A port is reserved by binding an abstract unix socket named
// after it: the kernel frees the name when the test ends, however it ends. The child dies with its parent.
#include "support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/resp_client.h"

#ifndef AERIE_SERVER_PATH
#error "AERIE_SERVER_PATH names the binary under test"
#endif

namespace aerie {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kOracleProgram[] = "/usr/bin/redis-check-rdb";
constexpr uint16_t kFirstPort = 11000;  // below the range that the kernel gives to outgoing connections
constexpr uint16_t kPortCount = 20000;
constexpr milliseconds kReadyTimeout{20000};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

[[noreturn]] void fail_errno(const std::string& what) {
  fail(what + ": " + std::strerror(errno));
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// In the child. Who has not the right to drop the privilege does not have the privilege either.
bool limit_descriptors(const ServerOptions& options) {
  if (options.soft_descriptors == 0) return true;
  prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);
  const rlimit limit{options.soft_descriptors, options.hard_descriptors};
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

// A socket that holds the machine-wide right to `port` among tests, or -1 when another test holds it.
int try_lock_port(uint16_t port) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_errno("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string name = "aerie-test-port-" + std::to_string(port);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) return fd;
  close(fd);
  return -1;
}

bool port_is_free(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_errno("socket");
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return free;
}

// True when the server answers: then its loop runs and all its sockets listen.
bool answers(uint16_t port) {
  try {
    RespClient client = RespClient::tcp(port);
    client.send_raw("PING\r\n");
    return !client.read_some(kReadyTimeout).empty();
  } catch (const std::runtime_error&) {
    return false;
  }
}

uint64_t status_kib(const std::string& status, const std::string& field) {
  size_t at = status.find(field);
  return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + field.size(), nullptr, 10);
}

}  // namespace

const char* server_kind_name(ServerKind kind) {
  return kind == ServerKind::kAerie ? "aerie" : "oracle";
}

std::string subject_binary() {
  const char* override_path = std::getenv("AERIE_TEST_SERVER");
  return override_path != nullptr ? override_path : AERIE_SERVER_PATH;
}

ServerProcess::ServerProcess(const ServerOptions& options) : kind_(options.kind) {
  std::string pattern = (fs::temp_directory_path() / "aerie-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) fail_errno("mkdtemp " + pattern);
  directory_ = pattern;
  if (kind_ == ServerKind::kOracle) {
    if (access(kOracleProgram, X_OK) != 0) {
      fail("the oracle is missing: install the Debian package redis-tools (redis-check-rdb is the server)");
    }
    binary_ = directory_ + "/redis-server";
    fs::create_symlink(kOracleProgram, binary_);
  } else {
    binary_ = subject_binary();
    if (access(binary_.c_str(), X_OK) != 0) fail("the server under test is missing: " + binary_);
  }
  is_redis_ = fs::path(binary_).filename() == "redis-server";
  reserve_port();
  spawn(options);
  if (options.wait_ready) wait_ready();
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0 && !reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &exit_status_, 0);
  }
  if (port_lock_ >= 0) close(port_lock_);
  std::error_code ignored;
  if (std::getenv("AERIE_TEST_KEEP") == nullptr) fs::remove_all(directory_, ignored);
}

void ServerProcess::reserve_port() {
  auto offset = static_cast<unsigned>(getpid()) * 7U;
  for (unsigned i = 0; i < kPortCount; ++i) {
    auto port = static_cast<uint16_t>(kFirstPort + (offset + i) % kPortCount);
    int lock = try_lock_port(port);
    if (lock < 0) continue;
    if (port_is_free(port)) {
      port_ = port;
      port_lock_ = lock;
      return;
    }
    close(lock);
  }
  fail("no free port");
}

std::string ServerProcess::expand(const std::string& text) const {
  std::string result = text;
  for (const auto& [mark, meaning] : {std::pair("%d", directory_), std::pair("%p", std::to_string(port_))}) {
    for (size_t at = result.find(mark); at != std::string::npos; at = result.find(mark, at)) {
      result.replace(at, 2, meaning);
      at += meaning.size();
    }
  }
  return result;
}

void ServerProcess::spawn(const ServerOptions& options) {
  std::vector<std::string> args = {binary_};
  if (!options.config.empty()) {
    std::ofstream(directory_ + "/server.conf") << expand(options.config);
    args.push_back(directory_ + "/server.conf");
  }
  if (!options.bare) {
    for (const char* arg : {"--port", "%p", "--bind", "127.0.0.1", "--save", ""}) args.push_back(expand(arg));
  }
  for (const std::string& arg : options.args) args.push_back(expand(arg));
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);

  std::vector<std::string> environment;
  for (const std::string& variable : options.environment) environment.push_back(expand(variable));

  int out = open((directory_ + "/output").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) fail_errno("open output");
  // A sanitized server holds back less freed memory, so that its resident memory still tells of leaks.
  setenv("ASAN_OPTIONS", "quarantine_size_mb=16", 0);
  pid_ = fork();
  if (pid_ < 0) fail_errno("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(directory_.c_str()) != 0) _exit(127);
    if (!limit_descriptors(options)) _exit(127);
    for (std::string& variable : environment) putenv(variable.data());
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    execv(binary_.c_str(), argv.data());
    _exit(127);
  }
  close(out);
}

void ServerProcess::wait_ready() {
  auto deadline = steady_clock::now() + kReadyTimeout;
  while (!answers(port_)) {
    if (!running()) fail("server ended before it was ready: " + binary_ + "\n" + output());
    if (steady_clock::now() > deadline) fail("server does not answer: " + binary_ + "\n" + output());
    std::this_thread::sleep_for(milliseconds(2));
  }
}

std::string ServerProcess::output() const {
  return read_file(directory_ + "/output");
}

bool ServerProcess::wait_for_output(const std::string& text, milliseconds timeout) const {
  auto deadline = steady_clock::now() + timeout;
  while (output().find(text) == std::string::npos) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

ProcessUsage ServerProcess::usage() const {
  fs::path proc = "/proc/" + std::to_string(pid_);
  std::string status = read_file(proc / "status");
  if (status.empty()) fail("no such process: " + std::to_string(pid_));
  ProcessUsage usage;
  usage.rss_bytes = status_kib(status, "VmRSS:") * 1024;
  usage.peak_rss_bytes = status_kib(status, "VmHWM:") * 1024;
  std::error_code gone;
  for (const auto& task : fs::directory_iterator(proc / "task", gone)) {
    usage.cpu_ns += std::strtoull(read_file(task.path() / "schedstat").c_str(), nullptr, 10);
  }
  return usage;
}

bool ServerProcess::running() {
  if (reaped_) return false;
  reaped_ = waitpid(pid_, &exit_status_, WNOHANG) == pid_;
  return !reaped_;
}

void ServerProcess::send_signal(int signal_number) {
  if (!running()) fail("server is gone:\n" + output());
  kill(pid_, signal_number);
}

int ServerProcess::wait_exit(milliseconds timeout) {
  auto deadline = steady_clock::now() + timeout;
  while (running()) {
    if (steady_clock::now() > deadline) fail("server does not end:\n" + output());
    std::this_thread::sleep_for(milliseconds(2));
  }
  return WIFEXITED(exit_status_) ? WEXITSTATUS(exit_status_) : -WTERMSIG(exit_status_);
}

void ServerProcess::restart(const ServerOptions& options) {
  reaped_ = false;
  spawn(options);
  if (options.wait_ready) wait_ready();
}

int ServerProcess::stop() {
  if (running()) kill(pid_, SIGTERM);
  return wait_exit();
}

std::string ServerProcess::crash_line() const {
  static constexpr const char* kSigns[] = {"Sanitizer",        "runtime error:", "BUG REPORT START",
                                           "ASSERTION FAILED", "Assertion",      "assertion failed",
                                           "terminate called"};
  std::istringstream lines(output());
  for (std::string line; std::getline(lines, line);) {
    for (const char* sign : kSigns) {
      if (line.find(sign) != std::string::npos) return line;
    }
  }
  return "";
}

}  // namespace aerie

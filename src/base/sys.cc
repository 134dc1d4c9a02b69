// SPDX-License-Identifier: BSD-3-Clause
//
// The system calls. Each function is one call with its EINTR loop and the branch for injected faults;
// anything that needs more than that belongs to the caller. The faults stand in sys_faults.cc.
#include "aerie/base/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#endif

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/sys_faults.h"

namespace aerie::sys {

namespace {

// Repeats an interrupted call. `call_system` returns what the C function returns.
template <typename CallSystem>
IoResult transfer(Call call, CallSystem call_system) {
  if (const int fault = injected_fault(call); fault != 0) [[unlikely]]
    return {-1, fault};
  for (;;) {
    const ssize_t n = call_system();
    if (n >= 0) [[likely]]
      return {n, 0};
    if (errno != EINTR) return {-1, errno};
  }
}

template <typename CallSystem>
SysResult simple(Call call, CallSystem call_system) {
  if (const int fault = injected_fault(call); fault != 0) [[unlikely]]
    return {-1, fault};
  for (;;) {
    const int value = call_system();
    if (value >= 0) [[likely]]
      return {value, 0};
    if (errno != EINTR) return {-1, errno};
  }
}

bool means_would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

#if defined(__linux__)
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;

int prepare_descriptor(int fd, bool nonblocking) {
  if (fd < 0) return fd;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (nonblocking) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
#if defined(SO_NOSIGPIPE)
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return fd;
}
#endif

}  // namespace

bool IoResult::would_block() const {
  return means_would_block(error);
}
bool SysResult::would_block() const {
  return means_would_block(error);
}

IoResult read(int fd, void* out, size_t size) {
  const size_t capped = capped_size(Call::kRead, size);
  return transfer(Call::kRead, [&] { return ::read(fd, out, capped); });
}

IoResult write(int fd, const void* data, size_t size) {
  const size_t capped = capped_size(Call::kWrite, size);
  return transfer(Call::kWrite, [&] { return ::write(fd, data, capped); });
}

IoResult recv(int fd, void* out, size_t size, int flags) {
  const size_t capped = capped_size(Call::kRecv, size);
  return transfer(Call::kRecv, [&] { return ::recv(fd, out, capped, flags); });
}

IoResult send(int fd, const void* data, size_t size) {
  const size_t capped = capped_size(Call::kSend, size);
  return transfer(Call::kSend, [&] { return ::send(fd, data, capped, kSendFlags); });
}

IoResult send_vector(int fd, const iovec* parts, size_t count) {
  iovec first;
  if (cap_parts(Call::kSendVector, parts, &first)) [[unlikely]]
    parts = &first, count = 1;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
  return transfer(Call::kSendVector, [&] { return ::sendmsg(fd, &message, kSendFlags); });
}

SysResult socket(int domain, int type, int protocol) {
#if defined(__linux__)
  return simple(Call::kSocket, [&] { return ::socket(domain, type | SOCK_CLOEXEC, protocol); });
#else
  return simple(Call::kSocket, [&] { return prepare_descriptor(::socket(domain, type, protocol), false); });
#endif
}

SysResult socket_pair(int domain, int type, int fds[2]) {
  return simple(Call::kSocketPair, [&] {
#if defined(__linux__)
    return ::socketpair(domain, type | SOCK_CLOEXEC, 0, fds);
#else
    const int made = ::socketpair(domain, type, 0, fds);
    if (made == 0) prepare_descriptor(fds[0], false), prepare_descriptor(fds[1], false);
    return made;
#endif
  });
}

SysResult bind(int fd, const sockaddr* address, unsigned address_size) {
  return simple(Call::kBind, [&] { return ::bind(fd, address, address_size); });
}

SysResult listen(int fd, int backlog) {
  return simple(Call::kListen, [&] { return ::listen(fd, backlog); });
}

SysResult accept(int fd, sockaddr* address, unsigned* address_size) {
#if defined(__linux__)
  return simple(Call::kAccept,
                [&] { return ::accept4(fd, address, address_size, SOCK_CLOEXEC | SOCK_NONBLOCK); });
#else
  return simple(Call::kAccept, [&] { return prepare_descriptor(::accept(fd, address, address_size), true); });
#endif
}

SysResult connect(int fd, const sockaddr* address, unsigned address_size) {
  if (const int fault = injected_fault(Call::kConnect); fault != 0) [[unlikely]]
    return {-1, fault};
  // An interrupted connect goes on by itself: repeating it would report EALREADY.
  const int value = ::connect(fd, address, address_size);
  return value == 0 ? SysResult{} : SysResult{-1, errno};
}

SysResult shutdown(int fd, int how) {
  return simple(Call::kShutdown, [&] { return ::shutdown(fd, how); });
}

SysResult set_socket_option(int fd, int level, int name, const void* value, unsigned size) {
  return simple(Call::kSetSocketOption, [&] { return ::setsockopt(fd, level, name, value, size); });
}

SysResult set_socket_option(int fd, int level, int name, int value) {
  return set_socket_option(fd, level, name, &value, sizeof value);
}

SysResult get_socket_name(int fd, sockaddr* address, unsigned* address_size) {
  return simple(Call::kGetSocketName, [&] { return ::getsockname(fd, address, address_size); });
}

SysResult close(int fd) {
  if (const int fault = injected_fault(Call::kClose); fault != 0) [[unlikely]] {
    ::close(fd);  // a close that reports an error has closed all the same
    return {-1, fault};
  }
  const int value = ::close(fd);
  return value == 0 || errno == EINTR ? SysResult{} : SysResult{-1, errno};
}

SysResult set_nonblocking(int fd, bool on) {
  return simple(Call::kSetNonblocking, [&] {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) return flags;
    return ::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
  });
}

SysResult wake_channel(int out[2]) {
  return simple(Call::kWakeChannel, [&] {
#if defined(__linux__)
    out[0] = out[1] = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return out[0] < 0 ? -1 : 0;
#else
    const int made = ::pipe(out);
    if (made == 0) prepare_descriptor(out[0], true), prepare_descriptor(out[1], true);
    return made;
#endif
  });
}

SysResult open(const char* path, int flags, unsigned mode) {
  return simple(Call::kOpen, [&] { return ::open(path, flags | O_CLOEXEC, static_cast<mode_t>(mode)); });
}

SysResult unlink(const char* path) {
  return simple(Call::kUnlink, [&] { return ::unlink(path); });
}

SysResult rename(const char* from, const char* to) {
  return simple(Call::kRename, [&] { return std::rename(from, to); });
}

SysResult file_mode(const char* path) {
  struct stat status {};
  const SysResult found = simple(Call::kFileMode, [&] { return ::stat(path, &status); });
  return found.ok() ? SysResult{static_cast<int>(status.st_mode & 07777), 0} : found;
}

SysResult set_file_mode(int fd, unsigned mode) {
  return simple(Call::kSetFileMode, [&] { return ::fchmod(fd, static_cast<mode_t>(mode)); });
}

SysResult sync_file(int fd) {
  return simple(Call::kSyncFile, [&] { return ::fsync(fd); });
}

SysResult umask(unsigned mask) {
  return simple(Call::kUmask, [&] { return static_cast<int>(::umask(static_cast<mode_t>(mask))); });
}

SysResult chdir(const char* path) {
  return simple(Call::kChdir, [&] { return ::chdir(path); });
}

SysResult dup2(int from, int to) {
  return simple(Call::kDup2, [&] { return ::dup2(from, to); });
}

#if defined(__linux__)

SysResult epoll_create() {
  return simple(Call::kPollerCreate, [] { return ::epoll_create1(EPOLL_CLOEXEC); });
}

SysResult epoll_ctl(int epoll_fd, int operation, int fd, epoll_event* event) {
  return simple(Call::kPollerControl, [&] { return ::epoll_ctl(epoll_fd, operation, fd, event); });
}

namespace {

// Waits in whole milliseconds, rounded up: a timer must not fire early.
int epoll_wait_ms(int epoll_fd, epoll_event* out, int capacity, int64_t timeout_us) {
  constexpr int64_t kLongestMs = 1 << 30;
  int64_t timeout_ms = timeout_us < 0 ? -1 : timeout_us / 1000 + (timeout_us % 1000 != 0 ? 1 : 0);
  if (timeout_ms > kLongestMs) timeout_ms = kLongestMs;
  return ::epoll_wait(epoll_fd, out, capacity, static_cast<int>(timeout_ms));
}

}  // namespace

SysResult epoll_wait(int epoll_fd, epoll_event* out, int capacity, int64_t timeout_us) {
  if (const int fault = injected_fault(Call::kPollerWait); fault != 0) [[unlikely]]
    return {-1, fault};
  int n = -1;
#if defined(SYS_epoll_pwait2)
  // Zero and "for ever" need no resolution; the older call is the cheaper one.
  static std::atomic<bool> has_pwait2{true};
  if (timeout_us > 0 && has_pwait2.load(std::memory_order_relaxed)) {
    struct {
      int64_t seconds;
      int64_t nanoseconds;
    } timeout{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000};
    n = static_cast<int>(::syscall(SYS_epoll_pwait2, epoll_fd, out, capacity, &timeout, nullptr, 0));
    // An old kernel says ENOSYS, a strict container EPERM: fall back for good.
    if (n < 0 && (errno == ENOSYS || errno == EPERM)) {
      has_pwait2.store(false, std::memory_order_relaxed);
      n = epoll_wait_ms(epoll_fd, out, capacity, timeout_us);
    }
  } else {
    n = epoll_wait_ms(epoll_fd, out, capacity, timeout_us);
  }
#else
  n = epoll_wait_ms(epoll_fd, out, capacity, timeout_us);
#endif
  if (n >= 0) return {n, 0};
  return errno == EINTR ? SysResult{} : SysResult{-1, errno};
}

#endif

SysResult fork() {
  return simple(Call::kFork, [] { return ::fork(); });
}

SysResult setsid() {
  return simple(Call::kSetsid, [] { return ::setsid(); });
}

int process_id() {
  return ::getpid();
}

SysResult get_limit(int resource, rlimit* out) {
  return simple(Call::kGetLimit,
                [&] { return ::getrlimit(static_cast<decltype(RLIMIT_NOFILE)>(resource), out); });
}

SysResult set_limit(int resource, const rlimit* limit) {
  return simple(Call::kSetLimit,
                [&] { return ::setrlimit(static_cast<decltype(RLIMIT_NOFILE)>(resource), limit); });
}

SysResult get_usage(int who, rusage* out) {
  return simple(Call::kGetUsage, [&] { return ::getrusage(static_cast<decltype(RUSAGE_SELF)>(who), out); });
}

SysResult set_signal_handler(int signal, SignalHandler handler) {
  struct sigaction action {};
  action.sa_handler = handler == kIgnore ? SIG_IGN : handler == kDefault ? SIG_DFL : handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return simple(Call::kSetSignalHandler, [&] { return ::sigaction(signal, &action, nullptr); });
}

SysResult set_fault_handler(int signal, FaultHandler handler) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  return simple(Call::kSetSignalHandler, [&] { return ::sigaction(signal, &action, nullptr); });
}

SysResult use_signal_stack(void* memory, size_t size) {
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = size;
  return simple(Call::kSetSignalHandler, [&] { return ::sigaltstack(&stack, nullptr); });
}

SysResult block_all_signals() {
  if (const int fault = injected_fault(Call::kBlockAllSignals); fault != 0) return {-1, fault};
  sigset_t all;
  sigfillset(&all);
  const int error = ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  return error == 0 ? SysResult{} : SysResult{-1, error};
}

SysResult unblock_signal(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  const int error = ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  return {error == 0 ? 0 : -1, error};
}

SysResult send_signal(int process, int signal) {
  return simple(Call::kSendSignal, [&] { return ::kill(process, signal); });
}

void exit_now(int code) {
  ::_exit(code);
}

const char* environment(const char* name) {
  return std::getenv(name);
}

SysResult refuse_huge_pages() {
#if defined(__linux__)
  return simple(Call::kRefuseHugePages, [] { return ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); });
#else
  return {-1, ENOSYS};
#endif
}

void sleep_us(int64_t us) {
  const timespec time{static_cast<time_t>(us / 1'000'000), static_cast<long>(us % 1'000'000 * 1000)};
  ::nanosleep(&time, nullptr);
}

void* map_memory(size_t size, int* error) {
  *error = injected_fault(Call::kMapMemory);
  if (*error != 0) return nullptr;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) return memory;
  *error = errno;
  return nullptr;
}

SysResult unmap_memory(void* memory, size_t size) {
  return simple(Call::kUnmapMemory, [&] { return ::munmap(memory, size); });
}

void* remap_memory(void* memory, size_t size, size_t new_size, int* error) {
  *error = injected_fault(Call::kRemapMemory);
  if (*error != 0) return nullptr;
#if defined(__linux__)
  void* moved = ::mremap(memory, size, new_size, MREMAP_MAYMOVE);
  if (moved != MAP_FAILED) return moved;
  *error = errno;
#else
  (void)memory, (void)size, (void)new_size;
  *error = ENOSYS;
#endif
  return nullptr;
}

SysResult advise_memory(void* memory, size_t size, int advice) {
  return simple(Call::kAdviseMemory, [&] { return ::madvise(memory, size, advice); });
}

SysResult advise_ranges(const iovec* ranges, int count, int advice) {
#if defined(SYS_process_madvise)
  constexpr int kOwnProcess = -10000;  // PIDFD_SELF, which the C library's headers do not have yet
  return simple(Call::kAdviseMemory, [&] {
    return static_cast<int>(::syscall(SYS_process_madvise, kOwnProcess, ranges, count, advice, 0));
  });
#else
  (void)ranges, (void)count, (void)advice;
  return {-1, ENOSYS};
#endif
}

IoResult random_bytes(void* out, size_t size) {
#if defined(__linux__)
  return transfer(Call::kRandomBytes, [&] { return ::getrandom(out, size, 0); });
#else
  const size_t piece = size < 256 ? size : 256;
  return transfer(Call::kRandomBytes,
                  [&] { return ::getentropy(out, piece) == 0 ? static_cast<ssize_t>(piece) : ssize_t{-1}; });
#endif
}

}  // namespace aerie::sys

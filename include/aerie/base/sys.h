// SPDX-License-Identifier: BSD-3-Clause
//
// Every system call that Aerie makes, as plain functions that report failure by value instead of through
// errno. One thin layer, so that a test can make the nth call of a kind fail (fail_nth) and so that EINTR is
// handled in one place: interrupted calls are repeated, except close (the descriptor is gone) and the waits
// of the poller (they report zero events). Nothing here logs, allocates or keeps state apart from the armed
// faults.
//
// The faults are process-wide on purpose: the calls below have no object to hang them on.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

struct epoll_event;
struct iovec;
struct rlimit;
struct rusage;
struct sockaddr;

namespace aerie::sys {

// The outcome of a call that transfers or counts: `n` >= 0 and error 0, or n == -1 and an errno.
struct IoResult {
  ssize_t n = 0;
  int error = 0;

  bool ok() const { return error == 0; }
  // The descriptor is not ready: try again after the poller reports it.
  bool would_block() const;
};

// The outcome of a call that gives a descriptor, a small number or nothing (0): `value`, or -1 and an errno.
struct SysResult {
  int value = 0;
  int error = 0;

  bool ok() const { return error == 0; }
  bool would_block() const;
};

// Bytes in and out. Neither send raises SIGPIPE.
IoResult read(int fd, void* out, size_t size);
IoResult write(int fd, const void* data, size_t size);
IoResult recv(int fd, void* out, size_t size, int flags = 0);
IoResult send(int fd, const void* data, size_t size);
IoResult send_vector(int fd, const iovec* parts, size_t count);

// Sockets. Every descriptor made here is close-on-exec; those of accept are also non-blocking.
SysResult socket(int domain, int type, int protocol);
SysResult socket_pair(int domain, int type, int fds[2]);
SysResult bind(int fd, const sockaddr* address, unsigned address_size);
SysResult listen(int fd, int backlog);
SysResult accept(int fd, sockaddr* address, unsigned* address_size);
SysResult connect(int fd, const sockaddr* address, unsigned address_size);
SysResult shutdown(int fd, int how);
SysResult set_socket_option(int fd, int level, int name, const void* value, unsigned size);
SysResult set_socket_option(int fd, int level, int name, int value);
SysResult get_socket_name(int fd, sockaddr* address, unsigned* address_size);

// Descriptors and files.
SysResult close(int fd);
SysResult set_nonblocking(int fd, bool on);
// One end to read (out[0]) and one to write (out[1]) that wake a poller: on Linux the same eventfd twice
// (close it once), elsewhere a pipe. Both are non-blocking.
SysResult wake_channel(int out[2]);
SysResult open(const char* path, int flags, unsigned mode = 0644);
SysResult unlink(const char* path);
SysResult rename(const char* from, const char* to);
// The permission bits of a file. Setting them goes by descriptor.
SysResult file_mode(const char* path);
SysResult set_file_mode(int fd, unsigned mode);
// What was written to a file, or the entries of a directory, are on the disk when it returns.
SysResult sync_file(int fd);
// Returns the former mask.
SysResult umask(unsigned mask);
SysResult chdir(const char* path);
SysResult dup2(int from, int to);

#if defined(__linux__)
SysResult epoll_create();
SysResult epoll_ctl(int epoll_fd, int operation, int fd, epoll_event* event);
// Waits at most `timeout_us` (-1: for ever), with microsecond resolution where the kernel has it and
// otherwise rounded up to a millisecond. An interrupted wait reports zero events.
SysResult epoll_wait(int epoll_fd, epoll_event* out, int capacity, int64_t timeout_us);
#endif

// The process.
SysResult fork();
SysResult setsid();
int process_id();
// A variable of the environment that the process was started with; nullptr: there is none.
const char* environment(const char* name);
// The process gets no huge pages that it did not ask for. ENOSYS on other systems than Linux.
SysResult refuse_huge_pages();
SysResult get_limit(int resource, rlimit* out);
SysResult set_limit(int resource, const rlimit* limit);
SysResult get_usage(int who, rusage* out);
// Installs `handler` for `signal`; kRestart makes system calls resume. Pass kIgnore or kDefault for those
// actions.
using SignalHandler = void (*)(int signal);
inline const SignalHandler kIgnore = reinterpret_cast<SignalHandler>(1);
inline const SignalHandler kDefault = nullptr;
SysResult set_signal_handler(int signal, SignalHandler handler);
// The same for faults: the handler runs on the signal stack, and may be entered again by a fault of its own.
using FaultHandler = void (*)(int signal, siginfo_t* info, void* context);
SysResult set_fault_handler(int signal, FaultHandler handler);
// The memory that fault handlers of the calling thread run on, so that an exhausted stack can be reported.
SysResult use_signal_stack(void* memory, size_t size);
// Blocks all signals in the calling thread: worker threads leave signals to the loop's thread.
SysResult block_all_signals();
// Lets a signal in again in the calling thread: in a fault handler, which a sanitizer's runtime runs with all
// blocked.
SysResult unblock_signal(int signal);
SysResult send_signal(int process, int signal);
[[noreturn]] void exit_now(int code);
// Pauses the calling thread, at most until it handles a signal: who has to stop must not wait for a sleeper.
void sleep_us(int64_t us);

// Memory. map_memory gives zeroed private pages, or nullptr with *error set.
void* map_memory(size_t size, int* error);
SysResult unmap_memory(void* memory, size_t size);
// Grows a mapping, moving it where it must; its pages are not copied. nullptr with *error set (ENOSYS on
// other systems than Linux): the mapping is as it was.
void* remap_memory(void* memory, size_t size, size_t new_size, int* error);
SysResult advise_memory(void* memory, size_t size, int advice);
// The same advice for several ranges in one call, which flushes the processor's address caches once instead
// of per range. ENOSYS or EBADF where the kernel cannot do this to its caller (Linux before 6.14, other
// systems).
SysResult advise_ranges(const iovec* ranges, int count, int advice);

// Random bytes from the kernel.
IoResult random_bytes(void* out, size_t size);

// ---- fault injection, for tests ----

enum class Call : uint8_t {
  kRead,
  kWrite,
  kRecv,
  kSend,
  kSendVector,
  kSocket,
  kSocketPair,
  kBind,
  kListen,
  kAccept,
  kConnect,
  kShutdown,
  kSetSocketOption,
  kGetSocketName,
  kClose,
  kSetNonblocking,
  kWakeChannel,
  kOpen,
  kUnlink,
  kRename,
  kFileMode,
  kSetFileMode,
  kSyncFile,
  kUmask,
  kChdir,
  kDup2,
  kPollerCreate,
  kPollerControl,
  kPollerWait,
  kFork,
  kSetsid,
  kRefuseHugePages,
  kGetLimit,
  kSetLimit,
  kGetUsage,
  kSetSignalHandler,
  kBlockAllSignals,
  kSendSignal,
  kMapMemory,
  kUnmapMemory,
  kRemapMemory,
  kAdviseMemory,
  kRandomBytes,
};
inline constexpr size_t kCallCount = static_cast<size_t>(Call::kRandomBytes) + 1;

// The nth call of this kind from now on (1: the next) fails with `errno_value` and does nothing. One armed
// fault per kind; arming again replaces it.
void fail_nth(Call call, uint64_t nth, int errno_value);
// Every call of this kind fails from the nth on, until clear_faults.
void fail_from(Call call, uint64_t nth, int errno_value);
// read, recv, write, send and send_vector move at most `bytes` per call (>= 1), as a slow network would.
void cap_transfer(Call call, size_t bytes);
void clear_faults();
// Calls of this kind that were made while any fault or cap was armed, since the last clear_faults.
uint64_t counted(Call call);

// For the poller sources: the errno to fail with, or 0.
int injected_fault(Call call);

namespace internal {
extern std::atomic<bool> faults_armed;
}

}  // namespace aerie::sys

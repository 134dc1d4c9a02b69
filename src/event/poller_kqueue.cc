// SPDX-License-Identifier: BSD-3-Clause
//
// Poller over the kqueue of the BSDs and macOS. Each descriptor has two filters, input and output, both of
// which clear themselves when reported (EV_CLEAR: edges). The end of the peer's output is EV_EOF on the input
// filter. The calls stand here and not in aerie/base/sys.h, which must not depend on <sys/event.h>; faults
// are injected all the same.
#include <sys/event.h>
#include <sys/types.h>

#include <cerrno>
#include <ctime>

#include "aerie/event/poller.h"

namespace aerie {

namespace {

constexpr size_t kBatch = 512;

// Not every system reports urgent data.
#if defined(EV_OOBAND)
constexpr auto kUrgentFlag = EV_OOBAND;
#else
constexpr auto kUrgentFlag = 0;
#endif

uint8_t bits_of(const struct kevent& event) {
  uint8_t bits = 0;
  if (event.filter == EVFILT_READ) bits |= kPollReadable;
  if (event.filter == EVFILT_READ && (event.flags & kUrgentFlag) != 0) bits |= kPollUrgent;
  if (event.filter == EVFILT_WRITE) bits |= kPollWritable;
  if ((event.flags & EV_EOF) != 0) bits |= kPollHangup | kPollReadable;
  return bits;
}

}  // namespace

Result<Poller> Poller::create() {
  if (const int fault = sys::injected_fault(sys::Call::kPollerCreate); fault != 0)
    return Error{fault, "kqueue"};
  const int fd = ::kqueue();
  if (fd < 0) return Error{errno, "kqueue"};
  return Poller(UniqueFd(fd));
}

sys::SysResult Poller::add(int fd) {
  if (const int fault = sys::injected_fault(sys::Call::kPollerControl); fault != 0) return {-1, fault};
  struct kevent changes[2];
  EV_SET(&changes[0], static_cast<uintptr_t>(fd), EVFILT_READ, EV_ADD | EV_CLEAR | kUrgentFlag, 0, 0,
         nullptr);
  EV_SET(&changes[1], static_cast<uintptr_t>(fd), EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, nullptr);
  if (::kevent(fd_.get(), changes, 1, nullptr, 0, nullptr) < 0) return {-1, errno};
  // A descriptor that cannot be written, like the reading end of a pipe, has no output filter on some
  // systems.
  if (::kevent(fd_.get(), changes + 1, 1, nullptr, 0, nullptr) < 0 && errno != EINVAL && errno != EPIPE) {
    const int error = errno;
    remove(fd);
    return {-1, error};
  }
  return {};
}

void Poller::remove(int fd) {
  struct kevent changes[2];
  EV_SET(&changes[0], static_cast<uintptr_t>(fd), EVFILT_READ, EV_DELETE, 0, 0, nullptr);
  EV_SET(&changes[1], static_cast<uintptr_t>(fd), EVFILT_WRITE, EV_DELETE, 0, 0, nullptr);
  ::kevent(fd_.get(), changes, 1, nullptr, 0, nullptr);
  ::kevent(fd_.get(), changes + 1, 1, nullptr, 0, nullptr);
}

sys::SysResult Poller::wait(int64_t timeout_us, std::span<PolledEvent> out) {
  if (const int fault = sys::injected_fault(sys::Call::kPollerWait); fault != 0) return {-1, fault};
  struct kevent events[kBatch];
  const size_t capacity = out.size() < kBatch ? out.size() : kBatch;
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(timeout_us / 1'000'000);
  timeout.tv_nsec = static_cast<long>(timeout_us % 1'000'000 * 1000);
  const int n = ::kevent(fd_.get(), nullptr, 0, events, static_cast<int>(capacity),
                         timeout_us < 0 ? nullptr : &timeout);
  if (n < 0) return errno == EINTR ? sys::SysResult{} : sys::SysResult{-1, errno};
  for (int i = 0; i < n; ++i) {
    out[static_cast<size_t>(i)] = {static_cast<int>(events[i].ident), bits_of(events[i])};
  }
  return {n, 0};
}

const char* Poller::name() {
  return "kqueue";
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Poller over Linux' epoll: one registration per descriptor, edge-triggered, for everything. An error of a
// descriptor is reported as hang-up and input, so that the reader meets it. The calls themselves are in
// aerie/base/sys.h.
#include <sys/epoll.h>

#include "aerie/event/poller.h"

namespace aerie {

namespace {

constexpr size_t kBatch = 512;

uint8_t bits_of(uint32_t events) {
  uint8_t bits = 0;
  if ((events & EPOLLIN) != 0) bits |= kPollReadable;
  if ((events & EPOLLPRI) != 0) bits |= kPollUrgent | kPollReadable;
  if ((events & EPOLLOUT) != 0) bits |= kPollWritable;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) bits |= kPollHangup | kPollReadable;
  return bits;
}

}  // namespace

Result<Poller> Poller::create() {
  const sys::SysResult made = sys::epoll_create();
  if (!made.ok()) return Error{made.error, "epoll_create1"};
  return Poller(UniqueFd(made.value));
}

sys::SysResult Poller::add(int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.fd = fd;
  return sys::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event);
}

void Poller::remove(int fd) {
  epoll_event ignored{};
  sys::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, &ignored);
}

sys::SysResult Poller::wait(int64_t timeout_us, std::span<PolledEvent> out) {
  epoll_event events[kBatch];
  const size_t capacity = out.size() < kBatch ? out.size() : kBatch;
  const sys::SysResult got = sys::epoll_wait(fd_.get(), events, static_cast<int>(capacity), timeout_us);
  for (int i = 0; i < got.value; ++i)
    out[static_cast<size_t>(i)] = {events[i].data.fd, bits_of(events[i].events)};
  return got;
}

const char* Poller::name() {
  return "epoll";
}

}  // namespace aerie

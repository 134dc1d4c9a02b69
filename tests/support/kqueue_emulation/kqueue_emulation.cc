// SPDX-License-Identifier: BSD-3-Clause
//
// The emulation: a kqueue is an epoll descriptor beside which a table keeps the filters of each descriptor.
// One epoll event becomes one report per filter that it concerns; since every filter here is EV_CLEAR,
// epoll's edges fit.
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace {

struct Queue {
  struct Filters {
    bool read = false;
    bool write = false;
  };
  std::map<int, Filters> filters;
  std::deque<struct kevent> overflow;  // reports that the caller's array had no room for
};

std::mutex queues_mutex;

std::map<int, Queue>& queues() {
  static std::map<int, Queue> all;
  return all;
}

Queue& queue_of(int fd) {
  const std::lock_guard lock(queues_mutex);
  return queues()[fd];
}

int apply(int epoll_fd, Queue& queue, const struct kevent& change) {
  const int fd = static_cast<int>(change.ident);
  const auto known = queue.filters.find(fd);
  const bool was_known = known != queue.filters.end();
  Queue::Filters filters = was_known ? known->second : Queue::Filters{};
  bool& filter = change.filter == EVFILT_READ ? filters.read : filters.write;
  if ((change.flags & EV_DELETE) != 0) {
    if (!filter) return ENOENT;
    filter = false;
  } else {
    if ((change.flags & EV_CLEAR) == 0) return ENOSYS;
    filter = true;
  }
  epoll_event event{};
  event.data.fd = fd;
  event.events =
      EPOLLET | (filters.read ? EPOLLIN | EPOLLPRI | EPOLLRDHUP : 0U) | (filters.write ? EPOLLOUT : 0U);
  const bool remove = !filters.read && !filters.write;
  const int operation = remove ? EPOLL_CTL_DEL : was_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_fd, operation, fd, &event) != 0) {
    // A number that was closed and used again: epoll has forgotten it, a kqueue would have too.
    if (!(operation == EPOLL_CTL_MOD && errno == ENOENT &&
          epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)) {
      return errno;
    }
  }
  if (remove) {
    queue.filters.erase(fd);
    std::erase_if(queue.overflow, [fd](const struct kevent& e) { return static_cast<int>(e.ident) == fd; });
  } else {
    queue.filters[fd] = filters;
  }
  return 0;
}

void report(const Queue& queue, const epoll_event& event, std::deque<struct kevent>& out) {
  const auto known = queue.filters.find(event.data.fd);
  if (known == queue.filters.end()) return;
  const auto ident = static_cast<uintptr_t>(event.data.fd);
  const bool failed = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
  const bool input_ended = failed || (event.events & EPOLLRDHUP) != 0;
  if (known->second.read && ((event.events & (EPOLLIN | EPOLLPRI)) != 0 || input_ended)) {
    const int flags = (input_ended ? EV_EOF : 0) | ((event.events & EPOLLPRI) != 0 ? EV_OOBAND : 0);
    out.push_back({ident, EVFILT_READ, static_cast<unsigned short>(flags), 0, 0, nullptr});
  }
  if (known->second.write && ((event.events & EPOLLOUT) != 0 || failed)) {
    out.push_back({ident, EVFILT_WRITE, failed ? EV_EOF : static_cast<unsigned short>(0), 0, 0, nullptr});
  }
}

}  // namespace

int kqueue() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd >= 0) queue_of(fd) = Queue();
  return fd;
}

int kevent(int queue_fd, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const timespec* timeout) {
  Queue& queue = queue_of(queue_fd);
  for (int i = 0; i < change_count; ++i) {
    const int error = apply(queue_fd, queue, changes[i]);
    if (error == 0) continue;
    errno = error;
    return -1;
  }
  if (event_count <= 0) return 0;
  if (queue.overflow.size() < static_cast<size_t>(event_count)) {
    std::vector<epoll_event> ready(static_cast<size_t>(std::max(event_count / 2, 1)));
    const timespec none{};
    const timespec* wait = queue.overflow.empty() ? timeout : &none;
    const auto n =
        syscall(SYS_epoll_pwait2, queue_fd, ready.data(), static_cast<int>(ready.size()), wait, nullptr, 0);
    if (n < 0 && queue.overflow.empty()) return -1;
    for (long i = 0; i < n; ++i) report(queue, ready[static_cast<size_t>(i)], queue.overflow);
  }
  int given = 0;
  while (given < event_count && !queue.overflow.empty()) {
    events[given++] = queue.overflow.front();
    queue.overflow.pop_front();
  }
  return given;
}

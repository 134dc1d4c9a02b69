// SPDX-License-Identifier: BSD-3-Clause
//
// A small kqueue for Linux, so that poller_kqueue.cc is compiled and tested there too. It covers what that
// file uses: the filters EVFILT_READ and EVFILT_WRITE with EV_ADD, EV_DELETE and EV_CLEAR, EV_EOF and
// EV_OOBAND in reports, and the timeout. Names and meanings are those of the BSDs' <sys/event.h>; values are
// its own. For tests, from one thread per queue.
#pragma once

#include <cstdint>
#include <ctime>

struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned fflags;
  intptr_t data;
  void* udata;
};

inline constexpr short EVFILT_READ = -1;
inline constexpr short EVFILT_WRITE = -2;

inline constexpr unsigned short EV_ADD = 0x1;
inline constexpr unsigned short EV_DELETE = 0x2;
inline constexpr unsigned short EV_CLEAR = 0x20;
inline constexpr unsigned short EV_EOF = 0x8000;
inline constexpr unsigned short EV_OOBAND = 0x2000;
#define EV_OOBAND EV_OOBAND

inline void EV_SET(struct kevent* event, uintptr_t ident, short filter, int flags, unsigned fflags,
                   intptr_t data, void* udata) {
  *event = {ident, filter, static_cast<unsigned short>(flags), fflags, data, udata};
}

// A descriptor to be closed with close(), or -1 and errno.
int kqueue();

// Applies the changes, then waits for events. As on the BSDs a failing change ends the call with -1 and its
// errno when there is no room to report it.
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
           const timespec* timeout);

// SPDX-License-Identifier: BSD-3-Clause
//
// What an EventLoop calls when a descriptor has news. The one virtual interface of the room: one indirect
// call per event, no allocation. A handler is owned by its user and must stay alive until it is removed from
// the loop; the loop never touches it after EventLoop::remove.
#pragma once

namespace aerie {

struct IoEvents {
  bool readable = false;  // bytes, a connection or the end of input can be read
  bool writable = false;  // the kernel takes bytes again
  bool hangup = false;    // the peer closed at least its sending side, or the connection failed
  bool urgent = false;    // TCP urgent data came: a read that gives less than asked does not mean the end
};

class IoHandler {
 public:
  // The peer hung up. Called at most once per registration, before any on_ready of the same poll, so that all
  // users know who is gone before any input is acted on. Bytes that came before the hang-up are still to be
  // read: on_ready with `hangup` set follows, unless the descriptor is removed here.
  virtual void on_hangup() {}

  // News of this descriptor since the last call. Reports are edges: what is left unread is not reported
  // again, so read until the system says EAGAIN, or call EventLoop::requeue.
  virtual void on_ready(IoEvents events) = 0;

 protected:
  ~IoHandler() = default;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What the tests of the event room share: connected sockets, a handler that keeps what it was told and runs
// what the test wants, and a fixture with a loop on the real clock. Faults that a test armed are cleared
// when it ends.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/sys.h"
#include "aerie/base/unique_fd.h"
#include "aerie/event/event_loop.h"

namespace aerie {

struct SocketPair {
  SocketPair() {
    int fds[2];
    EXPECT_TRUE(sys::socket_pair(AF_UNIX, SOCK_STREAM, fds).ok());
    near.reset(fds[0]);
    far.reset(fds[1]);
    EXPECT_TRUE(sys::set_nonblocking(near.get(), true).ok());
    EXPECT_TRUE(sys::set_nonblocking(far.get(), true).ok());
  }
  void send(const std::string& text) {
    EXPECT_EQ(sys::send(far.get(), text.data(), text.size()).n, static_cast<ssize_t>(text.size()));
  }

  UniqueFd near;  // watched by the loop
  UniqueFd far;   // held by the test
};

inline std::string read_all(int fd) {
  std::string all;
  char buffer[4096];
  for (;;) {
    const sys::IoResult got = sys::recv(fd, buffer, sizeof buffer);
    if (!got.ok() || got.n == 0) return all;
    all.append(buffer, static_cast<size_t>(got.n));
  }
}

class RecordingHandler final : public IoHandler {
 public:
  void on_hangup() override {
    ++hangups;
    if (when_hung_up) when_hung_up();
  }
  void on_ready(IoEvents events) override {
    ++calls;
    last = events;
    if (fd >= 0 && events.readable) input += read_all(fd);
    if (when_ready) when_ready(events);
  }

  int fd = -1;  // read to its end when >= 0
  int calls = 0;
  int hangups = 0;
  IoEvents last;
  std::string input;
  std::function<void(IoEvents)> when_ready;
  std::function<void()> when_hung_up;
};

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() {
    auto created = EventLoop::create(clock_);
    EXPECT_TRUE(created.ok());
    loop_ = std::move(created).value();
  }
  ~LoopTest() override { sys::clear_faults(); }

  // Turns without sleeping until nothing happens any more.
  void settle() {
    for (int i = 0; i < 5; ++i) loop_->run_once(0);
  }

  SystemClock clock_;
  std::unique_ptr<EventLoop> loop_;
};

}  // namespace aerie

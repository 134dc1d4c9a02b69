// SPDX-License-Identifier: BSD-3-Clause
//
// Sole owner of a file descriptor: closes it when it goes. Holds no other state; -1 means empty. A descriptor
// that an EventLoop watches is not closed by dropping this object but handed to EventLoop::close_later, so
// that its number is not used again within the turn.
#pragma once

#include <utility>

#include "aerie/base/sys.h"

namespace aerie {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return valid(); }

  // Gives the descriptor up without closing it.
  int release() { return std::exchange(fd_, -1); }
  // Closes what is owned and owns `fd` from now on.
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) sys::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace aerie

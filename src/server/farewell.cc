// SPDX-License-Identifier: BSD-3-Clause
//
// Farewell: one timer for all, since everybody gets the same patience and so the oldest is always the first
// to go.
#include "server/farewell.h"

#include <sys/socket.h>

#include <utility>

namespace aerie {

class Farewell::Leaving final : public IoHandler, public ListNode<> {
 public:
  Leaving(Farewell& owner, UniqueFd fd, int64_t since_us)
      : owner_(owner), fd_(std::move(fd)), deadline_us_(since_us + kPatienceUs) {}

  void on_ready(IoEvents) override {
    bool more = false;
    if (!drain(fd_.get(), &more)) {
      owner_.finish(*this);
    } else if (more) {
      owner_.loop_.requeue(fd_.get());
    }
  }

  int fd() const { return fd_.get(); }
  int64_t deadline_us() const { return deadline_us_; }
  UniqueFd take_fd() { return std::move(fd_); }

 private:
  Farewell& owner_;
  UniqueFd fd_;
  int64_t deadline_us_;
};

Farewell::Farewell(EventLoop& loop) : loop_(loop), timer_([this] { expire(); }) {}

Farewell::~Farewell() {
  for (auto& [fd, leaving] : leaving_) loop_.remove(fd);
}

void Farewell::add(UniqueFd fd) {
  bool more = false;
  sys::shutdown(fd.get(), SHUT_WR);
  const int number = fd.get();
  if (!drain(number, &more)) return loop_.close_later(std::move(fd));
  if (leaving_.size() >= kMaxLeaving) finish(by_age_.front());
  auto leaving = std::make_unique<Leaving>(*this, std::move(fd), loop_.clock().monotonic_us());
  if (!loop_.add(number, leaving.get()).ok()) return loop_.close_later(leaving->take_fd());
  by_age_.push_back(*leaving);
  if (!timer_.armed()) loop_.arm_at(timer_, leaving->deadline_us());
  leaving_.emplace(number, std::move(leaving));
}

bool Farewell::drain(int fd, bool* more) {
  char dropped[16 * 1024];
  const sys::IoResult got = sys::recv(fd, dropped, sizeof dropped);
  *more = got.n > 0;
  return got.n > 0 || got.would_block();
}

void Farewell::finish(Leaving& leaving) {
  UniqueFd fd = leaving.take_fd();
  leaving.unlink();
  leaving_.erase(fd.get());
  loop_.close_later(std::move(fd));
}

bool Farewell::cut_short() {
  const bool any = !by_age_.empty();
  while (!by_age_.empty()) finish(by_age_.front());
  return any;
}

void Farewell::expire() {
  const int64_t now_us = loop_.clock().monotonic_us();
  while (!by_age_.empty() && by_age_.front().deadline_us() <= now_us) finish(by_age_.front());
  if (!by_age_.empty()) loop_.arm_at(timer_, by_age_.front().deadline_us());
}

}  // namespace aerie

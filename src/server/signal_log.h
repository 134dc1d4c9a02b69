// SPDX-License-Identifier: BSD-3-Clause
//
// Writing to the log from a signal handler, that is between any two instructions of the program: no
// allocation, no lock, nothing but single write calls. The ordinary log (aerie/base/log.h) does more and must
// not be used there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aerie {

// Where handlers write to: an absolute path, or "" for stdout. Belongs to the process, as handlers do.
void set_signal_log(const std::string& path);

// Opens the log, writes, closes it. errno is not preserved.
class SignalLog {
 public:
  SignalLog();
  ~SignalLog();
  SignalLog(const SignalLog&) = delete;
  SignalLog& operator=(const SignalLog&) = delete;

  int fd() const { return fd_; }
  SignalLog& text(std::string_view bytes);
  SignalLog& number(int64_t value);
  SignalLog& hex(uint64_t value);
  // Bytes of a client: printable, quoted, cut after `most` bytes.
  SignalLog& quoted(std::string_view bytes, size_t most);
  // The head of a line, as Redis' handlers write it.
  SignalLog& head();

 private:
  int fd_;
  bool opened_ = false;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The option `supervised`: who started the server and waits to hear how it is. systemd is told by messages to
// the socket that NOTIFY_SOCKET names (the protocol of sd_notify), upstart by stopping once. What cannot be
// told is in the log, in Redis' words, and the server runs all the same.
#pragma once

#include <string>
#include <string_view>

namespace aerie {

class Supervision {
 public:
  // Looks for the supervisor that `mode` names ("systemd", "upstart", "auto": whichever is there, "no") and
  // tells it that the server is starting. With upstart the process stops here until it is continued.
  explicit Supervision(std::string_view mode);

  // Whether it was found. Then the process must not go to the background: the supervisor watches this one.
  bool is_present() const { return is_present_; }
  // The mode that was found out: that of the constructor, unless it was "auto" and there is a supervisor.
  const std::string& mode() const { return mode_; }

  // Connections are accepted from now on. And: the server is about to end.
  void tell_ready() const;
  void tell_stopping() const;

 private:
  std::string mode_;
  bool is_present_ = false;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Messages to systemd and the signal for upstart. The environment is looked at each time, since it is all
// that says where to. Sending waits for a busy systemd: a message that got lost would make it end the server.
#include "server/supervision.h"

#include <signal.h>

#include "aerie/base/log.h"
#include "aerie/base/sys.h"
#include "aerie/base/unix_datagram.h"

namespace aerie {

namespace {

constexpr const char* kSystemdSocket = "NOTIFY_SOCKET";
constexpr const char* kUpstartJob = "UPSTART_JOB";

bool tell_systemd(std::string_view message) {
  const char* socket = sys::environment(kSystemdSocket);
  if (socket == nullptr) {
    log_warning("systemd supervision error: NOTIFY_SOCKET not found!");
    return false;
  }
  const Status sent = send_unix_datagram(socket, message, true);
  if (!sent.ok()) log_warning("systemd supervision error: sd_notify: -%d", sent.error().code);
  return sent.ok();
}

bool find_systemd() {
  if (!tell_systemd("STATUS=Aerie is loading...\n")) return false;
  log_notice(
      "Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and "
      "TimeoutStopSec in your service unit.");
  return true;
}

bool find_upstart() {
  if (sys::environment(kUpstartJob) == nullptr) {
    log_warning("upstart supervision requested, but UPSTART_JOB not found!");
    return false;
  }
  log_notice("supervised by upstart, will stop to signal readiness.");
  sys::send_signal(sys::process_id(), SIGSTOP);
  return true;
}

std::string_view detect() {
  if (sys::environment(kUpstartJob) != nullptr) {
    log_verbose("Upstart supervision detected.");
    return "upstart";
  }
  if (sys::environment(kSystemdSocket) != nullptr) {
    log_verbose("Systemd supervision detected.");
    return "systemd";
  }
  return "auto";
}

}  // namespace

Supervision::Supervision(std::string_view mode) : mode_(mode == "auto" ? detect() : mode) {
  if (mode_ == "systemd") is_present_ = find_systemd();
  if (mode_ == "upstart") is_present_ = find_upstart();
}

void Supervision::tell_ready() const {
  if (mode_ != "systemd") return;
  tell_systemd("STATUS=Ready to accept connections\n");
  tell_systemd("READY=1\n");
}

void Supervision::tell_stopping() const {
  if (mode_ == "systemd") tell_systemd("STOPPING=1\n");
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The crash handler: signal, what the client was doing, backtrace. backtrace() is called once at
// installation, because its first call loads a library.
#include "server/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "aerie/base/number.h"
#include "aerie/base/sys.h"
#include "aerie/base/version.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

constexpr std::array<int, 5> kFatalSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

const Session* running = nullptr;
char report_path[4096] = "";
volatile sig_atomic_t reporting = 0;

class ReportWriter {
 public:
  explicit ReportWriter(int fd) : fd_(fd) {}
  ReportWriter& text(std::string_view bytes) {
    while (!bytes.empty()) {
      const sys::IoResult written = sys::write(fd_, bytes.data(), bytes.size());
      if (written.n <= 0) return *this;
      bytes.remove_prefix(static_cast<size_t>(written.n));
    }
    return *this;
  }
  ReportWriter& number(int64_t value) {
    char digits[kMaxInt64Chars];
    return text({digits, format_int64(value, digits)});
  }

 private:
  int fd_;
};

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

void write_report(int signal, int fd) {
  ReportWriter out(fd);
  out.text("\n=== AERIE BUG REPORT START: cut and paste from here ===\n");
  out.text("Aerie ").text(kAerieVersion).text(" crashed by signal ").number(signal);
  out.text(" (").text(signal_name(signal)).text("), process ").number(sys::process_id()).text("\n");
  out.text("\n------ BACKTRACE ------\n");
  void* frames[64];
  backtrace_symbols_fd(frames, backtrace(frames, 64), fd);
  out.text("\n------ CURRENT CLIENT ------\n");
  if (running == nullptr) {
    out.text("none: no request was running\n");
  } else {
    out.text("id=").number(static_cast<int64_t>(running->id)).text(" fd=").number(running->fd);
    out.text(" db=").number(running->db).text(" resp=").number(running->protocol);
    out.text(" commands=").number(static_cast<int64_t>(running->commands)).text(" cmd=");
    out.text(running->last_command == nullptr ? "none" : std::string_view(running->last_command->full_name));
    out.text("\n");
  }
  out.text("\n=== AERIE BUG REPORT END ===\n");
}

void on_fatal_signal(int signal) {
  // A second fault, in the report itself, ends the process at once.
  sys::set_signal_handler(signal, sys::kDefault);
  if (reporting == 0) {
    reporting = 1;
    int fd = STDOUT_FILENO;
    if (report_path[0] != '\0') {
      const sys::SysResult opened = sys::open(report_path, O_WRONLY | O_APPEND | O_CREAT);
      if (opened.ok()) fd = opened.value;
    }
    write_report(signal, fd);
  }
  sys::send_signal(sys::process_id(), signal);
}

}  // namespace

void install_crash_handlers(const std::string& log_path) {
  void* frames[4];
  backtrace(frames, 4);
  const size_t size = std::min(log_path.size(), sizeof report_path - 1);
  std::memcpy(report_path, log_path.data(), size);
  report_path[size] = '\0';
  for (const int signal : kFatalSignals) sys::set_signal_handler(signal, on_fatal_signal);
}

void set_crash_context(const Session* session) {
  running = session;
}

}  // namespace aerie

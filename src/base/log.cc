// SPDX-License-Identifier: BSD-3-Clause
//
// The logger's state and its line writer. A line is built on the stack and leaves by one write, so that lines
// of several threads never mix. A log that cannot be written is ignored: serving goes on.
#include "aerie/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <ctime>

#include "aerie/base/clock.h"
#include "aerie/base/unique_fd.h"
#include "aerie/base/unix_datagram.h"

namespace aerie {

namespace {

struct Logger {
  std::atomic<LogLevel> level{LogLevel::kNotice};
  std::atomic<char> role{'M'};
  std::string path;
  std::string syslog_socket;  // empty: lines go to no system log
  std::string syslog_ident;
  int syslog_facility = 0;
};

// Never destroyed: other objects may log while the process ends.
Logger& logger() {
  static auto* const instance = new Logger;
  return *instance;
}

void write_out(std::string_view text) {
  UniqueFd file;
  int fd = STDOUT_FILENO;
  if (!logger().path.empty()) {
    file.reset(sys::open(logger().path.c_str(), O_WRONLY | O_APPEND | O_CREAT).value);
    if (!file) return;
    fd = file.get();
  }
  while (!text.empty()) {
    const sys::IoResult written = sys::write(fd, text.data(), text.size());
    if (!written.ok()) return;
    text.remove_prefix(static_cast<size_t>(written.n));
  }
}

// Writes the head of a line and returns its length.
size_t format_head(char marker, char* out, size_t size) {
  const int64_t wall_ms = SystemClock().wall_ms();
  const auto seconds = static_cast<time_t>(wall_ms / 1000);
  tm local{};
  localtime_r(&seconds, &local);
  char date[64];
  const size_t date_length = std::strftime(date, sizeof date, "%d %b %Y %H:%M:%S", &local);
  const int n = std::snprintf(out, size, "%d:%c %.*s.%03d %c ", sys::process_id(), logger().role.load(),
                              static_cast<int>(date_length), date, static_cast<int>(wall_ms % 1000), marker);
  return static_cast<size_t>(n);
}

// In the form of RFC 3164, which local daemons take.
void write_to_syslog(LogLevel level, std::string_view text) {
  static constexpr int kSeverities[] = {7, 6, 5, 4};
  const auto seconds = static_cast<time_t>(SystemClock().wall_ms() / 1000);
  tm local{};
  localtime_r(&seconds, &local);
  char date[32];
  const size_t date_length = std::strftime(date, sizeof date, "%b %e %H:%M:%S", &local);
  const int priority = logger().syslog_facility * 8 + kSeverities[static_cast<size_t>(level)];
  std::string message = "<" + std::to_string(priority) + ">";
  message.append(date, date_length).append(" ").append(logger().syslog_ident);
  message.append("[").append(std::to_string(sys::process_id())).append("]: ").append(text);
  (void)send_unix_datagram(logger().syslog_socket, message, false);
}

void log_line(LogLevel level, const char* format, va_list arguments) {
  static constexpr char kMarkers[] = {'.', '-', '*', '#'};
  char line[kLogMaxText + 128];
  const size_t head = format_head(kMarkers[static_cast<size_t>(level)], line, 127);
  size_t length = head;
  const int text_length = std::vsnprintf(line + length, kLogMaxText, format, arguments);
  if (text_length > 0) {
    const auto wanted = static_cast<size_t>(text_length);
    length += wanted < kLogMaxText ? wanted : kLogMaxText - 1;
  }
  if (!logger().syslog_socket.empty()) write_to_syslog(level, {line + head, length - head});
  line[length++] = '\n';
  write_out({line, length});
}

}  // namespace

void log_set_level(LogLevel level) {
  logger().level.store(level, std::memory_order_relaxed);
}

LogLevel log_level() {
  return logger().level.load(std::memory_order_relaxed);
}

void log_to_syslog(const std::string& ident, int facility, const std::string& socket) {
  logger().syslog_ident = ident;
  logger().syslog_facility = facility;
  logger().syslog_socket = socket;
}

void log_set_role(char role) {
  logger().role = role;
}

Status log_open(const std::string& path) {
  if (!path.empty()) {
    const sys::SysResult opened = sys::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT);
    if (!opened.ok()) return Error{opened.error, "open log file " + path};
    sys::close(opened.value);
  }
  logger().path = path;
  return {};
}

void log_debug(const char* format, ...) {
  if (!log_enabled(LogLevel::kDebug)) return;
  va_list arguments;
  va_start(arguments, format);
  log_line(LogLevel::kDebug, format, arguments);
  va_end(arguments);
}

void log_verbose(const char* format, ...) {
  if (!log_enabled(LogLevel::kVerbose)) return;
  va_list arguments;
  va_start(arguments, format);
  log_line(LogLevel::kVerbose, format, arguments);
  va_end(arguments);
}

void log_notice(const char* format, ...) {
  if (!log_enabled(LogLevel::kNotice)) return;
  va_list arguments;
  va_start(arguments, format);
  log_line(LogLevel::kNotice, format, arguments);
  va_end(arguments);
}

void log_warning(const char* format, ...) {
  if (!log_enabled(LogLevel::kWarning)) return;
  va_list arguments;
  va_start(arguments, format);
  log_line(LogLevel::kWarning, format, arguments);
  va_end(arguments);
}

void log_raw(LogLevel level, std::string_view text) {
  if (log_enabled(level)) write_out(text);
}

std::string escape_for_log(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
          out += c;
        } else {
          out += "\\x";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        }
      }
    }
  }
  return out;
}

}  // namespace aerie

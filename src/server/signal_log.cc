// SPDX-License-Identifier: BSD-3-Clause
//
// The log of signal handlers. The path is kept in an array of its own, since a handler may look at it while
// any other object is being changed. A file is opened anew each time, as it may have been rotated.
#include "server/signal_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "aerie/base/clock.h"
#include "aerie/base/number.h"
#include "aerie/base/sys.h"

namespace aerie {

namespace {

char log_path[4096] = "";

}  // namespace

void set_signal_log(const std::string& path) {
  const size_t size = std::min(path.size(), sizeof log_path - 1);
  std::memcpy(log_path, path.data(), size);
  log_path[size] = '\0';
}

SignalLog::SignalLog() : fd_(STDOUT_FILENO) {
  if (log_path[0] == '\0') return;
  const sys::SysResult opened = sys::open(log_path, O_WRONLY | O_APPEND | O_CREAT);
  if (!opened.ok()) return;
  fd_ = opened.value;
  opened_ = true;
}

SignalLog::~SignalLog() {
  if (opened_) sys::close(fd_);
}

SignalLog& SignalLog::text(std::string_view bytes) {
  while (!bytes.empty()) {
    const sys::IoResult written = sys::write(fd_, bytes.data(), bytes.size());
    if (written.n <= 0) return *this;
    bytes.remove_prefix(static_cast<size_t>(written.n));
  }
  return *this;
}

SignalLog& SignalLog::number(int64_t value) {
  char digits[kMaxInt64Chars];
  return text({digits, format_int64(value, digits)});
}

SignalLog& SignalLog::hex(uint64_t value) {
  char digits[18] = "0x";
  size_t size = 2;
  for (int shift = 60; shift >= 0; shift -= 4) {
    const auto digit = static_cast<size_t>(value >> shift & 15);
    if (digit != 0 || size > 2 || shift == 0) digits[size++] = "0123456789abcdef"[digit];
  }
  return text({digits, size});
}

SignalLog& SignalLog::quoted(std::string_view bytes, size_t most) {
  const size_t shown = std::min(bytes.size(), most);
  // Gathered, so that a long one costs few calls.
  char out[256];
  size_t size = 0;
  out[size++] = '"';
  for (size_t i = 0; i < shown; ++i) {
    if (size > sizeof out - 8) text({out, size}), size = 0;
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte == '"' || byte == '\\') {
      out[size++] = '\\', out[size++] = bytes[i];
    } else if (byte >= 0x20 && byte < 0x7f) {
      out[size++] = bytes[i];
    } else {
      out[size++] = '\\', out[size++] = 'x';
      out[size++] = "0123456789abcdef"[byte >> 4], out[size++] = "0123456789abcdef"[byte & 15];
    }
  }
  out[size++] = '"';
  text({out, size});
  if (shown < bytes.size()) text("... (").number(static_cast<int64_t>(bytes.size())).text(" bytes)");
  return *this;
}

SignalLog& SignalLog::head() {
  return number(sys::process_id())
      .text(":signal-handler (")
      .number(SystemClock().wall_us() / 1'000'000)
      .text(") ");
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The score is a file of /proc. It can be raised by anybody, lowered only with privileges: so giving the
// former one back may fail too, which the log says.
#include "server/oom_score.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "aerie/base/log.h"
#include "aerie/base/number.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/unique_fd.h"

namespace aerie {

namespace {

constexpr const char* kFile = "/proc/self/oom_score_adj";
constexpr int64_t kLimit = 1000;  // the kernel's

Status failed(const char* what, int error) {
  log_warning("Unable to %s oom_score_adj: %s", what, std::strerror(error));
  return Error{0, "Failed to set current oom_score_adj. Check server logs."};
}

Result<int64_t> read_score() {
  const sys::SysResult opened = sys::open(kFile, O_RDONLY);
  if (!opened.ok()) return failed("read", opened.error).error();
  const UniqueFd fd(opened.value);
  char digits[kMaxInt64Chars + 1];
  const sys::IoResult got = sys::read(fd.get(), digits, sizeof digits);
  if (!got.ok()) return failed("read", got.error).error();
  std::string_view text(digits, static_cast<size_t>(got.n));
  if (text.ends_with('\n')) text.remove_suffix(1);
  return parse_int64(text).value_or(0);
}

Status write_score(int64_t score) {
  const sys::SysResult opened = sys::open(kFile, O_WRONLY);
  if (!opened.ok()) return failed("write", opened.error);
  const UniqueFd fd(opened.value);
  const std::string digits = std::to_string(score);
  const sys::IoResult written = sys::write(fd.get(), digits.data(), digits.size());
  return written.ok() ? Status() : failed("write", written.error);
}

}  // namespace

Status OomScore::apply([[maybe_unused]] const Settings& settings) {
#if defined(__linux__)
  if (settings.oom_score_adj == "no") {
    if (!former_) return {};
    const int64_t former = *former_;
    former_.reset();
    return write_score(former);
  }
  if (!former_) {
    const Result<int64_t> score = read_score();
    if (!score.ok()) return score.error();
    former_ = score.value();
  }
  const auto values = split_words(settings.oom_score_adj_values);
  const int64_t wanted = parse_int64(values->front()).value_or(0);
  const int64_t base = settings.oom_score_adj == "absolute" ? 0 : *former_;
  return write_score(std::clamp(base + wanted, -kLimit, kLimit));
#else
  return {};
#endif
}

}  // namespace aerie

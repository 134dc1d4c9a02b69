// SPDX-License-Identifier: BSD-3-Clause
//
// Reads /proc where there is one; a file that is missing or reads otherwise gives "unknown" or 0, never an
// error: the facts are for people.
#include "aerie/base/process_info.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "aerie/base/unique_fd.h"

namespace aerie {

namespace {

std::string read_small_file(const char* path) {
  const sys::SysResult opened = sys::open(path, O_RDONLY);
  if (!opened.ok()) return {};
  const UniqueFd file(opened.value);
  char buffer[512];
  const sys::IoResult got = sys::read(file.get(), buffer, sizeof buffer);
  return got.ok() ? std::string(buffer, static_cast<size_t>(got.n)) : std::string();
}

// The first number at or after `from`.
size_t number_after(std::string_view text, size_t from) {
  const size_t begin = text.find_first_of("0123456789", from);
  size_t value = 0;
  if (begin != std::string_view::npos) std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return value;
}

CpuTimes cpu_times(int who) {
  struct rusage usage {};
  if (!sys::get_usage(who, &usage).ok()) return {};
  return {static_cast<int64_t>(usage.ru_utime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec,
          static_cast<int64_t>(usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_stime.tv_usec};
}

constexpr const char* machine_name() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "unknown";
#endif
}

constexpr const char* system_name() {
#if defined(__linux__)
  return "Linux";
#elif defined(__APPLE__)
  return "Darwin";
#else
  return "unknown";
#endif
}

}  // namespace

size_t resident_bytes() {
  const std::string text = read_small_file("/proc/self/statm");
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return 0;
  return number_after(text, blank) * static_cast<size_t>(getpagesize());
}

size_t total_system_bytes() {
  const std::string text = read_small_file("/proc/meminfo");
  const size_t line = text.find("MemTotal:");
  return line == std::string::npos ? 0 : number_after(text, line) * 1024;
}

// Control groups of both versions; in a container its own group is at the root.
size_t available_memory_bytes() {
  size_t available = total_system_bytes();
  const std::string groups = read_small_file("/proc/self/cgroup");  // "0::/path"
  const size_t unified = groups.find("0::");
  std::string path;
  if (unified != std::string::npos)
    path = groups.substr(unified + 3, groups.find('\n', unified) - unified - 3);
  for (const std::string& file :
       {"/sys/fs/cgroup" + path + "/memory.max", std::string("/sys/fs/cgroup/memory.max"),
        std::string("/sys/fs/cgroup/memory/memory.limit_in_bytes")}) {
    // "max" is no number.
    const size_t limit = number_after(read_small_file(file.c_str()), 0);
    if (limit != 0 && (available == 0 || limit < available)) available = limit;
  }
  return available;
}

std::string operating_system() {
  std::string release = read_small_file("/proc/sys/kernel/osrelease");
  while (!release.empty() && release.back() == '\n') release.pop_back();
  if (release.empty()) release = "unknown";
  return std::string(system_name()) + " " + release + " " + machine_name();
}

CpuTimes process_cpu_times() {
  return cpu_times(RUSAGE_SELF);
}

CpuTimes child_cpu_times() {
  return cpu_times(RUSAGE_CHILDREN);
}

CpuTimes thread_cpu_times() {
#if defined(RUSAGE_THREAD)
  return cpu_times(RUSAGE_THREAD);
#else
  return cpu_times(RUSAGE_SELF);
#endif
}

}  // namespace aerie

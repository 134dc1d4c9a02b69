// SPDX-License-Identifier: BSD-3-Clause
//
// The new text goes to a file beside the old one, reaches the disk, and takes the old one's name; then the
// directory reaches the disk. The other file is readable by its owner alone until it has the mode of the old
// one, since passwords stand in it.
#include "server/config_writer.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "aerie/base/log.h"
#include "aerie/base/random.h"
#include "aerie/base/unique_fd.h"
#include "aerie/engine/config.h"
#include "aerie/server/config_file.h"

namespace aerie {

namespace {

constexpr unsigned kDefaultMode = 0644;

// Log lines begin as those of Redis do.
Status failed(const std::string& what, int error) {
  log_warning("%s (%s)", what.c_str(), std::strerror(error));
  return Error{error, what};
}

std::string name_beside(const std::string& path) {
  uint64_t random = 0;
  fill_system_random(&random, sizeof random);
  return path + "." + std::to_string(sys::process_id()) + "-" + std::to_string(random);
}

unsigned mode_of(const std::string& path) {
  if (const sys::SysResult mode = sys::file_mode(path.c_str()); mode.ok())
    return static_cast<unsigned>(mode.value);
  const int mask = sys::umask(0).value;
  sys::umask(static_cast<unsigned>(mask));
  return kDefaultMode & ~static_cast<unsigned>(mask);
}

Status write_all(int fd, std::string_view text, const std::string& kind) {
  for (size_t done = 0; done < text.size();) {
    const sys::IoResult written = sys::write(fd, text.data() + done, text.size() - done);
    if (!written.ok()) {
      return failed("Failed after writing (" + std::to_string(done) + ") bytes to tmp " + kind + " file",
                    written.error);
    }
    done += static_cast<size_t>(written.n);
  }
  return {};
}

Status fill(int fd, std::string_view text, unsigned mode, const std::string& kind) {
  if (Status written = write_all(fd, text, kind); !written.ok()) return written;
  if (const auto set = sys::set_file_mode(fd, mode); !set.ok())
    return failed("Could not chmod " + kind + " file", set.error);
  if (const auto synced = sys::sync_file(fd); !synced.ok())
    return failed("Could not sync tmp " + kind + " file to disk", synced.error);
  return {};
}

// Some file systems cannot do this and say so.
Status sync_directory_of(const std::string& path, const std::string& kind) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const sys::SysResult opened = sys::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return failed("Could not sync " + kind + " file dir", opened.error);
  const UniqueFd fd(opened.value);
  const sys::SysResult synced = sys::sync_file(fd.get());
  if (synced.ok() || synced.error == EBADF || synced.error == EINVAL) return {};
  return failed("Could not sync " + kind + " file dir", synced.error);
}

}  // namespace

Status replace_file(const std::string& path, std::string_view text, const std::string& kind) {
  const std::string beside = name_beside(path);
  const sys::SysResult made = sys::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!made.ok()) return failed("Could not create tmp " + kind + " file", made.error);
  const UniqueFd fd(made.value);
  Status status = fill(fd.get(), text, mode_of(path), kind);
  if (status.ok()) {
    const sys::SysResult renamed = sys::rename(beside.c_str(), path.c_str());
    if (renamed.ok()) return sync_directory_of(path, kind);
    status = failed("Could not rename tmp " + kind + " file", renamed.error);
  }
  sys::unlink(beside.c_str());
  return status;
}

Status write_config_file(const std::string& path, const Config& config) {
  std::string old_text;
  const Status read = read_whole_file(path, &old_text);
  if (!read.ok() && read.error().code != ENOENT) return read;
  if (Status replaced = replace_file(path, config.rewritten(old_text), "config"); !replaced.ok())
    return replaced;
  log_debug("Rewritten config file (%s) successfully", escape_for_log(path).c_str());
  return {};
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Lines to words to directives. The grammar is that of redis.conf: one directive a line, '#' begins a comment
// only as the first character, names in any case, words as in aerie/base/quoted_words.h. Files may include
// others, to a limited depth.
#include "aerie/server/config_file.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <cstring>

#include "aerie/base/log.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/unique_fd.h"
#include "aerie/base/version.h"
#include "aerie/engine/config.h"

namespace aerie {

namespace {

constexpr int kMaxIncludeDepth = 16;
constexpr size_t kMaxFileBytes = size_t{64} * 1024 * 1024;

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

using MaybeError = std::optional<ConfigFileError>;

MaybeError load_text(std::string_view text, Config* config, int depth);

// `include` takes a path or a pattern; a pattern that matches nothing is fine, a file that is missing is not.
MaybeError include_files(const std::string& pattern, Config* config, int depth) {
  std::vector<std::string> paths;
  if (pattern.find_first_of("*?[") == std::string::npos) {
    paths.push_back(pattern);
  } else {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
  }
  for (const std::string& path : paths) {
    std::string content;
    if (auto error = read_config_file(path, &content)) return error;
    auto error = load_text(content, config, depth + 1);
    if (!error) continue;
    if (error->file.empty()) error->file = path;
    return error;
  }
  return std::nullopt;
}

MaybeError load_line(std::string_view line, int number, Config* config, int depth) {
  const auto refuse = [&](std::string reason) {
    return ConfigFileError{number, std::string(line), std::move(reason)};
  };
  auto words = split_words(line);
  if (!words.has_value()) return refuse("Unbalanced quotes in configuration line");
  if (words->empty()) return std::nullopt;
  std::string& name = words->front();
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (name == "include") {
    if (words->size() != 2) return refuse("wrong number of arguments");
    if (depth >= kMaxIncludeDepth) return refuse("too many nested include directives");
    return include_files((*words)[1], config, depth);
  }
  const Status loaded = config->load(name, std::span<const std::string>(*words).subspan(1));
  if (!loaded.ok()) return refuse(loaded.error().message());
  return std::nullopt;
}

MaybeError load_text(std::string_view text, Config* config, int depth) {
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (auto error = load_line(line, number, config, depth)) return error;
  }
  return std::nullopt;
}

}  // namespace

std::string config_error_heading() {
  return "\n*** FATAL CONFIG FILE ERROR (Aerie " + std::string(kAerieVersion) + ") ***\n";
}

std::string ConfigFileError::message() const {
  if (line == 0) return reason;
  const std::string place = file.empty() ? std::string() : " '" + file + "'";
  return config_error_heading() + "Reading the configuration file" + place + ", at line " +
         std::to_string(line) + "\n>>> '" + text + "'\n" + reason + "\n";
}

std::optional<ConfigFileError> load_config_text(std::string_view text, Config* config) {
  return load_text(text, config, 0);
}

std::optional<ConfigFileError> read_config_file(const std::string& path, std::string* content) {
  const Status read = read_whole_file(path, content);
  if (read.ok()) return std::nullopt;
  return ConfigFileError{
      0, {}, "Fatal error, can't open config file '" + path + "': " + std::strerror(read.error().code)};
}

Status read_whole_file(const std::string& path, std::string* content) {
  UniqueFd file;
  int fd = STDIN_FILENO;
  if (path != "-") {
    const sys::SysResult opened = sys::open(path.c_str(), O_RDONLY);
    if (!opened.ok()) return Error{opened.error, "open " + path};
    file.reset(opened.value);
    fd = opened.value;
  }
  char buffer[16 * 1024];
  for (;;) {
    const sys::IoResult got = sys::read(fd, buffer, sizeof buffer);
    if (!got.ok()) return Error{got.error, "read " + path};
    if (got.n == 0) return {};
    if (content->size() + static_cast<size_t>(got.n) > kMaxFileBytes) return Error{EFBIG, "read " + path};
    content->append(buffer, static_cast<size_t>(got.n));
  }
}

}  // namespace aerie

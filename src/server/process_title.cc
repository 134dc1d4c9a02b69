// SPDX-License-Identifier: BSD-3-Clause
//
// The title: expanding the template, and writing over the arguments. They lie one behind the other, each with
// a zero byte at its end; the last of these stays, since the kernel looks there for whether the title goes on
// in the environment.
#include "server/process_title.h"

#include <algorithm>
#include <cstring>

namespace aerie {

namespace {

constexpr size_t kMaxTitle = 255;  // as in Redis

char* title_memory = nullptr;
size_t title_room = 0;  // the zero byte at its end not counted
char program_name[4096] = "";

// The first address, as it is written but for what stands for all of them.
std::string listen_address(const Settings& settings) {
  if (settings.port == 0 && !settings.unixsocket.empty()) return "unixsocket:" + settings.unixsocket;
  const std::string address = settings.bind.empty() ? "*" : settings.bind.front();
  return address + ":" + std::to_string(settings.port);
}

std::string value_of(std::string_view variable, const Settings& settings, const ServerIdentity& identity) {
  if (variable == "title") return identity.program;
  if (variable == "listen-addr") return listen_address(settings);
  if (variable == "port") return std::to_string(settings.port);
  if (variable == "tls-port") return "0";
  if (variable == "unixsocket") return settings.unixsocket;
  if (variable == "config-file") return identity.config_file;
  return {};  // server-mode: there is no cluster and no sentinel
}

void write_title(std::string_view title) {
  if (title_memory == nullptr) return;
  const size_t size = std::min(title.size(), title_room);
  std::memcpy(title_memory, title.data(), size);
  std::memset(title_memory + size, 0, title_room - size);
}

}  // namespace

void keep_title_memory(int argc, char** argv) {
  if (argc == 0) return;
  title_memory = argv[0];
  title_room = std::strlen(argv[0]);
  std::memcpy(program_name, argv[0], std::min(title_room, sizeof program_name - 1));
  for (int i = 1; i < argc && argv[i] == title_memory + title_room + 1; ++i)
    title_room += 1 + std::strlen(argv[i]);
}

void reset_process_title() {
  write_title(program_name);
}

void set_process_title(std::string_view title) {
  write_title(title.substr(0, kMaxTitle));
}

std::string process_title(const Settings& settings, const ServerIdentity& identity) {
  const std::string_view pattern = settings.proc_title_template;
  std::string title;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const size_t end = pattern.find('}', i);
    if (pattern[i] != '{' || pattern.substr(i).starts_with("{{") || end == pattern.npos) {
      title += pattern[i];
      i += pattern.substr(i).starts_with("{{") ? 1 : 0;
    } else {
      title += value_of(pattern.substr(i + 1, end - i - 1), settings, identity);
      i = end;
    }
  }
  const size_t begin = std::min(title.find_first_not_of(' '), title.size());
  return title.substr(begin, title.find_last_not_of(' ') + 1 - begin);
}

}  // namespace aerie

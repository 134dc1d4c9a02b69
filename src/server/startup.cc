// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of a start, in order. Each returns whether to go on; what went wrong was printed or logged by
// then.
#include "server/startup.h"

#include <signal.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "aerie/base/allocator.h"
#include "aerie/base/log.h"
#include "aerie/base/sys.h"
#include "aerie/base/version.h"
#include "aerie/commands/families.h"
#include "aerie/engine/access_control.h"
#include "aerie/engine/config.h"
#include "aerie/server/command_line.h"
#include "aerie/server/config_file.h"
#include "aerie/server/server.h"
#include "server/crash_report.h"
#include "server/process.h"
#include "server/signal_log.h"
#include "server/supervision.h"

namespace aerie {

namespace {

constexpr const char* kDefaultPidFile = "/var/run/redis.pid";

std::string version_line() {
  return "Aerie server v=" + std::string(kAerieVersion) + " redis_version=" + std::string(kRedisVersion) +
         " malloc=" + allocator_name() + " bits=" + std::to_string(sizeof(void*) * 8);
}

std::string absolute_path(std::string_view path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? std::string(path) : absolute.string();
}

// Paths of the start, absolute before `dir` changes what relative ones mean.
ServerIdentity identity_of(std::string_view program, const CommandLine& line) {
  ServerIdentity identity;
  identity.executable =
      program.find('/') == std::string_view::npos ? std::string(program) : absolute_path(program);
  if (!line.config_file.empty()) identity.config_file = absolute_path(line.config_file);
  identity.program = program;
  return identity;
}

bool report(const ConfigFileError& error) {
  if (error.line == 0) {
    log_warning("%s", error.message().c_str());
  } else {
    std::fprintf(stderr, "%s", error.message().c_str());
  }
  return false;
}

// The file, standard input and the options count as one text, in this order, as line numbers show.
bool load_configuration(const CommandLine& line, const ServerIdentity& identity, Config* config) {
  std::string text;
  if (!identity.config_file.empty()) {
    if (const auto error = read_config_file(identity.config_file, &text)) return report(*error);
  }
  if (line.reads_stdin) {
    log_warning("Reading config from stdin");
    if (const auto error = read_config_file("-", &text)) return report(*error);
  }
  if (!line.options.empty()) text.append("\n").append(line.options);
  if (const auto error = load_config_text(text, config)) return report(*error);
  return true;
}

// From here on `dir` is absolute, and shown so, however it was given. Where the directory has no path, it
// stays as it is.
void note_working_directory(Config* config) {
  std::error_code error;
  const std::string words[] = {std::filesystem::current_path(error).string()};
  if (error) return;
  const Status loaded = config->load("dir", words);
  if (!loaded.ok()) log_warning("dir: %s", loaded.error().message().c_str());
}

// The number of syslog-facility.
int facility_number(std::string_view name) {
  constexpr int kUser = 1;
  constexpr int kLocal0 = 16;
  return name == "user" ? kUser : kLocal0 + (name.back() - '0');
}

// Working directory and log, in the order in which relative paths need it.
bool prepare_log(Config* config, std::string* log_path) {
  const Settings& settings = config->settings();
  if (const auto moved = sys::chdir(settings.dir.c_str()); !moved.ok()) {
    std::fprintf(stderr, "%sCan't chdir to '%s': %s\n", config_error_heading().c_str(), settings.dir.c_str(),
                 std::strerror(moved.error));
    return false;
  }
  note_working_directory(config);
  log_set_level(settings.loglevel);
  if (!settings.logfile.empty()) *log_path = absolute_path(settings.logfile);
  const Status logging = log_open(*log_path);
  if (!logging.ok()) {
    std::fprintf(stderr, "%sCan't open the log file: %s\n>>> '%s'\n", config_error_heading().c_str(),
                 std::strerror(logging.error().code), log_path->c_str());
    return false;
  }
  if (settings.syslog_enabled)
    log_to_syslog(settings.syslog_ident, facility_number(settings.syslog_facility));
  return true;
}

// Who started the server is told; whoever waits for it then must not see it go to the background. An "auto"
// that found somebody is shown as what it found.
bool prepare_process(Config* config, const Supervision& supervision) {
  const Settings& settings = config->settings();
  if (supervision.is_present()) {
    const std::string words[] = {supervision.mode()};
    const Status loaded = config->load("supervised", words);
    if (!loaded.ok()) log_warning("supervised: %s", loaded.error().message().c_str());
  }
  if (settings.disable_thp && !sys::refuse_huge_pages().ok())
    log_verbose("Huge pages cannot be refused on this system");
  if (!settings.daemonize || supervision.is_present()) return true;
  const Status detached = daemonize();
  if (!detached.ok()) log_warning("Cannot run in the background: %s", detached.error().message().c_str());
  return detached.ok();
}

void log_start(const Settings& settings, const Config& config, const ServerIdentity& identity,
               bool configured) {
  log_warning("Aerie is starting: version=%s, compatible with Redis %s, bits=%d, pid=%d, just started",
              std::string(kAerieVersion).c_str(), std::string(kRedisVersion).c_str(),
              static_cast<int>(sizeof(void*) * 8), sys::process_id());
  if (!configured) {
    log_warning(
        "Warning: no config file specified, using the default config. In order to specify a config file use "
        "%s /path/to/redis.conf",
        identity.executable.c_str());
  } else {
    log_warning("Configuration loaded");
  }
  for (const std::string& option : config.without_effect()) {
    if (option == "save") continue;
    log_warning("Option %s is accepted but has no effect yet", escape_for_log(option).c_str());
  }
  if (!settings.save.empty())
    log_warning("WARNING: save points are configured, but nothing is stored on disk yet");
}

void log_ready(const Settings& settings) {
  std::string banner = "\n  Aerie " + std::string(kAerieVersion) +
                       ", an in-memory server that speaks Redis\n  Port: " + std::to_string(settings.port) +
                       "\n  PID: " + std::to_string(sys::process_id()) + "\n\n";
  log_raw(LogLevel::kNotice, banner);
  log_notice("Running mode=standalone, port=%d.", static_cast<int>(settings.port));
  log_warning("Server initialized");
  log_notice("Nothing is stored on disk: all data lives in memory and is gone when the server stops.");
  if (settings.port != 0) log_notice("Ready to accept connections tcp");
  if (!settings.unixsocket.empty()) {
    log_notice("Ready to accept connections unix, at %s", escape_for_log(settings.unixsocket).c_str());
  }
}

// More clients than descriptors would only fail later: the option is set to what there is room for. False
// when there is room for none.
bool fit_maxclients(Config* config) {
  const int64_t wanted = config->settings().maxclients;
  const int64_t granted = raise_descriptor_limit(wanted);
  if (granted >= wanted) return true;
  if (granted <= 0) {
    log_warning(
        "Your current 'ulimit -n' is not enough for the server to start. Please increase your open file "
        "limit to at least %lld. Exiting.",
        static_cast<long long>(wanted + kReservedDescriptors));
    return false;
  }
  const std::string words[] = {std::to_string(granted)};
  log_warning(
      "You requested maxclients of %lld requiring at least %lld max file descriptors; it has been reduced to "
      "%s. If you need more, increase 'ulimit -n'.",
      static_cast<long long>(wanted), static_cast<long long>(wanted + kReservedDescriptors),
      words[0].c_str());
  const Status loaded = config->load("maxclients", words);
  if (!loaded.ok()) log_warning("maxclients: %s", loaded.error().message().c_str());
  return true;
}

int serve(Config* config, const ServerIdentity& identity, const std::string& pid_file,
          const Supervision& supervision) {
  Result<std::unique_ptr<Server>> made = Server::create(*config, identity);
  if (!made.ok()) {
    log_warning("%s", made.error().message().c_str());
    return 1;
  }
  const std::unique_ptr<Server> server = std::move(made).value();
  if (const Status watched = server->watch_signals(); !watched.ok()) {
    log_warning("Cannot watch signals: %s", watched.error().message().c_str());
    return 1;
  }
  const bool has_pid_file = !pid_file.empty() && write_pid_file(pid_file);
  check_tcp_backlog(config->settings().tcp_backlog);
  log_ready(config->settings());
  supervision.tell_ready();
  server->run();
  supervision.tell_stopping();
  if (has_pid_file) {
    log_notice("Removing the pid file.");
    sys::unlink(pid_file.c_str());
  }
  log_warning("Aerie is now ready to exit, bye bye...");
  return 0;
}

}  // namespace

int run_server_program(std::string_view program, std::span<const std::string_view> args) {
  open_standard_streams();
  const CommandLine line = parse_command_line(args);
  if (line.action == CommandLine::Action::kShowVersion) {
    std::printf("%s\n", version_line().c_str());
    return 0;
  }
  if (line.action == CommandLine::Action::kShowHelp) {
    std::fprintf(stderr, "%s", command_line_help(program).c_str());
    return 1;
  }
  prefer_short_pauses();
  ::tzset();
  log_set_role('C');
  const ServerIdentity identity = identity_of(program, line);
  Config config;
  const CommandTable commands(command_families());
  config.set_user_check(
      [&commands](std::span<const std::string> words) { return check_user_line(words, commands); });
  if (!load_configuration(line, identity, &config)) return 1;
  const Settings& settings = config.settings();
  std::string log_path;
  if (!prepare_log(&config, &log_path)) return 1;
  const Supervision supervision(settings.supervised);
  if (!prepare_process(&config, supervision)) return 1;
  sys::set_signal_handler(SIGHUP, sys::kIgnore);
  sys::set_signal_handler(SIGPIPE, sys::kIgnore);
  set_signal_log(log_path);
  settings.crash_log_enabled ? install_crash_handlers() : remove_crash_handlers();
  log_start(settings, config, identity, !args.empty());
  log_set_role('M');
  if (!fit_maxclients(&config)) return 1;
  std::string pid_file = settings.pidfile;
  if (pid_file.empty() && settings.daemonize) pid_file = kDefaultPidFile;
  return serve(&config, identity, pid_file, supervision);
}

}  // namespace aerie

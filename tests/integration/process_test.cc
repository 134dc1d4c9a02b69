// SPDX-License-Identifier: BSD-3-Clause
//
// The process around the server: what it tells its supervisor, and the options about signals, crash reports
// and how the kernel treats it. The supervisor is a socket of the test.
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;

// What NOTIFY_SOCKET names.
class NotifySocket {
 public:
  // A path, or a name behind a '@'.
  explicit NotifySocket(const std::string& name) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '@' ? 0 : 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)), 0) << name;
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { close(fd_); }

  std::string message() {
    char buffer[512];
    const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
    return n < 0 ? strerror(errno) : std::string(buffer, static_cast<size_t>(n));
  }

 private:
  int fd_;
};

class Supervised : public ServerTest {
 protected:
  void start_with(const std::vector<std::string>& environment, const Words& args) {
    ServerOptions options;
    options.environment = environment;
    options.args = args;
    start_as(options);
  }
  void expect_output(const std::string& text) {
    EXPECT_TRUE(server().wait_for_output(text, milliseconds(5'000)))
        << text << " is not in " << server().output();
  }
  std::string shown(const std::string& option) {
    return connect().ask({"CONFIG", "GET", option}).elements.at(1).text;
  }
  // The whole exchange with systemd, from the start to the end.
  void expect_messages(NotifySocket& systemd) {
    EXPECT_EQ(systemd.message(),
              is_redis() ? "STATUS=Redis is loading...\n" : "STATUS=Aerie is loading...\n");
    EXPECT_EQ(systemd.message(), "STATUS=Ready to accept connections\n");
    EXPECT_EQ(systemd.message(), "READY=1\n");
    expect_alive();
    EXPECT_EQ(server().stop(), 0);
    EXPECT_EQ(systemd.message(), "STOPPING=1\n");
    expect_output(
        "* Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and "
        "TimeoutStopSec in your service unit.");
    already_stopped();
  }
  std::string path_ = std::filesystem::temp_directory_path() / ("aerie-notify-" + std::to_string(getpid()));
};
INSTANTIATE_TEST_SUITE_P(Servers, Supervised, both_servers(), server_test_name);

TEST_P(Supervised, SystemdIsToldByPath) {
  std::filesystem::remove(path_);
  NotifySocket systemd(path_);
  start_with({"NOTIFY_SOCKET=" + path_}, {"--supervised", "systemd"});
  EXPECT_EQ(shown("supervised"), "systemd");
  expect_messages(systemd);
  std::filesystem::remove(path_);
}

TEST_P(Supervised, SystemdIsToldByAbstractName) {
  const std::string name = "@aerie-notify-" + std::to_string(getpid());
  NotifySocket systemd(name);
  start_with({"NOTIFY_SOCKET=" + name}, {"--supervised", "systemd"});
  expect_messages(systemd);
}

// It does not go to the background either, where systemd would lose sight of it.
TEST_P(Supervised, SystemdIsFoundByItself) {
  const std::string name = "@aerie-notify-" + std::to_string(getpid());
  NotifySocket systemd(name);
  start_with({"NOTIFY_SOCKET=" + name},
             {"--supervised", "auto", "--daemonize", "yes", "--pidfile", "%d/pid", "--loglevel", "verbose"});
  EXPECT_EQ(shown("supervised"), "systemd");
  expect_output("- Systemd supervision detected.");
  EXPECT_EQ(file_text(server().directory() + "/pid"), std::to_string(server().pid()) + "\n");
  expect_messages(systemd);
}

TEST_P(Supervised, NobodyThere) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", "# systemd supervision error: NOTIFY_SOCKET not found!"},
      {"NOTIFY_SOCKET=/no/such/socket", "# systemd supervision error: sd_notify: -2"},
      {"NOTIFY_SOCKET=relative", "# systemd supervision error: sd_notify: -22"}};
  for (const auto& [variable, line] : kCases) {
    start_with(variable.empty() ? Words{} : Words{variable}, {"--supervised", "systemd"});
    expect_alive();
    expect_output(line);
    EXPECT_EQ(server().output().find("Supervised by"), std::string::npos);
    EXPECT_EQ(server().stop(), 0);
  }
  start_with({}, {"--supervised", "auto"});
  EXPECT_EQ(shown("supervised"), "auto");
  EXPECT_EQ(server().output().find("upervis"), std::string::npos) << server().output();
  EXPECT_EQ(server().stop(), 0);
  start_with({}, {"--supervised", "upstart"});
  expect_alive();
  expect_output("# upstart supervision requested, but UPSTART_JOB not found!");
}

TEST_P(Supervised, UpstartSeesItStop) {
  ServerOptions options;
  options.environment = {"UPSTART_JOB=redis"};
  options.args = {"--supervised", "auto"};
  options.wait_ready = false;
  start_as(options);
  const std::string stat = "/proc/" + std::to_string(server().pid()) + "/stat";
  bool stopped = false;
  for (int i = 0; i < 1000 && !stopped; ++i) {
    stopped = file_text(stat).find(") T ") != std::string::npos;
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(stopped);
  expect_output("* supervised by upstart, will stop to signal readiness.");
  EXPECT_EQ(server().output().find("Ready to accept"), std::string::npos);
  server().send_signal(SIGCONT);
  expect_output("Ready to accept connections");
  EXPECT_EQ(shown("supervised"), "upstart");
}

// --- how signals end it

class SignalOptions : public Supervised {};
INSTANTIATE_TEST_SUITE_P(Servers, SignalOptions, both_servers(), server_test_name);

TEST_P(SignalOptions, WordsWithoutSaveEndIt) {
  for (const char* words : {"nosave", "now", "nosave now force", "default"}) {
    start({"--shutdown-on-sigterm", words, "--shutdown-on-sigint", words});
    server().send_signal(words[0] == 'd' ? SIGTERM : SIGINT);
    EXPECT_EQ(server().wait_exit(), 0) << words;
  }
  already_stopped();
}

class SignalOptionsOfAerie : public SignalOptions {};
INSTANTIATE_TEST_SUITE_P(Servers, SignalOptionsOfAerie, testing::Values(ServerKind::kAerie),
                         server_test_name);

// Redis stores the data then. Nothing can be stored yet, so a shutdown that must not go without does not go.
TEST_P(SignalOptionsOfAerie, SaveIsRefusedUnlessForced) {
  start({"--shutdown-on-sigterm", "save"});
  for (int i = 0; i < 2; ++i) {
    server().send_signal(SIGTERM);
    expect_output("Errors trying to shut down the server. Check the logs for more information.");
    expect_alive();
  }
  RespClient client = connect();
  EXPECT_EQ(client.command({"CONFIG", "SET", "shutdown-on-sigint", "save"}), "+OK\r\n");
  server().send_signal(SIGINT);
  std::this_thread::sleep_for(milliseconds(100));
  server().send_signal(SIGINT);
  std::this_thread::sleep_for(milliseconds(100));
  expect_alive();
  EXPECT_EQ(server().output().find("You insist"), std::string::npos) << server().output();
  EXPECT_EQ(client.command({"CONFIG", "SET", "shutdown-on-sigterm", "save force"}), "+OK\r\n");
  EXPECT_EQ(server().stop(), 0);
  already_stopped();
}

// --- crash reports, and how the kernel treats the process

TEST_P(SignalOptions, CrashReportsMayBeSwitchedOff) {
  for (const bool at_start : {true, false}) {
    ServerOptions options;
    options.kind = GetParam();
    options.args = {"--crash-log-enabled", at_start ? "no" : "yes", "--crash-memcheck-enabled", "no"};
    ServerProcess crashing(options);
    RespClient client = RespClient::tcp(crashing.port());
    if (!at_start) {
      EXPECT_EQ(client.command({"CONFIG", "SET", "crash-log-enabled", "no"}), "+OK\r\n");
    }
    crashing.send_signal(SIGSEGV);
    EXPECT_EQ(crashing.wait_exit(), -SIGSEGV);
    EXPECT_EQ(crashing.output().find("BUG REPORT"), std::string::npos) << crashing.output();
  }
}

TEST_P(SignalOptions, CrashReportsMayBeSwitchedOn) {
  ServerOptions options;
  options.kind = GetParam();
  options.args = {"--crash-log-enabled", "no", "--crash-memcheck-enabled", "no"};
  ServerProcess crashing(options);
  RespClient client = RespClient::tcp(crashing.port());
  EXPECT_EQ(client.command({"CONFIG", "SET", "crash-log-enabled", "yes"}), "+OK\r\n");
  crashing.send_signal(SIGSEGV);
  EXPECT_EQ(crashing.wait_exit(), -SIGSEGV);
  EXPECT_NE(crashing.output().find("BUG REPORT"), std::string::npos) << crashing.output();
}

class ProcessOptions : public Supervised {
 protected:
  long score() { return std::stol(file_text("/proc/" + std::to_string(server().pid()) + "/oom_score_adj")); }
  // A score that everybody may ask for: no lower than that of the test, which the server begins with.
  static std::string higher() {
    return std::to_string(std::max(std::stol(file_text("/proc/self/oom_score_adj")), 900L));
  }
  std::string set(const Words& words) {
    Words request = {"CONFIG", "SET"};
    request.insert(request.end(), words.begin(), words.end());
    return connect().command(request);
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ProcessOptions, both_servers(), server_test_name);

TEST_P(ProcessOptions, OomScore) {
  start();
  const long before = score();
  EXPECT_EQ(set({"oom-score-adj-values", "7 8 9"}), "+OK\r\n");
  EXPECT_EQ(score(), before) << "not asked for";
  EXPECT_EQ(set({"oom-score-adj", "relative"}), "+OK\r\n");
  EXPECT_EQ(shown("oom-score-adj"), "yes");
  EXPECT_EQ(score(), std::min(before + 7, 1000L));
  EXPECT_EQ(set({"oom-score-adj-values", "20 8 9"}), "+OK\r\n");
  EXPECT_EQ(score(), std::min(before + 20, 1000L)) << "counted from what it was at first";
  EXPECT_EQ(set({"oom-score-adj-values", "2000 8 9", "oom-score-adj", "absolute"}), "+OK\r\n");
  EXPECT_EQ(score(), 1000);
  if (set({"oom-score-adj", "no"}) == "+OK\r\n") {
    EXPECT_EQ(score(), before);
  } else {
    EXPECT_EQ(score(), 1000) << "to lower it may need a privilege";
  }
}

TEST_P(ProcessOptions, OomScoreAtTheStart) {
  start({"--oom-score-adj", "absolute", "--oom-score-adj-values", higher(), "901", "902"});
  EXPECT_EQ(std::to_string(score()), higher());
}

// Where the score cannot be lowered, all of a CONFIG SET is as it was.
TEST_P(ProcessOptions, OomScoreThatIsRefused) {
  start({"--oom-score-adj", "absolute", "--oom-score-adj-values", higher(), "901", "902"});
  const std::string reply = set({"timeout", "99", "oom-score-adj-values", "-1000 0 0"});
  if (reply == "+OK\r\n") {
    EXPECT_EQ(score(), -1000);
    return;
  }
  EXPECT_EQ(reply,
            "-ERR CONFIG SET failed (possibly related to argument 'oom-score-adj-values') - Failed to set "
            "current oom_score_adj. Check server logs.\r\n");
  EXPECT_EQ(std::to_string(score()), higher());
  EXPECT_EQ(shown("timeout"), "0");
  EXPECT_EQ(shown("oom-score-adj-values"), higher() + " 901 902");
  expect_output("Unable to write oom_score_adj: Permission denied");
}

class ProcessOptionsOfAerie : public ProcessOptions {};
INSTANTIATE_TEST_SUITE_P(Servers, ProcessOptionsOfAerie, testing::Values(ServerKind::kAerie),
                         server_test_name);

// Redis does the same where the kernel gives huge pages to everybody.
TEST_P(ProcessOptionsOfAerie, HugePages) {
  const auto line = [](const std::string& process) {
    const std::string status = file_text("/proc/" + process + "/status");
    const size_t at = status.find("THP_enabled:");
    return at == status.npos ? status : status.substr(at, status.find('\n', at) - at);
  };
  for (const std::string disabled : {"no", "yes"}) {
    start({"--disable-thp", disabled});
    EXPECT_EQ(line(std::to_string(server().pid())), disabled == "no" ? line("self") : "THP_enabled:\t0");
    EXPECT_EQ(server().stop(), 0);
  }
  already_stopped();
}

// What ps shows, without the zero bytes that are left of the arguments.
class ProcessTitle : public ProcessOptions {
 protected:
  std::string title() {
    std::string line = file_text("/proc/" + std::to_string(server().pid()) + "/cmdline");
    line.resize(std::min(line.find('\0'), line.size()));
    for (const auto& [from, to] : {std::pair(server().binary(), "<program>"),
                                   {server().directory(), "<dir>"},
                                   {std::to_string(server().port()), "<port>"}}) {
      for (size_t at = line.find(from); at != line.npos; at = line.find(from))
        line.replace(at, from.size(), to);
    }
    return line;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, ProcessTitle, both_servers(), server_test_name);

TEST_P(ProcessTitle, ShowsWhereItListens) {
  start({"--bind", "127.0.0.1", "127.0.0.2"});
  EXPECT_EQ(title(), "<program> 127.0.0.1:<port>");
  EXPECT_EQ(set({"bind", "127.0.0.2 127.0.0.1"}), "+OK\r\n");
  EXPECT_EQ(title(), "<program> 127.0.0.2:<port>");
  EXPECT_EQ(set({"bind", "* -::*"}), "+OK\r\n");
  EXPECT_EQ(title(), "<program> *:<port>");
}

TEST_P(ProcessTitle, FollowsTheTemplate) {
  const std::string room(100, 'r');
  start({"--proc-title-template", " a{port}|{tls-port}|{unixsocket}|{config-file}|{server-mode}|{{x}} ",
         "--unixsocket", "%d/s", "--requirepass", room, "--requirepass", ""},
        "hz 10\n");
  EXPECT_EQ(title(), "a<port>|0|<dir>/s|<dir>/server.conf||{x}}");
  EXPECT_EQ(set({"proc-title-template", "b {port}"}), "+OK\r\n");
  EXPECT_EQ(title(), "b <port>");
  EXPECT_EQ(set({"proc-title-template", "{port}" + std::string(3000, 'z')}), "+OK\r\n");
  EXPECT_TRUE(title().starts_with("<port>zzzzzzzzzz")) << title();
  EXPECT_LT(title().size(), 300U);
  EXPECT_NE(set({"proc-title-template", "{nothing}"}), "+OK\r\n");
  EXPECT_TRUE(title().starts_with("<port>zzzzzzzzzz")) << title();
}

TEST_P(ProcessTitle, StaysTheCommandLineWhenItShall) {
  start({"--set-proc-title", "no"});
  EXPECT_EQ(title(), "<program>");
  EXPECT_NE(file_text("/proc/" + std::to_string(server().pid()) + "/cmdline").find("--set-proc-title"),
            std::string::npos);
}

TEST_P(ProcessTitle, OfAUnixSocket) {
  ServerOptions options;
  options.bare = true;
  options.wait_ready = false;
  options.args = {"--port", "0", "--unixsocket", "%d/s", "--save", "", "--databases", "16", "--timeout", "0"};
  start_as(options);
  expect_output("Server initialized");
  EXPECT_EQ(title(), "<program> unixsocket:<dir>/s");
}

// There may be nobody who reads it: then it serves all the same.
TEST_P(ProcessOptions, SystemLog) {
  start({"--syslog-enabled", "yes", "--syslog-ident", "aerie-test", "--syslog-facility", "local3"});
  expect_alive();
  expect_output("Ready to accept connections");
  EXPECT_EQ(shown("syslog-ident"), "aerie-test");
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Start and stop: signals, SHUTDOWN, configuration files,
// the lines of the log that tools wait for.
#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;

class Lifecycle : public ServerTest {
 protected:
  // Starts a server that must refuse to; its exit code. What it wrote is in `output`.
  int start_fails(const Words& args, const std::string& config, std::string* output) {
    ServerOptions options;
    options.kind = GetParam();
    options.args = args;
    options.config = config;
    options.wait_ready = false;
    ServerProcess failing(options);
    int status = failing.wait_exit();
    *output = failing.output();
    return status;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Lifecycle, both_servers(), server_test_name);

class LifecycleOfAerie : public Lifecycle {};
INSTANTIATE_TEST_SUITE_P(Servers, LifecycleOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(Lifecycle, LogOfAStart) {
  start({"--always-show-logo", "yes"});
  EXPECT_TRUE(server().wait_for_output("Ready to accept connections", std::chrono::seconds(5)));
  std::string output = server().output();
  EXPECT_NE(output.find("Server initialized"), std::string::npos);
  EXPECT_NE(output.find(std::to_string(server().pid()) + ":M "), std::string::npos) << "the line format";
  EXPECT_NE(output.find(" PID: " + std::to_string(server().pid())), std::string::npos) << output;
}

TEST_P(Lifecycle, DirIsShownAbsolute) {
  const std::pair<Words, std::string> kForms[] = {
      {{}, ""}, {{"--dir", "./."}, ""}, {{}, "dir .\n"}, {{"--dir", "%d/."}, ""}};
  for (const auto& [args, config] : kForms) {
    start(args, config);
    EXPECT_EQ(connect().ask({"CONFIG", "GET", "dir"}).elements.at(1).text,
              std::filesystem::canonical(server().directory()));
    EXPECT_EQ(server().stop(), 0);
  }
  already_stopped();
}

TEST_P(Lifecycle, DescriptorsForMaxclients) {
  const auto started_with = [](uint64_t soft, uint64_t hard) {
    ServerOptions options;
    options.kind = GetParam();
    options.args = {"--maxclients", "1000"};
    options.soft_descriptors = soft;
    options.hard_descriptors = hard;
    auto limited = std::make_unique<ServerProcess>(options);
    EXPECT_TRUE(limited->wait_for_output("Ready to accept connections", std::chrono::seconds(5)));
    return limited;
  };
  const auto maxclients = [](const ServerProcess& limited) {
    return RespClient::tcp(limited.port()).ask({"CONFIG", "GET", "maxclients"}).elements.at(1).text;
  };
  const auto raised = started_with(256, 4096);
  EXPECT_EQ(maxclients(*raised), "1000");
  EXPECT_NE(
      raised->output().find("Increased maximum number of open files to 1032 (it was originally set to 256)."),
      std::string::npos)
      << raised->output();
  const auto reduced = started_with(256, 520);
  EXPECT_EQ(maxclients(*reduced), "488");
  EXPECT_NE(
      reduced->output().find("You requested maxclients of 1000 requiring at least 1032 max file descriptors"),
      std::string::npos)
      << reduced->output();
  EXPECT_NE(reduced->output().find("reduced to 488"), std::string::npos) << reduced->output();
  const auto enough = started_with(2000, 2000);
  EXPECT_EQ(maxclients(*enough), "1000");
  EXPECT_EQ(enough->output().find("maximum number of open files"), std::string::npos) << enough->output();
  for (const auto& limited : {raised.get(), reduced.get(), enough.get()}) EXPECT_EQ(limited->stop(), 0);
}

TEST_P(Lifecycle, TermAndInterruptEndItWell) {
  for (int signal_number : {SIGTERM, SIGINT}) {
    start();
    RespClient client = connect();
    client.ask({"SET", "k", "v"});
    server().send_signal(signal_number);
    EXPECT_EQ(server().wait_exit(), 0);
    EXPECT_TRUE(client.closed_by_server());
    std::string output = server().output();
    EXPECT_NE(output.find("User requested shutdown..."), std::string::npos) << output;
    EXPECT_NE(output.find("ready to exit, bye bye"), std::string::npos) << output;
  }
  already_stopped();
}

TEST_P(Lifecycle, ShutdownCommand) {
  for (const Words& words : std::vector<Words>{{"SHUTDOWN"},
                                               {"SHUTDOWN", "NOSAVE"},
                                               {"shutdown", "nosave", "now"},
                                               {"SHUTDOWN", "NOSAVE", "NOW", "FORCE"}}) {
    start();
    RespClient client = connect();
    client.send(words);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(server().wait_exit(), 0) << server().output();
  }
  already_stopped();
}

TEST_P(Lifecycle, ShutdownRefuses) {
  RespClient client = connect();
  EXPECT_EQ(client.command({"SHUTDOWN", "FOO"}), "-ERR syntax error\r\n");
  EXPECT_EQ(client.command({"SHUTDOWN", "SAVE", "NOSAVE"}), "-ERR syntax error\r\n");
  EXPECT_EQ(client.command({"SHUTDOWN", "ABORT"}), "-ERR No shutdown in progress.\r\n");
  EXPECT_EQ(client.command({"SHUTDOWN", "ABORT", "NOW"}), "-ERR syntax error\r\n");
  EXPECT_EQ(client.command({"PING"}), "+PONG\r\n");
}

TEST_P(Lifecycle, ConfigFile) {
  start({},
        "# a comment\n\nrequirepass \"sec ret\"\n  databases   4\nTIMEOUT 77\nmaxclients 50\nloglevel "
        "verbose\n");
  RespClient client = connect();
  EXPECT_EQ(client.command({"AUTH", "sec ret"}), "+OK\r\n");
  EXPECT_EQ(client.command({"SELECT", "3"}), "+OK\r\n");
  EXPECT_EQ(client.command({"SELECT", "4"}), "-ERR DB index is out of range\r\n");
  EXPECT_EQ(client.command({"CONFIG", "GET", "timeout"}), "*2\r\n$7\r\ntimeout\r\n$2\r\n77\r\n");
  EXPECT_EQ(client.command({"CONFIG", "GET", "maxclients"}), "*2\r\n$10\r\nmaxclients\r\n$2\r\n50\r\n");
}

TEST_P(Lifecycle, CommandLineWinsOverTheFile) {
  start({"--timeout", "88", "--databases", "7"}, "timeout 77\ndatabases 3\n");
  RespClient client = connect();
  EXPECT_EQ(client.command({"CONFIG", "GET", "timeout"}), "*2\r\n$7\r\ntimeout\r\n$2\r\n88\r\n");
  EXPECT_EQ(client.command({"SELECT", "6"}), "+OK\r\n");
}

TEST_P(Lifecycle, OptionsAreAConfiguration) {
  start({"--timeout", "88"});
  EXPECT_TRUE(server().wait_for_output("Configuration loaded", milliseconds(5'000)));
  EXPECT_EQ(server().output().find("no config file specified"), std::string::npos) << server().output();
}

TEST_P(Lifecycle, BadConfigurationStopsTheStart) {
  const std::pair<std::string, std::string> kBad[] = {
      {"port 1\nnonsense 5\n", ">>> 'nonsense 5'"},
      {"timeout abc\n", ">>> 'timeout abc'"},
      {"timeout\n", ">>> 'timeout'"},
      {"databases 0\n", ">>> 'databases 0'"},
      {"requirepass \"abc\n", "Unbalanced quotes"},
      {"loglevel loud\n", ">>> 'loglevel loud'"},
      {"dir /no/such/place\n", "No such file or directory"},
      {"logfile /no/such/place/log\n", "Can't open the log file: No such file or directory"},
  };
  for (const auto& [config, line] : kBad) {
    std::string output;
    EXPECT_EQ(start_fails({}, config, &output), 1) << config;
    EXPECT_NE(output.find("*** FATAL CONFIG FILE ERROR"), std::string::npos) << output;
    EXPECT_NE(output.find(line), std::string::npos) << output;
  }
  std::string output;
  EXPECT_EQ(start_fails({"--nonsense", "5"}, "", &output), 1);
  EXPECT_NE(output.find("*** FATAL CONFIG FILE ERROR"), std::string::npos) << output;
}

TEST_P(Lifecycle, PortInUse) {
  start();
  std::string output;
  EXPECT_EQ(start_fails({"--port", std::to_string(server().port())}, "", &output), 1);
  EXPECT_NE(output.find("Failed listening on port"), std::string::npos) << output;
  expect_alive();
}

TEST_P(Lifecycle, LogFileAndPidFile) {
  start({"--logfile", "%d/the.log", "--daemonize", "no", "--pidfile", "%d/the.pid"});
  expect_alive();
  std::string log = file_text(server().directory() + "/the.log");
  EXPECT_NE(log.find("Ready to accept connections"), std::string::npos) << log;
  EXPECT_EQ(file_text(server().directory() + "/the.pid"), std::to_string(server().pid()) + "\n");
  EXPECT_EQ(server().stop(), 0);
  struct stat status {};
  EXPECT_NE(stat((server().directory() + "/the.pid").c_str(), &status), 0) << "the pidfile stays";
  already_stopped();
}

// The server runs without, and does not remove at its end what it did not write.
TEST_P(LifecycleOfAerie, PidFileThatCannotBeWritten) {
  start({"--pidfile", "%d/no/such/place.pid"});
  expect_alive();
  const std::string path = server().directory() + "/no/such/place.pid";
  EXPECT_NE(server().output().find("Failed to write PID file: No such file or directory, at " + path),
            std::string::npos)
      << server().output();
  EXPECT_EQ(server().stop(), 0);
  EXPECT_EQ(server().output().find("Removing the pid file"), std::string::npos) << server().output();
  already_stopped();
}

TEST_P(Lifecycle, Daemonize) {
  ServerOptions options;
  options.kind = GetParam();
  options.args = {"--daemonize", "yes", "--pidfile", "%d/the.pid", "--logfile", "%d/the.log"};
  options.wait_ready = false;
  ServerProcess parent(options);
  EXPECT_EQ(parent.wait_exit(), 0) << parent.output();
  std::string pid_text;
  for (int i = 0; i < 500 && pid_text.empty(); ++i) {
    pid_text = file_text(parent.directory() + "/the.pid");
    if (pid_text.empty()) std::this_thread::sleep_for(milliseconds(10));
  }
  ASSERT_FALSE(pid_text.empty());
  pid_t daemon = std::stoi(pid_text);
  EXPECT_NE(daemon, parent.pid());
  bool answered = false;
  for (int i = 0; i < 500 && !answered; ++i) {
    try {
      answered = RespClient::tcp(parent.port()).command({"PING"}) == "+PONG\r\n";
    } catch (const std::exception&) {
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
  EXPECT_TRUE(answered);
  kill(daemon, SIGTERM);
  for (int i = 0; i < 1000 && kill(daemon, 0) == 0; ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_NE(kill(daemon, 0), 0) << "the daemon does not end";
}

TEST_P(Lifecycle, UnixSocketGoesAway) {
  start({"--unixsocket", "%d/s.sock"});
  std::string path = server().directory() + "/s.sock";
  EXPECT_EQ(RespClient::unix_socket(path).command({"PING"}), "+PONG\r\n");
  EXPECT_EQ(server().stop(), 0);
  struct stat status {};
  EXPECT_NE(stat(path.c_str(), &status), 0) << "the socket's file stays";
  already_stopped();
}

TEST_P(Lifecycle, StartsWhereAnOldSocketFileLies) {
  ServerOptions options;
  options.kind = GetParam();
  options.args = {"--unixsocket", "%d/s.sock"};
  ServerProcess first(options);
  std::string path = first.directory() + "/s.sock";
  first.send_signal(SIGKILL);
  first.wait_exit();
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  options.args = {"--unixsocket", path};
  ServerProcess second(options);
  EXPECT_EQ(RespClient::unix_socket(path).command({"PING"}), "+PONG\r\n");
  EXPECT_EQ(second.stop(), 0);
}

TEST_P(Lifecycle, SeveralAddresses) {
  start({"--bind", "127.0.0.1", "127.0.0.2"});
  RespClient client = connect();
  EXPECT_EQ(client.ask({"CONFIG", "GET", "bind"}).elements.at(1).text, "127.0.0.1 127.0.0.2");
  expect_alive();
}

// Whoever starts it may have closed the standard streams: no socket may get one of their numbers.
TEST_P(LifecycleOfAerie, StandardStreamsClosed) {
  for (const std::string daemonize : {"yes", "no"}) {
    start();
    const std::string pid_file = server().directory() + "/closed.pid";
    const std::string socket = server().directory() + "/closed.sock";
    const std::string command = subject_binary() + " --port 0 --unixsocket " + socket + " --pidfile " +
                                pid_file + " --daemonize " + daemonize + " <&- >&- 2>&- &";
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::string pid;
    for (int i = 0; i < 500 && !pid.ends_with('\n'); ++i) {
      pid = file_text(pid_file);
      std::this_thread::sleep_for(milliseconds(10));
    }
    ASSERT_TRUE(pid.ends_with('\n'));
    pid.pop_back();
    for (const char* stream : {"0", "1", "2"}) {
      EXPECT_EQ(std::filesystem::read_symlink("/proc/" + pid + "/fd/" + stream), "/dev/null") << daemonize;
    }
    EXPECT_EQ(RespClient::unix_socket(socket).command({"PING"}), "+PONG\r\n");
    kill(std::stoi(pid), SIGTERM);
    for (int i = 0; i < 100 && kill(std::stoi(pid), 0) == 0; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(server().stop(), 0);
  }
  already_stopped();
}

// --- signals in the middle of a command

TEST_P(Lifecycle, ASignalEndsTheSleep) {
  start({"--enable-debug-command", "yes"});
  RespClient busy = connect();
  busy.ask({"PING"});
  busy.send({"DEBUG", "SLEEP", "1000"});
  std::this_thread::sleep_for(milliseconds(200));
  server().send_signal(SIGTERM);
  EXPECT_EQ(server().wait_exit(std::chrono::seconds(5)), 0);
  // Redis drops the reply.
  EXPECT_EQ(busy.read_to_end(), is_redis() ? "" : "+OK\r\n");
  already_stopped();
}

TEST_P(Lifecycle, TermWaitsForTheCommand) {
  start({"--enable-debug-command", "yes"});
  RespClient busy = connect();
  busy.ask({"PING"});
  busy.send({"DEBUG", "POPULATE", "3000000"});
  std::this_thread::sleep_for(milliseconds(200));
  server().send_signal(SIGTERM);
  EXPECT_TRUE(server().wait_for_output("Received SIGTERM scheduling shutdown...", milliseconds(500)))
      << "it is said at once: " << server().output();
  server().send_signal(SIGTERM);
  EXPECT_EQ(server().wait_exit(), 0);
  // Redis drops the reply.
  EXPECT_EQ(busy.read_to_end(), is_redis() ? "" : "+OK\r\n");
  EXPECT_NE(server().output().find("User requested shutdown..."), std::string::npos);
  EXPECT_EQ(server().output().find("You insist"), std::string::npos);
  already_stopped();
}

TEST_P(Lifecycle, SecondInterruptEndsItAtOnce) {
  for (int first : {SIGINT, SIGTERM}) {
    start({"--enable-debug-command", "yes", "--logfile", "%d/the.log"});
    RespClient busy = connect();
    busy.ask({"PING"});
    busy.send({"DEBUG", "POPULATE", "90000000"});
    std::this_thread::sleep_for(milliseconds(200));
    server().send_signal(first);
    std::this_thread::sleep_for(milliseconds(200));
    server().send_signal(SIGINT);
    EXPECT_EQ(server().wait_exit(std::chrono::seconds(5)), 1);
    const std::string log = file_text(server().directory() + "/the.log");
    EXPECT_NE(log.find("You insist... exiting now."), std::string::npos) << log;
  }
  already_stopped();
}

// --- the log of long turns

TEST_P(LifecycleOfAerie, LongTurnsAreLoggedWithTheirCommands) {
  start({"--loglevel", "verbose", "--enable-debug-command", "yes"});
  RespClient client = connect();
  client.ask({"DEBUG", "POPULATE", "200000"});
  client.ask({"KEYS", "nothing*"});
  EXPECT_TRUE(server().wait_for_output("; long commands: debug=1)", milliseconds(500)));
  EXPECT_TRUE(server().wait_for_output("; long commands: keys=1)", milliseconds(500)));
}

// While one client's command runs, others send theirs: they are counted.
TEST_P(LifecycleOfAerie, LongTurnsAreKeptWithWhoWaited) {
  start({"--enable-debug-command", "yes"});
  RespClient client = connect();
  client.ask({"DEBUG", "POPULATE", "300000"});
  std::vector<RespClient> others;
  for (int i = 0; i < 5; ++i) others.push_back(connect());
  for (RespClient& other : others) other.ask({"PING"});
  client.ask({"LATENCY", "TURNS", "RESET"});
  long waited = 0;
  for (int attempt = 0; attempt < 20 && waited < 5; ++attempt) {
    client.send({"KEYS", "nothing*"});
    for (RespClient& other : others) other.send({"PING"});
    client.read();
    for (RespClient& other : others) other.read();
    const Reply turn = client.ask({"LATENCY", "TURNS", "1"}).elements.at(0);
    EXPECT_EQ(turn.elements.at(7).elements.at(0).text, "keys");
    EXPECT_GE(turn.elements.at(2).integer, 1'000);
    waited = turn.elements.at(5).integer;
  }
  EXPECT_GE(waited, 5);
  client.ask({"CONFIG", "SET", "turn-log-slower-than", "-1"});
  client.ask({"LATENCY", "TURNS", "RESET"});
  client.ask({"KEYS", "nothing*"});
  EXPECT_EQ(client.ask({"LATENCY", "TURNS"}).elements.size(), 0U);
}

// --- crash reports

// Moves the stack pointer of the server's thread, so that it faults at its next step, as with an exhausted
// stack.
void take_the_stack_away(pid_t pid) {
  ASSERT_EQ(ptrace(PTRACE_SEIZE, pid, nullptr, nullptr), 0) << strerror(errno);
  ASSERT_EQ(ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr), 0);
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  user_regs_struct registers{};
  iovec piece{&registers, sizeof registers};
  ASSERT_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &piece), 0);
#if defined(__aarch64__)
  registers.sp = 4096;
#else
  registers.rsp = 4096;
#endif
  ASSERT_EQ(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &piece), 0);
  ASSERT_EQ(ptrace(PTRACE_DETACH, pid, nullptr, nullptr), 0);
}

class CrashReport : public LifecycleOfAerie {
 protected:
  // A server in the middle of this pipeline's last command.
  void start_busy(const std::vector<Words>& pipeline) {
    ServerOptions options;
    options.args = {"--enable-debug-command", "yes"};
    crashing_ = std::make_unique<ServerProcess>(options);
    client_ = std::make_unique<RespClient>(RespClient::tcp(crashing_->port()));
    std::string bytes;
    for (const Words& words : pipeline) bytes += encode_request(words);
    client_->send_raw(bytes);
    std::this_thread::sleep_for(milliseconds(300));
  }
  void expect_in_report(const std::vector<std::string>& texts) {
    const std::string output = crashing_->output();
    for (const std::string& text : texts) {
      EXPECT_NE(output.find(text), std::string::npos) << text << " is missing in " << output;
    }
  }

  std::unique_ptr<ServerProcess> crashing_;
  std::unique_ptr<RespClient> client_;
};
INSTANTIATE_TEST_SUITE_P(Servers, CrashReport, testing::Values(ServerKind::kAerie), server_test_name);

TEST_P(CrashReport, NamesVersionPlaceClientAndFigures) {
  start_busy({{"SET", "k", "v"}, {"SELECT", "3"}, {"SET", "k", "v"}, {"DEBUG", "SLEEP", "10"}, {"PING"}});
  crashing_->send_signal(SIGSEGV);
  EXPECT_EQ(crashing_->wait_exit(), -SIGSEGV);
  expect_in_report({"BUG REPORT START", "crashed by signal 11 (SIGSEGV)", "Aerie 0.1.0", "BACKTRACE",
                    "aerie-server(", "CURRENT CLIENT", " db=3 ", "cmd=debug", "argc: 3\n",
                    "argv[0]: \"DEBUG\"", "argv[1]: \"SLEEP\"", "argv[2]: \"10\"", "redis_version:7.2.4",
                    "connected_clients:1\n", "db0:keys=1\n", "db3:keys=1\n", "BUG REPORT END"});
}

TEST_P(CrashReport, EscapesAndCutsArgumentsAndHidesPasswords) {
  start_busy({{"DEBUG", "POPULATE", "90000000", "\r\n\x1b[2J\"\\" + std::string(130, 'y')}});
  crashing_->send_signal(SIGBUS);
  EXPECT_EQ(crashing_->wait_exit(), -SIGBUS);
  expect_in_report({"argv[3]: \"\\x0d\\x0a\\x1b[2J\\\"\\\\yyyy", "yyy\"... (138 bytes)\n"});
  start_busy({{"DEBUG", "POPULATE", "90000000", "auth", "7"}});
  crashing_->send_signal(SIGABRT);
  EXPECT_EQ(crashing_->wait_exit(), -SIGABRT);
  expect_in_report({"argc: 5\n", "argv[3]: \"auth\"\n"});
  EXPECT_EQ(crashing_->output().find("argv[4]"), std::string::npos);
}

TEST_P(CrashReport, OfAnExhaustedStack) {
  start_busy({{"DEBUG", "SLEEP", "1"}});
  take_the_stack_away(crashing_->pid());
  EXPECT_EQ(crashing_->wait_exit(), -SIGSEGV);
  expect_in_report(
      {"BUG REPORT START", "(SIGSEGV)", "CURRENT CLIENT", "argv[1]: \"SLEEP\"", "BUG REPORT END"});
}

}  // namespace
}  // namespace aerie

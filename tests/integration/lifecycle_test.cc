// SPDX-License-Identifier: BSD-3-Clause
//
// Start and stop: signals, SHUTDOWN, configuration files,
// the lines of the log that tools wait for.
#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
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

  static std::string file_text(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Lifecycle, both_servers(), server_test_name);

TEST_P(Lifecycle, LogOfAStart) {
  start();
  EXPECT_TRUE(server().wait_for_output("Ready to accept connections", std::chrono::seconds(5)));
  std::string output = server().output();
  EXPECT_NE(output.find("Server initialized"), std::string::npos);
  EXPECT_NE(output.find(std::to_string(server().pid()) + ":M "), std::string::npos) << "the line format";
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

TEST_P(Lifecycle, BadConfigurationStopsTheStart) {
  const std::pair<std::string, std::string> kBad[] = {
      {"port 1\nnonsense 5\n", ">>> 'nonsense 5'"},
      {"timeout abc\n", ">>> 'timeout abc'"},
      {"timeout\n", ">>> 'timeout'"},
      {"databases 0\n", ">>> 'databases 0'"},
      {"requirepass \"abc\n", "Unbalanced quotes"},
      {"loglevel loud\n", ">>> 'loglevel loud'"},
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

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Users over sockets: ACL files and `user` lines at the start, ACL SAVE and LOAD of a real file, CONFIG
// REWRITE with users, whose connections end when, and input that is hostile. Against redis-server too, where
// it survives.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "integration/server_test.h"

namespace aerie {
namespace {

using std::chrono::seconds;

class Acl : public ServerTest {
 protected:
  // A server of this kind with an ACL file of that text.
  void start_with_file(const std::string& text) {
    options_.kind = GetParam();
    start_as(options_);
    write_file(text);
    EXPECT_EQ(server().stop(), 0);
    options_.args = {"--aclfile", "%d/users.acl"};
    server().restart(options_);
  }
  std::string path() { return server().directory() + "/users.acl"; }
  void write_file(const std::string& text) { std::ofstream(path(), std::ios::trunc) << text; }
  RespClient log_in(const std::string& user) {
    RespClient client = connect();
    EXPECT_EQ(client.command({"AUTH", user, "x"}), "+OK\r\n");
    return client;
  }

  ServerOptions options_;
};
INSTANTIATE_TEST_SUITE_P(Servers, Acl, both_servers(), server_test_name);

class AclOfAerie : public Acl {};
INSTANTIATE_TEST_SUITE_P(Servers, AclOfAerie, testing::Values(ServerKind::kAerie), server_test_name);

// A start that must fail, and what it says.
std::string failed_start(ServerKind kind, const std::string& config, const Words& args = {}) {
  ServerOptions options;
  options.kind = kind;
  options.config = config;
  options.args = args;
  options.wait_ready = false;
  ServerProcess server(options);
  EXPECT_EQ(server.wait_exit(seconds(10)), 1);
  return server.output();
}

TEST_P(Acl, UserLinesOfTheConfiguration) {
  start({},
        "user bob on >secret ~app:* +@read \"+ping\"\nuser default on >top ~* &* +@all\nuser carol (+get ~a) "
        "( +set ~b )\n");
  RespClient client = connect();
  EXPECT_EQ(client.command({"PING"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.command({"AUTH", "bob", "secret"}), "+OK\r\n");
  EXPECT_EQ(client.command({"GET", "app:1"}), "$-1\r\n");
  EXPECT_EQ(client.command({"SET", "app:1", "v"}).substr(0, 8), "-NOPERM ");
  EXPECT_EQ(client.command({"GET", "other"}).substr(0, 8), "-NOPERM ");
  RespClient admin = connect();
  EXPECT_EQ(admin.command({"AUTH", "top"}), "+OK\r\n");
  EXPECT_EQ(admin.command({"ACL", "USERS"}), "*3\r\n$3\r\nbob\r\n$5\r\ncarol\r\n$7\r\ndefault\r\n");
  EXPECT_EQ(admin.ask({"ACL", "GETUSER", "carol"}).elements[11].elements.size(), 2U);
  EXPECT_TRUE(server().wait_for_output("The user 'carol' is disabled", seconds(5)));
}

TEST_P(Acl, ConfigurationsThatAreRefused) {
  const ServerKind kind = GetParam();
  const auto expect_in = [](const std::string& text, const std::string& output) {
    EXPECT_NE(output.find(text), std::string::npos) << text << " in " << output;
  };
  expect_in(
      "at line 2\n>>> 'user bob off'\nError in user declaration 'bob': Duplicate user found. A user can only "
      "be defined once in config files",
      failed_start(kind, "user bob on\nuser bob off\n"));
  expect_in("Error in user declaration 'bob': Syntax error", failed_start(kind, "user bob on nope\n"));
  expect_in("Bad directive or wrong number of arguments", failed_start(kind, "user\n"));
  expect_in(
      "Error loading ACL rule '+nope' for the user named 'bob': Unknown command or category name in ACL",
      failed_start(kind, "user bob on +nope\n"));
  expect_in("Critical error while loading ACLs. Exiting.", failed_start(kind, "user \"b b\" on\n"));
  expect_in("argument(s) must be one of the following: allchannels, resetchannels",
            failed_start(kind, "acl-pubsub-default nope\n"));
  expect_in("please define either an ACL file or declare users directly in your redis.conf, but not both.",
            failed_start(kind, "aclfile %d/users.acl\nuser bob on\n"));
  expect_in(
      "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '/nowhere/users.acl': "
      "No "
      "such file or directory",
      failed_start(kind, "aclfile /nowhere/users.acl\n"));
}

TEST_P(Acl, FilesAreSavedAndLoaded) {
  start_with_file("user bob on nopass ~a +get\nuser default on nopass ~* &* +@all\n");
  RespClient admin = connect();
  EXPECT_EQ(admin.ask({"ACL", "USERS"}).elements.size(), 2U);
  EXPECT_EQ(admin.command({"ACL", "SETUSER", "carol", "on", ">p", "%R~q", "(+get ~x)"}), "+OK\r\n");
  const Reply before = admin.ask({"ACL", "LIST"});
  EXPECT_EQ(admin.command({"ACL", "SAVE"}), "+OK\r\n");
  std::string lines;
  for (const Reply& line : before.elements) lines += line.text + "\n";
  EXPECT_EQ(file_text(path()), lines);
  EXPECT_EQ(admin.command({"ACL", "DELUSER", "carol", "bob"}), ":2\r\n");
  EXPECT_EQ(admin.command({"ACL", "LOAD"}), "+OK\r\n");
  EXPECT_EQ(admin.ask({"ACL", "LIST"}).encode(), before.encode());
  EXPECT_EQ(server().stop(), 0);
  server().restart(options_);
  EXPECT_EQ(connect().ask({"ACL", "LIST"}).encode(), before.encode());
}

TEST_P(Acl, AFileWithErrorsChangesNothing) {
  start_with_file("user bob on nopass +@all\n");
  RespClient bob = log_in("bob");
  RespClient admin = connect();
  write_file("user carol on\nuser bob on +nope\nfoo\n");
  EXPECT_EQ(
      admin.command({"ACL", "LOAD"}),
      "-ERR " + path() +
          ":2: Error in applying operation '+nope': Unknown command or category name in ACL. " + path() +
          ":3 should start with user keyword followed by the username. WARNING: ACL errors detected, no "
          "change to the previously active ACL rules was performed\r\n");
  EXPECT_EQ(admin.command({"ACL", "USERS"}), "*2\r\n$3\r\nbob\r\n$7\r\ndefault\r\n");
  EXPECT_EQ(bob.command({"ACL", "WHOAMI"}), "$3\r\nbob\r\n");
  std::filesystem::remove(path());
  EXPECT_EQ(admin.command({"ACL", "LOAD"}),
            "-ERR Error loading ACLs, opening file '" + path() + "': No such file or directory\r\n");
}

TEST_P(AclOfAerie, LoadKeepsTheClientsOfUnchangedUsers) {
  start_with_file("user same on nopass +@all\nuser changed on nopass +@all\nuser removed on nopass +@all\n");
  RespClient same = log_in("same");
  RespClient changed = log_in("changed");
  RespClient removed = log_in("removed");
  RespClient admin = connect();
  write_file("user same on nopass +@all\nuser changed on nopass +@all ~a\n");
  EXPECT_EQ(admin.command({"ACL", "LOAD"}), "+OK\r\n");
  EXPECT_EQ(same.command({"ACL", "WHOAMI"}), "$4\r\nsame\r\n");
  EXPECT_EQ(changed.read_to_end(), "");
  EXPECT_EQ(removed.read_to_end(), "");
}

TEST_P(AclOfAerie, SavedFilesKeepTheirModeAndLeaveNothingBehind) {
  start_with_file("user bob on\n");
  ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
  RespClient admin = connect();
  const auto files = [this] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(server().directory()))
      names.push_back(entry.path().filename());
    return names.size();
  };
  const size_t before = files();
  EXPECT_EQ(admin.command({"ACL", "SAVE"}), "+OK\r\n");
  EXPECT_EQ(files(), before);
  struct stat facts {};
  ASSERT_EQ(::stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0640U);
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  EXPECT_EQ(admin.command({"ACL", "SAVE"}),
            "-ERR There was an error trying to save the ACLs. Please check the server logs for more "
            "information\r\n");
  EXPECT_TRUE(server().wait_for_output("Saving the ACL file failed", seconds(5)));
  EXPECT_EQ(files(), before) << "the temporary file is gone";
}

TEST_P(Acl, RewrittenConfigurationsHoldTheUsers) {
  start({}, "user bob on\nmaxclients 500\n");
  RespClient admin = connect();
  EXPECT_EQ(admin.command({"ACL", "SETUSER", "bob", ">p", "~a", "+get", "(+set ~b)"}), "+OK\r\n");
  EXPECT_EQ(admin.command({"ACL", "SETUSER", "carol", "on", "&c"}), "+OK\r\n");
  EXPECT_EQ(admin.command({"CONFIG", "REWRITE"}), "+OK\r\n");
  const Reply before = admin.ask({"ACL", "LIST"});
  ServerOptions options;
  options.kind = GetParam();
  options.bare = true;
  options.args = {"%d/server.conf"};
  ASSERT_EQ(server().stop(), 0);
  server().restart(options);
  const Reply after = connect().ask({"ACL", "LIST"});
  ASSERT_EQ(after.elements.size(), 3U);
  // To 7.0 a `user default` line is another beginning than none: it shows `sanitize-payload` then.
  for (size_t i = 0; i < (is_redis() ? 2U : 3U); ++i)
    EXPECT_EQ(after.elements[i].text, before.elements[i].text);
}

TEST_P(Acl, DeletedUsersLoseTheirConnections) {
  start();
  RespClient admin = connect();
  EXPECT_EQ(admin.command({"ACL", "SETUSER", "bob", "on", "nopass", "+@all", "~*", "&*"}), "+OK\r\n");
  RespClient idle = log_in("bob");
  RespClient waiting = log_in("bob");
  RespClient listening = log_in("bob");
  waiting.send({"BLPOP", "k", "0"});
  EXPECT_EQ(listening.command({"SUBSCRIBE", "c"}).substr(0, 4), "*3\r\n");
  RespClient self = log_in("bob");
  self.send_raw("ACL DELUSER bob\r\nPING\r\nSET k v\r\n");
  EXPECT_EQ(self.read_to_end(), ":1\r\n") << "what comes behind does not run";
  for (RespClient* client : {&idle, &waiting, &listening}) EXPECT_EQ(client->read_to_end(), "");
  EXPECT_EQ(admin.command({"RPUSH", "k", "v"}), ":1\r\n");
  EXPECT_EQ(admin.command({"LLEN", "k"}), ":1\r\n") << "nothing was taken for the one that waited";
}

// Users come and go while their clients are in the middle of things.
TEST_P(AclOfAerie, UsersThatComeAndGo) {
  start();
  RespClient admin = connect();
  for (int round = 0; round < 200; ++round) {
    ASSERT_EQ(admin.command({"ACL", "SETUSER", "bob", "on", "nopass", "+@all", "~*", "&*"}), "+OK\r\n");
    RespClient queued = log_in("bob");
    RespClient waiting = log_in("bob");
    RespClient piped = log_in("bob");
    EXPECT_EQ(queued.command({"MULTI"}), "+OK\r\n");
    EXPECT_EQ(queued.command({"SET", "a", "1"}), "+QUEUED\r\n");
    waiting.send({"BLPOP", "k", "0"});
    std::string pipeline;
    for (int i = 0; i < 100; ++i) pipeline += "SUBSCRIBE c" + std::to_string(i) + "\r\n";
    piped.send_raw(pipeline);
    if (round % 3 == 0) {
      EXPECT_EQ(admin.command({"ACL", "SETUSER", "bob", "resetchannels", "-@all"}), "+OK\r\n");
    }
    if (round % 3 == 1) {
      EXPECT_EQ(admin.command({"RPUSH", "k", "v"}), ":1\r\n");
    }
    EXPECT_EQ(admin.command({"ACL", "DELUSER", "bob"}), ":1\r\n");
    EXPECT_EQ(queued.read_to_end(), "");
    piped.read_to_end();
    waiting.read_to_end();
    EXPECT_EQ(admin.ask({"DEL", "k"}).type, ':');
  }
  EXPECT_EQ(info_number(admin, "clients", "connected_clients"), 1);
  expect_alive();
}

}  // namespace
}  // namespace aerie

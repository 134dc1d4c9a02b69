// SPDX-License-Identifier: BSD-3-Clause
//
// ACL LOAD and ACL SAVE, and the users that a server starts with, over files that are texts in memory: errors
// line by line, all or nothing, and whose clients stay.
#include <gtest/gtest.h>

#include <cerrno>

#include "aerie/commands/families.h"
#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

// The one file there is; its text, or the errno of reading and writing it.
std::string file_text;
int file_error = 0;

constexpr const char* kWarning =
    "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

class AclFile : public ::testing::Test {
 protected:
  AclFile() : engine_({{"aclfile", "/users.acl"}}) {
    file_error = 0;
    engine_.engine().read_file = [](const std::string& path) -> Result<std::string> {
      if (file_error != 0) return Error{file_error, "open " + path};
      return file_text;
    };
    engine_.engine().replace_file = [](const std::string& path, std::string_view text) -> Status {
      if (file_error != 0) return Error{file_error, "create " + path};
      file_text = text;
      return {};
    };
  }

  std::string load(const std::string& text, size_t client = 0) {
    file_text = text;
    return engine_.text("ACL LOAD", client);
  }
  std::string users() { return engine_.text("ACL USERS"); }

  EngineFixture engine_;
};

TEST_F(AclFile, SavedUsersAreLoadedAgain) {
  engine_.text("ACL SETUSER bob on >x %R~a ~b &c +@read -get +config|get +select|0 (~\"it's\" +set )");
  engine_.text("ACL SETUSER alice off nopass allkeys allcommands allchannels skip-sanitize-payload");
  const std::string before = engine_.text("ACL LIST");
  EXPECT_EQ(engine_.text("ACL SAVE"), "+OK");
  EXPECT_EQ(file_text.substr(0, 11), "user alice ");
  EXPECT_EQ(std::count(file_text.begin(), file_text.end(), '\n'), 3);
  engine_.text("ACL DELUSER alice bob");
  engine_.text("ACL SETUSER carol");
  EXPECT_EQ(engine_.text("ACL LOAD"), "+OK");
  EXPECT_EQ(engine_.text("ACL LIST"), before);
}

TEST_F(AclFile, ErrorsAreToldLineByLineAndChangeNothing) {
  engine_.text("ACL SETUSER keep");
  EXPECT_EQ(
      load("user b on +foo -bar >x\nuser c on %Q~ #abc\nfoo bar\n\nuser b\nuser\nuser d (+get ~a\nuser\te x\n"
           "user e on\n user e off \n"),
      std::string(
          "-ERR /users.acl:1: Error in applying operation '+foo': Unknown command or category name in "
          "ACL. /users.acl:1: Error in applying operation '-bar': Unknown command or category name in "
          "ACL. /users.acl:2: Syntax error. /users.acl:3 should start with user keyword followed by the "
          "username. WARNING: Duplicate user 'b' found on line 5. /users.acl:6 should start with user "
          "keyword followed by the username. /users.acl:7: Unmatched parentheses in selector "
          "definition. /users.acl:8 should start with user keyword followed by the username. WARNING: "
          "Duplicate user 'e' found on line 10. ") +
          kWarning);
  EXPECT_EQ(users(), "*[\"default\", \"keep\"]");
  EXPECT_EQ(load("user a\tb on"),
            std::string("-ERR '/users.acl:1: username 'a\\x09b' contains invalid characters. ") + kWarning);
  EXPECT_EQ(load("user a on\nuser default on\nuser default off"),
            std::string("-ERR WARNING: Duplicate user 'default' found on line 3. ") + kWarning);
  EXPECT_EQ(
      load("# no comments"),
      std::string("-ERR /users.acl:1 should start with user keyword followed by the username. ") + kWarning);
}

TEST_F(AclFile, TheWholeSetIsReplaced) {
  engine_.text("ACL SETUSER old");
  engine_.text("ACL SETUSER default >x");
  EXPECT_EQ(load("  user new on  +get \t\r\n\n"), "+OK");
  EXPECT_EQ(users(), "*[\"default\", \"new\"]");
  EXPECT_NE(engine_.text("ACL LIST").find("user default on nopass sanitize-payload ~* &* +@all"),
            std::string::npos)
      << "a file without it means the usual one";
  EXPECT_EQ(load(""), "+OK");
  EXPECT_EQ(users(), "*[\"default\"]");
}

TEST_F(AclFile, ClientsOfUnchangedUsersStay) {
  engine_.text("ACL SETUSER same on nopass +@all");
  engine_.text("ACL SETUSER changed on nopass +@all");
  engine_.text("ACL SETUSER removed on nopass +@all");
  for (const auto& [client, user] : {std::pair(1, "same"), std::pair(2, "changed"), std::pair(3, "removed")})
    ASSERT_EQ(engine_.text(std::string("AUTH ") + user + " x", client), "+OK");
  EXPECT_EQ(load("user same on nopass +@all\nuser changed on nopass +@all ~a\nuser added on"), "+OK");
  EXPECT_FALSE(engine_.session(0).close_now);
  EXPECT_FALSE(engine_.session(1).close_now);
  EXPECT_TRUE(engine_.session(2).close_now);
  EXPECT_TRUE(engine_.session(3).close_now);
  EXPECT_EQ(engine_.text("ACL WHOAMI", 1), "\"same\"");
  EXPECT_EQ(load("", 1), "+OK") << "the one that asked reads the answer";
  EXPECT_TRUE(engine_.session(1).close_after_reply);
}

TEST_F(AclFile, ClientsOfTheDefaultUserStayUnlessTheyLoseAChannel) {
  engine_.text("HELLO 3", 1);
  engine_.text("SUBSCRIBE a", 1);
  engine_.text("PING", 2);
  EXPECT_EQ(load("user default on nopass ~* &b +@all"), "+OK");
  EXPECT_TRUE(engine_.session(1).close_now);
  EXPECT_FALSE(engine_.session(2).close_now);
  EXPECT_EQ(engine_.text("PUBLISH a m", 2), "-" + std::string(kNoPermissionForChannel));
}

TEST_F(AclFile, FilesThatCannotBeReadOrWritten) {
  file_error = EACCES;
  EXPECT_EQ(engine_.text("ACL LOAD"),
            "-ERR Error loading ACLs, opening file '/users.acl': Permission denied");
  EXPECT_EQ(engine_.text("ACL SAVE"), "-" + std::string(kAclSaveFailed));
  EngineFixture without_file;
  EXPECT_EQ(without_file.text("ACL LOAD"), "-" + std::string(kAclNoFile));
  EXPECT_EQ(without_file.text("ACL SAVE"), "-" + std::string(kAclNoFile));
}

TEST_F(AclFile, UsersOfTheStart) {
  AccessControl& access = engine_.engine().access;
  file_text = "user bob on nopass";
  EXPECT_TRUE(access.load_at_start().ok());
  EXPECT_EQ(users(), "*[\"bob\", \"default\"]");
  file_text = "user bob foo";
  EXPECT_EQ(
      access.load_at_start().error().message(),
      std::string("Aborting Redis startup because of ACL errors: /users.acl:1: Syntax error. ") + kWarning);
  file_error = ENOENT;
  EXPECT_EQ(
      access.load_at_start().error().message(),
      "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '/users.acl': No such "
      "file or directory");
}

TEST(AclLines, UsersOfTheConfiguration) {
  Config config;
  const auto line = [&config](const std::vector<std::string>& words) {
    const Status loaded = config.load("user", words);
    return loaded.ok() ? "OK" : loaded.error().message();
  };
  config.set_user_check([](std::span<const std::string> words) {
    static const CommandTable commands(command_families());
    return check_user_line(words, commands);
  });
  EXPECT_EQ(line({"bob", "on", ">x", "(+get", "~a)", "+@all"}), "OK");
  EXPECT_EQ(line({"default", "on", ">secret", "~*", "+@all"}), "OK");
  EXPECT_EQ(line({"carol", "nope"}), "Error in user declaration 'carol': Syntax error");
  EXPECT_EQ(line({"carol", "(+get"}),
            "Error in user declaration 'carol': Unmatched parenthesis in acl selector starting at '(+get'.");
  FakeClock clock;
  Engine engine(config, clock, command_families(), HashSeed::fixed(7));
  ASSERT_TRUE(engine.access.load_at_start().ok());
  EXPECT_TRUE(engine.access.password_required());
  EXPECT_EQ(engine.access.users().all().size(), 2u);
  EXPECT_EQ(engine.access.user_lines().size(), 2u);
  EXPECT_EQ(line({"erin", "+nope"}), "OK") << "a command that may come";
  const Status unknown = engine.access.load_at_start();
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message(), "Critical error while loading ACLs. Exiting.");
}

}  // namespace
}  // namespace aerie

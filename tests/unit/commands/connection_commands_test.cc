// SPDX-License-Identifier: BSD-3-Clause
//
// PING, ECHO, QUIT, RESET, SELECT, HELLO, AUTH, in process: what they answer and what they leave in the
// session. Expected texts were taken from redis-server 7.0.15.
#include <gtest/gtest.h>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string error(std::string_view text) {
  return "-" + std::string(text);
}

TEST(ConnectionCommands, PingAndEcho) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("PING"), "+PONG");
  EXPECT_EQ(engine.text("ping hello"), "\"hello\"");
  EXPECT_EQ(engine.text("PING a b"), error(wrong_number_of_arguments("ping")));
  EXPECT_EQ(engine.text("ECHO hello"), "\"hello\"");
  EXPECT_EQ(engine.text("ECHO"), error(wrong_number_of_arguments("echo")));
  EXPECT_EQ(engine.run({"ECHO", std::string_view("a\0\r\n", 4)}).text, std::string("a\0\r\n", 4));
}

TEST(ConnectionCommands, QuitAsksForTheEndAfterTheReply) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("QUIT ignored"), "+OK");
  EXPECT_TRUE(engine.session().close_after_reply);
  EXPECT_EQ(engine.text("MULTI", 1), "+OK");
  EXPECT_EQ(engine.text("QUIT", 1), "+OK") << "is not queued";
  EXPECT_TRUE(engine.session(1).close_after_reply);
}

TEST(ConnectionCommands, SelectChecksTheIndex) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("SELECT 15"), "+OK");
  EXPECT_EQ(engine.session().db, 15u);
  EXPECT_EQ(engine.text("SELECT 16"), error(kDbOutOfRange));
  EXPECT_EQ(engine.text("SELECT -1"), error(kDbOutOfRange));
  EXPECT_EQ(engine.text("SELECT x"), error(kNotAnInteger));
  EXPECT_EQ(engine.text("SELECT 2147483648"),
            "-ERR value is out of range, value must between -2147483648 and 2147483647");
  EXPECT_EQ(engine.session().db, 15u);
}

TEST(ConnectionCommands, ResetRestoresTheInitialState) {
  EngineFixture engine;
  engine.text("CLIENT SETNAME me");
  engine.text("HELLO 3");
  engine.text("SELECT 3");
  engine.text("WATCH k");
  engine.text("MULTI");
  EXPECT_EQ(engine.text("RESET"), "+RESET");
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "$nil");
  EXPECT_EQ(engine.session().protocol, 2);
  EXPECT_EQ(engine.session().db, 0u);
  EXPECT_EQ(engine.text("EXEC"), error(kExecWithoutMulti));
  EXPECT_TRUE(engine.engine().watches.empty());
  EXPECT_EQ(engine.text("RESET x"), error(wrong_number_of_arguments("reset")));
  EXPECT_EQ(engine.run_raw({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(engine.text("RESET"), "+RESET");
}

TEST(ConnectionCommands, HelloTellsAboutTheServer) {
  EngineFixture engine;
  EXPECT_EQ(
      engine.text("HELLO"),
      "*[\"server\", \"redis\", \"version\", \"7.2.4\", \"proto\", :2, \"id\", :1, \"mode\", \"standalone\", "
      "\"role\", \"master\", \"modules\", *[]]");
  EXPECT_EQ(engine.run({"HELLO", "3"}).type, '%');
  EXPECT_EQ(engine.text("GET missing"), "nil");
  EXPECT_EQ(engine.run({"HELLO"}).type, '%') << "without a version the protocol stays";
  EXPECT_EQ(engine.run({"HELLO", "2"}).type, '*');
}

TEST(ConnectionCommands, HelloChecksItsArguments) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("HELLO 4"), error(kUnsupportedProtocol));
  EXPECT_EQ(engine.text("HELLO 1"), error(kUnsupportedProtocol));
  EXPECT_EQ(engine.text("HELLO x"), error(kProtocolNotInteger));
  EXPECT_EQ(engine.text("HELLO 3 FOO"), "-ERR Syntax error in HELLO option 'FOO'");
  EXPECT_EQ(engine.text("HELLO 3 AUTH default"), "-ERR Syntax error in HELLO option 'AUTH'");
  EXPECT_EQ(engine.text("HELLO 3 SETNAME"), "-ERR Syntax error in HELLO option 'SETNAME'");
  EXPECT_EQ(engine.run({"HELLO", "3", "SETNAME", "a b"}).text, kBadClientName);
  EXPECT_EQ(engine.text("HELLO 3 AUTH nobody x"), error(kWrongPass));
  EXPECT_EQ(engine.session().protocol, 2) << "nothing above changed it";
  EXPECT_EQ(engine.run({"HELLO", "3", "AUTH", "default", "x", "SETNAME", "both"}).type, '%');
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "\"both\"");
  EXPECT_EQ(engine.text("HELLO 3 SETNAME other AUTH nobody x"), error(kWrongPass));
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "\"both\"");
  EXPECT_EQ(engine.run({"HELLO", "3", "SETNAME", ""}).type, '%');
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "nil");
}

TEST(ConnectionCommands, AuthWithoutAPassword) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("AUTH x"), error(kAuthNotConfigured));
  EXPECT_EQ(engine.text("AUTH default anything"), "+OK");
  EXPECT_EQ(engine.text("AUTH nobody x"), error(kWrongPass));
  EXPECT_EQ(engine.text("AUTH a b c"), error(kSyntaxError));
}

TEST(ConnectionCommands, AuthWithAPassword) {
  EngineFixture engine({{"requirepass", "secret"}});
  engine.session().authenticated = false;
  EXPECT_EQ(engine.text("GET k"), error(kAuthRequired));
  EXPECT_EQ(engine.text("HELLO 3"), error(kHelloNeedsAuth));
  EXPECT_EQ(engine.text("HELLO 9"), error(kUnsupportedProtocol));
  for (std::string_view wrong : {"AUTH wrong", "AUTH secre", "AUTH secrets", "AUTH secretsecret", "AUTH ''",
                                 "AUTH default wrong", "AUTH nobody secret"}) {
    EXPECT_EQ(engine.text(wrong), error(kWrongPass)) << wrong;
  }
  EXPECT_EQ(engine.engine().stats.acl_denials.auth, 7u);
  EXPECT_EQ(engine.text("GET k"), error(kAuthRequired));
  EXPECT_EQ(engine.text("AUTH secret"), "+OK");
  EXPECT_EQ(engine.text("GET k"), "$nil");
  EXPECT_EQ(engine.text("AUTH wrong"), error(kWrongPass));
  EXPECT_EQ(engine.text("GET k"), "$nil") << "a failed attempt takes nothing away";
  EXPECT_EQ(engine.text("RESET"), "+RESET");
  EXPECT_EQ(engine.text("GET k"), error(kAuthRequired));
  EXPECT_EQ(engine.run({"HELLO", "2", "AUTH", "default", "secret"}).type, '*');
  EXPECT_EQ(engine.text("GET k"), "$nil");
}

}  // namespace
}  // namespace aerie

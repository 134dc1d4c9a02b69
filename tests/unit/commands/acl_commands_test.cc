// SPDX-License-Identifier: BSD-3-Clause
//
// ACL and what it means for requests, in process: users and logins, refusals and their order among the other
// gates, transactions, waiting clients, subscribers, and what becomes of the clients of a user that changes.
// Texts are those of 7.2.
#include <gtest/gtest.h>

#include <map>

#include "aerie/base/sha256.h"
#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string error(std::string_view text) {
  return "-" + std::string(text);
}

std::string may_not_run(std::string_view user, std::string_view command) {
  return error(no_permission_to_run(user, command));
}

// A client that is that user.
void log_in(EngineFixture& engine, size_t client, const std::string& user) {
  ASSERT_EQ(engine.text("AUTH " + user + " x", client), "+OK");
}

TEST(AclCommands, UsersAndTheirNames) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("ACL WHOAMI"), "\"default\"");
  EXPECT_EQ(engine.text("ACL LIST"), "*[\"user default on nopass sanitize-payload ~* &* +@all\"]");
  EXPECT_EQ(engine.text("ACL SETUSER bob on >x ~a +get (+set ~b)"), "+OK");
  EXPECT_EQ(engine.text("ACL SETUSER alice"), "+OK");
  EXPECT_EQ(engine.text("ACL SETUSER ''"), "+OK");
  EXPECT_EQ(engine.text("ACL USERS"), "*[\"\", \"alice\", \"bob\", \"default\"]");
  EXPECT_EQ(engine.text("ACL LIST"),
            "*[\"user  off sanitize-payload resetchannels -@all\", \"user alice off sanitize-payload "
            "resetchannels -@all\", \"user bob on sanitize-payload #" +
                sha256_hex("x") +
                " ~a resetchannels -@all +get (~b resetchannels -@all +set)\", \"user default on nopass "
                "sanitize-payload ~* &* +@all\"]");
  EXPECT_EQ(engine.text("ACL DELUSER alice nobody alice ''"), ":2");
  EXPECT_EQ(engine.text("ACL DELUSER bob default"), error(kAclDefaultUserStays));
  EXPECT_EQ(engine.text("ACL USERS"), "*[\"bob\", \"default\"]") << "nothing was deleted";
  EXPECT_EQ(engine.run({"ACL", "SETUSER", "a b"}).to_string(), error(kAclBadUserName));
  EXPECT_EQ(engine.run({"ACL", "SETUSER", "a\nb"}).to_string(), error(kAclBadUserName));
  EXPECT_EQ(engine.run({"ACL", "SETUSER", std::string_view("a\0b", 3)}).to_string(), error(kAclBadUserName));
}

TEST(AclCommands, SetuserChangesAllOrNothing) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("ACL SETUSER bob on +get foo"),
            "-ERR Error in ACL SETUSER modifier 'foo': Syntax error");
  EXPECT_EQ(engine.text("ACL USERS"), "*[\"default\"]");
  engine.text("ACL SETUSER bob on");
  EXPECT_EQ(engine.text("ACL SETUSER bob off >x +@nope"),
            "-ERR Error in ACL SETUSER modifier '+@nope': Unknown command or category name in ACL");
  EXPECT_EQ(engine.text("ACL SETUSER bob (+get ~a"),
            "-ERR Unmatched parenthesis in acl selector starting at '(+get'.");
  EXPECT_EQ(engine.text("ACL SETUSER default on +get (foo )"),
            "-ERR Error in ACL SETUSER modifier '(foo )': Syntax error");
  EXPECT_EQ(engine.text("ACL LIST"),
            "*[\"user bob on sanitize-payload resetchannels -@all\", \"user default on nopass "
            "sanitize-payload ~* &* +@all\"]");
}

TEST(AclCommands, Getuser) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("ACL GETUSER bob"), "$nil");
  EXPECT_EQ(engine.text("ACL GETUSER default"),
            "*[\"flags\", *[\"on\", \"nopass\", \"sanitize-payload\"], \"passwords\", *[], \"commands\", "
            "\"+@all\", \"keys\", \"~*\", \"channels\", \"&*\", \"selectors\", *[]]");
  engine.text("ACL SETUSER bob skip-sanitize-payload >x ~a %R~b &c &d +get -set (%W~w)");
  engine.text("HELLO 3");
  EXPECT_EQ(engine.text("ACL GETUSER bob"),
            "%[\"flags\", ~[\"off\", \"skip-sanitize-payload\"], \"passwords\", *[\"" + sha256_hex("x") +
                "\"], \"commands\", \"-@all +get -set\", \"keys\", \"~a %R~b\", \"channels\", \"&c &d\", "
                "\"selectors\", *[%[\"commands\", \"-@all\", \"keys\", \"%W~w\", \"channels\", \"\"]]]");
  EXPECT_EQ(engine.text("ACL GETUSER nobody"), "nil");
}

TEST(AclCommands, CategoriesAndTheirCommands) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("ACL CAT").substr(0, 30), "*[\"keyspace\", \"read\", \"write\",");
  EXPECT_EQ(engine.run({"ACL", "CAT"}).elements.size(), 21u);
  EXPECT_EQ(engine.text("ACL CAT transaction"),
            "*[\"multi\", \"exec\", \"discard\", \"watch\", \"unwatch\"]");
  EXPECT_NE(engine.text("ACL CAT Dangerous").find("\"acl|setuser\""), std::string::npos);
  EXPECT_EQ(engine.text("ACL CAT geo"), "*[]");
  EXPECT_EQ(engine.text("ACL CAT @read"), error(acl_unknown_category("@read")));
  EXPECT_EQ(engine.text("ACL CAT a b"), error(unknown_subcommand_or_arguments("acl", "CAT")));
  EXPECT_EQ(engine.run({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "transaction"}).elements.size(), 5u);
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY ACLCAT nope"), "*[]");
}

TEST(AclCommands, Genpass) {
  EngineFixture engine;
  for (const auto& [bits, digits] : std::map<std::string, size_t>{
           {"", 64}, {" 1", 1}, {" 4", 1}, {" 5", 2}, {" 4095", 1024}, {" 4096", 1024}}) {
    const std::string password = engine.run({"ACL", "GENPASS"}).text;
    const std::string text = engine.text("ACL GENPASS" + bits);
    EXPECT_EQ(text.size(), digits + 2) << bits;
    EXPECT_EQ(text.find_first_not_of("\"0123456789abcdef"), std::string::npos) << text;
    EXPECT_NE(password, engine.run({"ACL", "GENPASS"}).text);
  }
  for (const char* bits : {"0", "-1", "4097", "9223372036854775807"})
    EXPECT_EQ(engine.text(std::string("ACL GENPASS ") + bits), error(kAclGenpassBits));
  EXPECT_EQ(engine.text("ACL GENPASS x"), error(kNotAnInteger));
  EXPECT_EQ(engine.text("ACL GENPASS 1 2"), error(unknown_subcommand_or_arguments("acl", "GENPASS")));
}

TEST(AclCommands, Logins) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on >one >two");
  EXPECT_EQ(engine.text("AUTH bob three", 1), error(kWrongPass));
  EXPECT_EQ(engine.text("AUTH nobody x", 1), error(kWrongPass));
  EXPECT_EQ(engine.text("ACL WHOAMI", 1), "\"default\"") << "stays who it was";
  EXPECT_EQ(engine.text("AUTH bob two", 1), "+OK");
  EXPECT_EQ(engine.text("ACL WHOAMI", 1), may_not_run("bob", "acl|whoami"));
  EXPECT_EQ(engine.text("HELLO 2 AUTH bob wrong", 1), error(kWrongPass));
  engine.text("ACL SETUSER bob +acl|whoami");
  EXPECT_EQ(engine.text("ACL WHOAMI", 1), "\"bob\"");
  EXPECT_EQ(engine.text("RESET", 1), "+RESET");
  EXPECT_EQ(engine.text("ACL WHOAMI", 1), "\"default\"");
  engine.text("ACL SETUSER bob off");
  EXPECT_EQ(engine.text("AUTH bob one", 1), error(kWrongPass));
  EXPECT_EQ(engine.engine().stats.acl_denials.auth, 4u);
  engine.run({"ACL", "SETUSER", "caf\xc3\xa9\x1b", "on", "nopass", "+client"});
  EXPECT_EQ(engine.run({"AUTH", "caf\xc3\xa9\x1b", ""}, 1).to_string(), "+OK");
  EXPECT_NE(engine.run({"CLIENT", "INFO"}, 1).text.find(" user=caf\\xc3\\xa9\\x1b "), std::string::npos);
}

TEST(AclCommands, TheDefaultUserAndRequirepass) {
  EngineFixture engine({{"requirepass", "one"}});
  EXPECT_EQ(engine.text("PING", 1), error(kAuthRequired));
  EXPECT_EQ(engine.text("AUTH one"), "+OK");
  EXPECT_EQ(engine.text("ACL SETUSER default >two"), "+OK");
  EXPECT_EQ(engine.text("AUTH default two", 1), "+OK");
  EXPECT_EQ(engine.text("CONFIG GET requirepass"), "*[\"requirepass\", \"one\"]");
  EXPECT_EQ(engine.text("CONFIG SET requirepass three"), "+OK");
  EXPECT_EQ(engine.text("AUTH two", 2), error(kWrongPass));
  EXPECT_EQ(engine.text("HELLO 3", 2), error(kHelloNeedsAuth));
  EXPECT_EQ(engine.text("PING", 1), "+PONG") << "is in already";
  EXPECT_EQ(engine.text("CONFIG SET requirepass ''"), "+OK");
  EXPECT_EQ(engine.text("AUTH x"), error(kAuthNotConfigured));
  EXPECT_EQ(engine.text("AUTH default anything", 2), "+OK");
  EXPECT_EQ(engine.text("ACL SETUSER default off"), "+OK");
  EXPECT_EQ(engine.text("PING", 3), error(kAuthRequired));
  EXPECT_EQ(engine.text("AUTH default x", 3), error(kWrongPass));
  EXPECT_EQ(engine.text("RESET", 1), "+RESET");
  EXPECT_EQ(engine.text("PING", 1), error(kAuthRequired));
  EXPECT_EQ(engine.text("ACL SETUSER default on"), "+OK");
  EXPECT_EQ(engine.text("PING", 1), "+PONG");
  const std::string long_password(kMostPasswordBytes + 1, 'x');
  EXPECT_EQ(engine.run({"CONFIG", "SET", "requirepass", long_password}).to_string(),
            error(config_set_failed("requirepass", kAclPasswordTooLong)));
}

TEST(AclCommands, RefusalsAndTheirPlaceAmongTheGates) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all -get -debug ~b &b");
  log_in(engine, 1, "bob");
  EXPECT_EQ(engine.text("GET b", 1), may_not_run("bob", "get"));
  EXPECT_EQ(engine.text("SET b 1", 1), "+OK");
  EXPECT_EQ(engine.text("SET a 1", 1), error(kNoPermissionForKey));
  EXPECT_EQ(engine.text("PUBLISH a m", 1), error(kNoPermissionForChannel));
  EXPECT_EQ(engine.text("PUBLISH b m", 1), ":0");
  EXPECT_EQ(engine.text("GET", 1), error(wrong_number_of_arguments("get")));
  EXPECT_EQ(engine.text("NOPE", 1).substr(0, 20), "-ERR unknown command");
  EXPECT_EQ(engine.text("DEBUG SLEEP 0", 1).substr(0, 31), "-ERR DEBUG command not allowed.");
  const Stats& stats = engine.engine().stats;
  EXPECT_EQ(stats.acl_denials.command, 1u);
  EXPECT_EQ(stats.acl_denials.key, 1u);
  EXPECT_EQ(stats.acl_denials.channel, 1u);
  const std::string info = engine.run({"INFO", "stats"}).text;
  EXPECT_NE(info.find("acl_access_denied_auth:0\r\nacl_access_denied_cmd:1\r\nacl_access_denied_key:1\r\n"
                      "acl_access_denied_channel:1\r\n"),
            std::string::npos);
  EXPECT_NE(engine.run({"INFO", "errorstats"}).text.find("errorstat_NOPERM:count=3"), std::string::npos);
  EXPECT_EQ(engine.run({"INFO", "commandstats"}).text.find("cmdstat_get:calls=1"), std::string::npos);
}

TEST(AclCommands, SubscribersAreRefusedByPermissionFirst) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +subscribe +ping &b");
  log_in(engine, 1, "bob");
  EXPECT_EQ(engine.text("SUBSCRIBE b", 1), "*[\"subscribe\", \"b\", :1]");
  EXPECT_EQ(engine.text("GET k", 1), may_not_run("bob", "get"));
  EXPECT_EQ(engine.text("SUBSCRIBE b c", 1), error(kNoPermissionForChannel));
  EXPECT_EQ(engine.text("PSUBSCRIBE b", 1), may_not_run("bob", "psubscribe"));
  EXPECT_EQ(engine.text("PING", 1), "*[\"pong\", \"\"]");
}

TEST(AclCommands, Transactions) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all ~* &*");
  log_in(engine, 1, "bob");
  engine.text("MULTI", 1);
  for (const char* request : {"SET a 1", "GET b", "PUBLISH c m", "ACL WHOAMI"})
    EXPECT_EQ(engine.text(request, 1), "+QUEUED");
  engine.text("ACL SETUSER bob -get resetkeys ~b resetchannels");
  EXPECT_EQ(engine.text("EXEC", 1), "*[" + error(permissions_changed(kKeyNoLongerAllowed)) + ", " +
                                        error(permissions_changed(kCommandNoLongerAllowed)) + ", " +
                                        error(permissions_changed(kChannelNoLongerAllowed)) + ", \"bob\"]");
  engine.text("MULTI", 1);
  EXPECT_EQ(engine.text("GET b", 1), may_not_run("bob", "get"));
  EXPECT_EQ(engine.text("EXEC", 1), error(kExecAborted));
  engine.text("ACL SETUSER bob -exec");
  engine.text("MULTI", 1);
  EXPECT_EQ(engine.text("SET b 1", 1), "+QUEUED");
  EXPECT_EQ(engine.text("EXEC", 1), error(exec_aborted_because(no_permission_to_run("bob", "exec"))));
  EXPECT_EQ(engine.text("DISCARD", 1), error(kDiscardWithoutMulti));
}

// A login among queued commands counts for those behind it.
TEST(AclCommands, LoginInsideATransaction) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +get ~b");
  engine.text("MULTI", 1);
  for (const char* request : {"SET a 1", "AUTH bob x", "SET a 2"}) engine.text(request, 1);
  EXPECT_EQ(engine.text("EXEC", 1),
            "*[+OK, +OK, " + error(permissions_changed(kCommandNoLongerAllowed)) + "]");
  EXPECT_EQ(engine.text("GET a"), "\"1\"");
}

TEST(AclCommands, AWaitingClientIsJudgedAgainWhenItIsServed) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +blpop ~*");
  log_in(engine, 1, "bob");
  EXPECT_EQ(engine.run_raw({"BLPOP", "k", "0"}, 1), "");
  engine.text("ACL SETUSER bob resetkeys ~other");
  engine.text("RPUSH k a");
  EXPECT_EQ(engine.told(1), std::vector<std::string>{error(kNoPermissionForKey)});
  EXPECT_EQ(engine.text("LLEN k"), ":1");
}

TEST(AclCommands, DeletedUsersTakeTheirClientsWithThem) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all ~* &*");
  for (size_t client : {1, 2, 3}) log_in(engine, client, "bob");
  engine.run_raw({"BLPOP", "k", "0"}, 2);
  engine.session(3).close_now = true;
  EXPECT_EQ(engine.text("ACL DELUSER bob", 1), ":1") << "its own user";
  EXPECT_TRUE(engine.session(1).close_after_reply);
  EXPECT_TRUE(engine.session(2).close_now);
  for (size_t client : {1, 2, 3}) {
    EXPECT_EQ(engine.session(client).user, &engine.engine().access.users().default_user()) << client;
    EXPECT_FALSE(engine.session(client).authenticated);
  }
  EXPECT_EQ(engine.text("RPUSH k a"), ":1");
  EXPECT_EQ(engine.told(2), std::vector<std::string>{}) << "nothing is taken for it";
  EXPECT_FALSE(engine.session(0).close_now);
}

// Whether a client that did `subscribe` outlives a change of its user.
bool outlives(const std::string& before, const std::string& subscribe, const std::string& rules) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all " + before);
  log_in(engine, 1, "bob");
  EXPECT_NE(engine.run_raw(std::vector<std::string_view>{"HELLO", "3"}, 1), "");
  EXPECT_EQ(engine.text(subscribe, 1).front(), '>');
  EXPECT_EQ(engine.text("ACL SETUSER bob " + rules), "+OK");
  EXPECT_FALSE(engine.session(1).close_after_reply);
  return !engine.session(1).close_now;
}

TEST(AclCommands, SubscribersThatLoseAChannelAreClosed) {
  EXPECT_TRUE(outlives("&*", "SUBSCRIBE a", "resetchannels &a"));
  EXPECT_FALSE(outlives("&*", "SUBSCRIBE a", "resetchannels &b"));
  EXPECT_TRUE(outlives("&*", "PSUBSCRIBE a*", "resetchannels &a*"));
  EXPECT_FALSE(outlives("&*", "PSUBSCRIBE a*", "resetchannels &*a*"));
  EXPECT_TRUE(outlives("&*", "PSUBSCRIBE a*", "resetchannels (&a*)"));
  EXPECT_FALSE(outlives("&a &b", "SUBSCRIBE a", "resetchannels"));
  EXPECT_TRUE(outlives("&a &b", "SUBSCRIBE a", "resetchannels &a"));
  EXPECT_TRUE(outlives("&a &b", "SUBSCRIBE a", "-@all off"));
  EXPECT_FALSE(outlives("&a &c", "SSUBSCRIBE c", "resetchannels &d"));
  EXPECT_TRUE(outlives("&a &c", "SSUBSCRIBE c", "resetchannels &c"));
  EXPECT_FALSE(outlives("&*", "SUBSCRIBE a", "reset"));
  EXPECT_TRUE(outlives("&*", "PSUBSCRIBE *", "resetchannels &*"));
}

TEST(AclCommands, WhoTakesItsOwnChannelReadsTheAnswerFirst) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all &*");
  log_in(engine, 1, "bob");
  engine.text("HELLO 3", 1);
  engine.text("SUBSCRIBE a", 1);
  EXPECT_EQ(engine.text("ACL SETUSER bob resetchannels", 1), "+OK");
  EXPECT_TRUE(engine.session(1).close_after_reply);
}

TEST(AclCommands, LogOfRefusals) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +get ~b");
  log_in(engine, 1, "bob");
  engine.text("GET a", 1);
  engine.text("SET b 1", 1);
  engine.advance_ms(1500);
  engine.text("GET a", 1);
  engine.text("AUTH carol x", 1);
  const Reply log = engine.run({"ACL", "LOG"});
  ASSERT_EQ(log.elements.size(), 3u);
  const auto field = [&log](size_t entry, const std::string& name) {
    const std::vector<Reply>& fields = log.elements[entry].elements;
    for (size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (fields[i].text == name) return fields[i + 1].to_string();
    }
    return std::string("none");
  };
  EXPECT_EQ(log.elements[0].elements.size(), 20u);
  EXPECT_EQ(field(0, "reason") + field(0, "object") + field(0, "username"), "\"auth\"\"AUTH\"\"carol\"");
  EXPECT_EQ(field(1, "reason") + field(1, "object") + field(1, "username"), "\"key\"\"a\"\"bob\"");
  EXPECT_EQ(field(1, "count") + field(1, "context") + field(1, "entry-id"), ":2\"toplevel\":0");
  EXPECT_EQ(field(2, "reason") + field(2, "object") + field(2, "age-seconds"), "\"command\"\"set\"\"1.5\"");
  EXPECT_NE(field(1, "client-info").find(" cmd=get user=bob "), std::string::npos);
  EXPECT_EQ(engine.text("ACL LOG 1").find("\"key\""), std::string::npos);
  EXPECT_EQ(engine.text("ACL LOG -5"), "*[]");
  EXPECT_EQ(engine.text("ACL LOG x"), error(kNotAnInteger));
  EXPECT_EQ(engine.text("ACL LOG 1 2"), error(unknown_subcommand_or_arguments("acl", "LOG")));
  engine.text("CONFIG SET acllog-max-len 1");
  engine.text("SET c 1", 1);
  EXPECT_EQ(engine.run({"ACL", "LOG"}).elements.size(), 3u) << "the same command again";
  engine.text("PING", 1);
  EXPECT_EQ(engine.run({"ACL", "LOG"}).elements.size(), 1u);
  EXPECT_EQ(engine.text("acl log reset"), "+OK");
  EXPECT_EQ(engine.text("ACL LOG"), "*[]");
}

TEST(AclCommands, Dryrun) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob +@all -get ~b &b");
  EXPECT_EQ(engine.text("ACL DRYRUN bob SET b 1"), "+OK");
  EXPECT_EQ(engine.text("ACL DRYRUN bob GET b"), "\"User bob has no permissions to run the 'get' command\"");
  EXPECT_EQ(engine.text("ACL DRYRUN bob SET a 1"), "\"User bob has no permissions to access the 'a' key\"");
  EXPECT_EQ(engine.text("ACL DRYRUN bob SUBSCRIBE a"),
            "\"User bob has no permissions to access the 'a' channel\"");
  EXPECT_EQ(engine.text("ACL DRYRUN nobody GET b"), error(acl_user_not_found("nobody")));
  EXPECT_EQ(engine.text("ACL DRYRUN bob NOPE"), error(acl_command_not_found("NOPE")));
  EXPECT_EQ(engine.text("ACL DRYRUN bob CONFIG nope"), error(acl_command_not_found("CONFIG")));
  EXPECT_EQ(engine.text("ACL DRYRUN bob GET"), error(wrong_number_of_arguments("get")));
  EXPECT_EQ(engine.text("GET b"), "$nil") << "nothing ran";
  EXPECT_EQ(engine.text("ACL LOG"), "*[]");
}

TEST(AclCommands, ClientsOfAUser) {
  EngineFixture engine;
  engine.text("ACL SETUSER bob on nopass +@all");
  log_in(engine, 1, "bob");
  EXPECT_EQ(engine.text("CLIENT KILL USER nobody"), error(no_such_user("nobody")));
  EXPECT_EQ(engine.text("CLIENT KILL USER bob ID 999"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL USER bob"), ":1");
  EXPECT_TRUE(engine.session(1).close_now);
  EXPECT_FALSE(engine.session(0).close_now);
}

TEST(AclCommands, NewUsersAndChannels) {
  EngineFixture engine({{"acl-pubsub-default", "allchannels"}});
  engine.text("ACL SETUSER bob (+get)");
  EXPECT_NE(engine.text("ACL LIST").find("user bob off sanitize-payload &* -@all (&* -@all +get)"),
            std::string::npos);
  engine.text("CONFIG SET acl-pubsub-default resetchannels");
  engine.text("ACL SETUSER bob reset");
  EXPECT_NE(engine.text("ACL LIST").find("user bob off sanitize-payload resetchannels -@all\""),
            std::string::npos);
}

TEST(AclCommands, HelpNamesEverySubcommand) {
  EngineFixture engine;
  const std::string help = engine.text("ACL HELP");
  for (const char* name : {"CAT", "DELUSER", "DRYRUN", "GENPASS", "GETUSER", "LIST", "LOAD", "LOG", "SAVE",
                           "SETUSER", "USERS", "WHOAMI", "HELP"}) {
    EXPECT_NE(help.find(std::string("+") + name), std::string::npos) << name;
  }
  EXPECT_EQ(engine.text("ACL"), error(wrong_number_of_arguments("acl")));
  EXPECT_EQ(engine.text("ACL NOPE"), error(unknown_subcommand("acl", "NOPE")));
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// What users may run: commands by bit, category, subcommand and first argument; keys by pattern and right;
// channels, and patterns of channels, which count literally; which refusal several selectors agree on;
// logins.
#include "aerie/engine/acl_user.h"

#include <gtest/gtest.h>

#include "aerie/base/sha256.h"
#include "aerie/commands/families.h"
#include "aerie/engine/acl_rules.h"

namespace aerie {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

class AclCheck : public ::testing::Test {
 protected:
  void set(std::string_view rules) {
    std::vector<std::string> joined;
    const std::vector<std::string_view> words = split(rules);
    ASSERT_FALSE(join_acl_selectors(words, &joined));
    for (const std::string& rule : joined)
      ASSERT_EQ(apply_acl_rule(&user_, rule, {table_, false}), "") << rule;
  }
  // "yes", or what is denied: "command", "key 2", "channel 1".
  std::string ask(std::string_view request) {
    const std::vector<std::string_view> args = split(request);
    bool unknown = false;
    const Command* command = table_.find(args, &unknown);
    EXPECT_TRUE(command != nullptr && !unknown) << request;
    if (command == nullptr) return "";
    const AclVerdict verdict = user_.check(*command, args, &keys_);
    switch (verdict.denial) {
      case AclDenial::kNone:
        return "yes";
      case AclDenial::kKey:
        return "key " + std::to_string(verdict.argument);
      case AclDenial::kChannel:
        return "channel " + std::to_string(verdict.argument);
      default:
        return "command";
    }
  }

  CommandTable table_{command_families()};
  AclUser user_{"alice", table_, false};
  std::vector<KeyPosition> keys_;
};

TEST_F(AclCheck, NobodyMayAnythingButLogInAndLeave) {
  for (const char* request : {"AUTH a b", "HELLO 3", "QUIT", "RESET"})
    EXPECT_EQ(ask(request), "yes") << request;
  for (const char* request : {"PING", "GET k", "CLIENT ID", "MULTI", "ACL WHOAMI"})
    EXPECT_EQ(ask(request), "command") << request;
}

TEST_F(AclCheck, CommandsAndSubcommands) {
  set("~* +get +config -config|set +client|id");
  EXPECT_EQ(ask("GET k"), "yes");
  EXPECT_EQ(ask("get k"), "yes");
  EXPECT_EQ(ask("SET k v"), "command");
  EXPECT_EQ(ask("CONFIG GET x"), "yes");
  EXPECT_EQ(ask("CONFIG SET x y"), "command");
  EXPECT_EQ(ask("CLIENT ID"), "yes");
  EXPECT_EQ(ask("CLIENT INFO"), "command");
  set("-client +config|set");
  EXPECT_EQ(ask("CLIENT ID"), "command");
  EXPECT_EQ(ask("CONFIG SET x y"), "yes");
}

TEST_F(AclCheck, Categories) {
  set("allkeys +@read -@keyspace +@transaction");
  EXPECT_EQ(ask("GET k"), "yes");
  EXPECT_EQ(ask("SET k v"), "command");
  EXPECT_EQ(ask("EXISTS k"), "command");
  EXPECT_EQ(ask("EXEC"), "yes");
  set("+@all -@dangerous");
  EXPECT_EQ(ask("SET k v"), "yes");
  EXPECT_EQ(ask("KEYS *"), "command");
  EXPECT_EQ(ask("CONFIG SET a b"), "command");
  EXPECT_EQ(ask("ACL WHOAMI"), "yes");
}

TEST_F(AclCheck, FirstArguments) {
  set("+select|0 +select|X");
  EXPECT_EQ(ask("SELECT 0"), "yes");
  EXPECT_EQ(ask("SELECT x"), "yes");
  EXPECT_EQ(ask("SELECT 1"), "command");
  EXPECT_EQ(ask("SELECT 00"), "command");
  set("-select");
  EXPECT_EQ(ask("SELECT 0"), "command") << "forgotten with the command";
}

TEST_F(AclCheck, KeysToReadAndToWrite) {
  set("+@all ~both:* %R~in:* %W~out:*");
  EXPECT_EQ(ask("GET in:1"), "yes");
  EXPECT_EQ(ask("GET out:1"), "key 1");
  EXPECT_EQ(ask("SET out:1 v"), "yes");
  EXPECT_EQ(ask("SET in:1 v"), "key 1");
  EXPECT_EQ(ask("SET out:1 v GET"), "key 1") << "reads as well";
  EXPECT_EQ(ask("SET both:1 v GET"), "yes");
  EXPECT_EQ(ask("SET out:1 get"), "yes") << "a value that is called so";
  EXPECT_EQ(ask("COPY in:1 out:1"), "yes");
  EXPECT_EQ(ask("COPY out:1 in:1"), "key 1");
  EXPECT_EQ(ask("RENAME in:1 out:1"), "key 1") << "removes what it reads";
  EXPECT_EQ(ask("MGET in:1 both:1 out:1 in:2"), "key 3");
  EXPECT_EQ(ask("MSET out:1 v out:2 v in:1 v"), "key 5");
  EXPECT_EQ(ask("EXISTS in:1 out:1 other"), "key 3") << "any right to a key tells that it is there";
  EXPECT_EQ(ask("BLPOP both:1 in:1 0"), "key 2");
  EXPECT_EQ(ask("LMPOP 2 both:1 in:1 LEFT"), "key 3");
  EXPECT_EQ(ask("KEYS *"), "yes") << "names none";
  EXPECT_EQ(ask("LMPOP 9 other LEFT"), "yes") << "names none that could be told, and answers an error";
}

TEST_F(AclCheck, RightsOfSeveralPatternsDoNotAddUp) {
  set("+@all %R~a* %W~*b");
  EXPECT_EQ(ask("GETSET ab v"), "key 1");
  EXPECT_EQ(ask("GET ab"), "yes");
  EXPECT_EQ(ask("SET ab v"), "yes");
}

TEST_F(AclCheck, Channels) {
  set("+@pubsub &news.* &weather");
  EXPECT_EQ(ask("PUBLISH news.a m"), "yes");
  EXPECT_EQ(ask("PUBLISH sport m"), "channel 1");
  EXPECT_EQ(ask("SUBSCRIBE news.a weather sport"), "channel 3");
  EXPECT_EQ(ask("SSUBSCRIBE news.a sport"), "channel 2");
  EXPECT_EQ(ask("SPUBLISH sport m"), "channel 1");
  EXPECT_EQ(ask("PSUBSCRIBE news.*"), "yes");
  EXPECT_EQ(ask("PSUBSCRIBE news.a*"), "channel 1") << "patterns are taken literally";
  EXPECT_EQ(ask("PSUBSCRIBE weather news.a"), "channel 2");
  EXPECT_EQ(ask("UNSUBSCRIBE sport"), "yes");
  set("allchannels");
  EXPECT_EQ(ask("PSUBSCRIBE *"), "yes");
}

TEST_F(AclCheck, OneSelectorMustAllowAll) {
  set("+get ~a (+set ~b) (+mget ~k) (+publish &x)");
  EXPECT_EQ(ask("GET a"), "yes");
  EXPECT_EQ(ask("SET b v"), "yes");
  EXPECT_EQ(ask("GET b"), "key 1");
  EXPECT_EQ(ask("SET a v"), "key 1");
  EXPECT_EQ(ask("MGET k l"), "key 2");
  EXPECT_EQ(ask("PUBLISH y m"), "channel 1");
  EXPECT_EQ(ask("DEL b"), "command");
}

TEST_F(AclCheck, TheRefusalThatCameFarthestCounts) {
  set("+mget ~a (+mget ~a ~b) (+mget ~a)");
  EXPECT_EQ(ask("MGET a b"), "yes");
  EXPECT_EQ(ask("MGET a b c"), "key 3");
}

TEST_F(AclCheck, UnrestrictedIsWhoMayAll) {
  set("+@all ~*");
  EXPECT_FALSE(user_.is_unrestricted());
  set("&*");
  EXPECT_TRUE(user_.is_unrestricted());
  set("-get");
  EXPECT_FALSE(user_.is_unrestricted());
  set("+get");
  EXPECT_FALSE(user_.is_unrestricted()) << "commands to come may be others than those that are there";
  set("(+@all ~* &*)");
  EXPECT_TRUE(user_.is_unrestricted());
  set("clearselectors");
  EXPECT_FALSE(user_.is_unrestricted());
}

TEST_F(AclCheck, Logins) {
  EXPECT_FALSE(user_.accepts(""));
  set("on");
  EXPECT_FALSE(user_.accepts("")) << "has no password at all";
  set(">one >two");
  EXPECT_TRUE(user_.accepts("one") && user_.accepts("two"));
  EXPECT_FALSE(user_.accepts("One") || user_.accepts("onetwo") || user_.accepts(sha256_hex("one")));
  EXPECT_FALSE(user_.accepts(std::string(kMostPasswordBytes + 1, 'x')));
  set("off");
  EXPECT_FALSE(user_.accepts("one"));
  set("nopass");
  EXPECT_FALSE(user_.accepts("one") || user_.needs_no_password());
  set("on");
  EXPECT_TRUE(user_.accepts("anything") && user_.needs_no_password());
}

}  // namespace
}  // namespace aerie

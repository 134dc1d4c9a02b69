// SPDX-License-Identifier: BSD-3-Clause
//
// Rules of users: what each does to the text that ACL LIST shows, and every error, with the texts of
// redis-server 7.0.15. Rules are kept in the order in which they came, as 7.2 has it.
#include "aerie/engine/acl_rules.h"

#include <gtest/gtest.h>

#include "aerie/base/sha256.h"
#include "aerie/commands/families.h"
#include "aerie/engine/acl_categories.h"
#include "aerie/engine/acl_user.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {
namespace {

using Rules = std::vector<std::string_view>;

class AclRules : public ::testing::Test {
 protected:
  AclUser make(bool all_channels = false) const { return AclUser("alice", table_, all_channels); }

  // What the last rule says is wrong, or the user's description, without "off sanitize-payload " at its
  // front.
  std::string apply(const Rules& rules, bool all_channels = false) const {
    AclUser user = make(all_channels);
    for (const std::string_view rule : rules) {
      const std::string_view wrong = apply_acl_rule(&user, rule, {table_, all_channels});
      if (!wrong.empty()) return std::string(wrong);
    }
    const std::string text = user.describe();
    constexpr std::string_view kNew = "off sanitize-payload ";
    return text.starts_with(kNew) ? text.substr(kNew.size()) : text;
  }

  CommandTable table_{command_families()};
};

TEST_F(AclRules, NewUsersMayNothing) {
  EXPECT_EQ(apply({}), "resetchannels -@all");
  EXPECT_EQ(apply({""}), "resetchannels -@all");
  EXPECT_EQ(apply({}, true), "&* -@all");
  EXPECT_FALSE(make().is_unrestricted());
  EXPECT_FALSE(make().needs_no_password());
}

TEST_F(AclRules, Flags) {
  EXPECT_EQ(apply({"on"}), "on sanitize-payload resetchannels -@all");
  EXPECT_EQ(apply({"ON", "Off"}), "resetchannels -@all");
  EXPECT_EQ(apply({"nopass"}), "off nopass sanitize-payload resetchannels -@all");
  EXPECT_EQ(apply({"skip-sanitize-payload"}), "off skip-sanitize-payload resetchannels -@all");
  EXPECT_EQ(apply({"SKIP-sanitize-payload", "sanitize-payload"}), "resetchannels -@all");
  EXPECT_EQ(apply({"foo"}), kAclSyntax);
  EXPECT_EQ(apply({"on "}), kAclSyntax);
  EXPECT_EQ(apply({std::string_view("on\0", 3)}), kAclSyntax);
  EXPECT_EQ(apply({std::string_view("\0", 1)}), kAclSyntax);
}

TEST_F(AclRules, Passwords) {
  const std::string hash = sha256_hex("a");
  const std::string add_hash = "#" + hash;
  const std::string remove_hash = "!" + hash;
  EXPECT_EQ(apply({">a", ">b", ">a"}), "#" + hash + " #" + sha256_hex("b") + " resetchannels -@all");
  EXPECT_EQ(apply({add_hash}), "#" + hash + " resetchannels -@all");
  for (const std::string_view removal : {std::string_view("<a"), std::string_view(remove_hash)}) {
    EXPECT_EQ(apply({">a", removal}), "resetchannels -@all");
    EXPECT_EQ(apply({removal}), kAclNoSuchPassword);
  }
  EXPECT_EQ(apply({">a", "nopass"}), "off nopass sanitize-payload resetchannels -@all");
  EXPECT_EQ(apply({"nopass", ">a"}), "#" + hash + " resetchannels -@all");
  EXPECT_EQ(apply({">a", "resetpass"}), "resetchannels -@all");
  EXPECT_EQ(apply({">"}), "#" + sha256_hex("") + " resetchannels -@all");
  EXPECT_EQ(apply({">a b"}), "#" + sha256_hex("a b") + " resetchannels -@all");
  for (const std::string& bad :
       {std::string("abc"), std::string(64, 'A'), std::string(64, 'g'), hash + "0"}) {
    EXPECT_EQ(apply({"#" + bad}), kAclBadHash) << bad;
    EXPECT_EQ(apply({"!" + bad}), kAclBadHash) << bad;
  }
  const std::string longest(kMostPasswordBytes, 'p');
  EXPECT_EQ(apply({">" + longest}), "#" + sha256_hex(longest) + " resetchannels -@all");
  EXPECT_EQ(apply({">p" + longest}), kAclPasswordTooLong);
  EXPECT_EQ(apply({"<p" + longest}), kAclNoSuchPassword);
}

TEST_F(AclRules, KeyPatterns) {
  EXPECT_EQ(apply({"~a", "~b", "~a"}), "~a ~b resetchannels -@all");
  EXPECT_EQ(apply({"%R~a"}), "%R~a resetchannels -@all");
  EXPECT_EQ(apply({"%w~a"}), "%W~a resetchannels -@all");
  EXPECT_EQ(apply({"%RW~a"}), "~a resetchannels -@all");
  EXPECT_EQ(apply({"%wr~a"}), "~a resetchannels -@all");
  EXPECT_EQ(apply({"%R~a", "%W~a"}), "~a resetchannels -@all");
  EXPECT_EQ(apply({"%R~"}), "%R~ resetchannels -@all");
  EXPECT_EQ(apply({"%R"}), "%R~ resetchannels -@all");
  EXPECT_EQ(apply({"~"}), "~ resetchannels -@all");
  for (const std::string_view bad :
       {"%", "%~a", "%X~a", "%RR~a", "%RWR~a", "%R a", "~a b", "~a\tb", "%R~a\n"}) {
    EXPECT_EQ(apply({bad}), kAclSyntax) << bad;
  }
  EXPECT_EQ(apply({std::string_view("~a\0b", 4)}), kAclSyntax);
}

TEST_F(AclRules, AllKeysAndNone) {
  EXPECT_EQ(apply({"~*"}), "~* resetchannels -@all");
  EXPECT_EQ(apply({"~a", "allkeys"}), "~* resetchannels -@all");
  EXPECT_EQ(apply({"~*", "~*", "AllKeys"}), "~* resetchannels -@all");
  EXPECT_EQ(apply({"%R~*", "~b"}), "%R~* ~b resetchannels -@all");
  EXPECT_EQ(apply({"allkeys", "resetkeys", "~a"}), "~a resetchannels -@all");
  EXPECT_EQ(apply({"allkeys", "~a"}), kAclPatternAfterAllKeys);
  EXPECT_EQ(apply({"~*", "%R~a"}), kAclPatternAfterAllKeys);
}

TEST_F(AclRules, Channels) {
  EXPECT_EQ(apply({"&a", "&b", "&a"}), "resetchannels &a &b -@all");
  EXPECT_EQ(apply({"&"}), "resetchannels & -@all");
  EXPECT_EQ(apply({"&*"}), "&* -@all");
  EXPECT_EQ(apply({"&a", "allchannels"}), "&* -@all");
  EXPECT_EQ(apply({"allchannels", "resetchannels", "&a"}), "resetchannels &a -@all");
  EXPECT_EQ(apply({"&*", "&a"}), kAclPatternAfterAllChannels);
  EXPECT_EQ(apply({"&a b"}), kAclSyntax);
}

TEST_F(AclRules, CommandsStayInOrder) {
  EXPECT_EQ(apply({"+get", "+SET", "-get"}), "resetchannels -@all +set -get");
  EXPECT_EQ(apply({"+@all", "-get", "+get"}), "resetchannels +@all +get");
  EXPECT_EQ(apply({"+@read", "-get", "+@READ"}), "resetchannels -@all -get +@read");
  EXPECT_EQ(apply({"+get", "+@all", "-@dangerous", "+info"}), "resetchannels +@all -@dangerous +info");
  EXPECT_EQ(apply({"+get", "nocommands"}), "resetchannels -@all");
  EXPECT_EQ(apply({"AllCommands"}), "resetchannels +@all");
  EXPECT_EQ(apply({"-@ALL", "-get"}), "resetchannels -@all -get");
  EXPECT_EQ(apply({"+@scripting", "+@hash"}), "resetchannels -@all +@scripting +@hash") << "no commands yet";
}

TEST_F(AclRules, SubcommandsAndFirstArguments) {
  EXPECT_EQ(apply({"+config", "-config|set"}), "resetchannels -@all +config -config|set");
  EXPECT_EQ(apply({"+config|GET", "+client|id", "+config"}), "resetchannels -@all +client|id +config");
  EXPECT_EQ(apply({"+select|0", "+SELECT|1"}), "resetchannels -@all +select|0 +select|1");
  EXPECT_EQ(apply({"+select|0", "+select"}), "resetchannels -@all +select");
  EXPECT_EQ(apply({"+config|", "+config"}), kAclSyntax);
  EXPECT_EQ(apply({"+select|"}), kAclSyntax);
  EXPECT_EQ(apply({"+config|set|x"}), kAclFirstArgOfSubcommand);
  EXPECT_EQ(apply({"+select|0 1"}), kAclSyntax) << "would become two words of an ACL file";
  for (const std::string_view unknown :
       {"+foo", "-foo", "+@foo", "-@foo", "+", "-", "+@", "+|", "+ get", "-select|0", "+config|foo",
        "-config|foo", "-config|", "+get|x|y", "+foo|", "+@all|x", "+get)"}) {
    EXPECT_EQ(apply({unknown}), kAclUnknownCommand) << unknown;
  }
}

TEST_F(AclRules, Selectors) {
  EXPECT_EQ(apply({"(+get)"}), "resetchannels -@all (resetchannels -@all +get)");
  EXPECT_EQ(apply({"()", "( )"}), "resetchannels -@all (resetchannels -@all) (resetchannels -@all)");
  EXPECT_EQ(apply({"(  ~b   +set &c )"}), "resetchannels -@all (~b resetchannels &c -@all +set)");
  EXPECT_EQ(apply({"(~* +@all)"}, true), "&* -@all (~* &* +@all)");
  EXPECT_EQ(apply({"(+get)", "clearselectors"}), "resetchannels -@all");
  EXPECT_EQ(apply({"(\"+get\" '~x')"}), "resetchannels -@all (~x resetchannels -@all +get)");
  for (const std::string_view bad :
       {"(foo)", "(on)", "(>a)", "(reset)", "((+get))", "(+get (+set)", "(~\"a)", ")", "("}) {
    EXPECT_EQ(apply({bad}), kAclSyntax) << bad;
  }
  EXPECT_EQ(apply({"(+foo)"}), kAclUnknownCommand);
  EXPECT_EQ(apply({"(~* ~a)"}), kAclPatternAfterAllKeys);
  EXPECT_EQ(apply({std::string_view("(+get\0)", 7)}), kAclSyntax);
}

// What is shown can be read again, quotes in patterns included.
TEST_F(AclRules, DescriptionsOfSelectorsReadBack) {
  const Rules rules = {"on", "(~\"a\\\"b\" +get)", "(%R~it's)"};
  EXPECT_EQ(apply({"(~it's)"}), kAclSyntax) << "a quote that has no end";
  const std::string shown = apply({"on", "(\"~a\\\"b\" +get)", "(\"%R~it's\")"});
  std::vector<std::string> joined;
  Rules words;
  for (size_t at = 0; at <= shown.size();) {
    const size_t end = std::min(shown.find(' ', at), shown.size());
    words.push_back(std::string_view(shown).substr(at, end - at));
    at = end + 1;
  }
  ASSERT_FALSE(join_acl_selectors(words, &joined));
  EXPECT_EQ(apply(Rules(joined.begin(), joined.end())), shown);
}

TEST_F(AclRules, ResetIsTheBeginning) {
  EXPECT_EQ(apply({"on", ">a", "skip-sanitize-payload", "~*", "&*", "+@all", "(+get)", "reset"}),
            "resetchannels -@all");
  EXPECT_EQ(apply({"resetchannels", "reset"}, true), "&* -@all");
}

TEST_F(AclRules, JoinsTheWordsOfSelectors) {
  const auto join = [](const Rules& words) {
    std::vector<std::string> rules;
    const auto open = join_acl_selectors(words, &rules);
    std::string text = open ? "open at " + std::to_string(*open) : "";
    for (const std::string& rule : rules) text.append("<").append(rule).append(">");
    return text;
  };
  EXPECT_EQ(join({"on", "(+get", "~a", ")", "off"}), "<on><(+get ~a )><off>");
  EXPECT_EQ(join({"(+get)", "(", "+set)"}), "<(+get)><( +set)>");
  EXPECT_EQ(join({"(+get", "(+set)"}), "<(+get (+set)>");
  EXPECT_EQ(join({"(+get)", "(+@all"}), "open at 1<(+get)><(+@all>");
  EXPECT_EQ(join({"(("}), "open at 0<((>");
  EXPECT_EQ(join({"(+get) "}), "open at 0<(+get) >");
  EXPECT_EQ(join({}), "");
}

TEST_F(AclRules, NothingGrowsWithoutBound) {
  std::string one_more;
  const auto count_until_refused = [&](const auto& nth_rule) {
    AclUser user = make();
    for (size_t i = 0; i < 10'000; ++i) {
      const std::string_view wrong = apply_acl_rule(&user, nth_rule(std::to_string(i)), {table_, false});
      if (wrong.empty()) continue;
      EXPECT_EQ(wrong, kAclTooMany);
      return i;
    }
    return size_t{0};
  };
  constexpr size_t kMost = AclSelector::kMostPatterns;
  EXPECT_EQ(count_until_refused([](const std::string& i) { return "~" + i; }), kMost);
  EXPECT_EQ(count_until_refused([](const std::string& i) { return "&" + i; }), kMost);
  EXPECT_EQ(count_until_refused([](const std::string& i) { return ">" + i; }), kMost);
  EXPECT_EQ(count_until_refused([](const std::string& i) { return "+select|" + i; }), kMost);
  EXPECT_EQ(count_until_refused([](const std::string& i) { return "(~" + i + ")"; }), kMost);
}

TEST_F(AclRules, Names) {
  EXPECT_TRUE(is_acl_name(""));
  EXPECT_TRUE(is_acl_name("\xff\x1b\""));
  for (const std::string_view bad : {"a b", "a\nb", "a\r", "\ta", "a\vb"})
    EXPECT_FALSE(is_acl_name(bad)) << bad;
  EXPECT_FALSE(is_acl_name(std::string_view("a\0b", 3)));
}

TEST_F(AclRules, CategoriesOfCommands) {
  EXPECT_EQ(acl_category_names().size(), 21u);
  EXPECT_EQ(find_acl_category("READ"), 1u);
  EXPECT_FALSE(find_acl_category("@read"));
  EXPECT_FALSE(find_acl_category(""));
  const auto is_in = [this](const char* command, const char* category) {
    return (acl_categories(*table_.find_full_name(command)->spec) >> *find_acl_category(category) & 1) != 0;
  };
  EXPECT_TRUE(is_in("get", "read") && is_in("get", "string") && is_in("get", "fast"));
  EXPECT_FALSE(is_in("get", "write") || is_in("get", "slow") || is_in("get", "dangerous"));
  EXPECT_TRUE(is_in("config|set", "admin") && is_in("config|set", "dangerous") &&
              is_in("config|set", "slow"));
  EXPECT_TRUE(is_in("blpop", "list") && is_in("blpop", "blocking") && is_in("blpop", "write"));
  EXPECT_TRUE(is_in("publish", "pubsub") && is_in("exec", "transaction") && is_in("ping", "connection"));
  EXPECT_TRUE(is_in("keys", "keyspace") && is_in("keys", "dangerous"));
}

}  // namespace
}  // namespace aerie

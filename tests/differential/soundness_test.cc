// SPDX-License-Identifier: BSD-3-Clause
//
// That the differential tests can fail: two servers that differ on purpose must be told apart, in a reply, in
// the state, in a deadline, in a watch; and the scripts' language means what its page says.
#include <gtest/gtest.h>

#include "differential/script.h"
#include "differential/state.h"

namespace aerie {
namespace {

Reply parsed(const std::string& bytes) {
  ReplyParser parser;
  parser.feed(bytes);
  return parser.next().value();
}

bool same(const Words& words, const std::string& subject, const std::string& oracle) {
  RowUse use;
  Reply mine = parsed(subject);
  Reply theirs = parsed(oracle);
  std::set<std::string> live = {"a"};
  return same_reply({words, mine, theirs, false, &live}, use);
}

TEST(Compare, EveryByteCounts) {
  EXPECT_TRUE(same({"GET", "k"}, "$1\r\nv\r\n", "$1\r\nv\r\n"));
  EXPECT_FALSE(same({"GET", "k"}, "$1\r\nv\r\n", "$1\r\nw\r\n"));
  EXPECT_FALSE(same({"GET", "k"}, "+v\r\n", "$1\r\nv\r\n"));
  EXPECT_FALSE(same({"GET", "k"}, "_\r\n", "$-1\r\n"));
  EXPECT_FALSE(same({"EXEC"}, "$-1\r\n", "*-1\r\n"));
  EXPECT_FALSE(same({"GET", "k"}, "-ERR a\r\n", "-ERR b\r\n"));
  EXPECT_FALSE(same({"INCR", "k"}, ":1\r\n", "$1\r\n1\r\n"));
  EXPECT_FALSE(same({"MGET", "k"}, "*1\r\n$1\r\na\r\n", "*2\r\n$1\r\na\r\n$1\r\na\r\n"));
}

TEST(Compare, ReviewedRowsForgiveOnlyWhatTheySay) {
  EXPECT_TRUE(same({"KEYS", "*"}, "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*2\r\n$1\r\nb\r\n$1\r\na\r\n"));
  EXPECT_FALSE(same({"KEYS", "*"}, "*2\r\n$1\r\na\r\n$1\r\na\r\n", "*2\r\n$1\r\nb\r\n$1\r\na\r\n"));
  EXPECT_TRUE(same({"ttl", "k"}, ":99\r\n", ":100\r\n"));
  EXPECT_FALSE(same({"ttl", "k"}, ":90\r\n", ":100\r\n"));
  EXPECT_FALSE(same({"ttl", "k"}, ":-1\r\n", ":0\r\n"));
  EXPECT_FALSE(same({"ttl", "k"}, ":-1\r\n", ":-2\r\n"));
  EXPECT_FALSE(same({"PEXPIRETIME", "k"}, ":33177117420001\r\n", ":33177117420000\r\n"));
  EXPECT_FALSE(same({"EXPIRETIME", "k"}, ":33177117421\r\n", ":33177117420\r\n"));
  EXPECT_TRUE(same({"PEXPIRETIME", "k"}, ":1700000000001\r\n", ":1700000000000\r\n"));
  EXPECT_TRUE(same({"RANDOMKEY"}, "$1\r\na\r\n", "$1\r\nb\r\n"));
  EXPECT_FALSE(same({"RANDOMKEY"}, "$1\r\nz\r\n", "$1\r\nb\r\n"));
  EXPECT_FALSE(same({"RANDOMKEY"}, "$-1\r\n", "$1\r\nb\r\n"));
  EXPECT_TRUE(same({"OBJECT", "ENCODING", "k"}, "$8\r\nlistpack\r\n", "$9\r\nquicklist\r\n"));
  EXPECT_TRUE(same({"OBJECT", "ENCODING", "k"}, "$9\r\nquicklist\r\n", "$9\r\nquicklist\r\n"));
  EXPECT_FALSE(same({"OBJECT", "ENCODING", "k"}, "$3\r\nraw\r\n", "$9\r\nquicklist\r\n"));
  EXPECT_FALSE(same({"OBJECT", "ENCODING", "k"}, "$8\r\nlistpack\r\n", "$6\r\nembstr\r\n"));
  EXPECT_FALSE(same({"KEYS"}, "-ERR x\r\n", "-ERR y\r\n"));
  EXPECT_FALSE(same({"SCAN", "0"}, "*2\r\n$1\r\n0\r\n*0\r\n", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"));
  EXPECT_FALSE(
      same({"SCAN", "0"}, "*2\r\n$1\r\n5\r\n*1\r\n$1\r\na\r\n", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"));
  EXPECT_FALSE(same({"CLIENT", "SETINFO", "lib-name", "x"}, "-ERR unknown subcommand\r\n", "-ERR y\r\n"));
  EXPECT_TRUE(same({"CLIENT", "SETINFO", "lib-name", "x"}, "+OK\r\n", "-ERR y\r\n"));
}

TEST(Compare, DocumentationIsComparedLineByLine) {
  const auto docs = [](const std::string& name, const std::string& since, const std::string& arguments) {
    return "*2\r\n+" + name + "\r\n*6\r\n+summary\r\n+words of " + since + "\r\n+since\r\n+" + since +
           "\r\n+arguments\r\n" + arguments;
  };
  const std::string key = "*4\r\n+name\r\n+key\r\n+type\r\n+key\r\n";
  const std::string word = "*4\r\n+name\r\n+key\r\n+type\r\n+string\r\n";
  const std::string optional = "*6\r\n+name\r\n+key\r\n+type\r\n+key\r\n+flags\r\n*1\r\n+optional\r\n";
  const auto same_get = [&](const std::string& mine, const std::string& theirs) {
    return same({"COMMAND", "DOCS", "get"}, docs("get", "1.0.0", mine), docs("get", "1.0.0", theirs));
  };
  EXPECT_TRUE(same_get("*1\r\n" + key, "*1\r\n" + key));
  EXPECT_FALSE(same_get("*1\r\n" + key, "*1\r\n" + word));
  EXPECT_FALSE(same_get("*1\r\n" + key, "*1\r\n" + optional));
  EXPECT_FALSE(same_get("*1\r\n" + key, "*2\r\n" + key + word));
  EXPECT_FALSE(same_get("*2\r\n" + word + key, "*2\r\n" + key + word));
  const std::string one = "*1\r\n" + key;
  EXPECT_FALSE(same({"COMMAND", "DOCS", "get"}, docs("get", "1.0.0", one), docs("get", "1.0.1", one)));
  EXPECT_FALSE(same({"COMMAND", "DOCS", "mset"}, docs("mset", "1.0.0", one), docs("mset", "1.0.0", one)))
      << "a row of the table that does not apply";
}

TEST(Compare, ExecJudgesEachElementByItsOwnCommand) {
  RowUse use;
  ReplyJudge judge(use, false);
  Reply ok = parsed("+OK\r\n");
  Reply queued = parsed("+QUEUED\r\n");
  EXPECT_EQ(judge.judge({"MULTI"}, ok, ok), "");
  EXPECT_EQ(judge.judge({"TTL", "k"}, queued, queued), "");
  EXPECT_EQ(judge.judge({"INCR", "k"}, queued, queued), "");
  EXPECT_EQ(judge.judge({"EXEC"}, parsed("*2\r\n:9\r\n:5\r\n"), parsed("*2\r\n:10\r\n:5\r\n")), "");
  EXPECT_EQ(judge.judge({"MULTI"}, ok, ok), "");
  EXPECT_EQ(judge.judge({"INCR", "k"}, queued, queued), "");
  EXPECT_NE(judge.judge({"EXEC"}, parsed("*1\r\n:4\r\n"), parsed("*1\r\n:5\r\n")), "");
}

TEST(Script, Words) {
  EXPECT_EQ(expand_line("SET k v"), (std::vector<Words>{{"SET", "k", "v"}}));
  EXPECT_EQ(expand_line(R"(a "b c\x00\n\"" 'd"e' "")"),
            (std::vector<Words>{{"a", std::string("b c\0\n\"", 6), "d\"e", ""}}));
  EXPECT_EQ(expand_line("<ab*3>"), (std::vector<Words>{{"ababab"}}));
  EXPECT_EQ(expand_line("X {,A 1} {B,\"\"}"),
            (std::vector<Words>{{"X", "B"}, {"X", ""}, {"X", "A", "1", "B"}, {"X", "A", "1", ""}}));
  EXPECT_THROW(expand_line("X {a"), std::runtime_error);
  EXPECT_THROW(expand_line("X \"a"), std::runtime_error);
}

TEST(Script, LineReadsBackWhatItPrints) {
  Words words = {"SET", "", "a b", std::string("\0\xff\r\n\"\\'", 7), "{x", "<y", "#z"};
  EXPECT_EQ(expand_line(script_line(words)), std::vector<Words>{words});
}

class Difference : public testing::Test {
 protected:
  std::vector<std::string> run(const std::string& script) {
    ScriptRunner runner(duel_, use_);
    return runner.run(parse_script("[case]\n" + script).front());
  }

  Duel duel_{2};
  RowUse use_;
};

TEST_F(Difference, NoneInEqualServers) {
  EXPECT_TRUE(run("SET a 1\nGET a\nTTL a\nKEYS *\n").empty());
}

TEST_F(Difference, InTheState) {
  duel_.client("c1").subject.ask({"SET", "a", "1"});
  EXPECT_NE(compare_state(duel_), "");
  duel_.client("c1").oracle.ask({"SET", "a", "2"});
  EXPECT_NE(compare_state(duel_), "");
  duel_.client("c1").oracle.ask({"SET", "a", "1"});
  EXPECT_EQ(compare_state(duel_), "");
  duel_.client("c1").subject.ask({"PEXPIREAT", "a", "33177117420000"});
  EXPECT_NE(compare_state(duel_), "");
  duel_.client("c1").oracle.ask({"PEXPIREAT", "a", "33177117420001"});
  EXPECT_NE(compare_state(duel_), "");
  duel_.client("c1").oracle.ask({"PEXPIREAT", "a", "33177117420000"});
  EXPECT_EQ(compare_state(duel_), "");
  duel_.client("c1").oracle.ask({"MOVE", "a", "7"});
  EXPECT_NE(compare_state(duel_), "");
}

TEST_F(Difference, InTheEncoding) {
  duel_.client("c1").subject.ask({"SET", "a", "xy"});
  duel_.client("c1").oracle.ask({"SETRANGE", "a", "0", "xy"});
  EXPECT_NE(compare_state(duel_), "");
}

TEST_F(Difference, InAReplyAndInAWatch) {
  ScriptRunner runner(duel_, use_);
  duel_.client("c9").subject.ask({"CONFIG", "SET", "timeout", "77"});
  EXPECT_EQ(runner.run(parse_script("[case]\nCONFIG GET timeout\n").front()).size(), 1U);
  duel_.reset();
  duel_.client("w").subject.ask({"WATCH", "k"});
  duel_.client("w").oracle.ask({"WATCH", "k"});
  duel_.client("c1").subject.ask({"SET", "k", "v"});
  exchange_one(duel_.client("w"), {"MULTI"});
  ReplyPair replies = exchange_one(duel_.client("w"), {"EXEC"});
  ReplyJudge judge(use_, duel_.subject_is_redis());
  EXPECT_NE(judge.judge({"EXEC"}, replies.subject, replies.oracle), "");
}

TEST_F(Difference, InWhatClientsAreTold) {
  duel_.client("c9").subject.ask({"CONFIG", "SET", "timeout", "77"});
  EXPECT_EQ(run("c2! CONFIG GET timeout\nc3! PING\ntold\n").size(), 1U);
  EXPECT_EQ(run("c2! BLPOP k 0\nblocked 1\nRPUSH k a\ntold\n").size(), 0U);
}

TEST_F(Difference, InHowManyAreBlocked) {
  EXPECT_EQ(run("c2! BLPOP k 0\nblocked 1\nclose c2\nblocked 0\n").size(), 0U);
  EXPECT_EQ(run("blocked 1\n").size(), 1U);
}

TEST_F(Difference, InHowOftenCommandsAreCounted) {
  EXPECT_EQ(run("GET k\ncalls get\n").size(), 0U);
  duel_.client("c9").subject.ask({"GET", "k"});
  EXPECT_EQ(run("GET k\ncalls get\n").size(), 1U);
  EXPECT_EQ(run("calls lcs\n").size(), 1U) << "nothing was compared";
}

TEST_F(Difference, NoneInIdsThatDiffer) {
  duel_.client("c9").oracle.ask({"PING"});
  RespClient more = RespClient::tcp(duel_.subject().port());
  ASSERT_EQ(more.command({"PING"}), "+PONG\r\n");
  more.close();
  EXPECT_EQ(run("c2! BLPOP k 0\nblocked 1\nCLIENT UNBLOCK @c2\nCLIENT KILL ID @c2\nc2<\nclosed c2\n").size(),
            0U);
}

TEST(ReviewedTable, RowsAreDistinctAndReasoned) {
  std::set<std::string_view> names;
  for (const ReviewedRow& row : reviewed_table()) {
    EXPECT_TRUE(names.insert(row.command).second) << row.command;
    EXPECT_GE(row.reason.size(), 3U) << row.command;
    EXPECT_EQ(lower(row.command), row.command);
  }
  EXPECT_EQ(RowUse().unused().size(), reviewed_table().size());
}

}  // namespace
}  // namespace aerie

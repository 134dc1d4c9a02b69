// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND: descriptions, documentation and key extraction, all of which come from the rows. Expected replies
// for commands that Redis has were taken from redis-server 7.0.15.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string error(std::string_view text) {
  return "-" + std::string(text);
}

// The value of a key in a map, or an empty reply.
Reply entry(const Reply& map, std::string_view key) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == key) return map.elements[i + 1];
  }
  return Reply{};
}

// One argument of COMMAND DOCS in a line: name:type, token, flags, {parts}.
std::string outline(const Reply& argument) {
  std::string text = entry(argument, "name").text + ":" + entry(argument, "type").text;
  if (const Reply token = entry(argument, "token"); !token.text.empty()) text += " token=" + token.text;
  if (const Reply spec = entry(argument, "key_spec_index"); spec.type == ':') text += " spec=" + spec.text;
  for (const Reply& flag : entry(argument, "flags").elements) text += " " + flag.text;
  if (const Reply parts = entry(argument, "arguments"); !parts.elements.empty()) {
    text += " {";
    for (const Reply& part : parts.elements) text += outline(part) + "; ";
    text.resize(text.size() - 2);
    text += "}";
  }
  return text;
}

std::string arguments_of(EngineFixture& engine, std::string_view command) {
  const Reply docs = engine.run({"COMMAND", "DOCS", command});
  if (docs.elements.size() != 2) return "<no such command>";
  std::string text;
  for (const Reply& argument : entry(docs.elements[1], "arguments").elements)
    text += outline(argument) + "\n";
  return text;
}

TEST(CommandCommands, CountAndListAgree) {
  EngineFixture engine;
  const int64_t count = engine.run({"COMMAND", "COUNT"}).integer;
  EXPECT_EQ(engine.run({"COMMAND"}).elements.size(), static_cast<size_t>(count));
  EXPECT_EQ(engine.run({"COMMAND", "INFO"}).elements.size(), static_cast<size_t>(count));
  std::set<std::string> names;
  for (const Reply& name : engine.run({"COMMAND", "LIST"}).elements) names.insert(name.text);
  EXPECT_TRUE(names.contains("get") && names.contains("config|get") && names.contains("config"));
  EXPECT_EQ(std::count_if(names.begin(), names.end(), [](auto& name) { return name.find('|') == name.npos; }),
            count);
}

TEST(CommandCommands, InfoDescribesARow) {
  EngineFixture engine;
  engine.text("HELLO 3");
  EXPECT_EQ(
      engine.run_raw({"COMMAND", "INFO", "GET", "nothing"}),
      "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n~2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n~3\r\n+@read\r\n+@string"
      "\r\n+@fast\r\n~0\r\n~1\r\n%3\r\n$5\r\nflags\r\n~2\r\n+RO\r\n+access\r\n$12\r\nbegin_search\r\n%2\r\n$4"
      "\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n%1\r\n$5\r\nindex\r\n:1\r\n$9\r\nfind_keys\r\n%2\r\n$"
      "4\r\ntype"
      "\r\n$5\r\nrange\r\n$4\r\nspec\r\n%3\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0"
      "\r\n~0\r\n_\r\n");
  EXPECT_EQ(
      engine.run_raw({"COMMAND", "INFO", "shutdown"}),
      "*1\r\n*10\r\n$8\r\nshutdown\r\n:-1\r\n~6\r\n+admin\r\n+noscript\r\n+loading\r\n+stale\r\n+no_multi\r\n"
      "+allow_busy\r\n:0\r\n:0\r\n:0\r\n~3\r\n+@admin\r\n+@slow\r\n+@dangerous\r\n~0\r\n~0\r\n~0\r\n");
}

TEST(CommandCommands, InfoKnowsSubcommandsAndKeyRanges) {
  EngineFixture engine;
  const auto range = [&](std::string_view name) {
    const Reply info = engine.run({"COMMAND", "INFO", name});
    const std::vector<Reply>& row = info.elements.at(0).elements;
    return row.at(0).text + " " + row.at(3).text + " " + row.at(4).text + " " + row.at(5).text;
  };
  EXPECT_EQ(range("mset"), "mset 1 -1 2");
  EXPECT_EQ(range("copy"), "copy 1 2 1");
  EXPECT_EQ(range("del"), "del 1 -1 1");
  EXPECT_EQ(range("ping"), "ping 0 0 0");
  EXPECT_EQ(range("Memory|Usage"), "memory|usage 2 2 1");
  const Reply config = engine.run({"COMMAND", "INFO", "config"}).elements.at(0);
  EXPECT_EQ(config.elements.at(9).elements.size(), 5u);
  EXPECT_EQ(config.elements.at(9).elements.at(0).elements.at(0).text, "config|get");
}

TEST(CommandCommands, ListFilters) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY PATTERN GETR*"), "*[\"getrange\"]");
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY PATTERN config|r*"),
            "*[\"config|resetstat\", \"config|rewrite\"]");
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY MODULE foo"), "*[]");
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY ACLCAT foo"), "*[]");
  EXPECT_EQ(engine.run({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "Transaction"}).elements.size(), 5u);
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY FOO x"), error(kSyntaxError));
  EXPECT_EQ(engine.text("COMMAND LIST FILTERBY"), error(kSyntaxError));
  EXPECT_EQ(engine.text("COMMAND LIST foo"), error(kSyntaxError));
}

TEST(CommandCommands, GetKeysFindsKeys) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("COMMAND GETKEYS get k"), "*[\"k\"]");
  EXPECT_EQ(engine.text("COMMAND GETKEYS mset a 1 b 2"), "*[\"a\", \"b\"]");
  EXPECT_EQ(engine.text("COMMAND GETKEYS object encoding k"), "*[\"k\"]");
  EXPECT_EQ(engine.text("COMMAND GETKEYS missing a"), error(kInvalidCommandSpecified));
  EXPECT_EQ(engine.text("COMMAND GETKEYS object foo k"), error(kInvalidCommandSpecified));
  EXPECT_EQ(engine.text("COMMAND GETKEYS ping x"), error(kCommandHasNoKeys));
  EXPECT_EQ(engine.text("COMMAND GETKEYS get a b"), error(kInvalidNumberOfArgumentsForCommand));
  EXPECT_EQ(engine.text("COMMAND GETKEYS get"), error(wrong_number_of_arguments("command|getkeys")));
}

TEST(CommandCommands, GetKeysAndFlagsFollowTheRequest) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("COMMAND GETKEYSANDFLAGS set a b"), "*[*[\"a\", *[+OW, +update]]]");
  EXPECT_EQ(engine.text("COMMAND GETKEYSANDFLAGS set a b NX get"), "*[*[\"a\", *[+RW, +access, +update]]]");
  EXPECT_EQ(engine.text("COMMAND GETKEYSANDFLAGS copy a b"),
            "*[*[\"a\", *[+RO, +access]], *[\"b\", *[+OW, +update]]]");
}

TEST(CommandCommands, DocsTurnSyntaxIntoArguments) {
  EngineFixture engine;
  EXPECT_EQ(arguments_of(engine, "ping"), "message:string optional\n");
  EXPECT_EQ(arguments_of(engine, "get"), "key:key spec=0\n");
  EXPECT_EQ(arguments_of(engine, "mget"), "key:key spec=0 multiple\n");
  EXPECT_EQ(arguments_of(engine, "mset"), "data:block multiple {key:key spec=0; value:string}\n");
  EXPECT_EQ(arguments_of(engine, "copy"),
            "source:key spec=0\ndestination:key spec=1\ndestination-db:integer token=DB optional\n"
            "replace:pure-token token=REPLACE optional\n");
  EXPECT_EQ(arguments_of(engine, "set"),
            "key:key spec=0\nvalue:string\ncondition:oneof optional {nx:pure-token token=NX; xx:pure-token "
            "token=XX}\n"
            "get:pure-token token=GET optional\nexpiration:oneof optional {seconds:integer token=EX; "
            "milliseconds:integer token=PX; unix-time-seconds:unix-time token=EXAT; "
            "unix-time-milliseconds:unix-time token=PXAT; keepttl:pure-token token=KEEPTTL}\n");
  EXPECT_EQ(arguments_of(engine, "hello"),
            "arguments:block optional {protover:integer; auth:block token=AUTH optional "
            "{username:string; password:string}; clientname:string token=SETNAME optional}\n");
  EXPECT_EQ(arguments_of(engine, "client|reply"),
            "action:oneof {on:pure-token token=ON; off:pure-token token=OFF; skip:pure-token token=SKIP}\n");
  EXPECT_EQ(
      arguments_of(engine, "client|list"),
      "client-type:oneof token=TYPE optional {normal:pure-token token=NORMAL; "
      "master:pure-token token=MASTER; replica:pure-token token=REPLICA; pubsub:pure-token token=PUBSUB}\n"
      "client-id:integer token=ID optional multiple\n");
  EXPECT_EQ(arguments_of(engine, "command|list"),
            "filterby:oneof token=FILTERBY optional {module-name:string token=MODULE; "
            "category:string token=ACLCAT; pattern:pattern token=PATTERN}\n");
  EXPECT_EQ(
      arguments_of(engine, "client|kill"),
      "filter:oneof {old-format:string; new-format:oneof multiple {client-id:integer token=ID optional; "
      "client-type:oneof token=TYPE optional {normal:pure-token token=NORMAL; master:pure-token "
      "token=MASTER; slave:pure-token token=SLAVE; replica:pure-token token=REPLICA; pubsub:pure-token "
      "token=PUBSUB}; username:string token=USER optional; addr:string token=ADDR optional; "
      "laddr:string token=LADDR optional; skipme:oneof token=SKIPME optional {yes:pure-token token=YES; "
      "no:pure-token token=NO}; maxage:integer token=MAXAGE optional}}\n");
  EXPECT_EQ(
      arguments_of(engine, "expire"),
      "key:key spec=0\nseconds:integer\ncondition:oneof optional {nx:pure-token token=NX; xx:pure-token "
      "token=XX; gt:pure-token token=GT; lt:pure-token token=LT}\n");
  EXPECT_EQ(arguments_of(engine, "flushall"),
            "flush-type:oneof optional {async:pure-token token=ASYNC; sync:pure-token token=SYNC}\n");
  EXPECT_EQ(arguments_of(engine, "config|set"), "data:block multiple {parameter:string; value:string}\n");
  EXPECT_EQ(arguments_of(engine, "info"), "section:string optional multiple\n");
  EXPECT_EQ(arguments_of(engine, "incrbyfloat"), "key:key spec=0\nincrement:double\n");
  EXPECT_EQ(arguments_of(engine, "time"), "");
}

TEST(CommandCommands, DocsOfListCommandsAndOfWaiting) {
  EngineFixture engine;
  const auto ends = [](const std::string& name) {
    return name + ":oneof {left:pure-token token=LEFT; right:pure-token token=RIGHT}\n";
  };
  EXPECT_EQ(arguments_of(engine, "blpop"), "key:key spec=0 multiple\ntimeout:double\n");
  EXPECT_EQ(arguments_of(engine, "brpoplpush"),
            "source:key spec=0\ndestination:key spec=1\ntimeout:double\n");
  EXPECT_EQ(arguments_of(engine, "blmove"), "source:key spec=0\ndestination:key spec=1\n" +
                                                ends("wherefrom") + ends("whereto") + "timeout:double\n");
  EXPECT_EQ(arguments_of(engine, "blmpop"), "timeout:double\nnumkeys:integer\nkey:key spec=0 multiple\n" +
                                                ends("where") + "count:integer token=COUNT optional\n");
  EXPECT_EQ(arguments_of(engine, "linsert"),
            "key:key spec=0\nwhere:oneof {before:pure-token token=BEFORE; after:pure-token token=AFTER}\n"
            "pivot:string\nelement:string\n");
  EXPECT_EQ(
      arguments_of(engine, "client|pause"),
      "timeout:integer\nmode:oneof optional {write:pure-token token=WRITE; all:pure-token token=ALL}\n");
  EXPECT_EQ(arguments_of(engine, "client|unblock"),
            "client-id:integer\nunblock-type:oneof optional {timeout:pure-token token=TIMEOUT; "
            "error:pure-token token=ERROR}\n");
}

TEST(CommandCommands, DocsOfEveryCommandAreComplete) {
  EngineFixture engine;
  const Reply docs = engine.run({"COMMAND", "DOCS"});
  EXPECT_EQ(docs.elements.size(), 2 * static_cast<size_t>(engine.run({"COMMAND", "COUNT"}).integer));
  for (size_t i = 0; i < docs.elements.size(); i += 2) {
    const Reply& doc = docs.elements[i + 1];
    for (std::string_view part : {"summary", "since", "group"}) {
      EXPECT_FALSE(entry(doc, part).text.empty()) << docs.elements[i].text << " has no " << part;
    }
  }
  EXPECT_EQ(engine.text("COMMAND DOCS missing"), "*[]");
  EXPECT_EQ(engine.text("COMMAND INFO missing"), "*[$nil]");
  EXPECT_EQ(engine.run({"COMMAND", "DOCS", "config|get", "missing"}).elements.at(0).text, "config|get");
  EXPECT_EQ(entry(engine.run({"COMMAND", "DOCS", "config"}).elements.at(1), "subcommands").elements.size(),
            10u);
  const Reply history = entry(engine.run({"COMMAND", "DOCS", "auth"}).elements.at(1), "history");
  EXPECT_EQ(history.to_string(), "*[*[\"6.0.0\", \"Added ACL style (username and password).\"]]");
}

}  // namespace
}  // namespace aerie

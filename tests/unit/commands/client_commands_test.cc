// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT and its subcommands, in process: a killed client is one whose session carries the wish to be closed.
// Error texts were taken from redis-server 7.0.15, fields of a line from the documentation of 7.2.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "aerie/resp/reply_errors.h"
#include "support/engine_fixture.h"

namespace aerie {
namespace {

std::string error(std::string_view text) {
  return "-" + std::string(text);
}

// The value of a field of a CLIENT LIST line, or "<none>".
std::string field(const std::string& line, const std::string& name) {
  const std::string wanted = " " + name + "=";
  const size_t at = (" " + line).find(wanted);
  if (at == std::string::npos) return "<none>";
  const size_t begin = at + wanted.size() - 1;
  return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

void set_peer(EngineFixture& engine, size_t client, const char* address, uint16_t port) {
  Endpoint& peer = engine.session(client).peer;
  peer.family = Endpoint::Family::kIpv4;
  peer.port = port;
  ASSERT_EQ(inet_pton(AF_INET, address, peer.address), 1);
}

TEST(ClientCommands, InfoHasTheFieldsOfRedis72InOrder) {
  EngineFixture engine;
  set_peer(engine, 0, "127.0.0.1", 5000);
  engine.session().fd = 8;
  engine.text("CLIENT SETNAME me");
  engine.text("CLIENT SETINFO LIB-NAME lib");
  engine.text("CLIENT SETINFO lib-ver 1.2");
  engine.text("SELECT 2");
  engine.advance_ms(65'000);
  EXPECT_EQ(engine.run({"CLIENT", "INFO"}).text,
            "id=1 addr=127.0.0.1:5000 laddr=?:0 fd=8 name=me age=65 idle=0 flags=N db=2 sub=0 psub=0 ssub=0 "
            "multi=-1 "
            "qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=" +
                field(engine.run({"CLIENT", "INFO"}).text, "tot-mem") +
                " events=r cmd=client|info user=default redir=-1 resp=2 lib-name=lib lib-ver=1.2\n");
  EXPECT_EQ(engine.text("CLIENT ID"), ":1");
}

TEST(ClientCommands, ListShowsAllOrSome) {
  EngineFixture engine;
  for (size_t client : {0, 1, 2}) engine.text("PING", client);
  const auto count = [&](std::initializer_list<std::string_view> args) {
    const std::string text = engine.run(args).text;
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(count({"CLIENT", "LIST"}), 3);
  EXPECT_EQ(count({"CLIENT", "LIST", "TYPE", "Normal"}), 3);
  EXPECT_EQ(count({"CLIENT", "LIST", "TYPE", "pubsub"}), 0);
  EXPECT_EQ(count({"CLIENT", "LIST", "TYPE", "slave"}), 0);
  EXPECT_EQ(count({"CLIENT", "LIST", "ID", "3", "1", "77", "-1"}), 2);
  EXPECT_EQ(field(engine.run({"CLIENT", "LIST", "ID", "3", "1"}).text, "id"), "3");
  EXPECT_EQ(engine.text("CLIENT LIST ID x"), error(kInvalidClientId));
  EXPECT_EQ(engine.text("CLIENT LIST ID"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT LIST TYPE foo"), "-ERR Unknown client type 'foo'");
  EXPECT_EQ(engine.text("CLIENT LIST TYPE normal x"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT LIST foo"), error(kSyntaxError));
  engine.text("HELLO 3");
  EXPECT_EQ(engine.run({"CLIENT", "LIST"}).type, '=');
}

TEST(ClientCommands, FlagsTellTheState) {
  EngineFixture engine;
  engine.text("WATCH k", 1);
  engine.text("MULTI", 1);
  engine.text("SET a b", 1);
  engine.text("SET k v");
  const std::string line = engine.run({"CLIENT", "LIST", "ID", "1"}, 0).text;
  EXPECT_EQ(field(line, "flags"), "xd");
  EXPECT_EQ(field(line, "multi"), "1");
  EXPECT_NE(field(line, "multi-mem"), "0");
  EXPECT_EQ(field(line, "cmd"), "set");
}

TEST(ClientCommands, NamesArePrintable) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "$nil");
  EXPECT_EQ(engine.text("CLIENT SETNAME n-1.2:3@x"), "+OK");
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "\"n-1.2:3@x\"");
  for (std::string_view bad : {"a b", "a\nb", "\x1b[31m", "\x7f", "\xc3\xa4"}) {
    EXPECT_EQ(engine.run({"CLIENT", "SETNAME", bad}).text, kBadClientName);
    EXPECT_EQ(engine.run({"CLIENT", "SETINFO", "lib-name", bad}).text,
              "ERR lib-name cannot contain spaces, newlines or special characters.");
  }
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "\"n-1.2:3@x\"");
  EXPECT_EQ(engine.text("CLIENT SETNAME ''"), "+OK");
  EXPECT_EQ(engine.text("CLIENT GETNAME"), "$nil");
  EXPECT_EQ(engine.text("CLIENT SETINFO foo bar"), "-ERR Unrecognized option 'foo'");
}

TEST(ClientCommands, ReplyModes) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CLIENT REPLY foo"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT REPLY ON"), "+OK");
  EXPECT_EQ(engine.run_raw({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(engine.run_raw({"SET", "k", "v"}), "");
  EXPECT_EQ(engine.text("GET k"), "\"v\"");
  EXPECT_EQ(engine.run_raw({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(engine.run_raw({"GET", "k"}), "");
  EXPECT_EQ(engine.run_raw({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(engine.run_raw({"GET", "k"}), "");
  EXPECT_EQ(engine.run_raw({"GET", "k"}), "") << "SKIP does not end OFF";
  EXPECT_EQ(engine.run_raw({"CLIENT", "REPLY", "foo"}), "");
  EXPECT_EQ(engine.text("CLIENT REPLY ON"), "+OK");
  EXPECT_EQ(engine.text("GET k"), "\"v\"");
}

TEST(ClientCommands, KillByAddress) {
  EngineFixture engine;
  for (size_t client : {0, 1, 2}) set_peer(engine, client, "127.0.0.1", static_cast<uint16_t>(5000 + client));
  EXPECT_EQ(engine.text("CLIENT KILL 127.0.0.1:1"), error(kNoSuchClient));
  EXPECT_EQ(engine.text("CLIENT KILL foo"), error(kNoSuchClient));
  EXPECT_EQ(engine.text("CLIENT KILL 127.0.0.1:5001"), "+OK");
  EXPECT_TRUE(engine.session(1).close_now);
  EXPECT_FALSE(engine.session(2).close_now);
  EXPECT_EQ(engine.text("CLIENT KILL 127.0.0.1:5000"), "+OK");
  EXPECT_TRUE(engine.session(0).close_after_reply) << "whoever asks for its own end still reads the answer";
  EXPECT_FALSE(engine.session(0).close_now);
}

// It is closed between turns, but nobody sees it any more.
TEST(ClientCommands, WhoIsKilledIsGoneAtOnce) {
  EngineFixture engine;
  engine.text("PING");
  EXPECT_EQ(engine.run_raw({"BLPOP", "k", "0"}, 1), "");
  EXPECT_EQ(engine.run_raw({"PING"}, 2), "+PONG\r\n");
  EXPECT_EQ(engine.text("CLIENT KILL ID 2"), ":1");
  EXPECT_EQ(engine.text("CLIENT KILL ID 2"), ":0");
  EXPECT_EQ(engine.text("CLIENT UNBLOCK 2"), ":0");
  EXPECT_EQ(engine.run({"CLIENT", "LIST", "ID", "2"}).text, "");
  EXPECT_EQ(engine.run({"CLIENT", "LIST"}).text.find("id=2 "), std::string::npos);
  const std::string info = engine.run({"INFO", "clients"}).text;
  EXPECT_NE(info.find("\nconnected_clients:2\r"), std::string::npos) << info;
  EXPECT_NE(info.find("\nblocked_clients:0\r"), std::string::npos) << info;
  EXPECT_EQ(engine.text("RPUSH k a"), ":1");
  EXPECT_EQ(engine.text("LLEN k"), ":1");
}

TEST(ClientCommands, WhoIsHeldBackByAPauseCountsAsBlocked) {
  EngineFixture engine;
  engine.text("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(engine.run_raw({"SET", "k", "v"}, 1), "");
  const auto blocked = [&] {
    return engine.run({"INFO", "clients"}).text.find("\nblocked_clients:1\r") != std::string::npos;
  };
  EXPECT_TRUE(blocked());
  engine.text("CLIENT UNPAUSE");
  EXPECT_FALSE(blocked());
}

TEST(ClientCommands, ArgumentsOfAWaitingClientAreListed) {
  EngineFixture engine;
  EXPECT_NE(engine.run({"CLIENT", "LIST"}).text.find(" argv-mem=0 "), std::string::npos);
  EXPECT_EQ(engine.run_raw({"BLPOP", "some-key", "another-key", "0"}, 1), "");
  const std::string list = engine.run({"CLIENT", "LIST", "ID", "2"}).text;
  EXPECT_NE(list.find(" argv-mem=29 "), std::string::npos) << list;
}

TEST(ClientCommands, KillByFilters) {
  EngineFixture engine;
  for (size_t client : {0, 1, 2}) set_peer(engine, client, "127.0.0.1", static_cast<uint16_t>(5000 + client));
  engine.advance_ms(10'000);
  engine.text("PING", 3);
  EXPECT_EQ(engine.text("CLIENT KILL ID 77"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL TYPE pubsub"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL TYPE master"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL LADDR 127.0.0.1:1"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL ID 1"), ":0") << "itself is skipped";
  EXPECT_EQ(engine.text("CLIENT KILL MAXAGE 11"), ":0");
  EXPECT_EQ(engine.text("CLIENT KILL ADDR 127.0.0.1:5001 TYPE normal USER default ID 2"), ":1");
  EXPECT_TRUE(engine.session(1).close_now);
  EXPECT_EQ(engine.text("CLIENT KILL MAXAGE 10 ID 3"), ":1");
  EXPECT_TRUE(engine.session(2).close_now);
  EXPECT_FALSE(engine.session(3).close_now);
  EXPECT_EQ(engine.text("CLIENT KILL ID 1 SKIPME NO"), ":1");
  EXPECT_TRUE(engine.session(0).close_after_reply);
}

TEST(ClientCommands, KillChecksItsArguments) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CLIENT KILL ID x"), error(kClientIdNotPositive));
  EXPECT_EQ(engine.text("CLIENT KILL ID 0"), error(kClientIdNotPositive));
  EXPECT_EQ(engine.text("CLIENT KILL ID 9223372036854775808"), error(kClientIdNotPositive));
  EXPECT_EQ(engine.text("CLIENT KILL TYPE foo"), "-ERR Unknown client type 'foo'");
  EXPECT_EQ(engine.text("CLIENT KILL USER foo"), "-ERR No such user 'foo'");
  EXPECT_EQ(engine.text("CLIENT KILL SKIPME foo"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT KILL FOO bar"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT KILL ID 1 ADDR"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT KILL ID"), error(kNoSuchClient));
  EXPECT_EQ(engine.text("CLIENT KILL MAXAGE x"), error(kMaxAgeNotInteger));
  EXPECT_EQ(engine.text("CLIENT KILL MAXAGE 0"), error(kMaxAgeNotPositive));
  EXPECT_EQ(engine.text("CLIENT KILL"), error(wrong_number_of_arguments("client|kill")));
  EXPECT_EQ(engine.text("CLIENT FOO"), "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.");
  EXPECT_EQ(engine.text("CLIENT"), error(wrong_number_of_arguments("client")));
}

TEST(ClientCommands, NoEvictIsShown) {
  EngineFixture engine;
  EXPECT_EQ(engine.text("CLIENT NO-EVICT foo"), error(kSyntaxError));
  EXPECT_EQ(engine.text("CLIENT NO-EVICT on"), "+OK");
  EXPECT_EQ(field(engine.run({"CLIENT", "INFO"}).text, "flags"), "e");
  EXPECT_EQ(engine.text("CLIENT NO-EVICT OFF"), "+OK");
  EXPECT_EQ(field(engine.run({"CLIENT", "INFO"}).text, "flags"), "N");
}

TEST(ClientCommands, NoTouchLeavesIdleTimesAlone) {
  EngineFixture e;
  e.text("SET k v");
  e.text("RPUSH l a b");
  e.advance_ms(5000);
  EXPECT_EQ(e.text("CLIENT NO-TOUCH ON", 1), "+OK");
  for (const char* line : {"GET k", "STRLEN k", "EXISTS k", "LRANGE l 0 -1", "TTL k", "TYPE k"})
    e.text(line, 1);
  e.text("MULTI", 1);
  e.text("GET k", 1);
  EXPECT_EQ(e.text("EXEC", 1), "*[\"v\"]");
  EXPECT_EQ(e.text("OBJECT IDLETIME k", 1), ":5");
  EXPECT_EQ(e.text("OBJECT IDLETIME l"), ":5");
  EXPECT_EQ(e.text("TOUCH k", 1), ":1");  // that is what it is for
  EXPECT_EQ(e.text("OBJECT IDLETIME k"), ":0");
  e.advance_ms(3000);
  e.text("LLEN l");  // the others touch as ever
  EXPECT_EQ(e.text("OBJECT IDLETIME l"), ":0");
  EXPECT_EQ(e.text("CLIENT NO-TOUCH OFF", 1), "+OK");
  e.text("GET k", 1);
  EXPECT_EQ(e.text("OBJECT IDLETIME k"), ":0");
  EXPECT_EQ(e.text("CLIENT NO-TOUCH FOO", 1), "-ERR syntax error");
  EXPECT_EQ(e.text("CLIENT NO-TOUCH", 1), "-ERR wrong number of arguments for 'client|no-touch' command");
}

TEST(ClientCommands, NoTouchEndsWithReset) {
  EngineFixture e;
  e.text("SET k v");
  e.text("CLIENT NO-TOUCH ON");
  EXPECT_NE(e.text("CLIENT INFO").find(" flags=T "), std::string::npos);
  e.text("RESET");
  e.advance_ms(5000);
  e.text("GET k");
  EXPECT_EQ(e.text("OBJECT IDLETIME k"), ":0");
  EXPECT_NE(e.text("CLIENT INFO").find(" flags=N "), std::string::npos);
}

// What a client takes when it is woken is its own doing, not that of the one who pushed.
TEST(ClientCommands, NoTouchIsThatOfTheClientThatIsWoken) {
  EngineFixture e;
  e.text("RPUSH dst a");
  e.text("CLIENT NO-TOUCH ON", 1);
  e.advance_ms(5000);
  EXPECT_EQ(e.run_raw({"BLMOVE", "src", "dst", "LEFT", "RIGHT", "0"}, 1), "");
  e.text("RPUSH src b");
  EXPECT_EQ(e.told(1), std::vector<std::string>{"\"b\""});
  EXPECT_EQ(e.text("OBJECT IDLETIME dst"), ":5");
  e.text("SET k v");
  e.advance_ms(2000);
  e.text("GET k");
  EXPECT_EQ(e.text("OBJECT IDLETIME k"), ":0");
}

TEST(ClientCommands, HelpHasTheUsualForm) {
  EngineFixture engine;
  const Reply help = engine.run({"CLIENT", "HELP"});
  ASSERT_GT(help.elements.size(), 10u);
  EXPECT_EQ(help.elements[0].text, "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  EXPECT_EQ(help.elements.back().text, "    Prints this help.");
  for (const Reply& line : help.elements) EXPECT_EQ(line.type, '+');
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Error texts that quote what a client sent, word for word as redis-server 7.0.15 answered (its line breaks
// are made harmless by ReplyWriter, not here).
#include "aerie/resp/reply_errors.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace aerie {
namespace {

std::string unknown(const std::vector<std::string>& args) {
  const std::vector<std::string_view> views(args.begin(), args.end());
  return unknown_command(views);
}

TEST(ReplyErrors, UnknownCommand) {
  EXPECT_EQ(unknown({"FOO"}), "ERR unknown command 'FOO', with args beginning with: ");
  EXPECT_EQ(unknown({"FOO", "a", "b"}), "ERR unknown command 'FOO', with args beginning with: 'a' 'b' ");
  EXPECT_EQ(unknown({""}), "ERR unknown command '', with args beginning with: ");
  EXPECT_EQ(unknown({std::string("x\0y", 3), std::string("\0c", 2)}),
            "ERR unknown command 'x', with args beginning with: '' ");
}

TEST(ReplyErrors, UnknownCommandQuotesAtMost128Bytes) {
  const std::string front = "ERR unknown command 'FOO', with args beginning with: ";
  EXPECT_EQ(unknown({"FOO", std::string(200, 'x'), "abc"}), front + "'" + std::string(128, 'x') + "' ");
  EXPECT_EQ(unknown({std::string(200, 'y'), std::string(100, 'x'), std::string(33, 'z')}),
            "ERR unknown command '" + std::string(128, 'y') + "', with args beginning with: '" +
                std::string(100, 'x') + "' '" + std::string(25, 'z') + "' ");
  EXPECT_EQ(unknown({"FOO", std::string(100, 'x'), std::string(20, 'z'), std::string(20, 'w'), "b"}),
            front + "'" + std::string(100, 'x') + "' '" + std::string(20, 'z') + "' 'ww' ");
}

TEST(ReplyErrors, UnknownSubcommand) {
  EXPECT_EQ(unknown_subcommand("client", "foo"), "ERR unknown subcommand 'foo'. Try CLIENT HELP.");
  EXPECT_EQ(unknown_subcommand("CLIENT", std::string(200, 'x')),
            "ERR unknown subcommand '" + std::string(128, 'x') + "'. Try CLIENT HELP.");
  EXPECT_EQ(unknown_subcommand_or_arguments("debug", "a b"),
            "ERR unknown subcommand or wrong number of arguments for 'a b'. Try DEBUG HELP.");
}

TEST(ReplyErrors, TextsWithNames) {
  EXPECT_EQ(wrong_number_of_arguments("client|id"), "ERR wrong number of arguments for 'client|id' command");
  EXPECT_EQ(invalid_expire_time("setex"), "ERR invalid expire time in 'setex' command");
  EXPECT_EQ(unsupported_option("FOO"), "ERR Unsupported option FOO");
  EXPECT_EQ(hello_option_error(std::string_view("a\0b", 3)), "ERR Syntax error in HELLO option 'a'");
  EXPECT_EQ(unknown_client_type("foo"), "ERR Unknown client type 'foo'");
  EXPECT_EQ(no_such_user("nobody"), "ERR No such user 'nobody'");
  EXPECT_EQ(bad_client_attribute("lib-name"),
            "ERR lib-name cannot contain spaces, newlines or special characters.");
  EXPECT_EQ(unrecognized_client_attribute("foo"), "ERR Unrecognized option 'foo'");
  EXPECT_EQ(unknown_config_option("foo"), "ERR Unknown option or number of arguments for CONFIG SET - 'foo'");
  EXPECT_EQ(config_set_failed("port", "can't set immutable config"),
            "ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config");
  EXPECT_EQ(integer_must_be_between(INT32_MIN, INT32_MAX),
            "ERR value is out of range, value must between -2147483648 and 2147483647");
  EXPECT_EQ(
      not_in_subscribed_mode("get"),
      "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
      "this context");
  EXPECT_EQ(
      command_not_allowed("DEBUG", "enable-debug-command"),
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it "
      "from a local connection, otherwise you need to set this option in the configuration file, and then "
      "restart the server.");
}

TEST(ReplyErrors, ExecAborted) {
  EXPECT_EQ(exec_aborted_because("ERR Can't execute"),
            "EXECABORT Transaction discarded because of: Can't execute");
  EXPECT_EQ(exec_aborted_because(kAuthRequired),
            "EXECABORT Transaction discarded because of: NOAUTH Authentication required.");
}

TEST(ReplyErrors, ExpectedDollarNeverBreaksTheLine) {
  EXPECT_EQ(expected_dollar('P'), "ERR Protocol error: expected '$', got 'P'");
  EXPECT_EQ(expected_dollar('\r'), "ERR Protocol error: expected '$', got ' '");
  EXPECT_EQ(expected_dollar('\n'), "ERR Protocol error: expected '$', got ' '");
}

}  // namespace
}  // namespace aerie

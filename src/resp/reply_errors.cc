// SPDX-License-Identifier: BSD-3-Clause
//
// Error texts that quote something. What a client sent is cut here; line breaks in it are ReplyWriter's
// business.
#include "aerie/resp/reply_errors.h"

#include <algorithm>
#include <initializer_list>

namespace aerie {
namespace {

constexpr size_t kMaxQuoted = 128;

// The original prints with %s: a NUL byte ends the text.
std::string_view printed(std::string_view text, size_t most = std::string_view::npos) {
  return text.substr(0, std::min(text.find('\0'), most));
}

std::string concat(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text.append(part);
  return text;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace

std::string integer_must_be_between(int64_t least, int64_t most) {
  return concat({"ERR value is out of range, value must between ", std::to_string(least), " and ",
                 std::to_string(most)});
}

std::string wrong_number_of_arguments(std::string_view command) {
  return concat({"ERR wrong number of arguments for '", command, "' command"});
}

std::string unknown_command(std::span<const std::string_view> args) {
  std::string quoted;
  for (size_t i = 1; i < args.size() && quoted.size() < kMaxQuoted; ++i) {
    quoted += concat({"'", printed(args[i], kMaxQuoted - quoted.size()), "' "});
  }
  return concat(
      {"ERR unknown command '", printed(args[0], kMaxQuoted), "', with args beginning with: ", quoted});
}

std::string unknown_subcommand(std::string_view container, std::string_view subcommand) {
  return concat(
      {"ERR unknown subcommand '", printed(subcommand, kMaxQuoted), "'. Try ", upper(container), " HELP."});
}

std::string unknown_subcommand_or_arguments(std::string_view container, std::string_view subcommand) {
  return concat({"ERR unknown subcommand or wrong number of arguments for '", printed(subcommand, kMaxQuoted),
                 "'. Try ", upper(container), " HELP."});
}

std::string not_in_subscribed_mode(std::string_view command) {
  return concat(
      {"ERR Can't execute '", command,
       "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"});
}

std::string command_not_allowed(std::string_view command, std::string_view option) {
  constexpr std::string_view kRemedy =
      " option is set to \"local\", you can run it from a local connection, otherwise you need to set this "
      "option in the configuration file, and then restart the server.";
  return concat({"ERR ", command, " command not allowed. If the ", option, kRemedy});
}

std::string invalid_expire_time(std::string_view command) {
  return concat({"ERR invalid expire time in '", command, "' command"});
}

std::string unsupported_option(std::string_view option) {
  return concat({"ERR Unsupported option ", printed(option)});
}

std::string hello_option_error(std::string_view option) {
  return concat({"ERR Syntax error in HELLO option '", printed(option), "'"});
}

std::string bad_client_attribute(std::string_view attribute) {
  return concat({"ERR ", attribute, " cannot contain spaces, newlines or special characters."});
}

std::string unrecognized_client_attribute(std::string_view attribute) {
  return concat({"ERR Unrecognized option '", printed(attribute), "'"});
}

std::string unknown_client_type(std::string_view type) {
  return concat({"ERR Unknown client type '", printed(type), "'"});
}

std::string no_such_user(std::string_view user) {
  return concat({"ERR No such user '", printed(user), "'"});
}

std::string no_latency_samples(std::string_view event) {
  return concat({"ERR No samples available for event '", printed(event), "'"});
}

std::string overlaps_existing_prefix(std::string_view prefix, std::string_view other) {
  return concat({"ERR Prefix '", printed(prefix), "' overlaps with an existing prefix '", printed(other),
                 "'. Prefixes for a single client must not overlap."});
}

std::string overlaps_provided_prefix(std::string_view prefix, std::string_view other) {
  return concat({"ERR Prefix '", printed(prefix), "' overlaps with another provided prefix '", printed(other),
                 "'. Prefixes for a single client must not overlap."});
}

std::string exec_aborted_because(std::string_view error) {
  constexpr std::string_view kPlainCode = "ERR ";
  if (error.starts_with(kPlainCode)) error.remove_prefix(kPlainCode.size());
  return concat({"EXECABORT Transaction discarded because of: ", error});
}

std::string dryrun_denied_command(std::string_view user, std::string_view command) {
  return concat({"User ", printed(user), " has no permissions to run the '", command, "' command"});
}

std::string no_permission_to_run(std::string_view user, std::string_view command) {
  return "NOPERM " + dryrun_denied_command(user, command);
}

std::string dryrun_denied(std::string_view user, std::string_view name, std::string_view kind) {
  return concat({"User ", printed(user), " has no permissions to access the '", name, "' ", kind});
}

std::string permissions_changed(std::string_view reason) {
  return concat(
      {"NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
       "This command is no longer allowed for the following reason: ",
       reason});
}

std::string acl_setuser_failed(std::string_view rule, std::string_view reason) {
  return concat({"ERR Error in ACL SETUSER modifier '", printed(rule), "': ", reason});
}

std::string acl_unmatched_parenthesis(std::string_view word) {
  return concat({"ERR Unmatched parenthesis in acl selector starting at '", printed(word), "'."});
}

std::string acl_unknown_category(std::string_view name) {
  return concat({"ERR Unknown category '", printed(name), "'"});
}

std::string acl_user_not_found(std::string_view user) {
  return concat({"ERR User '", printed(user), "' not found"});
}

std::string acl_command_not_found(std::string_view command) {
  return concat({"ERR Command '", printed(command), "' not found"});
}

std::string acl_load_failed(std::string_view errors) {
  return concat({"ERR ", errors});
}

std::string unknown_config_option(std::string_view name) {
  return concat({"ERR Unknown option or number of arguments for CONFIG SET - '", printed(name), "'"});
}

std::string config_set_failed(std::string_view name, std::string_view reason) {
  return concat({"ERR CONFIG SET failed (possibly related to argument '", printed(name), "') - ", reason});
}

std::string config_rewrite_failed(std::string_view reason) {
  return concat({"ERR Rewriting config file: ", reason});
}

std::string expected_dollar(char got) {
  const char shown = got == '\r' || got == '\n' ? ' ' : got;
  return concat({"ERR Protocol error: expected '$', got '", std::string_view(&shown, 1), "'"});
}

}  // namespace aerie

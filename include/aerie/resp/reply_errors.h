// SPDX-License-Identifier: BSD-3-Clause
//
// Every error text that the server sends: the code, a blank, the sentence, as redis-server 7.0.15 words it
// (texts that only 7.2 has are marked). ReplyWriter::error() puts the '-' in front. Plain texts are
// constants; texts that quote something are functions, and what they quote is cut where the original cuts it:
// at a NUL byte, names of unknown commands at 128 bytes too. Line breaks in quoted bytes are made harmless by
// ReplyWriter. Grouped by subject, not by command, so that a text is found before it is written twice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aerie {

// --- arguments in general
inline constexpr std::string_view kSyntaxError = "ERR syntax error";
inline constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNotAFloat = "ERR value is not a valid float";
inline constexpr std::string_view kMustBePositive = "ERR value is out of range, must be positive";
inline constexpr std::string_view kInvalidCursor = "ERR invalid cursor";
// Integers that do not fit the type the command wants ("SELECT 99999999999").
std::string integer_must_be_between(int64_t least, int64_t most);

// --- commands
// `command` is the full name in lower case: "get", "client|id".
std::string wrong_number_of_arguments(std::string_view command);
// The whole request; args[0] is the name as the client wrote it.
std::string unknown_command(std::span<const std::string_view> args);
// `container` is the parent's name in any case.
std::string unknown_subcommand(std::string_view container, std::string_view subcommand);
// DEBUG and others that check arguments themselves.
std::string unknown_subcommand_or_arguments(std::string_view container, std::string_view subcommand);
inline constexpr std::string_view kInvalidCommandSpecified = "ERR Invalid command specified";
inline constexpr std::string_view kInvalidArgumentsForCommand = "ERR Invalid arguments specified for command";
inline constexpr std::string_view kInvalidNumberOfArgumentsForCommand =
    "ERR Invalid number of arguments specified for command";
inline constexpr std::string_view kCommandHasNoKeys = "ERR The command has no key arguments";
// A command outside (P|S)SUBSCRIBE and the like while a RESP2 client is subscribed.
std::string not_in_subscribed_mode(std::string_view command);
inline constexpr std::string_view kSsubscribeInsideExec =
    "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client";
// `option` is the option's full name ("enable-debug-command"), `command` in upper case ("DEBUG").
std::string command_not_allowed(std::string_view command, std::string_view option);

// --- keys and values
inline constexpr std::string_view kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";
inline constexpr std::string_view kSameObject = "ERR source and destination objects are the same";
inline constexpr std::string_view kDbOutOfRange = "ERR DB index is out of range";
inline constexpr std::string_view kInvalidFirstDb = "ERR invalid first DB index";
inline constexpr std::string_view kInvalidSecondDb = "ERR invalid second DB index";
inline constexpr std::string_view kStringTooLong =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr std::string_view kOffsetOutOfRange = "ERR offset is out of range";
inline constexpr std::string_view kIncrementOverflow = "ERR increment or decrement would overflow";
inline constexpr std::string_view kDecrementOverflow = "ERR decrement would overflow";
inline constexpr std::string_view kIncrementNotFinite = "ERR increment would produce NaN or Infinity";
inline constexpr std::string_view kLfuNotSelected =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
    "switching "
    "between policies at runtime LRU and LFU data will take some time to adjust.";
inline constexpr std::string_view kLfuSelected =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between "
    "policies at runtime LRU and LFU data will take some time to adjust.";
inline constexpr std::string_view kLcsNotStrings = "ERR The specified keys must contain string values";
inline constexpr std::string_view kLcsLengthAndIndexes =
    "ERR If you want both the length and indexes, please just use IDX.";
inline constexpr std::string_view kLcsNoMemory =
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
// LSET.
inline constexpr std::string_view kIndexOutOfRange = "ERR index out of range";
// LPOS, whose options these are.
inline constexpr std::string_view kRankIsZero =
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
    "start from the end of the list";
inline constexpr std::string_view kCountNegative = "ERR COUNT can't be negative";
inline constexpr std::string_view kMaxlenNegative = "ERR MAXLEN can't be negative";
// LMPOP and others that name several keys.
inline constexpr std::string_view kNumkeysNotPositive = "ERR numkeys should be greater than 0";
inline constexpr std::string_view kCountNotPositive = "ERR count should be greater than 0";

// --- expiry
// `command` is the name in lower case.
std::string invalid_expire_time(std::string_view command);
inline constexpr std::string_view kExpireNxAndOthers =
    "ERR NX and XX, GT or LT options at the same time are not compatible";
inline constexpr std::string_view kExpireGtAndLt =
    "ERR GT and LT options at the same time are not compatible";
std::string unsupported_option(std::string_view option);

// --- connection, authentication, protocol version
inline constexpr std::string_view kAuthRequired = "NOAUTH Authentication required.";
inline constexpr std::string_view kWrongPass =
    "WRONGPASS invalid username-password pair or user is disabled.";
inline constexpr std::string_view kAuthNotConfigured =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
    "configuration is correct?";
inline constexpr std::string_view kUnsupportedProtocol = "NOPROTO unsupported protocol version";
inline constexpr std::string_view kProtocolNotInteger =
    "ERR Protocol version is not an integer or out of range";
inline constexpr std::string_view kHelloNeedsAuth =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
    "<pass> "
    "option can be used to authenticate the client and select the RESP protocol version at the same time";
std::string hello_option_error(std::string_view option);
inline constexpr std::string_view kMaxClients = "ERR max number of clients reached";
inline constexpr std::string_view kProtectedMode =
    "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for "
    "the "
    "default user. In this mode connections are only accepted from the loopback interface. If you want to "
    "connect "
    "from external computers to Redis you may adopt one of the following solutions: 1) Just disable "
    "protected mode "
    "sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis "
    "from "
    "the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet "
    "if you "
    "do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the "
    "protected "
    "mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then "
    "restarting the server. 3) If you started the server manually just for testing, restart it with the "
    "'--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You "
    "only need "
    "to do one of the above things in order for the server to start accepting connections from the outside.";

// --- CLIENT
inline constexpr std::string_view kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";
// `attribute` is "lib-name" or "lib-ver" (7.2).
std::string bad_client_attribute(std::string_view attribute);
std::string unrecognized_client_attribute(std::string_view attribute);
inline constexpr std::string_view kNoSuchClient = "ERR No such client";
inline constexpr std::string_view kClientIdNotPositive = "ERR client-id should be greater than 0";
inline constexpr std::string_view kMaxAgeNotInteger = "ERR maxage is not an integer or out of range";
inline constexpr std::string_view kMaxAgeNotPositive = "ERR maxage should be greater than 0";
inline constexpr std::string_view kInvalidClientId = "ERR Invalid client ID";
std::string unknown_client_type(std::string_view type);
std::string no_such_user(std::string_view user);
inline constexpr std::string_view kPauseMode = "ERR CLIENT PAUSE mode must be WRITE or ALL";
inline constexpr std::string_view kUnblockReason = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
inline constexpr std::string_view kUnblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

// --- client-side caching
inline constexpr std::string_view kRedirectTwice = "ERR A client can only redirect to a single other client";
inline constexpr std::string_view kNoClientToRedirectTo =
    "ERR The client ID you want redirect to does not exist";
inline constexpr std::string_view kPrefixWithoutBcast = "ERR PREFIX option requires BCAST mode to be enabled";
inline constexpr std::string_view kSwitchBcast =
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling "
    "it with a different mode.";
inline constexpr std::string_view kOptWithBcast = "ERR OPTIN and OPTOUT are not compatible with BCAST";
inline constexpr std::string_view kOptInAndOut = "ERR You can't specify both OPTIN mode and OPTOUT mode";
inline constexpr std::string_view kSwitchOpt =
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling "
    "it with a different mode.";
inline constexpr std::string_view kTooManyPrefixes = "ERR too many prefixes for one client";
std::string overlaps_existing_prefix(std::string_view prefix, std::string_view other);
std::string overlaps_provided_prefix(std::string_view prefix, std::string_view other);
inline constexpr std::string_view kCachingWithoutTracking =
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
    "enabled";
inline constexpr std::string_view kCachingYes =
    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
inline constexpr std::string_view kCachingNo =
    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";

// --- time-outs of commands that wait
inline constexpr std::string_view kTimeoutNegative = "ERR timeout is negative";
inline constexpr std::string_view kTimeoutOutOfRange = "ERR timeout is out of range";
inline constexpr std::string_view kTimeoutNotAFloat = "ERR timeout is not a float or out of range";
inline constexpr std::string_view kTimeoutNotAnInteger = "ERR timeout is not an integer or out of range";

// --- transactions
inline constexpr std::string_view kNestedMulti = "ERR MULTI calls can not be nested";
inline constexpr std::string_view kExecWithoutMulti = "ERR EXEC without MULTI";
inline constexpr std::string_view kDiscardWithoutMulti = "ERR DISCARD without MULTI";
inline constexpr std::string_view kWatchInsideMulti = "ERR WATCH inside MULTI is not allowed";
inline constexpr std::string_view kExecAborted =
    "EXECABORT Transaction discarded because of previous errors.";
// EXEC itself was refused with `error`, a full error text; a code ERR is left out, others stay.
std::string exec_aborted_because(std::string_view error);
inline constexpr std::string_view kNotInsideMulti = "ERR Command not allowed inside a transaction";

// --- permissions of users. NOPERM as 7.2 words it; the reasons why ACL SETUSER refuses a rule stand behind
// acl_setuser_failed(), and in the errors of ACL files and of `user` lines.
std::string no_permission_to_run(std::string_view user, std::string_view command);
inline constexpr std::string_view kNoPermissionForKey = "NOPERM No permissions to access a key";
inline constexpr std::string_view kNoPermissionForChannel = "NOPERM No permissions to access a channel";
// What ACL DRYRUN answers, which is no error. `kind` is "key" or "channel".
std::string dryrun_denied_command(std::string_view user, std::string_view command);
std::string dryrun_denied(std::string_view user, std::string_view name, std::string_view kind);
// A queued command that EXEC may not run any more.
std::string permissions_changed(std::string_view reason);
inline constexpr std::string_view kCommandNoLongerAllowed =
    "no permission to execute the command or subcommand";
inline constexpr std::string_view kKeyNoLongerAllowed = "no permission to touch the specified keys";
inline constexpr std::string_view kChannelNoLongerAllowed =
    "no permission to access one of the channels used as arguments";
std::string acl_setuser_failed(std::string_view rule, std::string_view reason);
std::string acl_unmatched_parenthesis(std::string_view word);
inline constexpr std::string_view kAclSyntax = "Syntax error";
inline constexpr std::string_view kAclUnknownCommand = "Unknown command or category name in ACL";
inline constexpr std::string_view kAclFirstArgOfSubcommand =
    "Allowing first-arg of a subcommand is not supported";
inline constexpr std::string_view kAclPatternAfterAllKeys =
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. "
    "Try 'resetkeys' to start with an empty list of patterns";
inline constexpr std::string_view kAclPatternAfterAllChannels =
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any "
    "effect. "
    "Try 'resetchannels' to start with an empty list of channels";
inline constexpr std::string_view kAclBadHash =
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
inline constexpr std::string_view kAclNoSuchPassword =
    "The password you are trying to remove from the user does not exist";
// Bounds of our own.
inline constexpr std::string_view kAclTooMany = "Too many patterns, passwords or selectors";
inline constexpr std::string_view kAclPasswordTooLong = "The password is too long";
inline constexpr std::string_view kAclBadUserName = "ERR Usernames can't contain spaces or null characters";
inline constexpr std::string_view kAclDefaultUserStays = "ERR The 'default' user cannot be removed";
std::string acl_unknown_category(std::string_view name);
std::string acl_user_not_found(std::string_view user);
std::string acl_command_not_found(std::string_view command);
inline constexpr std::string_view kAclGenpassBits =
    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to "
    "4096";
inline constexpr std::string_view kAclNoFile =
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL "
    "SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in "
    "order to store users in the Redis configuration.";
// `errors` is what is wrong with the file, line by line.
std::string acl_load_failed(std::string_view errors);
inline constexpr std::string_view kAclSaveFailed =
    "ERR There was an error trying to save the ACLs. Please check the server logs for more information";

// --- configuration and server
std::string unknown_config_option(std::string_view name);
std::string config_set_failed(std::string_view name, std::string_view reason);
inline constexpr std::string_view kNoConfigFile = "ERR The server is running without a config file";
std::string config_rewrite_failed(std::string_view reason);
inline constexpr std::string_view kOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr std::string_view kNoShutdownInProgress = "ERR No shutdown in progress.";
inline constexpr std::string_view kMonitorsOnly = "ERR Replica can't interact with the keyspace";
inline constexpr std::string_view kNoMonitorInExec = "ERR MONITOR isn't allowed for DENY BLOCKING client";
inline constexpr std::string_view kSlowLogCount = "ERR count should be greater than or equal to -1";
std::string no_latency_samples(std::string_view event);
// DEBUG.
inline constexpr std::string_view kWrongProtocolType =
    "ERR Wrong protocol type name. Please use one of the following: "
    "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";
inline constexpr std::string_view kPushNeedsResp3 = "ERR RESP2 is not supported by this command";
inline constexpr std::string_view kOutOfRangeDatabase = "ERR Out of range database";
inline constexpr std::string_view kPackedThreshold =
    "ERR argument must be a memory value bigger than 1 and smaller than 4gb";

// --- what a single server does not have
inline constexpr std::string_view kClusterDisabled = "ERR This instance has cluster support disabled";
inline constexpr std::string_view kInvalidMasterPort = "ERR Invalid master port";
inline constexpr std::string_view kNoReplication = "ERR replication is not supported by this server";
inline constexpr std::string_view kZeroOrOne = "ERR value is out of range, value must between 0 and 1";
inline constexpr std::string_view kWaitForNoFile =
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
inline constexpr std::string_view kFailoverTimeout = "ERR FAILOVER timeout must be greater than 0";
inline constexpr std::string_view kNoFailoverInProgress = "ERR No failover in progress.";
inline constexpr std::string_view kNoReplicasToFailTo = "ERR FAILOVER requires connected replicas.";
inline constexpr std::string_view kNoPersistence = "ERR persistence is not supported by this server";

// --- protocol errors: the connection is closed behind them
inline constexpr std::string_view kBadMultibulkLength = "ERR Protocol error: invalid multibulk length";
inline constexpr std::string_view kBadBulkLength = "ERR Protocol error: invalid bulk length";
inline constexpr std::string_view kUnauthenticatedMultibulk =
    "ERR Protocol error: unauthenticated multibulk length";
inline constexpr std::string_view kUnauthenticatedBulk = "ERR Protocol error: unauthenticated bulk length";
inline constexpr std::string_view kMultibulkLineTooBig = "ERR Protocol error: too big mbulk count string";
inline constexpr std::string_view kBulkLineTooBig = "ERR Protocol error: too big bulk count string";
inline constexpr std::string_view kInlineTooBig = "ERR Protocol error: too big inline request";
inline constexpr std::string_view kUnbalancedQuotes = "ERR Protocol error: unbalanced quotes in request";
std::string expected_dollar(char got);

}  // namespace aerie

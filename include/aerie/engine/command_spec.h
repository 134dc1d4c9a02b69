// SPDX-License-Identifier: BSD-3-Clause
//
// A command is one function and one constexpr row. Everything that is said about commands elsewhere (COMMAND,
// COMMAND DOCS, GETKEYS, arity errors, the gates of the executor, docs/commands.md) comes from these rows.
// The families list their rows in src/commands; CommandTable indexes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aerie {

class CommandContext;

// Runs the command: parses its arguments, makes one or two store calls, writes exactly one reply.
using CommandFunction = void (*)(CommandContext&);

// Whether the argument at `index` is a password, or may be one: no log shows it.
using SecretArguments = bool (*)(std::span<const std::string_view> args, size_t index);

// The flags of COMMAND INFO that Aerie uses, with Redis' meaning and names.
enum CommandFlag : uint32_t {
  kWrite = 1u << 0,             // "write": may change the keyspace
  kReadonly = 1u << 1,          // "readonly": only reads keys
  kDenyOom = 1u << 2,           // "denyoom": refused when memory is short
  kAdmin = 1u << 3,             // "admin"
  kNoScript = 1u << 4,          // "noscript"
  kBlocking = 1u << 5,          // "blocking": may park its client
  kLoading = 1u << 6,           // "loading": allowed while loading
  kStale = 1u << 7,             // "stale"
  kFast = 1u << 8,              // "fast": O(1) or O(log n)
  kNoAuth = 1u << 9,            // "no_auth": allowed before authentication
  kNoMulti = 1u << 10,          // "no_multi": refused inside MULTI
  kMovableKeys = 1u << 11,      // "movablekeys": keys are found by the extractor
  kSkipMonitor = 1u << 12,      // "skip_monitor"
  kSkipSlowlog = 1u << 13,      // "skip_slowlog"
  kAllowBusy = 1u << 14,        // "allow_busy"
  kPubsub = 1u << 15,           // "pubsub"
  kNoAsyncLoading = 1u << 16,   // "no_async_loading"
  kNoMandatoryKeys = 1u << 17,  // "no_mandatory_keys"
  // Not shown to clients:
  kProtected = 1u << 24,  // gated by an enable-*-command option (DEBUG)
  kRunsInMulti =
      1u << 25,  // runs at once inside MULTI instead of being queued (EXEC, DISCARD, WATCH, RESET, QUIT...)
  // A refusal by a gate ends the client's transaction and answers EXECABORT (EXEC).
  kEndsTransaction = 1u << 26,
  kTouches = 1u << 27,  // refreshes access times also for a client that said CLIENT NO-TOUCH (TOUCH)
  // Goes to a database that its arguments name, or takes the client there (COPY, MOVE, SELECT).
  kNamesDatabase = 1u << 28,
  // Allowed to a client of RESP2 that is subscribed, whose connection carries messages otherwise.
  kSubscriberMay = 1u << 29,
  // Tells other clients (PUBLISH): waits where a pause holds back writes, and for subscribers to be written
  // to.
  kPublishes = 1u << 30,
};

// Further ACL categories beyond those that follow from flags and group ("@keyspace", "@dangerous", …).
enum CommandCategory : uint32_t {
  kCategoryNone = 0,
  kKeyspaceCategory = 1u << 0,
  kDangerousCategory = 1u << 1,
  kConnectionCategory = 1u << 2,
  kTransactionCategory = 1u << 3,
  kAdminCategory = 1u << 4,
};

enum class CommandGroup : uint8_t {
  kGeneric,
  kString,
  kList,
  kConnection,
  kServer,
  kTransactions,
  kPubsub,
  kCluster
};

// What a command does to the keys of one key spec, in the words of COMMAND INFO ("RW", "access", "update",
// …).
enum KeySpecFlag : uint16_t {
  kKeyRo = 1u << 0,
  kKeyRw = 1u << 1,
  kKeyOw = 1u << 2,
  kKeyRm = 1u << 3,
  kKeyAccess = 1u << 4,
  kKeyUpdate = 1u << 5,
  kKeyInsert = 1u << 6,
  kKeyDelete = 1u << 7,
  kKeyVariableFlags = 1u << 8,
  kKeyNotKey = 1u << 9,
  kKeyIncomplete = 1u << 10,
};

// Where keys stand in the arguments, as COMMAND INFO's key specifications describe it.
struct KeySpec {
  uint16_t flags = 0;
  int begin = 0;  // index of the first key; 0 = no keys
  int last = 0;   // index of the last key relative to begin (range spec); negative counts from the end
  int step = 1;
  // keynum spec when > 0: position of the count of keys relative to begin; first key relative to begin.
  int key_count_at = -1;
  int first_key = 0;
  std::string_view notes = {};
};

// Which arguments are channels, as permissions of users see it.
enum class ChannelUse : uint8_t {
  kNone,
  kPublish,            // the first argument
  kSubscribe,          // all of them
  kSubscribePatterns,  // all of them, which are patterns
};

struct CommandSpec {
  std::string_view name;  // lower case
  CommandFunction run = nullptr;
  int arity = 0;  // arguments including the name; negative: at least that many
  uint32_t flags = 0;
  std::span<const KeySpec> key_specs = {};
  CommandGroup group = CommandGroup::kGeneric;
  uint32_t categories = kCategoryNone;
  std::string_view since;
  std::string_view complexity;
  // Redis' notation: lower-case words are arguments, upper-case ones tokens, [] optional, | alternatives,
  // … repetition: "key value [NX | XX] [GET] [EX seconds | PX milliseconds]". COMMAND DOCS is made from it.
  std::string_view syntax;
  std::string_view summary;  // one sentence of our own
  std::span<const CommandSpec> subcommands = {};
  std::string_view history = {};  // "7.0.0: Added the NX, XX options." one per line, or empty
  std::string_view tips =
      {};  // COMMAND INFO's tips separated by blanks, for example "nondeterministic_output"
  // COMMAND DOCS of a deprecated command: since when, and by what it is replaced ("`SET` with the `NX`
  // argument").
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  SecretArguments is_secret = nullptr;  // nullptr: none is
  ChannelUse channels = ChannelUse::kNone;

  constexpr bool has(uint32_t flag) const { return (flags & flag) != 0; }
  // Index of the first key for hints and gates; 0 when the command names none at a fixed place.
  constexpr int first_key() const { return key_specs.empty() ? 0 : key_specs[0].begin; }
  // False, too, when what its key specifications describe are no keys (channels of a shard).
  constexpr bool has_keys() const { return !key_specs.empty() && (key_specs[0].flags & kKeyNotKey) == 0; }
};

// True when a row is well-formed: used in a static_assert next to each table of rows.
constexpr bool is_well_formed(const CommandSpec& row) {
  if (row.name.empty() || row.arity == 0 || row.since.empty() || row.summary.empty()) return false;
  for (char c : row.name) {
    if (c >= 'A' && c <= 'Z') return false;
  }
  if (row.run == nullptr && row.subcommands.empty()) return false;
  if (row.has(kWrite) && row.has(kReadonly)) return false;
  for (const CommandSpec& sub : row.subcommands) {
    if (!is_well_formed(sub)) return false;
  }
  return true;
}

constexpr bool are_well_formed(std::span<const CommandSpec> rows) {
  for (const CommandSpec& row : rows) {
    if (!is_well_formed(row)) return false;
  }
  return true;
}

}  // namespace aerie

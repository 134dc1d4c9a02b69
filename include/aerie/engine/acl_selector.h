// SPDX-License-Identifier: BSD-3-Clause
//
// One set of permissions: which commands, which keys to read and to write, which channels. A user has one,
// the root, and may have more ("selectors" in Redis' words), each of which alone may allow a request. Changes
// come from rules (acl_rules.h); here is what they change, and the judgement.
//
//   commands   one bit per Command::number, and for some commands first arguments that are allowed without it
//   keys       glob patterns, each with the right to read, to write, or both
//   channels   glob patterns
//   rules      the words that led to the bits, in order: what ACL LIST shows and ACL SAVE stores
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/engine/command_table.h"

namespace aerie {

enum AclKeyAccess : uint8_t {
  kAclNoAccess = 0,
  kAclRead = 1u << 0,
  kAclWrite = 1u << 1,
  kAclReadWrite = kAclRead | kAclWrite,
};

struct AclKeyPattern {
  std::string pattern;
  uint8_t access;  // AclKeyAccess
};

// Why a request was refused, the more telling reason last: of several selectors' answers the greatest is
// reported.
enum class AclDenial : uint8_t { kNone, kCommand, kKey, kAuth, kChannel };

struct AclVerdict {
  AclDenial denial = AclDenial::kNone;
  size_t argument = 0;  // the key or channel that is denied

  bool allowed() const { return denial == AclDenial::kNone; }
};

// A request with its keys, which are found once and judged by each selector.
struct AclRequest {
  const Command& command;
  std::span<const std::string_view> args;
  std::span<const KeyPosition> keys;
};

class AclSelector {
 public:
  // Allows nothing but, if `all_channels`, every channel. `table` outlives it.
  AclSelector(const CommandTable& table, bool all_channels);

  // --- commands
  // All of them, also those that the table does not know yet, or none.
  void set_all_commands(bool allow);
  // A command and its subcommands; first arguments that were allowed are forgotten.
  void set_command(const Command& command, bool allow);
  // All commands of a category, by its place in acl_category_names().
  void set_category(uint32_t place, bool allow);
  // Allows a command with this first argument, in any case. False when there are too many already.
  bool allow_first_argument(const Command& command, std::string_view argument);
  // Notes the word that did it ("get", "config|set", "@read"), in place of earlier ones that it overrides.
  void note_rule(std::string_view word, bool allow);

  // --- keys and channels
  void set_all_keys(bool allow);
  void set_all_channels(bool allow);
  // Adds to the rights of the same pattern. Both return false when there are too many patterns already.
  bool add_key_pattern(std::string_view pattern, uint8_t access);
  bool add_channel_pattern(std::string_view pattern);

  bool all_keys() const { return all_keys_; }
  bool all_channels() const { return all_channels_; }
  std::span<const std::string> channel_patterns() const { return channels_; }
  // Allows everything, now and in future.
  bool is_unrestricted() const { return all_commands_ && all_keys_ && all_channels_; }

  AclVerdict check(const AclRequest& request) const;
  // Patterns of PSUBSCRIBE are compared literally: one that is allowed could otherwise match more.
  static bool channel_matches(std::span<const std::string> allowed, std::string_view channel,
                              bool is_pattern);

  // As ACL LIST shows it: "~key:* resetchannels &news -@all +get".
  std::string describe() const;
  // The parts, as ACL GETUSER shows them.
  std::string describe_commands() const;
  std::string describe_keys() const;
  std::string describe_channels() const;

  // How many patterns, first arguments of a command and the like one set may hold: what has to be looked
  // through for a request stays bounded.
  static constexpr size_t kMostPatterns = 4096;

 private:
  struct Rule {
    std::string word;
    bool allow;
  };

  bool allows_command(const Command& command, std::span<const std::string_view> args) const;
  bool allows_key(std::string_view key, uint16_t key_flags) const;
  void set_bit(const Command& command, bool allow);

  const CommandTable* table_;
  bool all_commands_ = false;     // nothing was taken away since +@all
  bool future_commands_ = false;  // +@all came last, -@all did not
  bool all_keys_ = false;
  bool all_channels_;
  std::vector<uint64_t> commands_;  // a bit for each Command::number
  std::map<uint32_t, std::vector<std::string>> first_arguments_;
  std::vector<Rule> rules_;
  std::vector<AclKeyPattern> keys_;
  std::vector<std::string> channels_;
};

}  // namespace aerie

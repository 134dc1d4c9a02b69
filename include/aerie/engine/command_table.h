// SPDX-License-Identifier: BSD-3-Clause
//
// Finds a command's row by name, in any case, without folding byte by byte and without allocation; gives
// every row (subcommands too) a dense number, which indexes per-command statistics. Built once from the
// families' rows, which it views: they are constexpr and live as long as the program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/engine/command_spec.h"

namespace aerie {

// A row with its place in the table.
struct Command {
  const CommandSpec* spec = nullptr;
  const Command* parent = nullptr;  // container of a subcommand
  uint32_t number = 0;              // dense, indexes CommandStats
  uint32_t first_subcommand = 0;    // number of the first subcommand; spec->subcommands.size() follow
  std::string full_name;            // "get", "client|list"
};

class CommandTable {
 public:
  // Each family is a table of rows. REQUIRES: names are unique.
  explicit CommandTable(std::span<const std::span<const CommandSpec>> families);
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // The top-level command of that name, or nullptr.
  const Command* find(std::string_view name) const;
  // The row that a request addresses: the subcommand when its container has one of that name.
  // `*unknown_subcommand` is set when args[0] is a container and args[1] names no subcommand of it. REQUIRES:
  // !args.empty().
  const Command* find(std::span<const std::string_view> args, bool* unknown_subcommand) const;
  const Command* find_subcommand(const Command& container, std::string_view name) const;
  // "client|list" or "get".
  const Command* find_full_name(std::string_view full_name) const;

  size_t size() const { return commands_.size(); }  // rows, subcommands included
  size_t top_level_count() const { return top_level_; }
  const Command& at(uint32_t number) const { return commands_[number]; }
  // Top-level commands in family order.
  std::vector<const Command*> top_level() const;

 private:
  struct Slot {
    uint64_t words[3] = {0, 0, 0};  // the name, folded
    const Command* command = nullptr;
    uint32_t length = 0;
    bool letters_only = false;  // equal words mean an equal name
  };
  void index(const Command& command);

  std::vector<Command> commands_;
  std::vector<Slot> slots_;  // open addressing, power of two
  size_t top_level_ = 0;
};

// Why key extraction failed, as COMMAND GETKEYS reports it.
enum class KeyExtraction : uint8_t { kOk, kNoKeys, kInvalidArguments };

struct KeyPosition {
  uint32_t index;  // into the arguments
  uint16_t flags;  // KeySpecFlag
};

// The positions of all keys in a request, from the row's key specs alone.
KeyExtraction extract_keys(const CommandSpec& spec, std::span<const std::string_view> args,
                           std::vector<KeyPosition>* keys);
// What this request does to one of its keys, where the row's flags say that it depends on the request
// (kKeyVariableFlags): a SET reads the key only when it asks for the old value with GET. Those of other keys
// are returned as they are.
uint16_t key_flags_in_request(const KeyPosition& key, std::span<const std::string_view> args);

}  // namespace aerie

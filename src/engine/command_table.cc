// SPDX-License-Identifier: BSD-3-Clause
//
// Lookup of command names. A name of up to 24 bytes is loaded as three words (the last may overlap the one
// before), folded to lower case by setting bit 5 of every byte, and looked up in an open-addressing table.
// Folding maps a few non-letters onto each other, so names that hold any are compared once more byte by byte.
#include "aerie/engine/command_table.h"

#include <cstring>

#include "aerie/base/ascii.h"
#include "aerie/base/assert.h"
#include "aerie/base/checked.h"
#include "aerie/base/number.h"

namespace aerie {

namespace {

constexpr size_t kMaxNameLength = 24;
constexpr uint64_t kFoldMask = 0x2020202020202020;

struct FoldedName {
  uint64_t words[3] = {0, 0, 0};
};

uint64_t load_upto_8(const char* p, size_t length) {
  uint64_t word = 0;
  if (length >= 4) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + length - 4, 4);
    word = low | (static_cast<uint64_t>(high) << 32);
  } else if (length > 0) {
    word = static_cast<unsigned char>(p[0]) |
           static_cast<uint64_t>(static_cast<unsigned char>(p[length / 2])) << 8 |
           static_cast<uint64_t>(static_cast<unsigned char>(p[length - 1])) << 16;
  }
  return word;
}

uint64_t load_8(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

// REQUIRES: name.size() <= kMaxNameLength.
FoldedName fold(std::string_view name) {
  FoldedName folded;
  const char* p = name.data();
  const size_t length = name.size();
  if (length <= 8) {
    folded.words[0] = length == 8 ? load_8(p) : load_upto_8(p, length);
  } else if (length <= 16) {
    folded.words[0] = load_8(p);
    folded.words[1] = load_8(p + length - 8);
  } else {
    folded.words[0] = load_8(p);
    folded.words[1] = load_8(p + 8);
    folded.words[2] = load_8(p + length - 8);
  }
  for (uint64_t& word : folded.words) word |= kFoldMask;
  return folded;
}

size_t slot_of(const FoldedName& name, size_t length, size_t mask) {
  const uint64_t mixed =
      (name.words[0] ^ (name.words[1] * 0x9E3779B97F4A7C15) ^ (name.words[2] << 7) ^ length) *
      0xD6E8FEB86659FD93;
  return static_cast<size_t>(mixed >> 40) & mask;
}

bool has_only_letters(std::string_view name) {
  for (char c : name) {
    if (c < 'a' || c > 'z') return false;
  }
  return true;
}

size_t count_rows(std::span<const std::span<const CommandSpec>> families) {
  size_t count = 0;
  for (const auto& rows : families) {
    for (const CommandSpec& row : rows) count += 1 + row.subcommands.size();
  }
  return count;
}

}  // namespace

CommandTable::CommandTable(std::span<const std::span<const CommandSpec>> families) {
  // Commands point at each other, so the vector must not move: its size is known beforehand.
  commands_.reserve(count_rows(families));
  size_t slots = 64;
  while (slots < commands_.capacity() * 4) slots *= 2;
  slots_.resize(slots);
  for (const auto& rows : families) {
    for (const CommandSpec& row : rows) {
      const uint32_t number = static_cast<uint32_t>(commands_.size());
      commands_.push_back(Command{&row, nullptr, number, number + 1, std::string(row.name)});
      const Command* container = &commands_[number];
      for (const CommandSpec& sub : row.subcommands) {
        commands_.push_back(Command{&sub, container, static_cast<uint32_t>(commands_.size()), 0,
                                    std::string(row.name) + "|" + std::string(sub.name)});
      }
      index(*container);
      ++top_level_;
    }
  }
}

void CommandTable::index(const Command& command) {
  const std::string_view name = command.spec->name;
  AERIE_ASSERT(name.size() <= kMaxNameLength && find(name) == nullptr);
  const FoldedName folded = fold(name);
  size_t place = slot_of(folded, name.size(), slots_.size() - 1);
  while (slots_[place].command != nullptr) place = (place + 1) & (slots_.size() - 1);
  Slot& slot = slots_[place];
  std::memcpy(slot.words, folded.words, sizeof slot.words);
  slot.command = &command;
  slot.length = static_cast<uint32_t>(name.size());
  slot.letters_only = has_only_letters(name);
}

const Command* CommandTable::find(std::string_view name) const {
  if (name.empty() || name.size() > kMaxNameLength) return nullptr;
  const FoldedName folded = fold(name);
  size_t place = slot_of(folded, name.size(), slots_.size() - 1);
  for (;; place = (place + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[place];
    if (slot.command == nullptr) return nullptr;
    if (slot.length != name.size() || slot.words[0] != folded.words[0] || slot.words[1] != folded.words[1] ||
        slot.words[2] != folded.words[2]) {
      continue;
    }
    if (slot.letters_only || equal_ignoring_case(name, slot.command->spec->name)) return slot.command;
  }
}

const Command* CommandTable::find(std::span<const std::string_view> args, bool* unknown_subcommand) const {
  *unknown_subcommand = false;
  const Command* command = find(args[0]);
  if (command == nullptr || command->spec->subcommands.empty() || args.size() < 2) return command;
  const Command* sub = find_subcommand(*command, args[1]);
  if (sub != nullptr) return sub;
  *unknown_subcommand = true;
  return command;
}

const Command* CommandTable::find_subcommand(const Command& container, std::string_view name) const {
  for (size_t i = 0; i < container.spec->subcommands.size(); ++i) {
    const Command& sub = commands_[container.first_subcommand + i];
    if (equal_ignoring_case(name, sub.spec->name)) return &sub;
  }
  return nullptr;
}

const Command* CommandTable::find_full_name(std::string_view full_name) const {
  const size_t bar = full_name.find('|');
  const Command* command = find(full_name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) return command;
  return find_subcommand(*command, full_name.substr(bar + 1));
}

std::vector<const Command*> CommandTable::top_level() const {
  std::vector<const Command*> result;
  result.reserve(top_level_);
  for (const Command& command : commands_) {
    if (command.parent == nullptr) result.push_back(&command);
  }
  return result;
}

namespace {

// Adds the keys of one spec. False when the arguments do not have the form that the spec describes.
bool extract_spec(const KeySpec& spec, std::span<const std::string_view> args,
                  std::vector<KeyPosition>* keys) {
  const int64_t argc = static_cast<int64_t>(args.size());
  int64_t first = spec.begin;
  int64_t last = 0;
  if (first <= 0 || first >= argc) return false;
  if (spec.key_count_at >= 0) {
    const int64_t count_at = first + spec.key_count_at;
    if (count_at >= argc) return false;
    const std::optional<int64_t> count = parse_int64(args[static_cast<size_t>(count_at)]);
    first += spec.first_key;
    // The count is the client's: compare before multiplying.
    if (!count || *count < 1 || *count > (argc - first) / spec.step) return false;
    last = first + (*count - 1) * spec.step;
  } else {
    last = spec.last >= 0 ? first + spec.last : argc + spec.last;
  }
  if (last >= argc || last < first) return false;
  for (int64_t i = first; i <= last; i += spec.step) {
    keys->push_back(KeyPosition{static_cast<uint32_t>(i), spec.flags});
  }
  return true;
}

}  // namespace

KeyExtraction extract_keys(const CommandSpec& spec, std::span<const std::string_view> args,
                           std::vector<KeyPosition>* keys) {
  keys->clear();
  if (!spec.has_keys()) return KeyExtraction::kNoKeys;
  for (const KeySpec& key_spec : spec.key_specs) {
    if (!extract_spec(key_spec, args, keys)) return KeyExtraction::kInvalidArguments;
  }
  return KeyExtraction::kOk;
}

uint16_t key_flags_in_request(const KeyPosition& key, std::span<const std::string_view> args) {
  if ((key.flags & kKeyVariableFlags) == 0) return key.flags;
  constexpr uint16_t kReads = kKeyRw | kKeyAccess | kKeyVariableFlags;
  // The options come behind the value.
  for (size_t i = size_t{key.index} + 2; i < args.size(); ++i) {
    if (equal_ignoring_case(args[i], "get")) return key.flags & static_cast<uint16_t>(~kKeyVariableFlags);
  }
  return static_cast<uint16_t>((key.flags & ~kReads) | kKeyOw);
}

}  // namespace aerie

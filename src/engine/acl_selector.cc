// SPDX-License-Identifier: BSD-3-Clause
//
// Bits, patterns and words of one set of permissions; see the header. A request is judged in Redis' order:
// command, keys, channels.
#include "aerie/engine/acl_selector.h"

#include <algorithm>

#include "aerie/base/ascii.h"
#include "aerie/base/glob.h"
#include "aerie/engine/acl_categories.h"

namespace aerie {

namespace {

constexpr size_t kBitsPerWord = 64;

// What a command needs to be allowed at a key. A key that is only looked at for its existence or length needs
// a pattern, whatever the pattern's rights.
uint8_t needed_access(uint16_t key_flags) {
  uint8_t access = kAclNoAccess;
  if ((key_flags & kKeyAccess) != 0) access |= kAclRead;
  if ((key_flags & (kKeyInsert | kKeyDelete | kKeyUpdate)) != 0) access |= kAclWrite;
  return access;
}

std::string_view prefix_of(uint8_t access) {
  if (access == kAclReadWrite) return "~";
  return access == kAclRead ? "%R~" : "%W~";
}

}  // namespace

AclSelector::AclSelector(const CommandTable& table, bool all_channels)
    : table_(&table),
      all_channels_(all_channels),
      commands_((table.size() + kBitsPerWord - 1) / kBitsPerWord, 0) {}

void AclSelector::set_all_commands(bool allow) {
  all_commands_ = allow;
  future_commands_ = allow;
  std::fill(commands_.begin(), commands_.end(), allow ? ~uint64_t{0} : 0);
  first_arguments_.clear();
  rules_.clear();
}

void AclSelector::set_bit(const Command& command, bool allow) {
  const uint64_t bit = uint64_t{1} << (command.number % kBitsPerWord);
  uint64_t& word = commands_[command.number / kBitsPerWord];
  word = allow ? word | bit : word & ~bit;
  if (!allow) all_commands_ = false;
  first_arguments_.erase(command.number);
}

void AclSelector::set_command(const Command& command, bool allow) {
  set_bit(command, allow);
  for (uint32_t i = 0; i < command.spec->subcommands.size(); ++i) {
    set_bit(table_->at(command.first_subcommand + i), allow);
  }
}

void AclSelector::set_category(uint32_t place, bool allow) {
  for (uint32_t number = 0; number < table_->size(); ++number) {
    const Command& command = table_->at(number);
    if ((acl_categories(*command.spec) >> place & 1) != 0) set_bit(command, allow);
  }
}

bool AclSelector::allow_first_argument(const Command& command, std::string_view argument) {
  std::vector<std::string>& allowed = first_arguments_[command.number];
  const bool known = std::any_of(allowed.begin(), allowed.end(), [argument](const std::string& other) {
    return equal_ignoring_case(other, argument);
  });
  if (known) return true;
  if (allowed.size() >= kMostPatterns) return false;
  allowed.emplace_back(argument);
  return true;
}

// A rule about a command overrides what was said about its subcommands and first arguments.
void AclSelector::note_rule(std::string_view word, bool allow) {
  std::string lower = lower_case(word);
  std::erase_if(rules_, [&lower](const Rule& rule) {
    return rule.word.starts_with(lower) &&
           (rule.word.size() == lower.size() || rule.word[lower.size()] == '|');
  });
  rules_.push_back(Rule{std::move(lower), allow});
}

void AclSelector::set_all_keys(bool allow) {
  all_keys_ = allow;
  keys_.clear();
}

void AclSelector::set_all_channels(bool allow) {
  all_channels_ = allow;
  channels_.clear();
}

bool AclSelector::add_key_pattern(std::string_view pattern, uint8_t access) {
  for (AclKeyPattern& known : keys_) {
    if (known.pattern != pattern) continue;
    known.access |= access;
    return true;
  }
  if (keys_.size() >= kMostPatterns) return false;
  keys_.push_back(AclKeyPattern{std::string(pattern), access});
  return true;
}

bool AclSelector::add_channel_pattern(std::string_view pattern) {
  if (std::find(channels_.begin(), channels_.end(), pattern) != channels_.end()) return true;
  if (channels_.size() >= kMostPatterns) return false;
  channels_.emplace_back(pattern);
  return true;
}

bool AclSelector::allows_command(const Command& command, std::span<const std::string_view> args) const {
  if (all_commands_ || command.spec->has(kNoAuth)) return true;
  if ((commands_[command.number / kBitsPerWord] >> (command.number % kBitsPerWord) & 1) != 0) return true;
  const auto found = first_arguments_.find(command.number);
  if (found == first_arguments_.end() || args.size() < 2) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&args](const std::string& allowed) { return equal_ignoring_case(allowed, args[1]); });
}

bool AclSelector::allows_key(std::string_view key, uint16_t key_flags) const {
  const uint8_t needed = needed_access(key_flags);
  return std::any_of(keys_.begin(), keys_.end(), [&](const AclKeyPattern& known) {
    return (known.access & needed) == needed && glob_match(known.pattern, key);
  });
}

bool AclSelector::channel_matches(std::span<const std::string> allowed, std::string_view channel,
                                  bool is_pattern) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
    return is_pattern ? pattern == channel : glob_match(pattern, channel);
  });
}

AclVerdict AclSelector::check(const AclRequest& request) const {
  if (!allows_command(request.command, request.args)) return {AclDenial::kCommand, 0};
  if (!all_keys_) {
    for (const KeyPosition& key : request.keys) {
      if (!allows_key(request.args[key.index], key_flags_in_request(key, request.args)))
        return {AclDenial::kKey, key.index};
    }
  }
  const ChannelUse use = request.command.spec->channels;
  if (all_channels_ || use == ChannelUse::kNone) return {};
  const size_t end = use == ChannelUse::kPublish ? 2 : request.args.size();
  for (size_t i = 1; i < end; ++i) {
    if (!channel_matches(channels_, request.args[i], use == ChannelUse::kSubscribePatterns))
      return {AclDenial::kChannel, i};
  }
  return {};
}

std::string AclSelector::describe_commands() const {
  std::string text = future_commands_ ? "+@all" : "-@all";
  for (const Rule& rule : rules_) text.append(rule.allow ? " +" : " -").append(rule.word);
  return text;
}

std::string AclSelector::describe_keys() const {
  if (all_keys_) return "~*";
  std::string text;
  for (const AclKeyPattern& known : keys_) {
    text.append(text.empty() ? "" : " ").append(prefix_of(known.access)).append(known.pattern);
  }
  return text;
}

std::string AclSelector::describe_channels() const {
  if (all_channels_) return "&*";
  std::string text;
  for (const std::string& pattern : channels_) text.append(text.empty() ? "&" : " &").append(pattern);
  return text;
}

std::string AclSelector::describe() const {
  std::string text = describe_keys();
  if (!text.empty()) text += ' ';
  if (!all_channels_) text.append("resetchannels ");
  const std::string channels = describe_channels();
  if (!channels.empty()) text.append(channels).append(" ");
  return text.append(describe_commands());
}

}  // namespace aerie

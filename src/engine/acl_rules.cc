// SPDX-License-Identifier: BSD-3-Clause
//
// Parsing of rules; see the header. What stands outside of parentheses concerns the user or its root
// permissions; what stands inside may only be about permissions.
#include "aerie/engine/acl_rules.h"

#include <algorithm>

#include "aerie/base/ascii.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/sha256.h"
#include "aerie/engine/acl_categories.h"
#include "aerie/engine/acl_user.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

constexpr std::string_view kAccepted = "";
constexpr size_t kHashDigits = 64;

bool has_space_or_zero(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\0' || is_space(c); });
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// --- permissions

// "~pattern", "%R~pattern", "%W~", "%RW~". Without a "~" the whole of what follows is rights.
std::string_view add_key_pattern(AclSelector* selector, std::string_view rule) {
  uint8_t access = kAclReadWrite;
  std::string_view pattern = rule.substr(1);
  if (rule[0] == '%') {
    access = kAclNoAccess;
    while (!pattern.empty() && pattern[0] != '~') {
      const char letter = ascii_lower(pattern[0]);
      const uint8_t right = letter == 'r' ? kAclRead : letter == 'w' ? kAclWrite : kAclNoAccess;
      if (right == kAclNoAccess || (access & right) != 0) return kAclSyntax;
      access |= right;
      pattern.remove_prefix(1);
    }
    if (access == kAclNoAccess) return kAclSyntax;
    if (!pattern.empty()) pattern.remove_prefix(1);
  }
  if (rule == "~*") {
    selector->set_all_keys(true);
    return kAccepted;
  }
  if (selector->all_keys()) return kAclPatternAfterAllKeys;
  if (has_space_or_zero(pattern)) return kAclSyntax;
  return selector->add_key_pattern(pattern, access) ? kAccepted : kAclTooMany;
}

std::string_view add_channel_pattern(AclSelector* selector, std::string_view pattern) {
  if (pattern == "*") {
    selector->set_all_channels(true);
    return kAccepted;
  }
  if (selector->all_channels()) return kAclPatternAfterAllChannels;
  if (has_space_or_zero(pattern)) return kAclSyntax;
  return selector->add_channel_pattern(pattern) ? kAccepted : kAclTooMany;
}

std::string_view set_category(AclSelector* selector, std::string_view word, bool allow) {
  if (equal_ignoring_case(word, "@all")) {
    selector->set_all_commands(allow);
    return kAccepted;
  }
  const std::optional<uint32_t> place = find_acl_category(word.substr(1));
  if (!place) return kAclUnknownCommand;
  selector->set_category(*place, allow);
  selector->note_rule(word, allow);
  return kAccepted;
}

// "+select|0": the command with this first argument, where it is not allowed as a whole.
std::string_view allow_first_argument(AclSelector* selector, const Command& command, std::string_view word) {
  const std::string_view argument = word.substr(word.find('|') + 1);
  if (has_space_or_zero(argument)) return kAclSyntax;
  if (!selector->allow_first_argument(command, argument)) return kAclTooMany;
  selector->note_rule(word, true);
  return kAccepted;
}

// "+get", "-config|set", "+select|0", "+@read".
std::string_view set_command(AclSelector* selector, std::string_view word, bool allow,
                             const CommandTable& table) {
  if (word.starts_with('@')) return set_category(selector, word, allow);
  const size_t bar = word.rfind('|');
  if (allow && bar != std::string_view::npos) {
    const Command* container = table.find_full_name(word.substr(0, bar));
    if (container == nullptr) return kAclUnknownCommand;
    if (container->parent != nullptr) return kAclFirstArgOfSubcommand;
    if (bar + 1 == word.size()) return kAclSyntax;
    if (container->spec->subcommands.empty()) return allow_first_argument(selector, *container, word);
  }
  const Command* command = table.find_full_name(word);
  if (command == nullptr) return kAclUnknownCommand;
  selector->set_command(*command, allow);
  selector->note_rule(command->full_name, allow);
  return kAccepted;
}

std::string_view apply_permission(AclSelector* selector, std::string_view rule, const CommandTable& table) {
  const auto is = [rule](std::string_view word) { return equal_ignoring_case(rule, word); };
  if (rule.empty()) return kAccepted;
  if (is("allkeys") || is("resetkeys")) {
    selector->set_all_keys(is("allkeys"));
  } else if (is("allchannels") || is("resetchannels")) {
    selector->set_all_channels(is("allchannels"));
  } else if (is("allcommands") || is("nocommands")) {
    selector->set_all_commands(is("allcommands"));
  } else if (rule[0] == '~' || rule[0] == '%') {
    return add_key_pattern(selector, rule);
  } else if (rule[0] == '&') {
    return add_channel_pattern(selector, rule.substr(1));
  } else if (rule[0] == '+' || rule[0] == '-') {
    return set_command(selector, rule.substr(1), rule[0] == '+', table);
  } else {
    return kAclSyntax;
  }
  return kAccepted;
}

// "(…)": a set of permissions of its own.
std::string_view add_selector(AclUser* user, std::string_view rule, const AclRuleContext& context) {
  const std::string_view inside = rule.substr(1, rule.size() - 2);
  if (inside.find('\0') != std::string_view::npos) return kAclSyntax;
  AclSelector selector(context.table, context.all_channels);
  std::string_view wrong = kAccepted;
  std::string scratch(inside.size(), '\0');
  const bool balanced = for_each_word(
      inside, [&scratch] { return scratch.data(); },
      [&](std::string_view word) {
        if (wrong.empty()) wrong = apply_permission(&selector, word, context.table);
      });
  if (!wrong.empty()) return wrong;
  if (!balanced) return kAclSyntax;
  return user->add_selector(std::move(selector)) ? kAccepted : kAclTooMany;
}

// --- the user

// ">password" and "<password", "#hash" and "!hash".
std::string_view change_password(AclUser* user, std::string_view rule) {
  const bool adds = rule[0] == '>' || rule[0] == '#';
  std::string hash(rule.substr(1));
  if (rule[0] == '#' || rule[0] == '!') {
    if (!is_hash(hash)) return kAclBadHash;
  } else {
    if (hash.size() > kMostPasswordBytes) return adds ? kAclPasswordTooLong : kAclNoSuchPassword;
    hash = sha256_hex(hash);
  }
  if (adds) return user->add_password_hash(hash) ? kAccepted : kAclTooMany;
  return user->remove_password_hash(hash) ? kAccepted : kAclNoSuchPassword;
}

void reset_user(AclUser* user, const AclRuleContext& context) {
  user->reset_passwords();
  user->set_enabled(false);
  user->set_skips_sanitizing(false);
  user->clear_selectors();
  user->root().set_all_keys(false);
  user->root().set_all_channels(context.all_channels);
  user->root().set_all_commands(false);
}

std::string_view apply(AclUser* user, std::string_view rule, const AclRuleContext& context) {
  const auto is = [rule](std::string_view word) { return equal_ignoring_case(rule, word); };
  if (rule.empty()) return kAccepted;
  if (is("on") || is("off")) {
    user->set_enabled(is("on"));
  } else if (is("nopass")) {
    user->allow_any_password();
  } else if (is("resetpass")) {
    user->reset_passwords();
  } else if (is("skip-sanitize-payload") || is("sanitize-payload")) {
    user->set_skips_sanitizing(is("skip-sanitize-payload"));
  } else if (is("clearselectors")) {
    user->clear_selectors();
  } else if (is("reset")) {
    reset_user(user, context);
  } else if (std::string_view("><#!").find(rule[0]) != std::string_view::npos) {
    return change_password(user, rule);
  } else if (rule.size() >= 2 && rule.front() == '(' && rule.back() == ')') {
    return add_selector(user, rule, context);
  } else {
    return apply_permission(&user->root(), rule, context.table);
  }
  return kAccepted;
}

}  // namespace

bool is_acl_name(std::string_view name) {
  return !has_space_or_zero(name);
}

std::vector<std::string_view> split_acl_words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<size_t> join_acl_selectors(std::span<const std::string_view> words,
                                         std::vector<std::string>* rules) {
  std::optional<size_t> open;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (open) {
      rules->back().append(" ").append(word);
    } else {
      rules->emplace_back(word);
      if (word.starts_with('(')) open = i;
    }
    if (word.ends_with(')')) open.reset();
  }
  return open;
}

std::string_view apply_acl_rule(AclUser* user, std::string_view rule, const AclRuleContext& context) {
  const std::string_view wrong = apply(user, rule, context);
  user->settle();
  return wrong;
}

void make_acl_superuser(AclUser* user) {
  user->set_enabled(true);
  user->allow_any_password();
  user->root().set_all_commands(true);
  user->root().set_all_keys(true);
  user->root().set_all_channels(true);
  user->settle();
}

}  // namespace aerie

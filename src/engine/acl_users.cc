// SPDX-License-Identifier: BSD-3-Clause
//
// The map of users and the reading of ACL files. Words of such a file are divided by single blanks, without
// quotes, as Redis divides them; texts of errors are Redis', too.
#include "aerie/engine/acl_users.h"

#include <utility>
#include <vector>

#include "aerie/base/assert.h"
#include "aerie/base/quoted_words.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

constexpr std::string_view kDefaultName = "default";

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

AclUsers::AclUsers(const CommandTable& table) : table_(table) {
  default_ = &insert(make_user(kDefaultName));
  make_acl_superuser(default_);
}

AclUser* AclUsers::find(std::string_view name) const {
  const auto found = users_.find(name);
  return found != users_.end() ? found->second.get() : nullptr;
}

AclUser AclUsers::make_user(std::string_view name) const {
  return AclUser(std::string(name), table_, all_channels_at_first_);
}

AclUser& AclUsers::insert(AclUser user) {
  auto owned = std::make_unique<AclUser>(std::move(user));
  const std::string& name = owned->name();
  const auto [place, inserted] = users_.try_emplace(name, std::move(owned));
  AERIE_ASSERT(inserted);
  return *place->second;
}

std::unique_ptr<AclUser> AclUsers::take(std::string_view name) {
  const auto found = users_.find(name);
  AERIE_ASSERT(found != users_.end() && found->second.get() != default_);
  std::unique_ptr<AclUser> taken = std::move(found->second);
  users_.erase(found);
  return taken;
}

std::string AclUsers::to_text() const {
  std::string text;
  for (const auto& [name, user] : users_) {
    text.append("user ").append(name).append(" ").append(user->describe()).append("\n");
  }
  return text;
}

std::string AclUsers::load_line(std::string_view line, const std::string& place, size_t number,
                                bool* has_default) {
  const std::vector<std::string_view> words = split_acl_words(line);
  if (words[0] != "user" || words.size() < 2)
    return place + " should start with user keyword followed by the username. ";
  const std::string_view name = words[1];
  if (!is_acl_name(name))
    return "'" + place + ": username '" + std::string(name) + "' contains invalid characters. ";
  const bool is_default = name == kDefaultName;
  if (is_default ? *has_default : find(name) != nullptr)
    return "WARNING: Duplicate user '" + std::string(name) + "' found on line " + std::to_string(number) +
           ". ";
  std::vector<std::string> rules;
  if (join_acl_selectors(std::span(words).subspan(2), &rules))
    return place + ": Unmatched parentheses in selector definition. ";
  AclUser user = make_user(name);
  std::string errors;
  bool told = false;
  for (const std::string& rule : rules) {
    const std::string_view wrong = apply_acl_rule(&user, rule, rule_context());
    if (wrong == kAclUnknownCommand) {
      errors.append(place).append(": Error in applying operation '").append(rule).append("': ");
      errors.append(wrong).append(". ");
    } else if (!wrong.empty() && !std::exchange(told, true)) {
      // Without the rule, which may be a password.
      errors.append(place).append(": ").append(wrong).append(". ");
    }
  }
  if (is_default) {
    *has_default = true;
    *default_ = std::move(user);
  } else {
    insert(std::move(user));
  }
  return errors;
}

std::string AclUsers::load(std::string_view text, const std::string& path) {
  std::string errors;
  bool has_default = false;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    errors += load_line(line, path + ":" + std::to_string(number), number, &has_default);
  }
  if (errors.empty()) return errors;
  return errors + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
}

}  // namespace aerie

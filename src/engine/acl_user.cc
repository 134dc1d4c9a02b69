// SPDX-License-Identifier: BSD-3-Clause
//
// Logins and judgements of one user; see the header. A longer password than any person or tool uses is wrong
// without being hashed, which would hold up everybody.
#include "aerie/engine/acl_user.h"

#include <algorithm>
#include <utility>

#include "aerie/base/log.h"
#include "aerie/base/sha256.h"
#include "aerie/engine/acl_rules.h"

namespace aerie {

namespace {

// A word of a selector is read with quotes when it is loaded again.
std::string quoted_if_needed(std::string_view word) {
  if (word.find_first_of("\"'") == std::string_view::npos) return std::string(word);
  return '"' + escape_for_log(word) + '"';
}

std::string describe_in_parentheses(const AclSelector& selector) {
  const std::string text = selector.describe();
  if (text.find_first_of("\"'") == std::string::npos) return '(' + text + ')';
  std::string quoted;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    quoted.append(quoted.empty() ? "" : " ").append(quoted_if_needed(text.substr(at, end - at)));
    at = end + 1;
  }
  return '(' + quoted + ')';
}

}  // namespace

AclUser::AclUser(std::string name, const CommandTable& table, bool all_channels) : name_(std::move(name)) {
  selectors_.emplace_back(table, all_channels);
}

AclVerdict AclUser::check(const Command& command, std::span<const std::string_view> args,
                          std::vector<KeyPosition>* keys) const {
  keys->clear();
  const bool looks_at_keys = std::any_of(selectors_.begin(), selectors_.end(),
                                         [](const AclSelector& selector) { return !selector.all_keys(); });
  // A request whose keys cannot be told has none for Redis; the command itself refuses it.
  if (looks_at_keys && extract_keys(*command.spec, args, keys) != KeyExtraction::kOk) keys->clear();
  const AclRequest request{command, args, *keys};
  AclVerdict worst{AclDenial::kCommand, 0};
  for (const AclSelector& selector : selectors_) {
    const AclVerdict verdict = selector.check(request);
    if (verdict.allowed()) return verdict;
    if (std::pair(verdict.denial, verdict.argument) > std::pair(worst.denial, worst.argument))
      worst = verdict;
  }
  return worst;
}

bool AclUser::accepts(std::string_view password) const {
  if (!enabled_) return false;
  if (any_password_) return true;
  if (password.size() > kMostPasswordBytes) return false;
  const std::string guess = sha256_hex(password);
  bool right = false;
  for (const std::string& hash : passwords_) right |= equal_in_constant_time(guess, hash);
  return right;
}

void AclUser::allow_any_password() {
  any_password_ = true;
  passwords_.clear();
}

void AclUser::reset_passwords() {
  any_password_ = false;
  passwords_.clear();
}

bool AclUser::add_password_hash(std::string_view hash) {
  any_password_ = false;
  if (std::find(passwords_.begin(), passwords_.end(), hash) != passwords_.end()) return true;
  if (passwords_.size() >= AclSelector::kMostPatterns) return false;
  passwords_.emplace_back(hash);
  return true;
}

bool AclUser::remove_password_hash(std::string_view hash) {
  return std::erase(passwords_, hash) != 0;
}

bool AclUser::add_selector(AclSelector selector) {
  if (selectors_.size() > AclSelector::kMostPatterns) return false;
  selectors_.push_back(std::move(selector));
  return true;
}

void AclUser::clear_selectors() {
  selectors_.erase(selectors_.begin() + 1, selectors_.end());
}

void AclUser::settle() {
  unrestricted_ = std::any_of(selectors_.begin(), selectors_.end(),
                              [](const AclSelector& selector) { return selector.is_unrestricted(); });
}

std::string AclUser::describe() const {
  std::string text = enabled_ ? "on" : "off";
  if (any_password_) text += " nopass";
  text += skips_sanitizing_ ? " skip-sanitize-payload" : " sanitize-payload";
  for (const std::string& hash : passwords_) text.append(" #").append(hash);
  text.append(" ").append(root().describe());
  for (size_t i = 1; i < selectors_.size(); ++i) {
    text.append(" ").append(describe_in_parentheses(selectors_[i]));
  }
  return text;
}

}  // namespace aerie

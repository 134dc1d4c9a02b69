// SPDX-License-Identifier: BSD-3-Clause
//
// The words of ACL SETUSER, of `user` lines in redis.conf and of ACL files: "on", ">secret", "~key:*",
// "+@read", "(+get ~a)". One grammar for all three, with the errors of Redis. A list of rules is applied to a
// copy of the user, and takes effect as a whole or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

class AclUser;
class CommandTable;

// A longer password is never right, and cannot be set: hashing it would hold up everybody.
inline constexpr size_t kMostPasswordBytes = size_t{1} << 20;

// What the rules are read by.
struct AclRuleContext {
  const CommandTable& table;
  bool all_channels;  // acl-pubsub-default: what new users and selectors start with, and "reset" leads to
};

// Whether it may be a user's name: neither blanks nor zero bytes.
bool is_acl_name(std::string_view name);

// The words of a line of an ACL file, or of AclUser::describe(). Single blanks divide them, without quotes:
// two in a row enclose an empty word.
std::vector<std::string_view> split_acl_words(std::string_view line);

// Joins the words of each selector, "(+get" "~a)", to one rule. Returns the place of the first word of one
// that has no end.
std::optional<size_t> join_acl_selectors(std::span<const std::string_view> words,
                                         std::vector<std::string>* rules);

// Applies one rule. Returns what is wrong with it, one of kAcl… in reply_errors.h, or "". Then the user may
// have changed in part: apply to a copy.
std::string_view apply_acl_rule(AclUser* user, std::string_view rule, const AclRuleContext& context);

// Makes the user one that may do everything without a password, as "default" is at the start.
void make_acl_superuser(AclUser* user);

}  // namespace aerie

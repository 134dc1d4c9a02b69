// SPDX-License-Identifier: BSD-3-Clause
//
// All users by name. "default", whom new clients are, is always there and may do everything until somebody
// changes it. A user stays at its address from its creation to its end, since sessions point at it; what
// happens to these sessions is AccessControl's business. The text form is that of ACL LIST, one line for each
// user, which is also that of ACL files.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "aerie/engine/acl_rules.h"
#include "aerie/engine/acl_user.h"

namespace aerie {

class AclUsers {
 public:
  // In order of names, byte by byte.
  using Map = std::map<std::string, std::unique_ptr<AclUser>, std::less<>>;

  // `table` outlives it.
  explicit AclUsers(const CommandTable& table);

  AclUser& default_user() { return *default_; }
  const AclUser& default_user() const { return *default_; }
  // nullptr when there is none.
  AclUser* find(std::string_view name) const;
  const Map& all() const { return users_; }
  const CommandTable& table() const { return table_; }

  // acl-pubsub-default: whether new users and selectors may use every channel.
  void set_all_channels_at_first(bool all_channels) { all_channels_at_first_ = all_channels; }
  AclRuleContext rule_context() const { return {table_, all_channels_at_first_}; }
  // A user that is not among them yet.
  AclUser make_user(std::string_view name) const;

  // REQUIRES: there is none of that name.
  AclUser& insert(AclUser user);
  // Forgets a user; it lives on in what is returned. REQUIRES: it exists and is not "default".
  std::unique_ptr<AclUser> take(std::string_view name);

  // "user <name> <rules>" for each, with line feeds.
  std::string to_text() const;
  // Reads such a text into these users, which must be new. Returns what is wrong with it, line by line, or
  // ""; `path` stands in front of each line's number.
  std::string load(std::string_view text, const std::string& path);

 private:
  std::string load_line(std::string_view line, const std::string& place, size_t number, bool* has_default);

  const CommandTable& table_;
  bool all_channels_at_first_ = false;
  Map users_;
  AclUser* default_;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// A user: whether it may log in, with which passwords, and its permissions, a root set and any number of
// further ones. Passwords are kept as SHA-256 only. A user is a value: a change is made on a copy, which
// replaces the whole once all of its rules were accepted. Sessions point at users; AccessControl sees to it
// that these stay where they are as long as anybody does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/engine/acl_selector.h"

namespace aerie {

class AclUser {
 public:
  // Disabled, without a password, and with no permission but, if `all_channels`, every channel. `table`
  // outlives it.
  AclUser(std::string name, const CommandTable& table, bool all_channels);

  const std::string& name() const { return name_; }

  // May do everything, so that nothing has to be looked at: true for "default" as long as nobody changes it.
  bool is_unrestricted() const { return unrestricted_; }
  // The verdict of the selector that allows the request, else of the one that came farthest. `keys` is memory
  // for the request's keys.
  AclVerdict check(const Command& command, std::span<const std::string_view> args,
                   std::vector<KeyPosition>* keys) const;

  bool enabled() const { return enabled_; }
  // "nopass": every password is right.
  bool takes_any_password() const { return any_password_; }
  // New clients are this user without asking, when it is "default".
  bool needs_no_password() const { return enabled_ && any_password_; }
  // Whether a login with this password is right. Takes the same time for all wrong ones of a length.
  bool accepts(std::string_view password) const;
  // 64 hexadecimal digits each, in the order in which they came.
  std::span<const std::string> password_hashes() const { return passwords_; }
  bool skips_sanitizing() const { return skips_sanitizing_; }

  void set_enabled(bool enabled) { enabled_ = enabled; }
  void set_skips_sanitizing(bool skips) { skips_sanitizing_ = skips; }
  // Both forget all passwords.
  void allow_any_password();
  void reset_passwords();
  // The hash is 64 lower-case hexadecimal digits. False when there are too many already.
  bool add_password_hash(std::string_view hash);
  // False when there is no such password.
  bool remove_password_hash(std::string_view hash);

  // The first is the root.
  std::span<const AclSelector> selectors() const { return selectors_; }
  const AclSelector& root() const { return selectors_.front(); }
  AclSelector& root() { return selectors_.front(); }
  // False when there are too many already.
  bool add_selector(AclSelector selector);
  void clear_selectors();
  // Must follow every change of permissions: recomputes what is_unrestricted() says.
  void settle();

  // As ACL LIST shows it behind "user <name> ", and ACL SAVE stores it.
  std::string describe() const;

 private:
  std::string name_;
  bool unrestricted_ = false;
  bool enabled_ = false;
  bool any_password_ = false;
  bool skips_sanitizing_ = false;
  std::vector<std::string> passwords_;
  std::vector<AclSelector> selectors_;
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Users that are kept outside: `user` lines of redis.conf, and the ACL file with ACL LOAD and ACL SAVE. The
// files themselves are the server's; here they are texts.
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "aerie/base/log.h"
#include "aerie/engine/access_control.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

std::vector<std::string_view> views_behind_name(std::span<const std::string> words) {
  return {words.begin() + 1, words.end()};
}

}  // namespace

std::string check_user_line(std::span<const std::string> words, const CommandTable& table) {
  const std::vector<std::string_view> views = views_behind_name(words);
  std::vector<std::string> rules;
  if (const auto open = join_acl_selectors(views, &rules))
    return "Unmatched parenthesis in acl selector starting at '" + std::string(views[*open]) + "'.";
  AclUser user(words[0], table, false);
  for (const std::string& rule : rules) {
    const std::string_view wrong = apply_acl_rule(&user, rule, {table, false});
    if (!wrong.empty() && wrong != kAclUnknownCommand) return std::string(wrong);
  }
  return {};
}

Status AccessControl::load_configured_users() {
  for (const std::vector<std::string>& words : engine_.config.settings().users) {
    const std::string& name = words[0];
    if (!is_acl_name(name)) {
      log_warning("Spaces not allowed in ACL usernames");
      return Error{0, "Critical error while loading ACLs. Exiting."};
    }
    AclUser user = users_.make_user(name);
    std::vector<std::string> rules;
    join_acl_selectors(views_behind_name(words), &rules);
    for (const std::string& rule : rules) {
      const std::string_view wrong = apply_acl_rule(&user, rule, users_.rule_context());
      if (wrong.empty()) continue;
      log_warning("Error loading ACL rule '%s' for the user named '%s': %s", escape_for_log(rule).c_str(),
                  escape_for_log(name).c_str(), std::string(wrong).c_str());
      return Error{0, "Critical error while loading ACLs. Exiting."};
    }
    if (!user.enabled()) {
      log_notice(
          "The user '%s' is disabled (there is no 'on' modifier in the user description). Make sure this is "
          "not a configuration error.",
          escape_for_log(name).c_str());
    }
    if (AclUser* known = users_.find(name)) {
      *known = std::move(user);
    } else {
      users_.insert(std::move(user));
    }
  }
  return {};
}

Status AccessControl::load_at_start() {
  const Settings& settings = engine_.config.settings();
  if (settings.aclfile.empty()) return load_configured_users();
  if (!settings.users.empty()) {
    return Error{
        0,
        "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is "
        "invalid. This setup is very likely to lead to configuration errors and security holes, please "
        "define either an ACL file or declare users directly in your redis.conf, but not both."};
  }
  // There are no clients yet whom a change of users could concern.
  const Session nobody(0, 0);
  const std::string wrong = read_users(nobody);
  if (wrong.empty()) return {};
  return Error{0, "Aborting Redis startup because of ACL errors: " + wrong};
}

std::string AccessControl::read_users(const Session& by) {
  const std::string& path = engine_.config.settings().aclfile;
  const Result<std::string> text =
      engine_.read_file != nullptr ? engine_.read_file(path) : Result<std::string>(Error{ENOSYS, ""});
  if (!text.ok())
    return "Error loading ACLs, opening file '" + path + "': " + std::strerror(text.error().code);
  AclUsers loaded(engine_.command_table);
  loaded.set_all_channels_at_first(users_.rule_context().all_channels);
  std::string wrong = loaded.load(text.value(), path);
  if (wrong.empty()) replace_users(by, loaded);
  return wrong;
}

// Users that are as before keep their clients; "default" keeps them however it changes.
void AccessControl::replace_users(const Session& by, AclUsers& loaded) {
  drop_subscribers(by, users_.default_user(), loaded.default_user());
  std::vector<std::string> missing;
  std::set<const AclUser*> changed;
  for (const auto& [name, known] : users_.all()) {
    AclUser* const fresh = loaded.find(name);
    if (fresh == nullptr) {
      missing.push_back(name);
    } else if (known->describe() != fresh->describe()) {
      if (known.get() != &users_.default_user()) changed.insert(known.get());
      *known = std::move(*fresh);
    }
  }
  for (const auto& [name, fresh] : loaded.all()) {
    if (users_.find(name) == nullptr) users_.insert(std::move(*fresh));
  }
  dismiss_if(by, [&changed](const Session& session) { return changed.count(session.user) != 0; });
  delete_users(by, std::vector<std::string_view>(missing.begin(), missing.end()));
}

std::vector<std::vector<std::string>> AccessControl::user_lines() const {
  std::vector<std::vector<std::string>> lines;
  if (!engine_.config.settings().aclfile.empty()) return lines;
  for (const auto& [name, user] : users_.all()) {
    std::vector<std::string>& words = lines.emplace_back(1, name);
    const std::string rules = user->describe();
    for (const std::string_view word : split_acl_words(rules)) words.emplace_back(word);
  }
  return lines;
}

std::string AccessControl::load_file(const Session& by) {
  if (engine_.config.settings().aclfile.empty()) return std::string(kAclNoFile);
  const std::string wrong = read_users(by);
  return wrong.empty() ? wrong : acl_load_failed(wrong);
}

std::string AccessControl::save_file() {
  const std::string& path = engine_.config.settings().aclfile;
  if (path.empty()) return std::string(kAclNoFile);
  const Status saved =
      engine_.replace_file != nullptr ? engine_.replace_file(path, users_.to_text()) : Error{ENOSYS, path};
  if (saved.ok()) return {};
  log_warning("Saving the ACL file failed: %s", escape_for_log(saved.error().message()).c_str());
  return std::string(kAclSaveFailed);
}

}  // namespace aerie

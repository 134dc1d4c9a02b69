// SPDX-License-Identifier: BSD-3-Clause
//
// Logins, judgements, and what happens to clients when users change; see the header. Reading and writing
// users at the start and with ACL LOAD and SAVE is in access_control_files.cc.
#include "aerie/engine/access_control.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "aerie/base/sha256.h"
#include "aerie/engine/client_line.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

// Memory for the keys of a request is kept up to so many.
constexpr size_t kKeysKept = 1024;
// Subscriptions that one change of a user looks at. Clients beyond count as ones that lost a channel: they
// are closed, connect and subscribe again.
constexpr size_t kSubscriptionsSeen = 1'000'000;

// The channels that a user may use; nothing when that is all of them.
std::optional<std::vector<std::string>> channels_of(const AclUser& user) {
  std::vector<std::string> patterns;
  for (const AclSelector& selector : user.selectors()) {
    if (selector.all_channels()) return std::nullopt;
    const std::span<const std::string> more = selector.channel_patterns();
    patterns.insert(patterns.end(), more.begin(), more.end());
  }
  return patterns;
}

bool any_is_missing(const std::vector<std::string>& wanted, const std::vector<std::string>& present) {
  const std::set<std::string_view> known(present.begin(), present.end());
  return std::any_of(wanted.begin(), wanted.end(),
                     [&known](const std::string& pattern) { return known.count(pattern) == 0; });
}

bool may_keep_subscriptions(const Session& session, const std::vector<std::string>& allowed, size_t* budget) {
  const SessionDetails* details = session.details_if_any();
  if (details == nullptr || details->subscriptions == nullptr) return true;
  for (const TopicKind kind : {TopicKind::kPattern, TopicKind::kChannel, TopicKind::kShardChannel}) {
    for (const Subscription& one : details->subscriptions->subscriptions[static_cast<size_t>(kind)]) {
      const size_t cost = 1 + allowed.size();
      if (*budget < cost) return false;
      *budget -= cost;
      if (!AclSelector::channel_matches(allowed, one.topic->name(), kind == TopicKind::kPattern))
        return false;
    }
  }
  return true;
}

}  // namespace

AccessControl::AccessControl(Engine& engine) : engine_(engine), users_(engine.command_table) {
  apply_options(engine.config.settings());
  // What is too long to be a password is none that anybody could give.
  const Status applied = apply_password(engine.config.settings());
  if (!applied.ok()) users_.default_user().reset_passwords();
}

void AccessControl::apply_options(const Settings& now) {
  users_.set_all_channels_at_first(now.acl_pubsub_default == "allchannels");
  log_.set_max_length(static_cast<size_t>(now.acllog_max_len));
}

Status AccessControl::apply_password(const Settings& now) {
  if (now.requirepass.size() > kMostPasswordBytes) return Error{0, std::string(kAclPasswordTooLong)};
  AclUser& user = users_.default_user();
  user.allow_any_password();
  if (now.requirepass.empty()) return {};
  user.reset_passwords();
  user.add_password_hash(sha256_hex(now.requirepass));
  return {};
}

void AccessControl::make_default(Session& session) {
  session.user = &users_.default_user();
  session.authenticated = !password_required();
}

bool AccessControl::authenticate(Session& session, std::string_view user, std::string_view password,
                                 std::string_view word) {
  AclUser* const found = users_.find(user);
  if (found == nullptr || !found->accepts(password)) {
    note(session, AclDenial::kAuth, user, word);
    return false;
  }
  session.user = found;
  session.authenticated = true;
  return true;
}

void AccessControl::note(const Session& session, AclDenial reason, std::string_view user,
                         std::string_view object) {
  AclDenials& counters = engine_.stats.acl_denials;
  ++(reason == AclDenial::kAuth      ? counters.auth
     : reason == AclDenial::kCommand ? counters.command
     : reason == AclDenial::kKey     ? counters.key
                                     : counters.channel);
  AclLogEntry entry;
  entry.reason = reason;
  entry.in_transaction = session.in_transaction;
  entry.object = object.substr(0, AclLog::kMostTextBytes);
  entry.user = user.substr(0, AclLog::kMostTextBytes);
  append_client_line(engine_, session, &entry.client);
  entry.client.pop_back();  // its line feed
  log_.add(std::move(entry), engine_.keyspace.now_ms());
}

AclVerdict AccessControl::check(Session& session, const Command& command,
                                std::span<const std::string_view> args) {
  const AclVerdict verdict = session.user->check(command, args, &keys_);
  if (keys_.capacity() > kKeysKept) keys_ = {};
  if (verdict.allowed()) return verdict;
  const std::string_view object =
      verdict.denial == AclDenial::kCommand ? std::string_view(command.full_name) : args[verdict.argument];
  note(session, verdict.denial, session.user->name(), object);
  return verdict;
}

std::string AccessControl::refusal(Session& session, const Command& command,
                                   std::span<const std::string_view> args) {
  session.last_command = &command;
  switch (check(session, command, args).denial) {
    case AclDenial::kNone:
      return {};
    case AclDenial::kKey:
      return std::string(kNoPermissionForKey);
    case AclDenial::kChannel:
      return std::string(kNoPermissionForChannel);
    case AclDenial::kCommand:
    case AclDenial::kAuth:
      break;
  }
  return no_permission_to_run(session.user->name(), command.full_name);
}

std::string AccessControl::refusal_in_exec(Session& session, const Command& command,
                                           std::span<const std::string_view> args) {
  switch (check(session, command, args).denial) {
    case AclDenial::kNone:
      return {};
    case AclDenial::kKey:
      return permissions_changed(kKeyNoLongerAllowed);
    case AclDenial::kChannel:
      return permissions_changed(kChannelNoLongerAllowed);
    case AclDenial::kCommand:
    case AclDenial::kAuth:
      break;
  }
  return permissions_changed(kCommandNoLongerAllowed);
}

void AccessControl::dismiss(Session& session, const Session& by) {
  session.user = &users_.default_user();
  session.authenticated = false;
  if (session.close_now) return;
  if (&session != &by) return engine_.executor.drop(session);
  session.close_after_reply = true;
}

void AccessControl::dismiss_if(const Session& by, const std::function<bool(const Session&)>& lost) {
  engine_.sessions.for_each([&](Session& session) {
    if (lost(session)) dismiss(session, by);
  });
}

void AccessControl::drop_subscribers(const Session& by, const AclUser& before, const AclUser& after) {
  const auto allowed = channels_of(after);
  if (!allowed) return;
  const auto former = channels_of(before);
  if (former && !any_is_missing(*former, *allowed)) return;
  size_t budget = kSubscriptionsSeen;
  dismiss_if(by, [&](const Session& session) {
    return session.user == &before && session.subscribed &&
           !may_keep_subscriptions(session, *allowed, &budget);
  });
}

std::string AccessControl::set_user(const Session& by, std::string_view name,
                                    std::span<const std::string_view> words) {
  if (!is_acl_name(name)) return std::string(kAclBadUserName);
  std::vector<std::string> rules;
  if (const auto open = join_acl_selectors(words, &rules)) return acl_unmatched_parenthesis(words[*open]);
  AclUser* const known = users_.find(name);
  AclUser changed = known != nullptr ? *known : users_.make_user(name);
  for (const std::string& rule : rules) {
    const std::string_view wrong = apply_acl_rule(&changed, rule, users_.rule_context());
    if (!wrong.empty()) return acl_setuser_failed(rule, wrong);
  }
  if (known == nullptr) {
    users_.insert(std::move(changed));
  } else {
    drop_subscribers(by, *known, changed);
    *known = std::move(changed);
  }
  return {};
}

size_t AccessControl::delete_users(const Session& by, std::span<const std::string_view> names) {
  std::vector<std::unique_ptr<AclUser>> deleted;
  std::set<const AclUser*> gone;
  for (const std::string_view name : names) {
    if (users_.find(name) == nullptr) continue;
    deleted.push_back(users_.take(name));
    gone.insert(deleted.back().get());
  }
  if (!gone.empty()) {
    dismiss_if(by, [&gone](const Session& session) { return gone.count(session.user) != 0; });
  }
  return deleted.size();
}

}  // namespace aerie

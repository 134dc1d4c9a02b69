// SPDX-License-Identifier: BSD-3-Clause
//
// Who may do what: the users, the log of refusals, and what a change of users means for the clients that are
// connected. Each session points at its user, always a valid one: a user goes only after its sessions were
// handed to "default" and told to close. The executor asks here only for users that may not do everything.
// Files are read and written by functions that the server injects into the engine.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/result.h"
#include "aerie/engine/acl_log.h"
#include "aerie/engine/acl_users.h"

namespace aerie {

class Engine;
class Session;
struct Settings;

class AccessControl {
 public:
  // Reads the options of `engine`, which outlives it; its other parts may not exist yet.
  explicit AccessControl(Engine& engine);

  AclUsers& users() { return users_; }
  const AclUsers& users() const { return users_; }
  AclLog& log() { return log_; }

  // New clients are not let in without asking.
  bool password_required() const { return !users_.default_user().needs_no_password(); }
  // What a client begins as, and is again after RESET.
  void make_default(Session& session);
  // Makes the session that user's. False, with an entry in the log, when user or password is wrong; then the
  // session stays what it was. `word`: the command as the client wrote it.
  bool authenticate(Session& session, std::string_view user, std::string_view password,
                    std::string_view word);

  // The error that refuses the request, counted and noted in the log, or "" when the client's user may run
  // it.
  std::string refusal(Session& session, const Command& command, std::span<const std::string_view> args);
  // The same for a command that was queued, when its EXEC runs.
  std::string refusal_in_exec(Session& session, const Command& command,
                              std::span<const std::string_view> args);

  // ACL SETUSER by the client `by`: makes or changes a user. Returns the error, or "". Clients of the user
  // that are subscribed to what it may not use any more are closed.
  std::string set_user(const Session& by, std::string_view name, std::span<const std::string_view> words);
  // ACL DELUSER: returns how many there were. Their clients are closed. REQUIRES: "default" is not among
  // them.
  size_t delete_users(const Session& by, std::span<const std::string_view> names);

  // ACL LOAD: all of the file or nothing. Clients of users that are as before stay, others are closed.
  // Returns the error, or "".
  std::string load_file(const Session& by);
  // ACL SAVE. Returns the error, or "".
  std::string save_file();
  // The users of redis.conf or of the ACL file, once, before there are clients. The error ends the start.
  Status load_at_start();

  // The users as `user` lines of redis.conf, each in words; none when they are kept in an ACL file.
  std::vector<std::vector<std::string>> user_lines() const;

  // The options that are applied to users and log; `requirepass` to "default".
  void apply_options(const Settings& now);
  Status apply_password(const Settings& now);

 private:
  AclVerdict check(Session& session, const Command& command, std::span<const std::string_view> args);
  void note(const Session& session, AclDenial reason, std::string_view user, std::string_view object);
  Status load_configured_users();
  // Reads the ACL file. Returns what is wrong, or "".
  std::string read_users(const Session& by);
  void replace_users(const Session& by, AclUsers& loaded);
  // Hands the session to "default", and has it closed; the one that asked for it reads its answer first.
  void dismiss(Session& session, const Session& by);
  void dismiss_if(const Session& by, const std::function<bool(const Session&)>& lost);
  void drop_subscribers(const Session& by, const AclUser& before, const AclUser& after);

  Engine& engine_;
  AclUsers users_;
  AclLog log_;
  std::vector<KeyPosition> keys_;  // memory for check()
};

// What is wrong with a `user` line of redis.conf, whose words these are behind "user", apart from commands
// that do not exist, which load_at_start() reports; "": nothing.
std::string check_user_line(std::span<const std::string> words, const CommandTable& table);

}  // namespace aerie

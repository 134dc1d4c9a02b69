// SPDX-License-Identifier: BSD-3-Clause
//
// The options table: one row per option (name, alias, type, range, mutable or not), over the fields of
// Settings. CONFIG GET and SET, the command line and redis.conf all go through it. An option whose change has
// effects outside (port, bind, maxclients, logfile) has an apply hook that the server injects; a hook that
// fails rolls the whole CONFIG SET back. Options that nothing reads yet keep their text here, so that they
// can be set and shown.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aerie/base/result.h"
#include "aerie/engine/settings.h"

namespace aerie {

struct OptionRow;

// Why CONFIG SET failed: the option as its row names it (as the client did when it is unknown) and what is
// wrong.
struct ConfigError {
  std::string option;
  std::string reason;  // empty: there is no such option
};

class Config {
 public:
  Config();
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  const Settings& settings() const { return settings_; }
  // Grows with every successful set(): for those who derived something from the settings.
  uint64_t changes() const { return changes_; }

  // One directive of the command line or of redis.conf, values as separate words. The error says what is
  // wrong with it, as the start-up error prints it. Immutable options may be set here; no hook runs.
  Status load(std::string_view name, std::span<const std::string> values);

  // CONFIG SET: all pairs of name and value, or none.
  using Pair = std::pair<std::string_view, std::string_view>;
  std::optional<ConfigError> set(std::span<const Pair> pairs);

  // CONFIG GET: name and value of each option that matches one of the glob patterns, each once. A name
  // without wildcards answers as it was written; aliases answer beside the names that they stand for.
  std::vector<std::pair<std::string, std::string>> get(std::span<const std::string_view> patterns) const;

  // Called after the value changed, with all settings in place; an error rolls back (and calls the hooks that
  // ran already once more, with the old settings). The error's message is what the client reads.
  using ApplyHook = std::function<Status(const Settings&)>;
  // REQUIRES: `option` is the name of a row.
  void set_apply_hook(std::string_view option, ApplyHook hook);

  // Whether the option of that name holds a password; false when there is none.
  static bool is_secret(std::string_view name);

  // What is wrong with a `user` line, given its words behind "user", or "". Without it lines are only kept.
  using UserCheck = std::function<std::string(std::span<const std::string>)>;
  void set_user_check(UserCheck check) { user_check_ = std::move(check); }
  // The users as they are now, for CONFIG REWRITE, in the form of Settings::users.
  using UserSource = std::function<std::vector<std::vector<std::string>>()>;
  void set_user_source(UserSource source) { user_source_ = std::move(source); }

  // Options that are set to something else than their initial value although that has no effect yet: one log
  // line each at the start.
  std::vector<std::string> without_effect() const;

  // CONFIG REWRITE: what a configuration file with this text becomes, so that it gives the options the values
  // that they have now.
  std::string rewritten(std::string_view old_text) const;

 private:
  struct Name {
    std::string_view text;  // the row's name or its alias
    size_t row;
  };

  const Name* find(std::string_view name) const;
  Status load_user(std::span<const std::string> words);
  std::optional<ConfigError> resolve(std::span<const Pair> pairs, std::vector<const Name*>* targets) const;
  std::string value_of(size_t row) const;
  // Sets one option. Returns what is wrong, or "".
  std::string assign(size_t row, std::string_view text);
  // Runs the hooks of changed rows; returns the position in `rows` of the one that failed.
  std::optional<size_t> apply(std::span<const size_t> rows, std::string* reason);

  Settings settings_;
  uint64_t changes_ = 0;
  std::vector<std::string> kept_;  // by row: text of options without a field
  std::vector<Name> names_;        // sorted; names and aliases that are parameters, lower case
  std::vector<ApplyHook> hooks_;   // by row; most are empty
  UserCheck user_check_;
  UserSource user_source_;
};

}  // namespace aerie

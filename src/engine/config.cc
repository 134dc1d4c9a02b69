// SPDX-License-Identifier: BSD-3-Clause
//
// The rules of the options table. A value is checked and brought into canonical form by its row
// (option_values.cc); here it is decided whether it may be set at all, and several are set as one.
#include "aerie/engine/config.h"

#include <algorithm>

#include "aerie/base/ascii.h"
#include "aerie/base/glob.h"
#include "aerie/engine/config_rewrite.h"
#include "engine/option_rows.h"

namespace aerie {

namespace {

// Whether a line of redis.conf may give the option several words.
bool takes_list(const OptionRow& row) {
  return row.kind == OptionKind::kWords || row.kind == OptionKind::kWordFlags ||
         row.kind == OptionKind::kChecked;
}

std::string refusal(const OptionRow& row) {
  if (row.has(kDirectiveOnly)) return "this server does not support it yet: it must be left out";
  return "this server does not support it yet: the only accepted value is '" + std::string(row.initial) + "'";
}

}  // namespace

Config::Config() {
  const std::span<const OptionRow> rows = option_rows();
  kept_.resize(rows.size());
  hooks_.resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    kept_[i] = rows[i].initial;
    names_.push_back({rows[i].name, i});
    if (!rows[i].alias.empty()) names_.push_back({rows[i].alias, i});
  }
  std::sort(names_.begin(), names_.end(), [](const Name& a, const Name& b) { return a.text < b.text; });
}

const Config::Name* Config::find(std::string_view name) const {
  const std::string wanted = lower_case(name);
  const auto found =
      std::lower_bound(names_.begin(), names_.end(), wanted,
                       [](const Name& entry, const std::string& text) { return entry.text < text; });
  return found != names_.end() && found->text == wanted ? &*found : nullptr;
}

std::string Config::value_of(size_t row) const {
  const OptionRow& option = option_rows()[row];
  return option.is_kept() ? kept_[row] : field_text(option, settings_);
}

std::string Config::assign(size_t row, std::string_view text) {
  const OptionRow& option = option_rows()[row];
  std::string canonical;
  std::string wrong = canonical_value(option, text, value_of(row), &canonical);
  if (!wrong.empty()) return wrong;
  if (option.has(kUnsupported) && canonical != option.initial) return refusal(option);
  if (option.is_kept()) {
    kept_[row] = std::move(canonical);
  } else {
    store_value(option, canonical, &settings_);
  }
  return {};
}

// A user's rules are read when there are commands that they can name; until then their words are kept.
Status Config::load_user(std::span<const std::string> words) {
  if (words.empty()) return Error{0, "Bad directive or wrong number of arguments"};
  const auto refuse = [&words](const std::string& reason) {
    return Error{0, "Error in user declaration '" + words[0] + "': " + reason};
  };
  for (const std::vector<std::string>& known : settings_.users) {
    if (known[0] == words[0])
      return refuse("Duplicate user found. A user can only be defined once in config files");
  }
  if (user_check_) {
    if (const std::string wrong = user_check_(words); !wrong.empty()) return refuse(wrong);
  }
  settings_.users.emplace_back(words.begin(), words.end());
  return {};
}

Status Config::load(std::string_view name, std::span<const std::string> values) {
  const Name* found = find(name);
  if (found == nullptr) return Error{0, "Bad directive or wrong number of arguments"};
  const OptionRow& row = option_rows()[found->row];
  if (row.has(kUserLine)) return load_user(values);
  if (row.has(kDirectiveOnly) && row.has(kUnsupported)) return Error{0, refusal(row)};
  if (values.size() != 1 && !takes_list(row)) return Error{0, "wrong number of arguments"};
  if (row.has(kDirectiveOnly)) return {};
  std::string text;
  if (row.has(kAccumulates) && (values.empty() || !values[0].empty())) text = value_of(found->row);
  for (const std::string& value : values) {
    if (!text.empty()) text += ' ';
    text += value;
  }
  const std::string wrong = assign(found->row, text);
  if (!wrong.empty()) return Error{0, wrong};
  return {};
}

std::optional<size_t> Config::apply(std::span<const size_t> rows, std::string* reason) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const ApplyHook& hook = hooks_[rows[i]];
    if (!hook) continue;
    const Status status = hook(settings_);
    if (status.ok()) continue;
    *reason = status.error().message();
    return i;
  }
  return std::nullopt;
}

// What can be said without looking at values, in Redis' order.
std::optional<ConfigError> Config::resolve(std::span<const Pair> pairs,
                                           std::vector<const Name*>* targets) const {
  for (const auto& [name, value] : pairs) {
    const Name* found = find(name);
    if (found == nullptr || option_rows()[found->row].has(kDirectiveOnly))
      return ConfigError{std::string(name), {}};
    const OptionRow& row = option_rows()[found->row];
    const std::string shown(name);
    if (row.has(kImmutable)) return ConfigError{shown, "can't set immutable config"};
    if (row.has(kGuarded)) return ConfigError{shown, "can't set protected config"};
    // More options than there are names repeat one, so this stays short.
    if (std::find(targets->begin(), targets->end(), found) != targets->end()) {
      return ConfigError{shown, "duplicate parameter"};
    }
    targets->push_back(found);
  }
  return std::nullopt;
}

std::optional<ConfigError> Config::set(std::span<const Pair> pairs) {
  std::vector<const Name*> targets;
  if (auto error = resolve(pairs, &targets)) return error;
  const Settings old_settings = settings_;
  const std::vector<std::string> old_kept = kept_;
  const auto roll_back = [&] { settings_ = old_settings, kept_ = old_kept; };

  std::vector<size_t> changed;
  std::vector<std::string_view> changed_names;
  std::string reason;
  for (size_t i = 0; i < targets.size(); ++i) {
    const size_t row = targets[i]->row;
    const std::string before = value_of(row);
    reason = assign(row, pairs[i].second);
    if (!reason.empty()) {
      roll_back();
      return ConfigError{std::string(targets[i]->text), reason};
    }
    if (value_of(row) == before) continue;
    changed.push_back(row);
    changed_names.push_back(targets[i]->text);
  }
  const std::optional<size_t> failed = apply(changed, &reason);
  if (!failed) {
    ++changes_;
    return std::nullopt;
  }
  roll_back();
  std::string ignored;  // going back to values that worked before
  apply(std::span(changed).first(*failed), &ignored);
  return ConfigError{std::string(changed_names[*failed]), reason};
}

std::vector<std::pair<std::string, std::string>> Config::get(
    std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> result;
  std::vector<bool> taken(names_.size());
  const auto take = [&](size_t index, std::string_view shown) {
    if (taken[index] || option_rows()[names_[index].row].has(kDirectiveOnly)) return;
    taken[index] = true;
    result.emplace_back(shown, value_of(names_[index].row));
  };
  for (std::string_view pattern : patterns) {
    if (pattern.find_first_of("*?[") == pattern.npos) {
      const Name* found = find(pattern);
      if (found != nullptr) take(static_cast<size_t>(found - names_.data()), pattern);
      continue;
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!taken[i] && glob_match(pattern, names_[i].text, true)) take(i, names_[i].text);
    }
  }
  return result;
}

void Config::set_apply_hook(std::string_view option, ApplyHook hook) {
  const Name* found = find(option);
  AERIE_ASSERT(found != nullptr);
  hooks_[found->row] = std::move(hook);
}

bool Config::is_secret(std::string_view name) {
  const std::string wanted = lower_case(name);
  const std::span<const OptionRow> rows = option_rows();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const OptionRow& row) { return row.has(kSecret) && row.name == wanted; });
}

std::vector<std::string> Config::without_effect() const {
  std::vector<std::string> names;
  const std::span<const OptionRow> rows = option_rows();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].has(kWithoutEffect) && value_of(i) != initial_value(rows[i]))
      names.emplace_back(rows[i].name);
  }
  return names;
}

std::string Config::rewritten(std::string_view old_text) const {
  std::vector<FileOption> options;
  std::vector<std::string_view> other_directives = {"include"};
  const std::span<const OptionRow> rows = option_rows();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].has(kUserLine)) {
      options.push_back({rows[i].name, {}, user_lines(user_source_ ? user_source_() : settings_.users)});
    } else if (!rows[i].has(kDirectiveOnly)) {
      options.push_back(file_option(rows[i], value_of(i)));
    } else if (rows[i].has(kUnsupported)) {
      other_directives.push_back(rows[i].name);
    }
  }
  return rewrite_config(old_text, options, other_directives);
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// A recursive-descent parser of the syntax notation: sequence, alternatives, brackets. Its input is constant
// and nested a few levels deep.
#include "commands/command_syntax.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "aerie/base/ascii.h"
#include "aerie/base/assert.h"
#include "aerie/engine/command_spec.h"

namespace aerie {

namespace {

using Arguments = std::vector<SyntaxArgument>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_token(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// "key1_value", or a general name where that gets too long to read.
std::string joined_name(const Arguments& parts) {
  constexpr size_t kReadable = 32;
  std::string name;
  for (const SyntaxArgument& part : parts) name.append(name.empty() ? "" : "_").append(part.name);
  return name.size() <= kReadable ? name : "options";
}

// Types follow from the names that rows use.
std::string_view type_of(std::string_view name, const CommandSpec& spec) {
  if (!spec.key_specs.empty() &&
      is_one_of(name, {"key", "key1", "key2", "source", "destination", "newkey"})) {
    return "key";
  }
  if (name == "increment") return spec.name.ends_with("float") ? "double" : "integer";
  if (name == "timeout") return spec.has(kBlocking) ? "double" : "integer";
  if (is_one_of(name, {"count",        "cursor",     "db",           "decrement",     "destination-db",
                       "client-id",    "end",        "index",        "index1",        "index2",
                       "len",          "maxage",     "milliseconds", "min-match-len", "num-matches",
                       "numkeys",      "offset",     "protover",     "rank",          "seconds",
                       "start",        "stop",       "version",      "numreplicas",   "numlocal",
                       "slot",         "start-slot", "end-slot",     "port",          "cluster-bus-port",
                       "config-epoch", "bits"})) {
    return "integer";
  }
  if (name.starts_with("unix-time-")) return "unix-time";
  if (name == "pattern") return "pattern";
  return "string";
}

class SyntaxParser {
 public:
  explicit SyntaxParser(const CommandSpec& spec) : spec_(spec), left_(spec.syntax) {}

  Arguments parse() {
    Arguments arguments = alternatives();
    AERIE_ASSERT(left_.empty());
    return arguments;
  }

 private:
  void skip_blanks() {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
  }
  bool take(std::string_view what) {
    skip_blanks();
    if (!left_.starts_with(what)) return false;
    left_.remove_prefix(what.size());
    return true;
  }
  // "name:" in front of the parts of a choice or a block; empty when there is none.
  std::string_view take_name() {
    skip_blanks();
    const size_t end = left_.find_first_of(" []<>|:");
    if (end == left_.npos || !left_.substr(end).starts_with(": ")) return {};
    const std::string_view name = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return name;
  }
  std::string_view take_word() {
    skip_blanks();
    const size_t end = std::min(left_.find_first_of(" []<>|"), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(end);
    return word;
  }
  bool at_end() {
    skip_blanks();
    return left_.empty() || left_.front() == ']' || left_.front() == '>';
  }

  // One sequence, or one choice between several; with a name always one argument.
  Arguments alternatives() {
    const std::string_view name = take_name();
    Arguments all = unnamed_alternatives();
    if (name.empty()) return all;
    Arguments named;
    named.push_back(as_one(std::move(all)));
    AERIE_ASSERT(named[0].has_parts());
    named[0].name = name;
    return named;
  }

  Arguments unnamed_alternatives() {
    Arguments first = sequence();
    if (!take("|")) return first;
    SyntaxArgument choice{.name = {}, .type = "oneof", .token = {}};
    choice.parts.push_back(as_one(std::move(first)));
    do {
      choice.parts.push_back(as_one(sequence()));
    } while (take("|"));
    choice.name = joined_name(choice.parts);
    Arguments result;
    result.push_back(std::move(choice));
    return result;
  }

  Arguments sequence() {
    Arguments result;
    std::string token;  // stands before the argument that comes next
    const auto flush_token = [&] {
      if (token.empty()) return;
      result.push_back({.name = lower_case(token), .type = "pure-token", .token = token});
      token.clear();
    };
    bool starts_with_token = false;
    while (!at_end() && left_.front() != '|') {
      if (take("...")) {
        AERIE_ASSERT(!result.empty());
        repeats_ = true;
      } else if (take("[")) {
        flush_token();
        optional(&result);
      } else if (take("<")) {
        SyntaxArgument group = as_one(alternatives());
        const bool closed = take(">");
        AERIE_ASSERT(closed);
        if (left_.starts_with("...")) {
          left_.remove_prefix(3);
          group.multiple = true;
        }
        group.token = std::exchange(token, {});
        result.push_back(std::move(group));
      } else if (const std::string_view word = take_word(); is_token(word)) {
        flush_token();
        token = word;
        starts_with_token |= result.empty();
      } else {
        result.push_back(leaf(word));
        result.back().token = std::exchange(token, {});
      }
    }
    flush_token();
    if (starts_with_token && nested_ > 0) token_before_all(&result);
    return result;
  }

  // "AUTH username password": the token belongs to all of them.
  static void token_before_all(Arguments* arguments) {
    if (arguments->size() < 2 || arguments->front().type == "pure-token") return;
    SyntaxArgument block{.name = {}, .type = "block", .token = std::exchange(arguments->front().token, {})};
    block.parts = std::exchange(*arguments, {});
    block.name = joined_name(block.parts);
    arguments->push_back(std::move(block));
  }

  // The inside of a bracket: a repetition of what came before it, or something that may be left out.
  void optional(Arguments* result) {
    const bool outer_repeats = std::exchange(repeats_, false);
    const int keys_before = keys_;
    ++nested_;
    Arguments inside = alternatives();
    --nested_;
    const bool closed = take("]");
    AERIE_ASSERT(closed);
    const bool repeats = std::exchange(repeats_, outer_repeats);
    if (!repeats) {
      result->push_back(as_one(std::move(inside)));
      result->back().optional = true;
      return;
    }
    AERIE_ASSERT(inside.size() <= result->size());
    keys_ = keys_before;
    const auto first = result->end() - static_cast<std::ptrdiff_t>(inside.size());
    if (inside.size() > 1) {
      SyntaxArgument block = as_one(Arguments(first, result->end()));
      result->erase(first, result->end());
      result->push_back(std::move(block));
    }
    result->back().multiple = true;
    result->back().multiple_token = !inside.front().token.empty();
  }

  static SyntaxArgument as_one(Arguments arguments) {
    AERIE_ASSERT(!arguments.empty());
    if (arguments.size() == 1) return std::move(arguments[0]);
    SyntaxArgument block{.name = joined_name(arguments), .type = "block", .token = {}};
    block.parts = std::move(arguments);
    return block;
  }

  SyntaxArgument leaf(std::string_view word) {
    const size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    SyntaxArgument argument{.name = std::string(name), .type = type_of(name, spec_), .token = {}};
    if (equals < word.size()) argument.shown = word.substr(equals + 1);
    if (argument.type == "key") {
      argument.key_spec = std::min(keys_++, static_cast<int>(spec_.key_specs.size()) - 1);
    }
    return argument;
  }

  const CommandSpec& spec_;
  std::string_view left_;
  bool repeats_ = false;  // "..." was met in the innermost bracket
  int nested_ = 0;        // brackets around the current place
  int keys_ = 0;
};

}  // namespace

std::vector<SyntaxArgument> parse_syntax(const CommandSpec& spec) {
  if (spec.syntax.empty()) return {};
  return SyntaxParser(spec).parse();
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Replies of 7.0 are brought to 7.2, or both are reduced to what they must have in common. The order of rules
// about commands is left out: what they mean is asked with ACL DRYRUN, for many commands, in the scripts.
#include "differential/acl_replies.h"

#include <sstream>

namespace aerie {
namespace {

constexpr std::string_view kRefused = "NOPERM this user has no permissions to ";
constexpr std::string_view kAborted = "EXECABORT Transaction discarded because of: ";

bool drop_front(std::string_view* text, std::string_view front) {
  if (!text->starts_with(front)) return false;
  text->remove_prefix(front.size());
  return true;
}

// "~a resetchannels -@all +get (~b +set)" without the rules about single commands and categories, of which
// the first, +@all or -@all, stays.
std::string outline(const std::string& rules) {
  std::istringstream words(rules);
  std::string kept;
  for (std::string word; words >> word;) {
    if (word == "sanitize-payload") continue;
    const bool ends_selector = word.back() == ')';
    if (ends_selector) word.pop_back();
    const bool is_command = word.size() > 1 && (word[0] == '+' || word[0] == '-') && !word.ends_with("@all");
    if (!is_command) kept += word + " ";
    if (ends_selector) kept += ") ";
  }
  return kept;
}

// The elements behind their names, in the order of RESP2 and RESP3 alike.
const Reply* field(const Reply& map, const std::string& name) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == name) return &map.elements[i + 1];
  }
  return nullptr;
}

bool same_permissions(const Reply& mine, const Reply& theirs) {
  for (const char* name : {"keys", "channels"}) {
    if (field(mine, name) == nullptr || !(*field(mine, name) == *field(theirs, name))) return false;
  }
  const Reply* commands = field(mine, "commands");
  return commands != nullptr && commands->type == field(theirs, "commands")->type &&
         outline(commands->text) == outline(field(theirs, "commands")->text);
}

std::string flags_of(const Reply& user) {
  std::string flags;
  for (const Reply& flag : field(user, "flags")->elements) {
    if (flag.text != "sanitize-payload") flags += flag.text + " ";
  }
  return flags;
}

std::string word_of_line(const std::string& line, const std::string& name) {
  const size_t at = line.find(" " + name + "=");
  if (at == std::string::npos) return "none";
  const size_t begin = at + name.size() + 2;
  return line.substr(begin, line.find(' ', begin) - begin);
}

bool same_log_entry(const Reply& mine, const Reply& theirs, bool subject_is_redis) {
  if (mine.type != theirs.type || theirs.elements.size() != 14) return false;
  if (mine.elements.size() != (subject_is_redis ? 14u : 20u)) return false;
  for (const char* name : {"count", "reason", "context", "object", "username"}) {
    if (!(*field(mine, name) == *field(theirs, name))) return false;
  }
  for (size_t i = 14; i < mine.elements.size(); i += 2) {
    if (mine.elements[i + 1].type != ':' || mine.elements[i + 1].integer < 0) return false;
  }
  const std::string& my_line = field(mine, "client-info")->text;
  const std::string& their_line = field(theirs, "client-info")->text;
  return word_of_line(my_line, "user") == word_of_line(their_line, "user") &&
         word_of_line(my_line, "cmd") == word_of_line(their_line, "cmd") &&
         field(mine, "age-seconds")->type == field(theirs, "age-seconds")->type;
}

}  // namespace

bool is_refusal(const Exchange& x) {
  std::string_view text = x.oracle.text;
  drop_front(&text, kAborted);
  return x.oracle.is_error() && text.starts_with(kRefused) && !x.subject_is_redis;
}

bool same_refusal(const Exchange& x) {
  std::string_view theirs = x.oracle.text;
  std::string_view mine = x.subject.text;
  if (!x.subject.is_error() || drop_front(&theirs, kAborted) != drop_front(&mine, kAborted)) return false;
  drop_front(&theirs, kRefused);
  if (theirs == "access one of the keys used as arguments")
    return mine == "NOPERM No permissions to access a key";
  if (theirs == "access one of the channels used as arguments")
    return mine == "NOPERM No permissions to access a channel";
  // The rest names the command: run the 'get' command.
  return mine.starts_with("NOPERM User ") && mine.ends_with(" has no permissions to " + std::string(theirs));
}

bool same_acl_list(const Exchange& x) {
  if (x.subject.type != x.oracle.type || x.subject.elements.size() != x.oracle.elements.size()) return false;
  for (size_t i = 0; i < x.oracle.elements.size(); ++i) {
    const Reply& mine = x.subject.elements[i];
    if (mine.type != '$' || outline(mine.text) != outline(x.oracle.elements[i].text)) return false;
  }
  return true;
}

bool same_acl_user(const Exchange& x) {
  if (x.oracle.null) return x.subject == x.oracle;
  if (x.subject.type != x.oracle.type || x.subject.elements.size() != x.oracle.elements.size()) return false;
  for (size_t i = 0; i < x.oracle.elements.size(); i += 2) {
    if (!(x.subject.elements[i] == x.oracle.elements[i])) return false;
    if (x.subject.elements[i + 1].type != x.oracle.elements[i + 1].type) return false;
  }
  const std::vector<Reply>& my_selectors = field(x.subject, "selectors")->elements;
  const std::vector<Reply>& their_selectors = field(x.oracle, "selectors")->elements;
  if (my_selectors.size() != their_selectors.size()) return false;
  for (size_t i = 0; i < my_selectors.size(); ++i) {
    if (my_selectors[i].type != their_selectors[i].type ||
        !same_permissions(my_selectors[i], their_selectors[i]))
      return false;
  }
  return flags_of(x.subject) == flags_of(x.oracle) &&
         *field(x.subject, "passwords") == *field(x.oracle, "passwords") &&
         same_permissions(x.subject, x.oracle);
}

bool same_acl_log(const Exchange& x) {
  if (x.oracle.type != '*') return x.subject == x.oracle;
  if (x.subject.type != '*' || x.subject.elements.size() != x.oracle.elements.size()) return false;
  for (size_t i = 0; i < x.oracle.elements.size(); ++i) {
    if (!same_log_entry(x.subject.elements[i], x.oracle.elements[i], x.subject_is_redis)) return false;
  }
  return true;
}

bool same_acl_dryrun(const Exchange& x) {
  std::string_view theirs = x.oracle.text;
  if (x.subject_is_redis || x.oracle.type != '$' || !drop_front(&theirs, "This user "))
    return x.subject == x.oracle;
  return x.subject.type == '$' && x.subject.text == "User " + x.words[2] + " " + std::string(theirs);
}

}  // namespace aerie

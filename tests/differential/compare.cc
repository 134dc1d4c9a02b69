// SPDX-License-Identifier: BSD-3-Clause
//
// The rule (equal bytes), the lookup of its exceptions,
// and EXEC's element-wise judgement.
#include "differential/compare.h"

#include <cctype>

#include "differential/acl_replies.h"

namespace aerie {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string script_line(const Words& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    bool plain = !word.empty();
    for (char c : word) {
      auto byte = static_cast<unsigned char>(c);
      if (byte <= ' ' || byte > 0x7e || c == '"' || c == '\\' || c == '\'' || c == '{' || c == '<')
        plain = false;
    }
    if (word.front() == '#' || word.front() == '[') plain = false;
    line += plain ? word : printable(word, word.size());
  }
  return line;
}

const ReviewedRow* find_reviewed_row(const Words& words) {
  if (words.empty()) return nullptr;
  std::string name = lower(words[0]);
  std::string full = words.size() > 1 ? name + "|" + lower(words[1]) : name;
  for (const ReviewedRow& row : reviewed_table()) {
    if (row.command == name || row.command == full) return &row;
  }
  return nullptr;
}

std::vector<std::string> RowUse::unused() const {
  std::vector<std::string> names;
  for (const ReviewedRow& row : reviewed_table()) {
    if (used_.count(row.command) == 0) names.emplace_back(row.command);
  }
  return names;
}

bool same_reply(const Exchange& exchange, RowUse& use) {
  // Any command may be refused so.
  if (is_refusal(exchange)) return same_refusal(exchange);
  const ReviewedRow* row = find_reviewed_row(exchange.words);
  bool has_error = exchange.subject.is_error() || exchange.oracle.is_error();
  if (row == nullptr || (has_error && !row->judges_errors)) return exchange.subject == exchange.oracle;
  use.note(*row);
  return row->same(exchange);
}

std::string ReplyJudge::judge(const Words& words, const Reply& subject, const Reply& oracle,
                              const std::set<std::string>* live_keys) {
  std::string name = words.empty() ? "" : lower(words[0]);
  bool same = false;
  if (oracle.type == '+' && oracle.text == "QUEUED") {
    queued_.push_back(words);
    same = subject == oracle;
  } else if (name == "exec" && oracle.type == '*' && oracle.elements.size() == queued_.size()) {
    same = same_exec(subject, oracle, live_keys);
  } else {
    same = same_reply({words, subject, oracle, subject_is_redis_, live_keys}, use_);
  }
  // A refused EXEC ("EXEC x") leaves the transaction open; an abort or a success ends it.
  bool ends = name == "exec" && (!oracle.is_error() || oracle.text.rfind("EXECABORT", 0) == 0);
  if (ends || ((name == "discard" || name == "reset") && !oracle.is_error())) queued_.clear();
  if (same) return "";
  return "  command: " + printable(script_line(words), 500) +
         "\n  subject: " + subject.to_string().substr(0, 2000) +
         "\n  oracle:  " + oracle.to_string().substr(0, 2000);
}

bool ReplyJudge::same_exec(const Reply& subject, const Reply& oracle,
                           const std::set<std::string>* live_keys) {
  if (subject.type != oracle.type || subject.null != oracle.null) return false;
  if (subject.elements.size() != oracle.elements.size()) return false;
  for (size_t i = 0; i < queued_.size(); ++i) {
    Exchange element{queued_[i], subject.elements[i], oracle.elements[i], subject_is_redis_, live_keys};
    if (!same_reply(element, use_)) return false;
  }
  return true;
}

}  // namespace aerie

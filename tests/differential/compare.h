// SPDX-License-Identifier: BSD-3-Clause
//
// When two servers' replies to one command count as the same. The rule is equality of every byte; the
// exceptions are the rows of one reviewed table (reviewed_table.cc), each with its reason. A run of the
// scripts in which a row is never consulted fails, so that no exception outlives its cause.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/resp/reply_parser.h"
#include "support/resp_client.h"

namespace aerie {

// One command and its two replies.
struct Exchange {
  const Words& words;
  const Reply& subject;
  const Reply& oracle;
  // The subject is Redis itself: differences between versions must not show.
  bool subject_is_redis = false;
  // Names that RANDOMKEY may give; null when the caller cannot know.
  const std::set<std::string>* live_keys = nullptr;
};

struct ReviewedRow {
  // Lower case, "command" or "command|subcommand".
  std::string_view command;
  bool (*same)(const Exchange&);
  // True: the comparator judges error replies too. False: an error on either side is compared byte for byte.
  bool judges_errors;
  std::string_view reason;
};

std::span<const ReviewedRow> reviewed_table();
// The row of this command, or null.
const ReviewedRow* find_reviewed_row(const Words& words);

// Which rows a run consulted.
class RowUse {
 public:
  void note(const ReviewedRow& row) { used_.insert(row.command); }
  // Names of rows that were never consulted.
  std::vector<std::string> unused() const;

 private:
  std::set<std::string_view> used_;
};

// True when the two replies count as the same.
bool same_reply(const Exchange& exchange, RowUse& use);

// The replies of one connection, in order. Remembers what MULTI queued, so that each element of EXEC's reply
// is judged by the rule of its own command.
class ReplyJudge {
 public:
  ReplyJudge(RowUse& use, bool subject_is_redis) : use_(use), subject_is_redis_(subject_is_redis) {}

  // "" when the replies count as the same, else a text that shows both.
  std::string judge(const Words& words, const Reply& subject, const Reply& oracle,
                    const std::set<std::string>* live_keys = nullptr);
  // The connection was reset or replaced.
  void forget() { queued_.clear(); }

 private:
  bool same_exec(const Reply& subject, const Reply& oracle, const std::set<std::string>* live_keys);

  RowUse& use_;
  bool subject_is_redis_;
  std::deque<Words> queued_;
};

// COMMAND DOCS (command_docs.cc): 7.0's documentation, brought to 7.2 by a table, is the subject's.
bool same_command_docs(const Exchange& exchange);

// Lower case of ASCII letters.
std::string lower(std::string_view text);
// A command line as the scripts write it.
std::string script_line(const Words& words);

}  // namespace aerie

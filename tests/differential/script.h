// SPDX-License-Identifier: BSD-3-Clause
//
// Scripts of commands in text files (scripts/README.txt tells their language), and their runner: each command
// goes to both servers, each pair of replies is judged. A script never says what the reply is.
#pragma once

#include <string>
#include <vector>

#include "differential/compare.h"
#include "differential/duel.h"

namespace aerie {

struct ScriptLine {
  enum class Kind {
    kCommand,
    kSend,
    kRead,
    kTold,
    kBlocked,
    kCalls,
    kClose,
    kClosed,
    kSleep,
    kState,
    kPrepare,
    kCheck,
    kScan
  };
  Kind kind = Kind::kCommand;
  int number = 0;  // of the line in its file
  std::string client = "c1";
  Words words;     // the command; SCAN's options; empty for kPrepare and kCheck that forget
  int amount = 0;  // milliseconds of kSleep, clients of kBlocked
};

struct ScriptCase {
  std::string name;
  std::vector<ScriptLine> lines;
};

// All combinations that the alternatives of a line stand for. Throws std::runtime_error when it is malformed.
std::vector<Words> expand_line(const std::string& line);
std::vector<ScriptCase> parse_script(const std::string& text);
// REQUIRES: the file exists (throws otherwise).
std::vector<ScriptCase> load_script(const std::string& path);

class ScriptRunner {
 public:
  ScriptRunner(Duel& duel, RowUse& use) : duel_(duel), use_(use) {}

  // The differences found, each a text with the line's number; empty when there are none.
  std::vector<std::string> run(const ScriptCase& script);
  // Commands compared so far.
  int commands() const { return commands_; }

 private:
  void run_line(const ScriptLine& line);
  void run_command(const ScriptLine& line);
  void run_scan(const ScriptLine& line);
  void compare(const ScriptLine& line, const Words& words, const ReplyPair& replies);
  void expect_closed(const ScriptLine& line);
  // Clients that wait (script_waiting.cc).
  void compare_told(const ScriptLine& line);
  void wait_blocked(const ScriptLine& line);
  void compare_calls(const ScriptLine& line);
  ReplyJudge& judge(const std::string& client);
  void report(const ScriptLine& line, const std::string& what);

  Duel& duel_;
  RowUse& use_;
  std::map<std::string, ReplyJudge> judges_;
  std::vector<ScriptLine> prepare_;
  std::vector<ScriptLine> check_;
  std::vector<std::string> differences_;
  int commands_ = 0;
};

}  // namespace aerie

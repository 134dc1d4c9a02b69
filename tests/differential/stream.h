// SPDX-License-Identifier: BSD-3-Clause
//
// Seeded random streams of commands for both servers. The table of rows (stream_rows.cc) names every command
// with its options and says which outcomes must be seen: with its key present, missing, of the wrong type, as
// an error. A stream uses a fixed small set of key names, three clients in three databases, transactions, and
// one watching client per key that tells after each batch whether its key was changed. A command that may
// block is given to one of three clients that may wait; who still waits at the end of a batch is unblocked.
//
// Outcomes are counted from the oracle's replies: an EXISTS of the row's first key goes ahead of about half
// of the commands. (The other half meets keys as they are, also keys that only this command finds expired.)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "differential/compare.h"
#include "differential/duel.h"

namespace aerie {

// Outcomes of a row. kDone is the success of a command that names no key.
enum Outcome : unsigned { kHit = 1, kMiss = 2, kWrongType = 4, kError = 8, kDone = 16 };
inline constexpr unsigned kOutcomes[] = {kHit, kMiss, kWrongType, kError, kDone};
const char* outcome_name(unsigned outcome);

// A form as it stands in the table; each combination of its alternatives is a row. %letters stand for random
// words: k key (mostly of a string), l key (mostly of a list), v value, e element, n small index, i integer,
// o offset, f float, b what is no integer, B what is no float, s/m seconds and milliseconds from now, S/M the
// same as a far moment, z a moment in the past, d database, g glob pattern.
struct StreamForm {
  std::string_view form;
  unsigned outcomes;  // that must be seen, OR of Outcome
  int weight = 10;
};

struct StreamRow {
  Words words;
  unsigned outcomes = 0;
  int weight = 0;
  bool of_lists = false;
  bool may_block = false;
  std::string name() const { return script_line(words); }
  // A command that takes from the first of several keys that has something.
  bool waits_for_several() const;
};
std::vector<StreamRow> stream_rows();

// One command of a stream.
struct Step {
  std::string client = {};
  Words words = {};
  int row = -1;         // of stream_rows(), or -1: probes, transactions' frames, watchers
  bool probe = false;   // an EXISTS for the step behind it
  bool counted = true;  // part of the stream's length
  bool may_block = false;
};

class StreamGenerator {
 public:
  StreamGenerator(uint64_t seed, int protocol);

  // The names that keys have.
  const std::vector<std::string>& keys() const { return keys_; }
  // The databases of the clients that wait and the watchers' first watches, sent once at the start of a
  // stream.
  std::vector<Step> begin();
  // About `count` commands of one client, who of those that wait is to wait no longer, then every watcher's
  // question and its next watch.
  std::vector<Step> next_batch(size_t count);

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  const StreamRow& pick(int* index);
  bool fits(const StreamRow& row, bool inside_multi) const;
  void add_unblocks(const std::string& client, std::vector<Step>* out);
  void add_command(const std::string& client, bool inside_multi, std::vector<Step>* out);
  void add_transaction(const std::string& client, std::vector<Step>* out);
  void add_watchers(bool first, std::vector<Step>* out);
  std::string word(const std::string& placeholder);
  std::string list_key();
  std::string other_key();
  std::string value();
  std::string integer();
  std::string real();
  std::string text(size_t length);
  std::string one_of(std::initializer_list<const char*> words);

  std::mt19937_64 random_;
  int protocol_;
  std::vector<StreamRow> rows_;
  std::vector<int> cumulative_;
  std::vector<std::string> keys_;
  size_t waiters_ = 0;  // of this batch
};

struct Mismatch {
  size_t step = 0;
  std::string text;
};

// Sends steps to both servers, consecutive ones of one client in one pipeline, and judges every reply, also
// which clients wait and who of them is told what behind each pipeline.
class StreamRunner {
 public:
  StreamRunner(Duel& duel, std::set<std::string> keys) : duel_(duel), keys_(std::move(keys)) {}

  // The first mismatch. `replies`, when given, receives the oracle's replies, one per step. A client that
  // waits sends nothing: its steps are passed over.
  std::optional<Mismatch> run(std::span<const Step> steps, std::vector<Reply>* replies = nullptr);

 private:
  using Failure = std::optional<Mismatch>;

  Failure pipeline(size_t begin, size_t end);
  Failure maybe_wait(size_t at);
  Failure settle(size_t at);
  Failure judge(size_t at, const Reply& subject, Reply oracle);
  Mismatch mismatch(size_t at, const std::string& text) const;

  Duel& duel_;
  RowUse use_;
  std::set<std::string> keys_;
  std::map<std::string, ReplyJudge> judges_;
  // Of the run.
  std::span<const Step> steps_;
  std::vector<Reply>* replies_ = nullptr;
  std::map<std::string, size_t> waiting_;  // the step that each client waits with
};

// The shortest part of `steps`, found in `budget`, that still makes the servers differ when it runs from
// empty databases: as a script for scripts/. When nothing of it does, the last steps that name the failing
// step's keys.
std::string minimised_script(Duel& duel, const std::set<std::string>& keys, const std::vector<Step>& steps,
                             std::chrono::milliseconds budget);

}  // namespace aerie

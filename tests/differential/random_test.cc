// SPDX-License-Identifier: BSD-3-Clause
//
// Random streams against both servers, half in RESP2 and half in RESP3: every reply, every watch, and every
// 1,000 commands the whole state. At least 200,000 commands of lists and as many others. AERIE_STREAM_SEED
// ("random" or a number) and AERIE_STREAM_COMMANDS change the run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "differential/state.h"
#include "differential/stream.h"

namespace aerie {
namespace {

constexpr uint64_t kDefaultSeed = 20240607;
constexpr size_t kMinimumOfEach = 200000;  // of lists, and of all else
constexpr size_t kDefaultCommands = 430000;
constexpr size_t kBatch = 40;
constexpr size_t kStateEvery = 1000;
constexpr int kMinimumPerOutcome = 20;
constexpr double kMinimumSuccess = 0.60;
constexpr std::chrono::seconds kMinimiseBudget{20};

size_t command_count() {
  const char* text = std::getenv("AERIE_STREAM_COMMANDS");
  return text == nullptr ? kDefaultCommands : std::strtoull(text, nullptr, 10);
}

uint64_t seed() {
  const char* text = std::getenv("AERIE_STREAM_SEED");
  if (text == nullptr) return kDefaultSeed;
  return std::string(text) == "random" ? std::random_device()() : std::strtoull(text, nullptr, 10);
}

// How often each row showed each outcome.
class Coverage {
 public:
  explicit Coverage(std::vector<StreamRow> rows) : rows_(std::move(rows)), counts_(rows_.size()) {}

  void note(const std::vector<Step>& steps, const std::vector<Reply>& replies) {
    for (size_t i = 0; i < steps.size(); ++i) {
      const Step& step = steps[i];
      if (!step.counted) continue;
      ++commands_;
      errors_ += replies[i].is_error() ? 1 : 0;
      if (step.row < 0) continue;
      auto row = static_cast<size_t>(step.row);
      of_lists_ += rows_[row].of_lists ? 1 : 0;
      unsigned outcome = kDone;
      if (replies[i].is_error()) {
        outcome = replies[i].text.rfind("WRONGTYPE", 0) == 0 ? kWrongType : kError;
      } else if ((rows_[row].outcomes & kDone) == 0) {
        if (i == 0 || !steps[i - 1].probe) continue;
        outcome = replies[i - 1].integer == 1 ? kHit : kMiss;
      }
      ++counts_[row][outcome];
    }
  }

  size_t commands() const { return commands_; }
  size_t of_lists() const { return of_lists_; }
  double success() const { return 1.0 - static_cast<double>(errors_) / static_cast<double>(commands_); }

  // Rows and outcomes that were seen too rarely.
  std::string gaps() {
    std::string text;
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (unsigned outcome : kOutcomes) {
        if ((rows_[i].outcomes & outcome) == 0 || counts_[i][outcome] >= kMinimumPerOutcome) continue;
        text += "  " + rows_[i].name() + ": " + outcome_name(outcome) + " " +
                std::to_string(counts_[i][outcome]) + "\n";
      }
    }
    return text;
  }

 private:
  std::vector<StreamRow> rows_;
  std::vector<std::map<unsigned, int>> counts_;
  size_t commands_ = 0;
  size_t of_lists_ = 0;
  size_t errors_ = 0;
};

class Stream {
 public:
  Stream(uint64_t stream_seed, int protocol, Coverage& coverage)
      : duel_(protocol),
        generator_(stream_seed, protocol),
        keys_(generator_.keys().begin(), generator_.keys().end()),
        runner_(duel_, keys_),
        coverage_(coverage),
        seed_(stream_seed) {}

  // "" or what went wrong.
  std::string run(size_t commands) {
    size_t goal = coverage_.commands() + commands;
    size_t next_state = coverage_.commands() + kStateEvery;
    std::string what = step(generator_.begin());
    while (what.empty() && coverage_.commands() < goal) {
      what = step(generator_.next_batch(kBatch));
      if (!what.empty() || coverage_.commands() < next_state) continue;
      next_state += kStateEvery;
      std::string difference = compare_state(duel_);
      if (!difference.empty()) what = "the states differ\n" + difference;
    }
    return what.empty() ? duel_.finish() : what + explain();
  }

 private:
  std::string step(const std::vector<Step>& steps) {
    size_t before = history_.size();
    history_.insert(history_.end(), steps.begin(), steps.end());
    std::vector<Reply> replies;
    std::optional<Mismatch> mismatch = runner_.run(steps, &replies);
    if (mismatch) {
      history_.resize(before + mismatch->step + 1);
      return "step " + std::to_string(history_.size()) + ", " + mismatch->text;
    }
    coverage_.note(steps, replies);
    return "";
  }

  std::string explain() {
    std::string script = minimised_script(duel_, keys_, history_, kMinimiseBudget);
    std::string file =
        "stream-failure-" + std::to_string(seed_) + "-resp" + std::to_string(duel_.protocol()) + ".txt";
    std::ofstream(file) << script;
    return "\n\nas a script (" + file + "):\n" + script.substr(0, 8000);
  }

  Duel duel_;
  StreamGenerator generator_;
  std::set<std::string> keys_;
  StreamRunner runner_;
  Coverage& coverage_;
  uint64_t seed_;
  std::vector<Step> history_;
};

TEST(RandomStream, KeysAreFew) {
  EXPECT_LE(StreamGenerator(1, 2).keys().size(), 30U);
}

TEST(RandomStream, RepliesWatchesAndStatesAreTheSame) {
  uint64_t run_seed = seed();
  size_t commands = command_count();
  std::cout << "AERIE_STREAM_SEED=" << run_seed << " AERIE_STREAM_COMMANDS=" << commands << std::endl;
  Coverage coverage(stream_rows());
  for (int protocol : {2, 3}) {
    std::string what =
        Stream(run_seed + static_cast<uint64_t>(protocol), protocol, coverage).run(commands / 2);
    ASSERT_EQ(what, "") << "AERIE_STREAM_SEED=" << run_seed << ", RESP" << protocol;
  }
  std::cout << coverage.commands() << " commands, " << coverage.of_lists() << " of lists, "
            << 100 * coverage.success() << " % without error" << std::endl;
  EXPECT_GE(coverage.success(), kMinimumSuccess);
  if (commands >= kDefaultCommands) {
    EXPECT_GE(coverage.of_lists(), kMinimumOfEach);
    EXPECT_GE(coverage.commands() - coverage.of_lists(), kMinimumOfEach);
    EXPECT_EQ(coverage.gaps(), "");
  }
}

}  // namespace
}  // namespace aerie

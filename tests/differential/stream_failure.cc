// SPDX-License-Identifier: BSD-3-Clause
//
// From a stream that fails to a short script: find a suffix that fails from empty databases, then drop pieces
// of it as long as it still fails (delta debugging), within a time budget.
#include <algorithm>

#include "differential/state.h"
#include "differential/stream.h"

namespace aerie {
namespace {

using std::chrono::steady_clock;

constexpr size_t kFallbackSteps = 50;

bool names_any(const Step& step, const std::set<std::string>& names) {
  return std::any_of(step.words.begin(), step.words.end(),
                     [&](const std::string& word) { return names.count(word) == 1; });
}

class Minimiser {
 public:
  Minimiser(Duel& duel, const std::set<std::string>& keys, steady_clock::time_point deadline)
      : duel_(duel), keys_(keys), deadline_(deadline) {}

  // The shortest of ever longer suffixes that fails; empty when none does.
  std::vector<Step> failing_suffix(const std::vector<Step>& steps) {
    for (size_t length = 100;; length *= 4) {
      size_t begin = length >= steps.size() ? 0 : steps.size() - length;
      std::vector<Step> suffix(steps.begin() + static_cast<std::ptrdiff_t>(begin), steps.end());
      if (fails(suffix)) return suffix;
      if (begin == 0 || out_of_time()) return {};
    }
  }

  std::vector<Step> shrink(std::vector<Step> steps) {
    for (size_t piece = std::max<size_t>(steps.size() / 2, 1);; piece = std::max<size_t>(piece / 2, 1)) {
      bool shrunk = false;
      for (size_t at = 0; at < steps.size() && !out_of_time();) {
        std::vector<Step> less = steps;
        auto begin = less.begin() + static_cast<std::ptrdiff_t>(at);
        less.erase(begin, less.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, less.size())));
        if (fails(less)) {
          steps = std::move(less);
          shrunk = true;
        } else {
          at += piece;
        }
      }
      if (out_of_time() || (piece == 1 && !shrunk)) return steps;
    }
  }

 private:
  bool out_of_time() const { return steady_clock::now() > deadline_; }

  bool fails(const std::vector<Step>& steps) {
    duel_.reset();
    StreamRunner runner(duel_, keys_);
    return runner.run(steps).has_value() || !compare_state(duel_).empty();
  }

  Duel& duel_;
  const std::set<std::string>& keys_;
  steady_clock::time_point deadline_;
};

// Clients are renamed to what scripts allow.
std::string as_script(const std::vector<Step>& steps, const char* title) {
  std::map<std::string, std::string> names;
  const auto script_name = [&](const std::string& client) {
    return names.try_emplace(client, "c" + std::to_string(names.size() + 1)).first->second;
  };
  std::string text = std::string("[") + title + "]\n";
  bool somebody_waits = false;
  for (const Step& step : steps) {
    somebody_waits |= step.may_block;
    Words words = step.words;
    for (std::string& word : words) {
      if (word.starts_with('@')) word = "@" + script_name(word.substr(1));
    }
    text += script_name(step.client) + (step.may_block ? "! " : "> ") + script_line(words) + "\n";
    if (somebody_waits) text += "told\n";
  }
  return text;
}

}  // namespace

std::string minimised_script(Duel& duel, const std::set<std::string>& keys, const std::vector<Step>& steps,
                             std::chrono::milliseconds budget) {
  if (steps.empty()) return "";
  try {
    Minimiser minimiser(duel, keys, steady_clock::now() + budget);
    std::vector<Step> failing = minimiser.failing_suffix(steps);
    if (!failing.empty()) return as_script(minimiser.shrink(std::move(failing)), "minimised stream");
  } catch (const std::exception& error) {
    return std::string("# minimising ended: ") + error.what() + "\n" +
           as_script({steps.end() - static_cast<std::ptrdiff_t>(std::min(steps.size(), kFallbackSteps)),
                      steps.end()},
                     "last steps of the stream");
  }
  std::set<std::string> named;
  for (const std::string& word : steps.back().words) {
    if (keys.count(word) == 1) named.insert(word);
  }
  std::vector<Step> last;
  for (auto step = steps.rbegin(); step != steps.rend() && last.size() < kFallbackSteps; ++step) {
    if (named.empty() || names_any(*step, named)) last.push_back(*step);
  }
  std::reverse(last.begin(), last.end());
  return as_script(last, "last steps that name the key");
}

}  // namespace aerie

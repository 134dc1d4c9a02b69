// SPDX-License-Identifier: BSD-3-Clause
//
// Every file of scripts/ against both servers, in RESP2 and in RESP3; and at the end of a complete run, that
// every row of the reviewed table was needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "differential/script.h"

namespace aerie {
namespace {

constexpr size_t kShownDifferences = 20;

RowUse& row_use() {
  static RowUse use;
  return use;
}

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(AERIE_SCRIPTS)) {
    std::string stem = entry.path().stem().string();
    if (stem != "README") names.push_back(stem);
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scripts : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(Scripts, RepliesAreTheSame) {
  auto [name, protocol] = GetParam();
  std::vector<ScriptCase> cases = load_script(std::string(AERIE_SCRIPTS) + "/" + name + ".txt");
  ASSERT_FALSE(cases.empty());
  Duel duel(protocol);
  ScriptRunner runner(duel, row_use());
  size_t shown = 0;
  for (const ScriptCase& script : cases) {
    try {
      for (const std::string& difference : runner.run(script)) {
        if (++shown <= kShownDifferences)
          ADD_FAILURE() << name << ".txt [" << script.name << "] " << difference;
      }
    } catch (const std::exception& error) {
      ADD_FAILURE() << name << ".txt [" << script.name << "]: " << error.what();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));  // a crash report takes its time
      if (duel.subject().running()) continue;
      ADD_FAILURE() << "the subject has ended:\n" << duel.subject().output();
      return;
    }
  }
  if (shown > kShownDifferences) ADD_FAILURE() << name << ".txt: " << shown << " differences in all";
  RecordProperty("commands", runner.commands());
  EXPECT_GT(runner.commands(), 10);
  EXPECT_EQ(duel.finish(), "");
}

std::string case_name(const testing::TestParamInfo<std::tuple<std::string, int>>& test) {
  return std::get<0>(test.param) + "_resp" + std::to_string(std::get<1>(test.param));
}

INSTANTIATE_TEST_SUITE_P(All, Scripts,
                         testing::Combine(testing::ValuesIn(script_names()), testing::Values(2, 3)),
                         case_name);

// Not a script, so that no command can be forgotten: the subject says which there are.
class CommandDocs : public testing::TestWithParam<int> {};

TEST_P(CommandDocs, OfEveryCommandAreTheSame) {
  Duel duel(GetParam());
  ReplyJudge judge(row_use(), duel.subject_is_redis());
  ClientPair& clients = duel.client("c1");
  size_t asked = 0;
  for (const Reply& name : clients.subject.ask({"COMMAND", "LIST"}).elements) {
    if (name.text.find('|') != std::string::npos) continue;
    ++asked;
    const Words words = {"COMMAND", "DOCS", name.text};
    const ReplyPair replies = exchange_one(clients, words);
    EXPECT_EQ(judge.judge(words, replies.subject, replies.oracle), "");
  }
  EXPECT_GT(asked, 80U);
  EXPECT_EQ(duel.finish(), "");
}

INSTANTIATE_TEST_SUITE_P(All, CommandDocs, testing::Values(2, 3),
                         [](const auto& test) { return "resp" + std::to_string(test.param); });

// Runs after all tests. With a filter the run is not complete, and says nothing about unused rows.
class UnusedRows : public testing::Environment {
  void TearDown() override {
    if (testing::GTEST_FLAG(filter) != "*") return;
    for (const std::string& name : row_use().unused()) {
      ADD_FAILURE() << "no script uses the reviewed row of '" << name << "': use it or remove it";
    }
  }
};

const testing::Environment* const kUnusedRows = testing::AddGlobalTestEnvironment(new UnusedRows);

}  // namespace
}  // namespace aerie

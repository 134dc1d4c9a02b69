// SPDX-License-Identifier: BSD-3-Clause
//
// The log: line format, levels, files, and what escaping lets through. Each test writes into a file of its
// own under the directory for temporary files and puts the global logger back when it ends. Lines are
// compared with regular expressions, since they hold the time and the process.
#include "aerie/base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <regex>
#include <sstream>

namespace aerie {
namespace {

class LogTest : public ::testing::Test {
 protected:
  LogTest() : path_(::testing::TempDir() + "aerie_log_" + std::to_string(getpid())) {
    EXPECT_TRUE(log_open(path_).ok());
  }
  ~LogTest() override {
    EXPECT_TRUE(log_open("").ok());
    log_set_level(LogLevel::kNotice);
    log_set_role('M');
    unlink(path_.c_str());
  }
  std::string content() const {
    std::ifstream file(path_);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  std::string path_;
};

TEST_F(LogTest, WritesTheLineFormatThatToolsRead) {
  log_notice("Ready to accept connections %s", "tcp");
  log_warning("careful");
  log_set_role('C');
  log_warning("child");
  const std::string all = content();
  const std::string head = std::to_string(getpid());
  const std::regex expected(
      head + R"(:M \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3} \* Ready to accept connections tcp
)" + head +
      R"(:M .* # careful
)" + head +
      R"(:C .* # child
)");
  EXPECT_TRUE(std::regex_match(all, expected)) << all;
}

TEST_F(LogTest, DropsWhatIsBelowTheLevel) {
  log_debug("one");
  log_verbose("two");
  EXPECT_EQ(content(), "");
  log_set_level(LogLevel::kDebug);
  log_debug("three");
  log_verbose("four");
  EXPECT_NE(content().find(". three\n"), std::string::npos);
  EXPECT_NE(content().find("- four\n"), std::string::npos);
  const size_t before = content().size();
  log_set_level(LogLevel::kNothing);
  log_warning("five");
  log_raw(LogLevel::kWarning, "six");
  EXPECT_EQ(content().size(), before);
}

TEST_F(LogTest, CutsLongLinesAndWritesRawText) {
  log_warning("%s", std::string(100'000, 'x').c_str());
  EXPECT_LT(content().size(), kLogMaxText + 100);
  EXPECT_EQ(content().back(), '\n');
  log_raw(LogLevel::kWarning, "a\nb\n");
  EXPECT_TRUE(content().ends_with("xa\nb\n") || content().ends_with("x\na\nb\n"));
}

TEST_F(LogTest, FollowsARenamedFile) {
  log_warning("before");
  const std::string rotated = path_ + ".1";
  ASSERT_EQ(rename(path_.c_str(), rotated.c_str()), 0);
  log_warning("after");
  EXPECT_NE(content().find("after"), std::string::npos);
  EXPECT_EQ(content().find("before"), std::string::npos);
  unlink(rotated.c_str());
}

TEST_F(LogTest, RefusesAFileThatCannotBeOpened) {
  const Status opened = log_open("/nonexistent-directory/file");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ENOENT);
  log_warning("still here");
  EXPECT_NE(content().find("still here"), std::string::npos);
}

TEST(EscapeForLog, LeavesNothingThatATerminalWouldObey) {
  EXPECT_EQ(escape_for_log("plain text 123"), "plain text 123");
  EXPECT_EQ(escape_for_log("a\nb\rc\td\ae\bf"), "a\\nb\\rc\\td\\ae\\bf");
  EXPECT_EQ(escape_for_log("\"\\"), "\\\"\\\\");
  EXPECT_EQ(escape_for_log(std::string_view("\0\x1b[31m\x7f\xc3\xa9", 9)), "\\x00\\x1b[31m\\x7f\\xc3\\xa9");
}

}  // namespace
}  // namespace aerie

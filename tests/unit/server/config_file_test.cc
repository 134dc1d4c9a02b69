// SPDX-License-Identifier: BSD-3-Clause
//
// The syntax of redis.conf: words and quotes, comments, include,
// and what is said about a line that is wrong.
#include "aerie/server/config_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "aerie/engine/config.h"

namespace aerie {
namespace {

using Words = std::vector<std::string>;

// A directory of its own for each test.
class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    char name[] = "/tmp/aerie-config-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~ConfigFile() override {
    for (const std::string& path : written_) ::unlink(path.c_str());
    ::rmdir(directory_.c_str());
  }
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << content;
    written_.push_back(path);
    return path;
  }

  std::string directory_;
  std::vector<std::string> written_;
  Config config_;
};

TEST_F(ConfigFile, LoadsDirectivesInOrder) {
  const auto error =
      load_config_text("# comment\n\n  PORT 7001  \r\nport 7002\nrequirepass \"a b\"\n", &config_);
  ASSERT_FALSE(error.has_value()) << error->message();
  EXPECT_EQ(config_.settings().port, 7002);
  EXPECT_EQ(config_.settings().requirepass, "a b");
}

TEST_F(ConfigFile, NamesLineTextAndReason) {
  const auto error = load_config_text("port 7001\n\nport abc\n", &config_);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->line, 3);
  EXPECT_EQ(error->text, "port abc");
  const std::string message = error->message();
  EXPECT_NE(message.find("*** FATAL CONFIG FILE ERROR"), std::string::npos);
  EXPECT_NE(message.find("at line 3\n>>> 'port abc'\n"), std::string::npos);
}

TEST_F(ConfigFile, RefusesUnknownDirectivesAndQuotes) {
  const auto unknown = load_config_text("no-such-directive yes\n", &config_);
  ASSERT_TRUE(unknown.has_value());
  EXPECT_EQ(unknown->reason, "Bad directive or wrong number of arguments");
  const auto quotes = load_config_text("requirepass \"a\n", &config_);
  ASSERT_TRUE(quotes.has_value());
  EXPECT_EQ(quotes->reason, "Unbalanced quotes in configuration line");
}

TEST_F(ConfigFile, FollowsIncludes) {
  const std::string inner = write("inner.conf", "port 7009\n");
  const auto error = load_config_text("port 7001\ninclude " + inner + "\n", &config_);
  ASSERT_FALSE(error.has_value()) << error->message();
  EXPECT_EQ(config_.settings().port, 7009);
}

TEST_F(ConfigFile, AnErrorInAnIncludedFileNamesThatFile) {
  const std::string inner = write("inner.conf", "port 7009\nport abc\n");
  const std::string outer = write("outer.conf", "\n\ninclude " + inner + "\n");
  const auto error = load_config_text("include " + outer + "\n", &config_);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->file, inner);
  EXPECT_EQ(error->line, 2);
  EXPECT_NE(
      error->message().find("Reading the configuration file '" + inner + "', at line 2\n>>> 'port abc'\n"),
      std::string::npos)
      << error->message();
}

TEST_F(ConfigFile, IncludesByPattern) {
  write("a.conf", "port 7003\n");
  write("b.conf", "timeout 17\n");
  ASSERT_FALSE(load_config_text("include " + directory_ + "/*.conf\n", &config_).has_value());
  EXPECT_EQ(config_.settings().port, 7003);
  EXPECT_EQ(config_.settings().timeout_s, 17);
  EXPECT_FALSE(load_config_text("include " + directory_ + "/*.none\n", &config_).has_value());
}

TEST_F(ConfigFile, AFileThatIncludesItselfEnds) {
  const std::string path = directory_ + "/loop.conf";
  write("loop.conf", "include " + path + "\n");
  const auto error = load_config_text("include " + path + "\n", &config_);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, "too many nested include directives");
}

TEST_F(ConfigFile, AMissingFileIsNamed) {
  const auto error = load_config_text("include " + directory_ + "/none.conf\n", &config_);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->line, 0);
  EXPECT_EQ(error->message(),
            "Fatal error, can't open config file '" + directory_ + "/none.conf': No such file or directory");
}

TEST_F(ConfigFile, ReadsWholeFiles) {
  const std::string content(100'000, 'x');
  const std::string path = write("big.conf", content);
  std::string read;
  ASSERT_FALSE(read_config_file(path, &read).has_value());
  EXPECT_EQ(read, content);
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The shapes of a command line, each as
// redis-server 7.0.15 takes it.
#include "aerie/server/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aerie {
namespace {

CommandLine parse(const std::vector<std::string_view>& args) {
  return parse_command_line(args);
}

TEST(CommandLine, NothingMeansDefaults) {
  const CommandLine line = parse({});
  EXPECT_EQ(line.action, CommandLine::Action::kRun);
  EXPECT_EQ(line.config_file, "");
  EXPECT_FALSE(line.reads_stdin);
  EXPECT_EQ(line.options, "");
}

TEST(CommandLine, VersionAndHelpComeFirst) {
  EXPECT_EQ(parse({"--version"}).action, CommandLine::Action::kShowVersion);
  EXPECT_EQ(parse({"-v"}).action, CommandLine::Action::kShowVersion);
  EXPECT_EQ(parse({"--help"}).action, CommandLine::Action::kShowHelp);
  EXPECT_EQ(parse({"-h"}).action, CommandLine::Action::kShowHelp);
  EXPECT_EQ(parse({"--version", "--port", "1"}).action, CommandLine::Action::kShowVersion);
  EXPECT_EQ(parse({"-h", "x"}).action, CommandLine::Action::kShowHelp);
  EXPECT_EQ(parse({"--port", "1", "--version"}).action, CommandLine::Action::kRun);
}

TEST(CommandLine, FirstArgumentWithoutDashIsTheFile) {
  const CommandLine line = parse({"/etc/redis.conf", "--port", "7000"});
  EXPECT_EQ(line.config_file, "/etc/redis.conf");
  EXPECT_EQ(line.options, "port \"7000\" ");
}

TEST(CommandLine, EachOptionIsALine) {
  EXPECT_EQ(parse({"--port", "7000", "--bind", "127.0.0.1", "::1"}).options,
            "port \"7000\" \nbind \"127.0.0.1\" \"::1\" ");
}

TEST(CommandLine, NameAndValueMayShareAnArgument) {
  EXPECT_EQ(parse({"--maxmemory 700mb", "--port", "7000"}).options, "maxmemory 700mb \nport \"7000\" ");
}

TEST(CommandLine, AValueMayLookLikeAnOption) {
  EXPECT_EQ(parse({"--requirepass", "--secret", "--port", "1"}).options,
            "requirepass \"--secret\" \nport \"1\" ");
}

TEST(CommandLine, SaveWithoutValueMeansNone) {
  EXPECT_EQ(parse({"--save"}).options, "save \"\"");
  EXPECT_EQ(parse({"--SAVE", "--port", "1"}).options, "SAVE \"\"\nport \"1\" ");
  EXPECT_EQ(parse({"--save", ""}).options, "save \"\" ");
  EXPECT_EQ(parse({"--save", "100", "100"}).options, "save \"100\" \"100\" ");
}

TEST(CommandLine, DashFirstOrLastReadsStandardInput) {
  EXPECT_TRUE(parse({"-"}).reads_stdin);
  EXPECT_TRUE(parse({"-", "--port", "1"}).reads_stdin);
  EXPECT_TRUE(parse({"f.conf", "--port", "1", "-"}).reads_stdin);
  const CommandLine middle = parse({"--logfile", "-", "--port", "1"});
  EXPECT_FALSE(middle.reads_stdin);
  EXPECT_EQ(middle.options, "logfile \"-\" \nport \"1\" ");
}

TEST(CommandLine, ValuesAreQuotedSoThatLinesStayWhole) {
  EXPECT_EQ(parse({"--requirepass", "a b\"c\n"}).options, "requirepass \"a b\\\"c\\n\" ");
}

TEST(CommandLine, HelpNamesTheProgram) {
  EXPECT_NE(command_line_help("aerie-server").find("aerie-server [/path/to/redis.conf]"), std::string::npos);
}

}  // namespace
}  // namespace aerie

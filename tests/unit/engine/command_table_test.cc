// SPDX-License-Identifier: BSD-3-Clause
//
// Command lookup by name in any case, subcommands, numbers,
// and the extraction of keys from a request.
#include "aerie/engine/command_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "aerie/commands/families.h"

namespace aerie {
namespace {

class CommandTableTest : public ::testing::Test {
 protected:
  CommandTable table_{command_families()};

  std::vector<uint32_t> keys(const std::vector<std::string_view>& args,
                             KeyExtraction expected = KeyExtraction::kOk) {
    bool bad_subcommand = false;
    const Command* command = table_.find(args, &bad_subcommand);
    EXPECT_NE(command, nullptr);
    std::vector<KeyPosition> positions;
    EXPECT_EQ(extract_keys(*command->spec, args, &positions), expected);
    std::vector<uint32_t> indexes;
    for (const KeyPosition& position : positions) indexes.push_back(position.index);
    return indexes;
  }
};

TEST_F(CommandTableTest, FindsEveryCommandInAnyCase) {
  for (const Command* command : table_.top_level()) {
    std::string upper(command->spec->name);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EXPECT_EQ(table_.find(command->spec->name), command);
    EXPECT_EQ(table_.find(upper), command);
    upper.front() = static_cast<char>(upper.front() | 0x20);
    EXPECT_EQ(table_.find(upper), command);
  }
}

TEST_F(CommandTableTest, RefusesWhatOnlyLooksLikeAName) {
  EXPECT_EQ(table_.find(""), nullptr);
  EXPECT_EQ(table_.find("ge"), nullptr);
  EXPECT_EQ(table_.find("gett"), nullptr);
  EXPECT_EQ(table_.find(std::string(1000, 'g')), nullptr);
  EXPECT_EQ(table_.find(std::string_view("get\0", 4)), nullptr);
  // Every single byte that differs from a name, in every position.
  for (const std::string name : {"get", "incrbyfloat", "pexpiretime"}) {
    for (size_t i = 0; i < name.size(); ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = name;
        changed[i] = static_cast<char>(byte);
        const bool same = byte == name[i] || byte == name[i] - 32;
        const Command* found = table_.find(changed);
        if (same) {
          ASSERT_NE(found, nullptr) << changed;
        } else {
          ASSERT_TRUE(found == nullptr || found->spec->name != name) << changed;
        }
      }
    }
  }
}

TEST_F(CommandTableTest, AddressesSubcommands) {
  bool bad_subcommand = false;
  const std::vector<std::string_view> list = {"Client", "LIST", "TYPE", "normal"};
  EXPECT_EQ(table_.find(list, &bad_subcommand)->full_name, "client|list");
  EXPECT_FALSE(bad_subcommand);
  const std::vector<std::string_view> unknown = {"client", "nonsense"};
  EXPECT_EQ(table_.find(unknown, &bad_subcommand)->full_name, "client");
  EXPECT_TRUE(bad_subcommand);
  const std::vector<std::string_view> alone = {"client"};
  EXPECT_EQ(table_.find(alone, &bad_subcommand)->full_name, "client");
  EXPECT_FALSE(bad_subcommand);
  EXPECT_EQ(table_.find_full_name("client|list"), table_.find(list, &bad_subcommand));
  EXPECT_EQ(table_.find_full_name("client|nonsense"), nullptr);
}

TEST_F(CommandTableTest, NumbersAreDenseAndNamesUnique) {
  std::set<std::string> names;
  for (uint32_t i = 0; i < table_.size(); ++i) {
    EXPECT_EQ(table_.at(i).number, i);
    EXPECT_TRUE(names.insert(table_.at(i).full_name).second) << table_.at(i).full_name;
  }
  EXPECT_EQ(table_.top_level().size(), table_.top_level_count());
}

TEST_F(CommandTableTest, ExtractsKeys) {
  EXPECT_EQ(keys({"get", "a"}), (std::vector<uint32_t>{1}));
  EXPECT_EQ(keys({"mset", "a", "1", "b", "2"}), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(keys({"del", "a", "b", "c"}), (std::vector<uint32_t>{1, 2, 3}));
  EXPECT_EQ(keys({"rename", "a", "b"}), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(keys({"object", "encoding", "a"}), (std::vector<uint32_t>{2}));
  EXPECT_EQ(keys({"ping"}, KeyExtraction::kNoKeys), (std::vector<uint32_t>{}));
}

TEST(KeyExtraction, CountsOfClientsAreChecked) {
  KeySpec specs[1];
  specs[0].flags = kKeyRo;
  specs[0].begin = 1;
  specs[0].key_count_at = 0;
  specs[0].first_key = 1;
  CommandSpec spec;
  spec.name = "counted";
  spec.key_specs = specs;
  std::vector<KeyPosition> positions;
  const auto extract = [&](std::vector<std::string_view> args) {
    return extract_keys(spec, args, &positions);
  };
  EXPECT_EQ(extract({"counted", "2", "a", "b", "c"}), KeyExtraction::kOk);
  ASSERT_EQ(positions.size(), 2u);
  EXPECT_EQ(positions[1].index, 3u);
  for (std::string_view count : {"0", "-1", "4", "2147483648", "9223372036854775807", "x", ""}) {
    EXPECT_EQ(extract({"counted", count, "a", "b", "c"}), KeyExtraction::kInvalidArguments) << count;
  }
  EXPECT_EQ(extract({"counted"}), KeyExtraction::kInvalidArguments);
  EXPECT_EQ(extract({"counted", "1"}), KeyExtraction::kInvalidArguments);
}

}  // namespace
}  // namespace aerie

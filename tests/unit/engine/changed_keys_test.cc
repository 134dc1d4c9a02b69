// SPDX-License-Identifier: BSD-3-Clause
//
// Keys that were changed, by prefix: order, the last of several changes, portions, rounds, and all of it
// against a model.
#include "aerie/engine/changed_keys.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aerie/base/random.h"

namespace aerie {
namespace {

using Lines = std::vector<std::string>;

// "prefix: key/client key/client" for each portion.
Lines take_all(ChangedKeys& keys) {
  Lines lines;
  ChangedKeys::Portion portion;
  while (keys.take(&portion)) {
    lines.push_back(std::string(portion.prefix) + ":");
    for (const ChangedKeys::Change& change : portion.changes)
      lines.back().append(" ").append(change.key).append("/").append(std::to_string(change.client));
  }
  return lines;
}

void change(ChangedKeys& keys, std::string_view key, uint64_t client,
            const std::vector<std::string>& prefixes) {
  keys.add(key, client);
  for (const std::string& prefix : prefixes) keys.add_to(prefix);
}

TEST(ChangedKeys, AreSortedAndNamedOnceForEachPrefix) {
  ChangedKeys keys;
  EXPECT_TRUE(keys.empty());
  change(keys, "foo", 1, {"", "f", "foo"});
  change(keys, "bar", 2, {"", "b"});
  change(keys, "foo", 3, {"", "f", "foo"});
  change(keys, "fa", 0, {"", "f"});
  EXPECT_FALSE(keys.empty());
  EXPECT_EQ(take_all(keys), (Lines{": bar/2 fa/0 foo/3", "b: bar/2", "f: fa/0 foo/3", "foo: foo/3"}));
  EXPECT_TRUE(keys.empty());
  EXPECT_EQ(take_all(keys), Lines{});
  change(keys, "x", 7, {"x"});
  EXPECT_EQ(take_all(keys), (Lines{"x: x/7"}));
}

TEST(ChangedKeys, WhatComesWhileARoundIsTakenBelongsToTheNext) {
  ChangedKeys keys;
  change(keys, "a", 1, {"a"});
  change(keys, "b", 1, {"b"});
  ChangedKeys::Portion portion;
  ASSERT_TRUE(keys.take(&portion));
  EXPECT_EQ(portion.prefix, "a");
  change(keys, "a2", 1, {"a"});
  ASSERT_TRUE(keys.take(&portion));
  EXPECT_EQ(portion.prefix, "b");
  EXPECT_FALSE(keys.empty());
  EXPECT_EQ(take_all(keys), (Lines{"a: a2/1"}));
}

TEST(ChangedKeys, ManyComeInPortionsThatFitAMessage) {
  ChangedKeys keys;
  constexpr size_t kMany = 10'000;
  for (size_t i = 0; i < kMany; ++i) change(keys, std::to_string(i), i, {""});
  std::set<std::string> seen;
  size_t portions = 0;
  ChangedKeys::Portion portion;
  for (; keys.take(&portion); ++portions) {
    ASSERT_LE(portion.changes.size(), ChangedKeys::kPortionBytes / ChangedKeys::kBytesPerName);
    for (const ChangedKeys::Change& one : portion.changes) {
      EXPECT_EQ(one.client, std::stoul(std::string(one.key)));
      seen.emplace(one.key);
    }
  }
  EXPECT_EQ(seen.size(), kMany);
  EXPECT_GT(portions, kMany * ChangedKeys::kBytesPerName / ChangedKeys::kPortionBytes);
  // A name that fits no portion has one of its own.
  change(keys, "small", 1, {""});
  change(keys, std::string(2 * ChangedKeys::kPortionBytes, 'x'), 1, {""});
  change(keys, "other", 1, {""});
  EXPECT_EQ(take_all(keys).size(), 3u);
}

TEST(ChangedKeys, AreLikeTheirModel) {
  Random random(7);
  ChangedKeys keys;
  std::map<std::string, std::map<std::string, uint64_t>> model;  // prefix -> key -> client
  for (int step = 0; step < 20'000; ++step) {
    if (random.below(50) != 0) {
      const std::string key = std::to_string(random.below(300));
      const uint64_t client = random.below(9);
      std::vector<std::string> prefixes;
      for (size_t length = 0; length <= key.size(); ++length) {
        if (length == key.size() || random.below(2) == 0) prefixes.push_back(key.substr(0, length));
      }
      change(keys, key, client, prefixes);
      for (const std::string& prefix : prefixes) model[prefix][key] = client;
      continue;
    }
    Lines expected;
    for (const auto& [prefix, changes] : model) {
      expected.push_back(prefix + ":");
      for (const auto& [key, client] : changes)
        expected.back().append(" ").append(key).append("/").append(std::to_string(client));
    }
    ASSERT_EQ(take_all(keys), expected) << step;
    model.clear();
  }
}

}  // namespace
}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The log of refusals: order and numbers, grouping within a minute and among the newest, length, and that
// nothing large stays in it, whatever a client chose as a key or as the name of a user that it is not: all
// texts are cut.
#include "aerie/engine/acl_log.h"

#include <gtest/gtest.h>

namespace aerie {
namespace {

AclLogEntry entry(std::string object, std::string user = "alice", AclDenial reason = AclDenial::kKey) {
  AclLogEntry made;
  made.reason = reason;
  made.object = std::move(object);
  made.user = std::move(user);
  return made;
}

std::string objects(const AclLog& log) {
  std::string text;
  for (const AclLogEntry& one : log.entries()) text += one.object + ":" + std::to_string(one.count) + " ";
  return text;
}

TEST(AclLog, TheNewestIsFirst) {
  AclLog log;
  log.add(entry("a"), 1000);
  log.add(entry("b"), 2000);
  EXPECT_EQ(objects(log), "b:1 a:1 ");
  EXPECT_EQ(log.entries()[0].id, 1u);
  EXPECT_EQ(log.entries()[1].id, 0u);
  EXPECT_EQ(log.entries()[0].created_ms, 2000);
  log.clear();
  log.add(entry("c"), 3000);
  EXPECT_EQ(log.entries()[0].id, 2u) << "numbers go on";
}

TEST(AclLog, TheSameWithinAMinuteIsCounted) {
  AclLog log;
  log.add(entry("a"), 1000);
  log.add(entry("b"), 2000);
  log.add(entry("a"), 61'000);
  EXPECT_EQ(objects(log), "a:2 b:1 ") << "and comes to the front";
  EXPECT_EQ(log.entries()[0].id, 0u);
  EXPECT_EQ(log.entries()[0].created_ms, 1000);
  EXPECT_EQ(log.entries()[0].updated_ms, 61'000);
  log.add(entry("a"), 121'000);
  EXPECT_EQ(objects(log), "a:3 b:1 ") << "a minute after the last time";
  log.add(entry("a"), 181'001);
  EXPECT_EQ(objects(log), "a:1 a:3 b:1 ");
}

TEST(AclLog, OnlyTheSameIsTheSame) {
  AclLog log;
  log.add(entry("a"), 0);
  log.add(entry("a", "bob"), 0);
  log.add(entry("a", "alice", AclDenial::kChannel), 0);
  AclLogEntry in_transaction = entry("a");
  in_transaction.in_transaction = true;
  log.add(in_transaction, 0);
  EXPECT_EQ(objects(log), "a:1 a:1 a:1 a:1 ");
}

TEST(AclLog, LooksAtTheTenNewest) {
  AclLog log;
  for (int i = 0; i < 11; ++i) log.add(entry("k" + std::to_string(i)), 0);
  log.add(entry("k1"), 0);
  EXPECT_EQ(log.entries().front().count, 2u);
  log.add(entry("k0"), 0);
  EXPECT_EQ(log.entries().front().count, 1u) << "too far back";
}

TEST(AclLog, HasALongestLength) {
  AclLog log;
  log.set_max_length(2);
  for (int i = 0; i < 5; ++i) log.add(entry("k" + std::to_string(i)), 0);
  EXPECT_EQ(objects(log), "k4:1 k3:1 ");
  log.set_max_length(0);
  EXPECT_EQ(log.entries().size(), 2u) << "is cut with the next entry";
  log.add(entry("x"), 0);
  EXPECT_TRUE(log.entries().empty());
}

TEST(AclLog, LongTextsAreCut) {
  AclLog log;
  AclLogEntry large = entry(std::string(100'000, 'k'), std::string(100'000, 'u'));
  large.client = std::string(100'000, 'c');
  log.add(large, 0);
  log.add(large, 0);
  ASSERT_EQ(log.entries().size(), 1u);
  EXPECT_EQ(log.entries()[0].count, 2u);
  EXPECT_EQ(log.entries()[0].object, std::string(AclLog::kMostTextBytes, 'k'));
  EXPECT_EQ(log.entries()[0].user.size(), AclLog::kMostTextBytes);
  EXPECT_EQ(log.entries()[0].client.size(), AclLog::kMostTextBytes);
}

}  // namespace
}  // namespace aerie

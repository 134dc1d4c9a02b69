// SPDX-License-Identifier: BSD-3-Clause
//
// The keyspace against a model: seeded random writes, edits, deadlines, renames, copies, flushes and passing
// time, on few keys so that they meet, compared with a std::map after every step that reads and as a whole
// now and then.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/store/keyspace.h"

namespace aerie {
namespace {

constexpr uint32_t kDatabases = 3;

struct ModelValue {
  std::string bytes;
  int64_t deadline = kNoDeadline;
};
using Model = std::map<std::string, ModelValue>;

class KeyspaceModel : public ::testing::TestWithParam<uint64_t> {
 protected:
  KeyspaceModel() : random_(GetParam()), keyspace_(kDatabases, HashSeed::fixed(GetParam())) {
    keyspace_.set_now_ms(now_);
  }

  Database& db() { return keyspace_.db(db_); }
  Model& model() { return models_[db_]; }
  std::string some_name() {
    const uint64_t n = random_.below(200);
    // Names of every kind: short, longer than the short length, empty.
    if (n == 0) return {};
    return n % 50 == 1 ? std::string(300 + n, 'k') : "key:" + std::to_string(n);
  }
  std::string some_value() {
    switch (random_.below(6)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.next()));
      case 1:
        return std::to_string(random_.below(100));
      case 2:
        return std::string(random_.below(60), 'a');
      case 3:
        return std::string(200 + random_.below(900), 'b');
      case 4:
        return std::string(900 + random_.below(9000), 'c');
      default:
        return {};
    }
  }
  int64_t some_deadline() {
    return now_ + 1 + static_cast<int64_t>(random_.below(random_.below(2) ? 300 : 90'000'000));
  }

  void forget_expired() {
    for (Model& one : models_)
      std::erase_if(one, [this](const auto& item) {
        return item.second.deadline != kNoDeadline && item.second.deadline <= now_;
      });
  }
  void step();
  void set_one();
  void edit_one();
  void move_one();
  void read_one();
  void compare_all();

  Random random_;
  Keyspace keyspace_;
  Model models_[kDatabases];
  uint32_t db_ = 0;
  int64_t now_ = 1'700'000'000'000;
};

void KeyspaceModel::set_one() {
  const std::string name = some_name();
  const std::string value = some_value();
  const auto old = model().find(name);
  switch (random_.below(3)) {
    case 0:
      db().set_string(keyspace_.key(name), std::string_view(value));
      model()[name] = {value, kNoDeadline};
      return;
    case 1: {
      const int64_t keep = old == model().end() ? kNoDeadline : old->second.deadline;
      db().set_string(keyspace_.key(name), std::string_view(value), Deadline::kKeep);
      model()[name] = {value, keep};
      return;
    }
    default: {
      const int64_t deadline = some_deadline();
      Blob blob = Blob::copy_of(value);
      if (blob.empty()) {
        db().set_string(keyspace_.key(name), std::string_view(value), Deadline::kSet, deadline);
      } else {
        db().set_string(keyspace_.key(name), StringSource(&blob), Deadline::kSet, deadline);
      }
      model()[name] = {value, deadline};
    }
  }
}

void KeyspaceModel::edit_one() {
  const std::string name = some_name();
  const bool existed = model().count(name) != 0;
  ModelValue& expected = model()[name];
  const std::string bytes = some_value() + "x";
  StringEdit edit = db().edit_string(keyspace_.key(name));
  ASSERT_EQ(edit.exists(), existed);
  switch (random_.below(4)) {
    case 0:
      expected.bytes += bytes;
      EXPECT_EQ(edit.append(bytes), expected.bytes.size());
      break;
    case 1: {
      const size_t offset = random_.below(2000);
      if (expected.bytes.size() < offset + bytes.size()) expected.bytes.resize(offset + bytes.size(), '\0');
      expected.bytes.replace(offset, bytes.size(), bytes);
      EXPECT_EQ(edit.write_at(offset, bytes), expected.bytes.size());
      break;
    }
    case 2:
      expected.bytes = "-12345";
      edit.set_integer(-12345);
      break;
    default:
      expected.bytes = "3.25";
      edit.assign("3.25");
  }
  edit.changed("edited");
}

void KeyspaceModel::move_one() {
  const std::string from = some_name();
  const std::string to = some_name();
  const uint32_t target = static_cast<uint32_t>(random_.below(kDatabases));
  if (target == db_ && from == to) return;
  const auto source = model().find(from);
  const bool existed = source != model().end();
  if (random_.below(2) == 0) {
    EXPECT_EQ(db().copy_key(keyspace_.key(from), keyspace_.db(target), keyspace_.key(to)), existed);
    if (existed) models_[target][to] = ModelValue(source->second);
    return;
  }
  EXPECT_EQ(db().move_key(keyspace_.key(from), keyspace_.db(target), keyspace_.key(to), "a", "b"), existed);
  if (!existed) return;
  const ModelValue moved = source->second;
  model().erase(source);
  models_[target][to] = moved;
}

void KeyspaceModel::read_one() {
  const std::string name = some_name();
  const auto expected = model().find(name);
  const Lookup<StringValue> found = db().find<StringValue>(keyspace_.key(name));
  ASSERT_EQ(static_cast<bool>(found), expected != model().end()) << name;
  if (!found) return;
  NumberText scratch;
  EXPECT_EQ(found->bytes(&scratch), expected->second.bytes);
  EXPECT_EQ(found->size(), expected->second.bytes.size());
  EXPECT_EQ(db().facts(keyspace_.key(name), Access::kPeek)->deadline_ms, expected->second.deadline);
}

void KeyspaceModel::compare_all() {
  while (keyspace_.expire_due(1000)) {
  }
  for (uint32_t i = 0; i < kDatabases; ++i) {
    EXPECT_EQ(keyspace_.db(i).size(), models_[i].size());
    size_t deadlines = 0;
    for (const auto& [name, value] : models_[i]) {
      deadlines += value.deadline != kNoDeadline ? 1 : 0;
      const Lookup<StringValue> found = keyspace_.db(i).find<StringValue>(keyspace_.key(name));
      ASSERT_TRUE(found) << name;
      NumberText scratch;
      ASSERT_EQ(found->bytes(&scratch), value.bytes);
    }
    EXPECT_EQ(keyspace_.db(i).deadline_count(), deadlines);
  }
}

void KeyspaceModel::step() {
  db_ = static_cast<uint32_t>(random_.below(kDatabases));
  const std::string name = some_name();
  switch (random_.below(16)) {
    case 0: {
      now_ += static_cast<int64_t>(random_.below(200));
      if (random_.below(500) == 0) now_ += 86'400'000;
      if (random_.below(500) == 0) {
        // The model forgets what is past its deadline at once; the store must have done so before time goes
        // back.
        while (keyspace_.expire_due(1000)) {
        }
        now_ -= 3'600'000;
      }
      keyspace_.set_now_ms(now_);
      forget_expired();
      if (random_.below(2) == 0) keyspace_.expire_due(random_.below(20));
      return;
    }
    case 1:
      EXPECT_EQ(db().erase(keyspace_.key(name)), model().erase(name) != 0);
      return;
    case 2: {
      const int64_t deadline = some_deadline() - 100;
      const auto expected = model().find(name);
      EXPECT_EQ(db().set_deadline(keyspace_.key(name), deadline), expected != model().end());
      if (expected == model().end()) return;
      expected->second.deadline = deadline;
      forget_expired();
      return;
    }
    case 3: {
      const auto expected = model().find(name);
      const bool had = expected != model().end() && expected->second.deadline != kNoDeadline;
      EXPECT_EQ(db().clear_deadline(keyspace_.key(name)), had);
      if (had) expected->second.deadline = kNoDeadline;
      return;
    }
    case 4:
      if (random_.below(300) == 0) {
        db().flush();
        model().clear();
      } else if (random_.below(300) == 0) {
        const uint32_t other = static_cast<uint32_t>(random_.below(kDatabases));
        keyspace_.swap(db_, other);
        if (other != db_) std::swap(models_[db_], models_[other]);
      }
      keyspace_.free_some(random_.below(50));
      return;
    case 5:
    case 6:
      return move_one();
    case 7:
    case 8:
    case 9:
      return edit_one();
    case 10:
    case 11:
      return read_one();
    default:
      return set_one();
  }
}

TEST_P(KeyspaceModel, AgreesWithAMap) {
  for (int i = 0; i < 60'000; ++i) {
    step();
    ASSERT_FALSE(HasFailure()) << "step " << i << " of seed " << GetParam();
    if (i % 5'000 == 0) compare_all();
  }
  compare_all();
  // Everything that was detached can be freed, and then nothing but live entries is left.
  for (uint32_t i = 0; i < kDatabases; ++i) keyspace_.db(i).flush();
  while (keyspace_.free_some(100)) {
  }
  EXPECT_EQ(keyspace_.memory().entries, 0u);
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  EXPECT_EQ(keyspace_.memory().to_be_freed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KeyspaceModel, ::testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace aerie

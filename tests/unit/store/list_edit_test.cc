// SPDX-License-Identifier: BSD-3-Clause
//
// Lists in the store: ListEdit and ListValue against std::deque on seeded random operations, under limits
// that make both forms and their conversions frequent, with the accounts checked after every step; and the
// names of encodings, events, and freeing in slices.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/store/keyspace.h"

namespace aerie {
namespace {

using Model = std::deque<std::string>;

std::string text_of(ListpackElement element) {
  char scratch[kMaxInt64Chars];
  return std::string(element.text(scratch));
}

std::vector<std::string> elements_of(const ListValue& list) {
  std::vector<std::string> all;
  ListWalk walk = list.walk(0);
  ListpackElement element;
  while (walk.next(&element)) all.push_back(text_of(element));
  return all;
}

class ListStoreTest : public ::testing::Test {
 protected:
  explicit ListStoreTest(uint64_t seed = 1) : keyspace_(2, HashSeed::fixed(seed)) {
    keyspace_.set_now_ms(1'700'000'000'000);
  }

  Database& db() { return keyspace_.db(0); }
  Key key(std::string_view name) { return keyspace_.key(name); }
  ListEdit edit(std::string_view name) { return db().edit_list(key(name)); }
  void push(std::string_view name, std::initializer_list<std::string_view> elements) {
    ListEdit list = edit(name);
    for (const std::string_view element : elements) list.push(ListEnd::kBack, element);
    list.changed("rpush", KeyEffect::kGrew);
  }
  void drop(std::string_view name, ListEnd end, uint64_t count) {
    ListEdit list = edit(name);
    list.drop(end, count);
    list.changed("lpop", KeyEffect::kShrank);
  }
  std::vector<std::string> elements(std::string_view name) {
    const Lookup<ListValue> found = db().find<ListValue>(key(name), Access::kPeek);
    return found ? elements_of(*found) : std::vector<std::string>();
  }
  Encoding encoding(std::string_view name) { return db().facts(key(name), Access::kPeek)->encoding; }
  // What all keys of the database account for, asked one by one.
  size_t footprint(const std::vector<std::string>& names) {
    size_t total = 0;
    for (const std::string& name : names) {
      const auto facts = db().facts(key(name), Access::kPeek);
      if (facts) total += facts->memory_bytes - kTableShare;
    }
    return total;
  }

  static constexpr size_t kTableShare = 11;
  Keyspace keyspace_;
};

// --- The model ---

struct ModelCase {
  int64_t fill;
  size_t most_elements;
  uint64_t seed;
};

class ListModelTest : public ListStoreTest, public ::testing::WithParamInterface<ModelCase> {
 protected:
  ListModelTest() : ListStoreTest(GetParam().seed), random_(GetParam().seed) {
    keyspace_.set_list_fill(GetParam().fill);
  }

  std::string some_name() { return names_[random_.below(names_.size())]; }
  std::string some_text() {
    switch (random_.below(9)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.next()));
      case 1:
        return std::string(random_.below(300), 'm');
      case 2:
        return random_.below(4) == 0 ? std::string(random_.below(20'000), 'l') : std::string();
      default:
        return std::to_string(random_.below(6));
    }
  }
  ListEnd some_end() { return random_.below(2) == 0 ? ListEnd::kFront : ListEnd::kBack; }

  void step();
  void push_some(ListEdit& list, Model& model);
  void change_middle(ListEdit& list, Model& model);
  void remove_some(ListEdit& list, Model& model);
  void move_or_copy();
  void check(const std::string& name);

  Random random_;
  const std::vector<std::string> names_ = {"a", "b", std::string(300, 'k')};
  std::map<std::string, Model> models_;
};

void ListModelTest::push_some(ListEdit& list, Model& model) {
  const ListEnd end = some_end();
  for (uint64_t i = random_.below(6) + 1; i > 0; --i) {
    const std::string text = some_text();
    end == ListEnd::kFront ? model.push_front(text) : model.push_back(text);
    Blob blob = Blob::copy_of(text);
    list.push(end, blob.empty() || random_.below(2) == 0 ? StringSource(text) : StringSource(&blob));
  }
  list.changed("rpush", KeyEffect::kGrew);
}

void ListModelTest::change_middle(ListEdit& list, Model& model) {
  const size_t index = random_.below(model.size());
  const std::string text = some_text();
  if (random_.below(2) == 0) {
    model[index] = text;
    list.replace(index, text);
    return list.changed("lset", KeyEffect::kShrank);
  }
  const bool before = random_.below(2) == 0;
  const std::string pivot = random_.below(4) == 0 ? some_text() : model[index];
  auto place = std::find(model.begin(), model.end(), pivot);
  const bool there = place != model.end();
  if (there) model.insert(before ? place : place + 1, text);
  ASSERT_EQ(list.insert(before ? ListEdit::Side::kBefore : ListEdit::Side::kAfter, pivot, text), there);
  if (there) list.changed("linsert", KeyEffect::kGrew);
}

void ListModelTest::remove_some(ListEdit& list, Model& model) {
  const ListEnd end = some_end();
  switch (random_.below(4)) {
    case 0: {  // one, shown
      list.pop(end, [&](ListpackElement element) {
        EXPECT_EQ(text_of(element), end == ListEnd::kFront ? model.front() : model.back());
      });
      end == ListEnd::kFront ? model.pop_front() : model.pop_back();
      break;
    }
    case 1: {
      const size_t count = random_.below(model.size() + 1);
      list.drop(end, count);
      if (end == ListEnd::kFront) {
        model.erase(model.begin(), model.begin() + static_cast<ptrdiff_t>(count));
      } else {
        model.resize(model.size() - count);
      }
      break;
    }
    case 2: {
      const size_t start = random_.below(model.size() + 1);
      const size_t count = random_.below(model.size() - start + 1);
      list.trim(start, count);
      const Model kept(model.begin() + static_cast<ptrdiff_t>(start),
                       model.begin() + static_cast<ptrdiff_t>(start + count));
      model = kept;
      break;
    }
    default: {
      const std::string text = model[random_.below(model.size())];
      const uint64_t limit = random_.below(3) == 0 ? UINT64_MAX : 1 + random_.below(4);
      uint64_t erased = 0;
      const auto gone = [&](const std::string& one) { return one == text && erased < limit && ++erased > 0; };
      Model kept;
      if (end == ListEnd::kFront) {
        for (const std::string& one : model)
          if (!gone(one)) kept.push_back(one);
      } else {
        for (auto one = model.rbegin(); one != model.rend(); ++one)
          if (!gone(*one)) kept.push_front(*one);
      }
      model = kept;
      ASSERT_EQ(list.erase_matching(text, end, limit), erased);
    }
  }
  list.changed("ltrim", KeyEffect::kShrank);
}

void ListModelTest::move_or_copy() {
  const std::string from = some_name();
  const std::string to = some_name();
  if (from == to) return;
  const bool existed = models_.count(from) != 0;
  switch (random_.below(4)) {
    case 0:
      EXPECT_EQ(db().copy_key(key(from), db(), key(to)), existed);
      if (existed) models_[to] = models_[from];
      break;
    case 1:
      EXPECT_EQ(db().move_key(key(from), db(), key(to), "a", "b"), existed);
      if (existed) models_[to] = models_[from], models_.erase(from);
      break;
    case 2:
      // A deadline that comes or goes moves the entry.
      if (!db().clear_deadline(key(from))) db().set_deadline(key(from), 1'800'000'000'000);
      break;
    default: {
      ListEdit source = edit(from);
      ListEdit target = edit(to);
      if (!source.exists()) break;
      source.pop(ListEnd::kFront, [&](ListpackElement element) {
        target.push(ListEnd::kBack, text_of(element));
        models_[to].push_back(text_of(element));
      });
      target.changed("rpush", KeyEffect::kGrew);
      source.changed("lpop", KeyEffect::kShrank);
      models_[from].pop_front();
      if (models_[from].empty()) models_.erase(from);
    }
  }
}

void ListModelTest::step() {
  if (random_.below(12) == 0) return move_or_copy();
  const std::string name = some_name();
  if (random_.below(200) == 0) {
    EXPECT_EQ(db().erase(key(name)), models_.erase(name) == 1);
    return;
  }
  if (random_.below(200) == 0) {
    // Another type takes the place of the list, and gives it back.
    db().set_string(key(name), std::string(random_.below(200), 's'));
    EXPECT_TRUE(edit(name).is_wrong_type());
    models_.erase(name);
    db().erase(key(name));
    return;
  }
  ListEdit list = edit(name);
  ASSERT_EQ(list.exists(), models_.count(name) != 0);
  Model& model = models_[name];
  ASSERT_EQ(list.size(), model.size());
  const bool full = model.size() > random_.below(GetParam().most_elements);
  if (model.empty() || (!full && random_.below(4) != 0)) {
    push_some(list, model);
  } else if (random_.below(2) == 0) {
    change_middle(list, model);
  } else {
    remove_some(list, model);
  }
  EXPECT_EQ(list.exists(), !model.empty());
  if (model.empty()) models_.erase(name);
}

void ListModelTest::check(const std::string& name) {
  const Lookup<ListValue> found = db().find<ListValue>(key(name), Access::kPeek);
  const auto model = models_.find(name);
  ASSERT_EQ(static_cast<bool>(found), model != models_.end());
  if (!found) return;
  ASSERT_EQ(found->size(), model->second.size());
  ASSERT_EQ(elements_of(*found), std::vector<std::string>(model->second.begin(), model->second.end()));
  const size_t from = random_.below(model->second.size() + 1);
  ListWalk walk = found->walk(from, ListEnd::kFront);
  ListpackElement element;
  for (size_t i = from + 1; from < model->second.size() && i-- > 0;) {
    ASSERT_TRUE(walk.next(&element));
    ASSERT_EQ(text_of(element), model->second[i]);
  }
  ASSERT_FALSE(walk.next(&element));
}

TEST_P(ListModelTest, BehavesAsADequeAndCountsItsMemory) {
  for (int i = 0; i < 12'000; ++i) {
    step();
    for (const std::string& name : names_) check(name);
    ASSERT_EQ(db().size(), models_.size());
    const KeyspaceMemory memory = keyspace_.memory();
    ASSERT_EQ(memory.entries + memory.blobs, footprint(names_)) << "step " << i;
    if (HasFatalFailure()) return;
  }
  db().flush();
  while (keyspace_.free_some(10)) {
  }
  const KeyspaceMemory memory = keyspace_.memory();
  EXPECT_EQ(memory.entries, 0u);
  EXPECT_EQ(memory.blobs, 0u);
  EXPECT_EQ(memory.to_be_freed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Limits, ListModelTest,
                         ::testing::Values(ModelCase{2, 20, 11}, ModelCase{1, 60, 12}, ModelCase{-1, 20, 13},
                                           ModelCase{-1, 200, 14}, ModelCase{-2, 60, 15},
                                           ModelCase{128, 100, 16}, ModelCase{-5, 400, 17}));

// --- What a list takes, and what it is called ---

TEST_F(ListStoreTest, AShortListLiesInItsEntry) {
  push("key:000000000001", {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc", "dddddddddddd", "eeeeeeeeeeee"});
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  EXPECT_EQ(keyspace_.memory().entries, 96u);  // 8 + 16 + 2 + 5 * 14
}

TEST_F(ListStoreTest, AListThatShrinksReturnsToItsEntryWithoutFlutter) {
  for (int i = 0; i < 300; ++i) push("k", {"0123456789"});
  EXPECT_GT(keyspace_.memory().blobs, 3000u);
  int crossings = 0;
  bool outside = true;
  for (int i = 0; i < 2000; ++i) {
    drop("k", ListEnd::kFront, 2);
    if (elements("k").size() > 30) continue;
    push("k", {"0123456789", "0123456789"});  // to and fro around one size
    const bool now = keyspace_.memory().blobs > 0;
    crossings += now != outside ? 1 : 0;
    outside = now;
  }
  EXPECT_EQ(crossings, 1);
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
}

TEST_F(ListStoreTest, EncodingFollowsTheLimitInBytes) {
  keyspace_.set_list_fill(-1);
  push("k", {std::string(2000, 'a'), std::string(2000, 'b')});
  EXPECT_EQ(encoding("k"), Encoding::kListpack);
  // With frame, heads and lengths the two take 4,015 bytes.
  push("k", {std::string(79, 'c')});
  EXPECT_EQ(encoding("k"), Encoding::kListpack);
  push("k", {"d"});
  EXPECT_EQ(encoding("k"), Encoding::kQuicklist);
  drop("k", ListEnd::kBack, 2);
  EXPECT_EQ(encoding("k"), Encoding::kQuicklist);
  drop("k", ListEnd::kBack, 1);
  EXPECT_EQ(encoding("k"), Encoding::kListpack);
  push("other", {std::string(4090, 'e')});
  EXPECT_EQ(encoding("other"), Encoding::kQuicklist);
}

TEST_F(ListStoreTest, EncodingFollowsTheLimitInElements) {
  keyspace_.set_list_fill(4);
  push("k", {"1", "2", "3", "4"});
  EXPECT_EQ(encoding("k"), Encoding::kListpack);
  push("k", {"5"});
  EXPECT_EQ(encoding("k"), Encoding::kQuicklist);
  // Small enough for its entry, whatever it is called.
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  drop("k", ListEnd::kFront, 2);
  EXPECT_EQ(encoding("k"), Encoding::kQuicklist);
  db().copy_key(key("k"), db(), key("copy"));
  EXPECT_EQ(encoding("copy"), Encoding::kQuicklist);
  drop("k", ListEnd::kFront, 1);
  EXPECT_EQ(encoding("k"), Encoding::kListpack);
  push("long", {std::string(8200, 'x')});
  EXPECT_EQ(encoding("long"), Encoding::kQuicklist);
  // A string in its place knows nothing of it.
  db().set_string(key("copy"), "short");
  EXPECT_EQ(encoding("copy"), Encoding::kEmbstr);
  keyspace_.set_list_fill(0);
  push("one", {"1"});
  EXPECT_EQ(encoding("one"), Encoding::kListpack);
  push("one", {"2"});
  EXPECT_EQ(encoding("one"), Encoding::kQuicklist);
}

TEST_F(ListStoreTest, AVeryLargeElementIsTakenOver) {
  Blob blob;
  blob.resize_zeroed(8 * 1024 * 1024);
  const char* bytes = blob.data();
  {
    ListEdit list = edit("k");
    list.push(ListEnd::kFront, StringSource(&blob));
    list.changed("lpush", KeyEffect::kGrew);
  }
  EXPECT_TRUE(blob.empty());
  ListpackElement element;
  db().find<ListValue>(key("k"))->walk(0).next(&element);
  EXPECT_EQ(element.string().data(), bytes);
  EXPECT_EQ(element.string().size(), 8u * 1024 * 1024);
}

// --- Events ---

TEST_F(ListStoreTest, AnEmptiedListGoesBehindItsEvent) {
  keyspace_.events().add_interest();
  push("k", {"1"});
  drop("k", ListEnd::kFront, 1);
  EXPECT_FALSE(db().exists(key("k"), Access::kPeek));
  std::vector<std::string> names;
  std::vector<KeyEffect> effects;
  for (const KeyEvent& event : keyspace_.events().take()) {
    if (!event.modified) continue;
    names.emplace_back(event.name);
    effects.push_back(event.effect);
    EXPECT_EQ(event.event_class, event.name == "del" ? EventClass::kGeneric : EventClass::kList);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"rpush", "lpop", "del"}));
  EXPECT_EQ(effects, (std::vector<KeyEffect>{KeyEffect::kGrew, KeyEffect::kShrank, KeyEffect::kShrank}));
  keyspace_.events().drop_interest();
}

TEST_F(ListStoreTest, AGuardThatChangesNothingLeavesNoTrace) {
  push("k", {"1"});
  const uint64_t changes = keyspace_.events().changes();
  const uint64_t version = db().segment_version(key("k").hash);
  {
    ListEdit list = edit("k");
    EXPECT_FALSE(list.insert(ListEdit::Side::kBefore, "absent", "x"));
    EXPECT_EQ(list.erase_matching("absent", ListEnd::kFront, 9), 0u);
  }
  EXPECT_EQ(keyspace_.events().changes(), changes);
  EXPECT_EQ(db().segment_version(key("k").hash), version);
}

TEST_F(ListStoreTest, AnUnannouncedChangeEndsTheProcess) {
  EXPECT_DEATH(
      {
        ListEdit list = edit("k");
        list.push(ListEnd::kFront, "1");
      },
      "");
}

// --- Freeing ---

class LongListTest : public ListStoreTest {
 protected:
  LongListTest() {
    ListEdit list = edit("long");
    for (int i = 0; i < 500'000; ++i) list.push(ListEnd::kBack, "0123456789abcdef");
    list.changed("rpush", KeyEffect::kGrew);
    size_ = keyspace_.memory().blobs;
  }
  // The number of slices that what waits takes.
  int free_all() {
    int slices = 1;
    while (keyspace_.free_some(100)) ++slices;
    EXPECT_EQ(keyspace_.memory().to_be_freed, 0u);
    EXPECT_LT(keyspace_.memory().slab_free, 2u << 20) << "the chunks' memory went back as well";
    return slices;
  }

  size_t size_ = 0;
};

TEST_F(LongListTest, IsFreedInSlices) {
  EXPECT_TRUE(db().erase(key("long")));
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  EXPECT_EQ(keyspace_.memory().to_be_freed, size_);
  EXPECT_GT(free_all(), 50);
}

TEST_F(LongListTest, IsFreedInSlicesWhenOverwritten) {
  db().set_string(key("long"), "short");
  EXPECT_EQ(keyspace_.memory().to_be_freed, size_);
  EXPECT_GT(free_all(), 50);
}

TEST_F(LongListTest, IsFreedInSlicesWhenItsDatabaseGoes) {
  db().flush();
  EXPECT_GE(keyspace_.memory().to_be_freed, size_);
  EXPECT_GT(free_all(), 50);
}

TEST_F(LongListTest, IsFreedInSlicesWhenItExpires) {
  db().set_deadline(key("long"), 1'700'000'000'001);
  keyspace_.set_now_ms(1'700'000'000'001);
  keyspace_.expire_due(10);
  EXPECT_EQ(db().size(), 0u);
  EXPECT_EQ(keyspace_.memory().to_be_freed, size_);
  EXPECT_GT(free_all(), 50);
}

TEST_F(LongListTest, IsCutInSlices) {
  {
    ListEdit list = edit("long");
    list.trim(250'000, 10);
    list.changed("ltrim", KeyEffect::kShrank);
  }
  EXPECT_EQ(elements("long").size(), 10u);
  EXPECT_EQ(keyspace_.memory().blobs, 0u);
  EXPECT_GT(keyspace_.memory().to_be_freed, size_ - 20'000);
  EXPECT_GT(free_all(), 50);
  // All of it at once.
  ListEdit list = edit("long");
  list.trim(3, 0);
  list.changed("ltrim", KeyEffect::kShrank);
  EXPECT_FALSE(list.exists());
}

}  // namespace
}  // namespace aerie

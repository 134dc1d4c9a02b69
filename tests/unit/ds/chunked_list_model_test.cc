// SPDX-License-Identifier: BSD-3-Clause
//
// The long list against std::deque: random operations, limits that change all the time (two elements or 64
// bytes in a chunk), and after every step the content in both directions, random indexes, all sums. A failure
// prints its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/ds/chunked_list.h"

namespace aerie::test {
namespace {

std::string text_of(ListpackElement element) {
  char scratch[kMaxInt64Chars];
  return std::string(element.text(scratch));
}

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed) {}

  void step() {
    if (random_.below(20) == 0) fill_ = random_fill();
    const uint64_t choice = random_.below(100);
    const bool growing = steps_++ / 500 % 2 == 0;
    if (choice < (growing ? 50u : 20u) || model_.empty()) {
      push();
    } else if (choice < (growing ? 60u : 45u)) {
      pop();
    } else if (choice < (growing ? 80u : 60u)) {
      insert();
    } else if (choice < 86) {
      replace();
    } else if (choice < 94) {
      erase();
    } else if (choice < 96) {
      erase_matching();
    } else if (choice < 98) {
      cut();
    } else {
      as_a_whole();
    }
    largest_ = std::max(largest_, model_.size());
  }

  size_t largest() const { return largest_; }

  void check() {
    ASSERT_TRUE(list_.consistent());
    ASSERT_EQ(list_.size(), model_.size());
    ASSERT_EQ(list_.allocated_bytes() == 0, model_.empty());
    ASSERT_LE(memory_.bytes_in_use(), list_.allocated_bytes());
    auto expected = model_.begin();
    for (ListCursor cursor = list_.seek(0); cursor.valid(); cursor.next(), ++expected) {
      ASSERT_TRUE(expected != model_.end());
      ASSERT_TRUE(cursor.element().equals(*expected));
    }
    ASSERT_TRUE(expected == model_.end());
    for (ListCursor cursor = list_.seek(list_.size() - 1); cursor.valid(); cursor.previous()) {
      ASSERT_TRUE(expected != model_.begin());
      ASSERT_TRUE(cursor.element().equals(*--expected));
    }
    ASSERT_TRUE(expected == model_.begin());
    if (model_.empty()) return;
    const uint64_t index = random_.below(model_.size());
    ASSERT_TRUE(list_.seek(index).element().equals(model_[index]));
    ASSERT_TRUE(list_.peek(ListEnd::kFront).equals(model_.front()));
    ASSERT_TRUE(list_.peek(ListEnd::kBack).equals(model_.back()));
  }

 private:
  ListFill random_fill() {
    switch (random_.below(6)) {
      case 0:
        return {64, 1000};
      case 1:
        return {200, 1000};
      case 2:
        return {30, 3};
      case 3:
        return ListFill::from_option(static_cast<int64_t>(random_.below(4)));
      default:
        return ListFill::from_option(-1 - static_cast<int64_t>(random_.below(5)));
    }
  }
  std::string random_text() {
    switch (random_.below(8)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.next()) >> random_.below(64));
      case 1:
        return std::string(random_.below(300), 'm');
      case 2:
        return random_.below(10) == 0 ? std::string(random_.below(9000), 'L') : std::string(64, 'n');
      default:
        return std::string(random_.below(12), static_cast<char>('a' + random_.below(3)));
    }
  }
  ListEnd random_end() { return random_.below(2) == 0 ? ListEnd::kFront : ListEnd::kBack; }
  std::deque<std::string>::iterator place(uint64_t index) {
    return model_.begin() + static_cast<ptrdiff_t>(index);
  }

  void push() {
    const ListEnd end = random_end();
    const std::string text = random_text();
    if (random_.below(4) == 0) {
      Blob blob = Blob::copy_of(text);
      list_.push(end, &blob, fill_);
    } else {
      list_.push(end, text, fill_);
    }
    end == ListEnd::kFront ? model_.push_front(text) : model_.push_back(text);
  }
  void pop() {
    const ListEnd end = random_end();
    std::string text;
    list_.pop(end, [&text](ListpackElement element) { text = text_of(element); });
    ASSERT_EQ(text, end == ListEnd::kFront ? model_.front() : model_.back());
    end == ListEnd::kFront ? model_.pop_front() : model_.pop_back();
  }
  void insert() {
    const uint64_t index = random_.below(model_.size());
    const std::string text = random_text();
    if (random_.below(2) == 0) {
      list_.insert_before(list_.seek(index), text, fill_);
      model_.insert(place(index), text);
    } else {
      list_.insert_after(list_.seek(index), text, fill_);
      model_.insert(place(index + 1), text);
    }
  }
  void replace() {
    const uint64_t index = random_.below(model_.size());
    const std::string text = random_text();
    list_.replace(list_.seek(index), text, fill_);
    model_[index] = text;
  }
  void erase() {
    const uint64_t index = random_.below(model_.size());
    if (random_.below(2) == 0) {
      const Blob large = list_.take_large(list_.seek(index));
      ASSERT_TRUE(large.empty() || large.view() == model_[index]);
    }
    list_.erase(list_.seek(index), fill_);
    model_.erase(place(index));
  }
  void erase_matching() {
    const std::string text = random_.below(2) == 0 ? random_text() : model_[random_.below(model_.size())];
    const ListEnd from = random_end();
    const uint64_t limit = random_.below(3) == 0 ? ~uint64_t{0} : random_.below(4);
    uint64_t expected = 0;
    if (from == ListEnd::kFront) {
      for (auto it = model_.begin(); it != model_.end() && expected < limit;) {
        const bool match = *it == text;
        expected += match;
        it = match ? model_.erase(it) : it + 1;
      }
    } else {
      for (uint64_t index = model_.size(); index-- > 0 && expected < limit;) {
        if (model_[index] != text) continue;
        model_.erase(place(index));
        ++expected;
      }
    }
    const size_t chunks = list_.chunk_count();
    ChunkedList gone(memory_);
    ASSERT_EQ(list_.erase_matching(ListpackItem(text), from, limit, fill_, &gone), expected);
    ASSERT_LE(gone.chunk_count() + list_.chunk_count(), chunks);
  }
  void cut() {
    const ListEnd end = random_end();
    const uint64_t count =
        random_.below(std::min<uint64_t>(model_.size(), random_.below(4) == 0 ? 100 : 4) + 1);
    const size_t chunks = list_.chunk_count();
    ChunkedList gone = list_.cut(end, count, fill_);
    ASSERT_TRUE(gone.consistent());
    ASSERT_LE(gone.size(), count);
    ASSERT_LE(gone.chunk_count() + list_.chunk_count(), chunks);
    while (gone.release_some(1)) ASSERT_TRUE(gone.consistent());
    if (end == ListEnd::kFront) {
      model_.erase(model_.begin(), place(count));
    } else {
      model_.erase(place(model_.size() - count), model_.end());
    }
  }
  void as_a_whole() {
    switch (random_.below(3)) {
      case 0:
        list_ = list_.clone();
        return;
      case 1: {
        std::string run(list_.run_bytes().value(), '\0');
        list_.copy_run(run.data());
        list_ = ChunkedList::from_run(
            memory_, {run.data(), static_cast<uint32_t>(run.size()), static_cast<uint32_t>(list_.size())},
            fill_);
        return;
      }
      default: {
        ChunkedList more(memory_);
        for (uint64_t i = random_.below(6); i > 0; --i) {
          const std::string text = random_text();
          more.push(ListEnd::kBack, text, fill_);
          model_.push_back(text);
        }
        list_.append(std::move(more));
      }
    }
  }

  Random random_;
  ListFill fill_ = {64, 1000};
  uint64_t steps_ = 0;
  size_t largest_ = 0;
  SlabAllocator memory_;
  ChunkedList list_{memory_};
  std::deque<std::string> model_;
};

TEST(ChunkedListModelTest, BehavesLikeADeque) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int i = 0; i < 5000; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      model.step();
      model.check();
      if (HasFatalFailure()) return;
    }
    EXPECT_GE(model.largest(), 100u) << "lists of many chunks are part of the test";
  }
}

}  // namespace
}  // namespace aerie::test

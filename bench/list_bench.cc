// SPDX-License-Identifier: BSD-3-Clause
//
// The long list beside std::deque<std::string>: nanoseconds of CPU per push and pop at both ends, as a queue
// of steady length, per element walked over, per element found by index, and bytes per 16-byte item while the
// list grows, as the list counts them and as resident memory. Also the longest slice in which a long list is
// freed, and in which its memory goes back to the system. With --smoke it runs small and checks the results.
// With --only NAME (push, pop, queue) it does that alone a million times, for a profiler that counts
// instructions.
//
//   list_bench [--smoke] [--only NAME]
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/random.h"
#include "aerie/ds/chunked_list.h"

namespace {

using aerie::ChunkedList;
using aerie::ListEnd;
using aerie::ListFill;
using aerie::thread_cpu_ns;

constexpr ListFill kFill = ListFill::from_option(-2);
constexpr std::string_view kItem = "VXKeHogKgJ=[5V9_";  // 16 bytes, as redis-benchmark sends with -d 16

class AerieList {
 public:
  void push(ListEnd end) { list_.push(end, kItem, kFill); }
  size_t pop(ListEnd end) {
    size_t length = 0;
    list_.pop(end, [&length](aerie::ListpackElement element) { length = element.string().size(); });
    return length;
  }
  size_t walk() const {
    size_t bytes = 0;
    for (aerie::ListCursor cursor = list_.seek(0); cursor.valid(); cursor.next())
      bytes += cursor.element().string().size();
    return bytes;
  }
  size_t length_at(size_t index) const { return list_.seek(index).element().length(); }
  size_t size() const { return list_.size(); }
  size_t counted_bytes() const { return list_.allocated_bytes(); }
  bool release_some(size_t chunks) { return list_.release_some(chunks); }
  bool return_memory(size_t bytes) { return memory_.release_some(bytes); }

 private:
  aerie::SlabAllocator memory_;
  ChunkedList list_{memory_};
};

class StandardList {
 public:
  void push(ListEnd end) {
    end == ListEnd::kFront ? items_.emplace_front(kItem) : items_.emplace_back(kItem);
  }
  size_t pop(ListEnd end) {
    const size_t length = end == ListEnd::kFront ? items_.front().size() : items_.back().size();
    end == ListEnd::kFront ? items_.pop_front() : items_.pop_back();
    return length;
  }
  size_t walk() const {
    size_t bytes = 0;
    for (const std::string& item : items_) bytes += item.size();
    return bytes;
  }
  size_t length_at(size_t index) const { return items_[index].size(); }
  size_t size() const { return items_.size(); }

 private:
  std::deque<std::string> items_;
};

size_t resident_bytes() {
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long total = 0;
  unsigned long resident = 0;
  if (std::fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * 4096;
}

template <typename Operation>
double ns_each(size_t count, Operation operation) {
  const int64_t start = thread_cpu_ns();
  for (size_t i = 0; i < count; ++i) operation(i);
  return static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count);
}

template <typename List>
bool run_operations(const char* name, size_t items) {
  List list;
  size_t popped = 0;
  const double push_front = ns_each(items, [&](size_t) { list.push(ListEnd::kFront); });
  const double push_back = ns_each(items, [&](size_t) { list.push(ListEnd::kBack); });
  bool right = list.size() == 2 * items;
  size_t walked = 0;
  const double walk = ns_each(1, [&](size_t) { walked = list.walk(); }) / static_cast<double>(list.size());
  right = right && walked == list.size() * kItem.size();
  aerie::Random random(1);
  size_t found = 0;
  const size_t lookups = 1000;
  const double index = ns_each(lookups, [&](size_t) { found += list.length_at(random.below(list.size())); });
  right = right && found == lookups * kItem.size();
  const double pop_front = ns_each(items, [&](size_t) { popped += list.pop(ListEnd::kFront); });
  const double pop_back = ns_each(items, [&](size_t) { popped += list.pop(ListEnd::kBack); });
  right = right && list.size() == 0 && popped == 2 * items * kItem.size();
  for (size_t i = 0; i < 100; ++i) list.push(ListEnd::kBack);
  const double queue = ns_each(items, [&](size_t) {
    list.push(ListEnd::kFront);
    popped += list.pop(ListEnd::kBack);
  });
  right = right && list.size() == 100;
  std::printf(
      "%-12s %8zu items: push front %5.1f back %5.1f  pop front %5.1f back %5.1f  queue of 100 %5.1f  "
      "walk %5.2f  index %9.1f ns%s\n",
      name, 2 * items, push_front, push_back, pop_front, pop_back, queue, walk, index,
      right ? "" : "  WRONG RESULT");
  return right;
}

// The bar of the project: 19 bytes for each 16-byte item at every count.
bool run_memory(const std::vector<size_t>& counts, double bound) {
  resident_bytes();
  AerieList list;
  const size_t before = resident_bytes();
  bool held = true;
  for (const size_t count : counts) {
    while (list.size() < count) list.push(ListEnd::kBack);
    const double counted = static_cast<double>(list.counted_bytes()) / static_cast<double>(count);
    const double resident = static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
    std::printf("%8zu items: counted %5.2f bytes per item, RSS %5.2f\n", count, counted, resident);
    held = held && counted <= bound;
  }
  if (!held) std::printf("more than %.1f bytes per item\n", bound);
  return held;
}

bool run_freeing(size_t items, size_t chunks_per_slice) {
  AerieList list;
  while (list.size() < items) list.push(ListEnd::kBack);
  int64_t longest = 0;
  size_t slices = 0;
  for (bool more = true; more; ++slices) {
    const int64_t start = thread_cpu_ns();
    more = list.release_some(chunks_per_slice);
    longest = std::max(longest, thread_cpu_ns() - start);
  }
  std::printf("%8zu items freed in %zu slices of %zu chunks, the longest %.1f us\n", items, slices,
              chunks_per_slice, static_cast<double>(longest) / 1000);
  longest = 0;
  slices = 0;
  for (bool more = true; more; ++slices) {
    const int64_t start = thread_cpu_ns();
    more = list.return_memory(1);
    longest = std::max(longest, thread_cpu_ns() - start);
  }
  std::printf("%8zu items: memory returned to the system in %zu slices, the longest %.1f us\n", items, slices,
              static_cast<double>(longest) / 1000);
  return list.size() == 0 && list.counted_bytes() == 0;
}

bool run_only(std::string_view name) {
  constexpr size_t kCount = 1'000'000;
  AerieList list;
  size_t bytes = 0;
  if (name == "queue") {
    for (size_t i = 0; i < 100; ++i) list.push(ListEnd::kBack);
    for (size_t i = 0; i < kCount; ++i) {
      list.push(ListEnd::kFront);
      bytes += list.pop(ListEnd::kBack);
    }
    return bytes == kCount * kItem.size();
  }
  if (name != "push" && name != "pop") return false;
  for (size_t i = 0; i < kCount; ++i) list.push(ListEnd::kFront);
  if (name == "push") return list.size() == kCount;
  for (size_t i = 0; i < kCount; ++i) bytes += list.pop(ListEnd::kBack);
  return bytes == kCount * kItem.size();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "--only") == 0) return run_only(argv[2]) ? 0 : 1;
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  std::vector<size_t> counts;
  for (size_t tenths = 7; tenths <= 14; ++tenths) counts.push_back(tenths * (smoke ? 10'000 : 100'000));
  // First of all: a heap with holes of what was freed before would be measured instead.
  bool passed = run_freeing(smoke ? 20'000 : 2'000'000, 16);
  passed = run_memory(counts, 19) && passed;
  const std::vector<size_t> sizes =
      smoke ? std::vector<size_t>{5000} : std::vector<size_t>{100, 10'000, 1'000'000};
  for (const size_t items : sizes) {
    passed = run_operations<AerieList>("aerie", items) && passed;
    passed = run_operations<StandardList>("std::deque", items) && passed;
  }
  return passed ? 0 : 1;
}

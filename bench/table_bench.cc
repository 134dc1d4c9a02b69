// SPDX-License-Identifier: BSD-3-Clause
//
// The hash table and the slab as the keyspace uses them: 32-byte entries (8 header, 16 key, 8 value), random
// keys. Prints nanoseconds of CPU per operation beside std::unordered_map, the longest insertion, and the
// growth of the process' resident memory per entry at 0.7, 0.8 ... 1.4 million. With --smoke it runs small
// and checks the results, the bytes counted at several sizes, and what the longest insertion moves, which are
// the same on every machine; exit code 1 when a bound does not hold.
//
//   table_bench [--smoke] [entries ...]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/hash.h"
#include "aerie/base/random.h"
#include "aerie/ds/hash_table.h"
#include "aerie/ds/slab.h"

namespace {

using aerie::HashSeed;
using aerie::thread_cpu_ns;

const HashSeed kSeed = HashSeed::fixed(1);

struct Entry {
  uint64_t header;
  char key[16];
  char value[8];
};
static_assert(sizeof(Entry) == 32);

struct Traits {
  using Entry = ::Entry;
  static std::string_view key(const Entry* entry) { return {entry->key, sizeof entry->key}; }
};

struct Key {
  char text[16];
  std::string_view view() const { return {text, sizeof text}; }
};

// "key:" and twelve digits; successive numbers give keys in a scattered order of a range of `count`.
Key key_of(uint64_t number) {
  Key key;
  std::memcpy(key.text, "key:", 4);
  for (int i = 15; i >= 4; --i, number /= 10) key.text[i] = static_cast<char>('0' + number % 10);
  return key;
}

size_t resident_bytes() {
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long total = 0;
  unsigned long resident = 0;
  if (std::fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * 4096;
}

class AerieStore {
 public:
  ~AerieStore() {
    while (!table_.drain_some(10'000, [this](Entry* entry) { slab_.free(entry, sizeof *entry); })) {
    }
  }
  bool find(const Key& key) const {
    return table_.find(key.view(), hash_bytes(key.view(), kSeed)) != nullptr;
  }
  void insert(const Key& key) {
    const uint64_t hash = hash_bytes(key.view(), kSeed);
    if (table_.find_slot(key.view(), hash)) return;
    table_.insert(hash, make(key));
  }
  // As SET does on a key that exists: a new entry takes the place of the old one.
  void overwrite(const Key& key) {
    const auto slot = table_.find_slot(key.view(), hash_bytes(key.view(), kSeed));
    Entry* old = table_.entry(slot);
    table_.replace(slot, make(key));
    slab_.free(old, sizeof *old);
  }
  void erase(const Key& key) {
    slab_.free(table_.erase(key.view(), hash_bytes(key.view(), kSeed)), sizeof(Entry));
  }
  // Looks up a batch as a pipeline does: buckets first, then entries, then the keys.
  size_t find_batch(const Key* keys, size_t count) const {
    uint64_t hashes[16];
    for (size_t i = 0; i < count; ++i) table_.prefetch(hashes[i] = hash_bytes(keys[i].view(), kSeed));
    for (size_t i = 0; i < count; ++i) table_.prefetch_entry(hashes[i]);
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) found += table_.find(keys[i].view(), hashes[i]) != nullptr;
    return found;
  }
  size_t size() const { return table_.size(); }
  size_t counted_bytes() const { return arena_.bytes_held() + slab_.bytes_held(); }
  size_t table_bytes() const { return table_.memory_bytes(); }
  uint64_t slots_moved() const { return arena_.slots_moved(); }

 private:
  Entry* make(const Key& key) {
    auto* entry = static_cast<Entry*>(slab_.allocate(sizeof(Entry)));
    entry->header = 1;
    std::memcpy(entry->key, key.text, sizeof entry->key);
    std::memset(entry->value, 'x', sizeof entry->value);
    return entry;
  }

  aerie::SegmentArena arena_;
  aerie::SlabAllocator slab_;
  aerie::HashTable<Traits> table_{kSeed, arena_};
};

class StandardStore {
 public:
  bool find(const Key& key) const { return map_.find(key.view()) != map_.end(); }
  void insert(const Key& key) {
    auto entry = make(key);
    const std::string_view view{entry->key, sizeof entry->key};
    map_.emplace(view, std::move(entry));
  }
  void overwrite(const Key& key) {
    const auto it = map_.find(key.view());
    auto node = map_.extract(it);
    auto entry = make(key);
    node.key() = std::string_view{entry->key, sizeof entry->key};
    node.mapped() = std::move(entry);
    map_.insert(std::move(node));
  }
  void erase(const Key& key) { map_.erase(key.view()); }
  size_t size() const { return map_.size(); }

 private:
  struct Hash {
    size_t operator()(std::string_view key) const { return hash_bytes(key, kSeed); }
  };
  static std::unique_ptr<Entry> make(const Key& key) {
    auto entry = std::make_unique<Entry>();
    std::memcpy(entry->key, key.text, sizeof entry->key);
    std::memset(entry->value, 'x', sizeof entry->value);
    return entry;
  }

  std::unordered_map<std::string_view, std::unique_ptr<Entry>, Hash> map_;
};

template <typename Operation>
double ns_each(size_t count, Operation operation) {
  const int64_t start = thread_cpu_ns();
  for (size_t i = 0; i < count; ++i) operation(i);
  return static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count);
}

template <typename Store>
bool run_operations(const char* name, size_t entries) {
  Store store;
  aerie::Random random(1);
  const size_t operations = std::min<size_t>(entries, 2'000'000);
  std::vector<Key> present(operations);
  std::vector<Key> absent(operations);
  for (Key& key : present) key = key_of(random.below(entries));
  for (Key& key : absent) key = key_of(entries + random.below(entries));
  // A stride that shares no factor with the count: keys come in a scattered order.
  const double insert = ns_each(entries, [&](size_t i) { store.insert(key_of(i * 7'919 % entries)); });
  size_t hits = 0;
  size_t misses = 0;
  const double hit = ns_each(operations, [&](size_t i) { hits += store.find(present[i]); });
  const double miss = ns_each(operations, [&](size_t i) { misses += !store.find(absent[i]); });
  const double overwrite = ns_each(operations, [&](size_t i) { store.overwrite(present[i]); });
  std::printf("%-20s %9zu entries: insert %6.1f  hit %6.1f  miss %6.1f  overwrite %6.1f", name, entries,
              insert, hit, miss, overwrite);
  bool right = store.size() == entries && hits == operations && misses == operations;
  if constexpr (requires { store.find_batch(nullptr, 0); }) {
    size_t found = 0;
    const size_t batches = operations / 16;
    const double batch = ns_each(batches, [&](size_t i) { found += store.find_batch(&present[i * 16], 16); });
    std::printf("  hit in batches of 16 %6.1f", batch / 16);
    right = right && found == batches * 16;
  }
  const double erase = ns_each(entries, [&](size_t i) { store.erase(key_of(i * 7'919 % entries)); });
  std::printf("  erase %6.1f ns%s\n", erase, right && store.size() == 0 ? "" : "  WRONG RESULT");
  return right && store.size() == 0;
}

bool run_longest_insert(size_t entries) {
  AerieStore store;
  std::vector<int64_t> times;
  times.reserve(entries);
  for (size_t i = 0; i < entries; ++i) {
    const int64_t start = thread_cpu_ns();
    store.insert(key_of(i));
    times.push_back(thread_cpu_ns() - start);
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    const auto index = static_cast<size_t>(share * static_cast<double>(entries - 1));
    return static_cast<double>(times[index]) / 1000;
  };
  std::printf(
      "insertions up to %zu, CPU time: p50 %.1f us, p99.9 %.1f us, p99.99 %.1f us, longest %.1f %.1f %.1f "
      "us\n",
      entries, at(0.5), at(0.999), at(0.9999), static_cast<double>(times[entries - 3]) / 1000,
      static_cast<double>(times[entries - 2]) / 1000, at(1));
  return true;
}

// RSS growth per entry while one store grows. Bound as in the targets of the project: 50 bytes at every
// count.
bool run_memory(const std::vector<size_t>& counts, double bound) {
  // What the measuring itself needs is touched before.
  resident_bytes();
  AerieStore store;
  const size_t before = resident_bytes();
  size_t next = 0;
  size_t peak = 0;
  bool held = true;
  for (const size_t count : counts) {
    for (; next < count; ++next) {
      store.insert(key_of(next));
      if (next % 20'000 == 0) peak = std::max(peak, resident_bytes() - before);
    }
    const size_t resident = resident_bytes() - before;
    peak = std::max(peak, resident);
    const double per_entry = static_cast<double>(resident) / static_cast<double>(count);
    std::printf("%8zu entries: RSS %5.2f bytes per entry (counted %5.2f, table %5.2f), peak/now %.3f\n",
                count, per_entry, static_cast<double>(store.counted_bytes()) / static_cast<double>(count),
                static_cast<double>(store.table_bytes()) / static_cast<double>(count),
                static_cast<double>(peak) / static_cast<double>(resident));
    held = held && per_entry <= bound;
  }
  if (!held) std::printf("more than %.1f bytes per entry\n", bound);
  return held;
}

// What changes of shape move: at most one segment of nine pages per insertion, and few slots per entry in
// all.
bool run_moves(size_t entries) {
  constexpr uint64_t kSegmentSlots = 9 * 64 * 7;
  constexpr double kMovesPerEntry = 8;
  AerieStore store;
  uint64_t longest = 0;
  for (size_t i = 0; i < entries; ++i) {
    const uint64_t before = store.slots_moved();
    store.insert(key_of(i));
    longest = std::max(longest, store.slots_moved() - before);
  }
  const double mean = static_cast<double>(store.slots_moved()) / static_cast<double>(entries);
  std::printf("insertions up to %zu move %.2f slots each, the longest %llu\n", entries, mean,
              static_cast<unsigned long long>(longest));
  if (longest <= kSegmentSlots && mean <= kMovesPerEntry) return true;
  std::printf("more than %llu, or than %.1f each\n", static_cast<unsigned long long>(kSegmentSlots),
              kMovesPerEntry);
  return false;
}

// Buckets and directory per entry at every size on the way, which is what the table adds to the entries.
bool run_table_bytes(size_t entries, double bound) {
  AerieStore store;
  double worst = 0;
  for (size_t i = 1; i <= entries; ++i) {
    store.insert(key_of(i));
    if (i < 10'000) continue;
    worst = std::max(worst, static_cast<double>(store.table_bytes()) / static_cast<double>(i));
  }
  std::printf("table of 10000 to %zu entries: at most %.2f bytes per entry\n", entries, worst);
  if (worst <= bound) return true;
  std::printf("more than %.2f bytes per entry\n", bound);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  bool smoke = false;
  std::vector<size_t> sizes;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--smoke") == 0) {
      smoke = true;
    } else {
      sizes.push_back(std::strtoull(argv[i], nullptr, 10));
    }
  }
  bool passed = true;
  if (smoke) {
    // Sanitizers and a small count make RSS unusable as a bound: what is counted is not.
    passed = run_table_bytes(150'000, 13) && passed;
    passed = run_moves(150'000) && passed;
    passed = run_operations<AerieStore>("aerie", 30'000) && passed;
    passed = run_operations<StandardStore>("std::unordered_map", 30'000) && passed;
    passed = run_longest_insert(30'000) && passed;
    return passed ? 0 : 1;
  }
  std::vector<size_t> counts;
  for (size_t tenths = 7; tenths <= 14; ++tenths) counts.push_back(tenths * 100'000);
  passed = run_memory(counts, 50) && passed;
  passed = run_moves(1'000'000) && passed;
  if (sizes.empty()) sizes = {1'000'000, 10'000'000};
  for (const size_t entries : sizes) {
    passed = run_operations<AerieStore>("aerie", entries) && passed;
    passed = run_operations<StandardStore>("std::unordered_map", entries) && passed;
    passed = run_longest_insert(entries) && passed;
  }
  return passed ? 0 : 1;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// Deadlines of keys as a database keeps them, with 1,000, 100,000 and 1,000,000 keys whose deadlines are
// spread over a day: nanoseconds of CPU to give a key a deadline, to move it later and earlier, to look for
// the next one, and per key to let all expire; microseconds to set the clock back by a day and for the
// longest of the slices in which they expire; bytes of the index per key. The cost of the key itself (finding
// it, freeing it) is in the figures. With --smoke it runs small and checks the results and the bytes: every
// key expires, none early.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/random.h"
#include "aerie/store/keyspace.h"

namespace {

using aerie::Database;
using aerie::Keyspace;
using aerie::thread_cpu_ns;

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kDayMs = 24LL * 3600 * 1000;
constexpr size_t kKeysPerSlice = 64;  // what the server does between two looks at the clock
// A hash, and what the chunks that hold them do not fill.
constexpr double kBytesPerKey = 10;
// The wheel itself, and one chunk that is not full in each slot of the two levels that a day of deadlines
// fills.
constexpr double kFixedBytes = 2 * 64 * 512;
// A clock is read once per slice: steps of a second keep that out of the figures.
constexpr int64_t kStepMs = 1000;

template <typename Operation>
double ns_each(size_t count, Operation operation) {
  const int64_t start = thread_cpu_ns();
  for (size_t i = 0; i < count; ++i) operation(i);
  return static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count);
}

class Run {
 public:
  explicit Run(size_t keys) : keyspace_(1, aerie::HashSeed::fixed(1)) {
    keyspace_.set_now_ms(kNow);
    for (size_t i = 0; i < keys; ++i) {
      names_.push_back("key:" + std::to_string(i));
      deadlines_.push_back(later(0));
      db().set_string(keyspace_.key(names_.back()), "value");
    }
  }

  bool measure() {
    const size_t keys = names_.size();
    const double arm = ns_each(keys, [this](size_t i) { set(i, deadlines_[i]); });
    const double bytes = static_cast<double>(keyspace_.memory().expiry);
    const double move_later = ns_each(keys, [this](size_t i) { set(i, deadlines_[i] + kDayMs); });
    const double move_earlier = ns_each(keys, [this](size_t i) { set(i, deadlines_[i]); });
    int64_t next = 0;
    const double look = ns_each(1000, [&](size_t) { next += keyspace_.next_expiry_ms(); });
    keyspace_.set_now_ms(kNow - kDayMs);
    const double back = ns_each(1, [this](size_t) { keyspace_.expire_due(kKeysPerSlice); });
    const bool expired = expire_all();
    std::printf(
        "%8zu keys: arm %6.1f  move later %6.1f  earlier %6.1f  next %5.1f  expire %6.1f ns;  "
        "clock back %6.1f  longest slice %6.1f us;  %5.2f bytes per key\n",
        keys, arm, move_later, move_earlier, look, expire_ns_, back / 1000,
        static_cast<double>(longest_slice_ns_) / 1000, bytes / static_cast<double>(keys));
    const bool small = bytes <= kBytesPerKey * static_cast<double>(keys) + kFixedBytes;
    if (!expired || !small || next <= 0) std::printf("WRONG RESULT\n");
    return expired && small && next > 0;
  }

 private:
  Database& db() { return keyspace_.db(0); }
  int64_t later(int64_t from) { return kNow + from + 1 + static_cast<int64_t>(random_.below(kDayMs)); }
  void set(size_t i, int64_t deadline_ms) { db().set_deadline(keyspace_.key(names_[i]), deadline_ms); }

  // In steps of at least a second, each in slices as the server has them. After each step exactly the keys
  // whose time has come are gone.
  bool expire_all() {
    std::vector<int64_t> sorted = deadlines_;
    std::sort(sorted.begin(), sorted.end());
    size_t checked = 0;
    bool right = true;
    const int64_t start = thread_cpu_ns();
    while (db().size() > 0) {
      const int64_t now = std::max(keyspace_.now_ms() + kStepMs, keyspace_.next_expiry_ms());
      keyspace_.set_now_ms(now);
      for (bool more = true; more;) {
        const int64_t slice = thread_cpu_ns();
        more = keyspace_.expire_due(kKeysPerSlice);
        longest_slice_ns_ = std::max(longest_slice_ns_, thread_cpu_ns() - slice);
      }
      while (checked < sorted.size() && sorted[checked] <= now) ++checked;
      right = right && db().size() == sorted.size() - checked;
    }
    expire_ns_ = static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(sorted.size());
    return right && checked == sorted.size();
  }

  Keyspace keyspace_;
  aerie::Random random_{1};
  std::vector<std::string> names_;
  std::vector<int64_t> deadlines_;
  double expire_ns_ = 0;
  int64_t longest_slice_ns_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  bool passed = true;
  for (const size_t keys :
       smoke ? std::vector<size_t>{1'000, 20'000} : std::vector<size_t>{1'000, 100'000, 1'000'000}) {
    passed = Run(keys).measure() && passed;
  }
  return passed ? 0 : 1;
}

// SPDX-License-Identifier: BSD-3-Clause
//
// The timing wheel against a multimap: random arming, cancelling and steps of the clock from a tick to years;
// budgets; a million timers; and the bare geometry, rewound as for a wall clock that was set back.
#include "aerie/base/timing_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "aerie/base/random.h"

namespace aerie {
namespace {

constexpr uint64_t kDay = uint64_t{24} * 3600 * 1000;

struct Node : WheelNode {
  uint64_t wanted = 0;
  uint64_t armed_at = 0;
  std::multimap<uint64_t, Node*>::iterator place;
};

// A delay of any order of magnitude.
uint64_t random_delay(Random& random) {
  switch (random.below(6)) {
    case 0:
      return random.below(3);
    case 1:
      return random.below(70);
    case 2:
      return random.below(5000);
    case 3:
      return random.below(kDay);
    case 4:
      return random.below(400 * kDay);
    default:
      return random.next() >> 20;
  }
}

class Model {
 public:
  explicit Model(uint64_t seed, uint64_t start) : random_(seed), now_(start), wheel_(start), nodes_(500) {}
  ~Model() {
    for (Node& node : nodes_) wheel_.cancel(node);
  }

  void step() {
    for (uint64_t n = random_.below(30); n > 0; --n) arm_or_cancel(nodes_[random_.below(nodes_.size())]);
    const auto next = wheel_.next_deadline();
    ASSERT_EQ(next.has_value(), !by_deadline_.empty());
    ASSERT_TRUE(!next || *next <= std::max(by_deadline_.begin()->first, now_));
    now_ += random_.below(3) == 0 ? random_delay(random_) : random_.below(100);
    const size_t budget = random_.below(4) == 0 ? 1 + random_.below(5) : 1'000'000;
    uint64_t last = 0;
    for (bool more = true; more;) {
      const auto progress = wheel_.advance(now_, budget, [&](WheelNode& fired) {
        auto& node = static_cast<Node&>(fired);
        ASSERT_FALSE(node.armed());
        ASSERT_LE(node.wanted, now_);
        // Those that were armed too late count from then on.
        ASSERT_GE(std::max(node.deadline(), node.armed_at), last);
        last = std::max(node.deadline(), node.armed_at);
        by_deadline_.erase(node.place);
        ++fired_;
      });
      ASSERT_LE(progress.fired + progress.moved, budget);
      more = progress.more;
    }
    ASSERT_TRUE(by_deadline_.empty() || by_deadline_.begin()->first > now_);
    ASSERT_EQ(wheel_.size(), by_deadline_.size());
  }
  size_t fired() const { return fired_; }

 private:
  void arm_or_cancel(Node& node) {
    if (node.armed()) by_deadline_.erase(node.place);
    if (random_.below(4) == 0) {
      wheel_.cancel(node);
      return;
    }
    // Now and then a deadline that has passed.
    const uint64_t delay = random_delay(random_);
    node.wanted = random_.below(20) == 0 && now_ > delay ? now_ - delay : now_ + delay;
    node.armed_at = now_;
    wheel_.arm(node, node.wanted);
    node.place = by_deadline_.emplace(node.wanted, &node);
  }

  Random random_;
  uint64_t now_;
  TimingWheel wheel_;
  std::vector<Node> nodes_;
  std::multimap<uint64_t, Node*> by_deadline_;
  size_t fired_ = 0;
};

TEST(TimingWheel, AgreesWithAMultimap) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Model model(seed, seed * kDay * 200 + seed);
    for (int i = 0; i < 1500; ++i) {
      model.step();
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << " step " << i;
    }
    EXPECT_GT(model.fired(), 1000U);
  }
}

TEST(TimingWheel, FiresEqualDeadlinesInTheOrderOfArming) {
  TimingWheel wheel(0);
  std::vector<std::unique_ptr<Node>> nodes;
  // Armed from far away and from near by: the former are cascaded down to where the latter are put.
  for (uint64_t now = 0; now < 5000; now += 100) {
    wheel.advance(now, 1000, [](WheelNode&) { FAIL(); });
    nodes.push_back(std::make_unique<Node>());
    nodes.back()->wanted = nodes.size();
    wheel.arm(*nodes.back(), 5000);
  }
  uint64_t next = 1;
  wheel.advance(5000, 1000, [&](WheelNode& node) { EXPECT_EQ(static_cast<Node&>(node).wanted, next++); });
  EXPECT_EQ(next, nodes.size() + 1);
}

TEST(TimingWheel, JumpsOverAGapOfYearsAtOnce) {
  TimingWheel wheel(1000);
  Node node;
  const uint64_t deadline = 1000 + 300 * 365 * kDay;
  wheel.arm(node, deadline);
  const auto early = wheel.advance(deadline - 1, 100, [](WheelNode&) { FAIL(); });
  EXPECT_LE(early.moved, WheelGeometry::kLevels);
  int fired = 0;
  wheel.advance(deadline + 10'000 * kDay, 100, [&](WheelNode&) { ++fired; });
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(wheel.next_deadline().has_value());
  wheel.arm(node, UINT64_MAX);
  wheel.advance(UINT64_MAX - 1, 100, [](WheelNode&) { FAIL(); });
  wheel.advance(UINT64_MAX, 100, [&](WheelNode&) { ++fired; });
  EXPECT_EQ(fired, 2);
}

TEST(TimingWheel, CallbacksMayArmCancelAndDestroy) {
  TimingWheel wheel(0);
  auto victim = std::make_unique<Node>();
  Node killer;
  Node again;
  wheel.arm(killer, 10);
  wheel.arm(*victim, 10);
  wheel.arm(again, 10);
  int rounds = 0;
  const auto fire = [&](WheelNode& node) {
    if (&node == &killer) {
      wheel.cancel(*victim);
      victim.reset();
    } else {
      ASSERT_EQ(&node, &again);
      if (++rounds < 5) wheel.arm(again, 0);  // overdue: fires at once
    }
  };
  wheel.advance(10, 100, fire);
  EXPECT_EQ(rounds, 5);
  // One that arms itself for ever is stopped by the budget.
  rounds = -1000;
  wheel.arm(again, 0);
  const auto progress = wheel.advance(10, 7, fire);
  EXPECT_EQ(progress.fired, 7U);
  EXPECT_TRUE(progress.more);
  wheel.cancel(again);
}

TEST(TimingWheel, DisarmsWhatIsLeftWhenItGoes) {
  Node near;
  Node far;
  Node cascading[4];
  {
    TimingWheel wheel(0);
    for (Node& node : cascading) wheel.arm(node, 64);
    EXPECT_TRUE(wheel.advance(64, 2, [](WheelNode&) { FAIL(); }).more);
    wheel.arm(near, 65);
    wheel.arm(far, kDay);
  }
  EXPECT_FALSE(near.armed());
  EXPECT_FALSE(far.armed());
  for (Node& node : cascading) EXPECT_FALSE(node.armed());
}

TEST(TimingWheel, AMillionTimersStaySliced) {
  constexpr size_t kTimers = 1'000'000;
  TimingWheel wheel(0);
  std::vector<Node> nodes(kTimers);
  // Half of them due at one moment far away, half spread over an hour.
  Random random(9);
  for (size_t i = 0; i < kTimers; ++i) wheel.arm(nodes[i], i % 2 == 0 ? 3'600'000 : random.below(3'600'000));
  EXPECT_EQ(wheel.size(), kTimers);
  size_t fired = 0;
  size_t calls = 0;
  for (uint64_t now = 0; now <= 3'600'000 || !wheel.empty();) {
    const auto progress = wheel.advance(now, 500, [&](WheelNode&) { ++fired; });
    ASSERT_LE(progress.fired + progress.moved, 500U);
    ++calls;
    if (!progress.more) now += 1000;
  }
  EXPECT_EQ(fired, kTimers);
  EXPECT_GT(calls, 3600U);
}

// The geometry with a multiset in each slot, as an owner of other things than nodes would use it.
class BareWheel {
 public:
  explicit BareWheel(uint64_t now) : geometry_(now), slots_(WheelGeometry::kSlots) {}

  void insert(uint64_t deadline) {
    const uint32_t slot = geometry_.slot_of(deadline);
    slots_[slot].push_back(deadline);
    geometry_.set_occupied(slot);
  }
  void advance(uint64_t now, std::multiset<uint64_t>& fired) {
    for (;;) {
      const auto due = geometry_.next();
      if (!due || due->tick > now) break;
      geometry_.move_to(due->tick);
      geometry_.clear_occupied(due->slot);
      const std::vector<uint64_t> content = std::move(slots_[due->slot]);
      slots_[due->slot].clear();
      ASSERT_FALSE(content.empty());
      for (const uint64_t deadline : content) {
        if (deadline <= geometry_.now()) {
          fired.insert(deadline);
        } else {
          insert(deadline);
        }
      }
    }
    geometry_.move_to(now);
  }
  size_t rewind(uint64_t now) {
    size_t moves = 0;
    geometry_.rewind(now, [&](uint32_t from, uint32_t to) {
      ++moves;
      slots_[to].insert(slots_[to].end(), slots_[from].begin(), slots_[from].end());
      slots_[from].clear();
    });
    for (uint32_t slot = 0; slot < WheelGeometry::kSlots; ++slot) {
      EXPECT_EQ(geometry_.occupied(slot), !slots_[slot].empty());
      for (const uint64_t deadline : slots_[slot]) EXPECT_EQ(geometry_.slot_of(deadline), slot);
    }
    return moves;
  }

 private:
  WheelGeometry geometry_;
  std::vector<std::vector<uint64_t>> slots_;
};

TEST(WheelGeometry, FollowsAClockThatIsSetBack) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    uint64_t now = 1'700'000'000'000 + random.below(kDay);
    BareWheel wheel(now);
    std::multiset<uint64_t> model;
    for (int i = 0; i < 300; ++i) {
      for (uint64_t n = random.below(20); n > 0; --n) {
        const uint64_t deadline = now + 1 + random_delay(random);
        wheel.insert(deadline);
        model.insert(deadline);
      }
      if (random.below(4) == 0) {
        now -= random.below(2) == 0 ? random.below(100) : random.below(2 * kDay);
        ASSERT_LE(wheel.rewind(now), size_t{WheelGeometry::kSlots});
      } else {
        now += random.below(3) == 0 ? random.below(2 * kDay) : random.below(2000);
      }
      std::multiset<uint64_t> fired;
      wheel.advance(now, fired);
      const auto end = model.upper_bound(now);
      ASSERT_EQ(fired, std::multiset<uint64_t>(model.begin(), end)) << "seed " << seed << " step " << i;
      model.erase(model.begin(), end);
    }
  }
}

}  // namespace
}  // namespace aerie

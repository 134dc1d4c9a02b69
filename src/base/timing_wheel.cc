// SPDX-License-Identifier: BSD-3-Clause
//
// TimingWheel: circular lists of nodes in the slots of a WheelGeometry. A cascade first detaches its slot as
// a whole, in O(1), and then places the nodes one by one within the budget, so that the geometry's invariants
// hold at every step and nodes may be armed and cancelled in between.
#include "aerie/base/timing_wheel.h"

#include <functional>

namespace aerie {

namespace {

void make_empty(WheelLink& head) {
  head.prev = head.next = &head;
}

bool is_empty(const WheelLink& head) {
  return head.next == &head;
}

void insert_before(WheelLink& place, WheelLink& link) {
  link.prev = place.prev;
  link.next = &place;
  place.prev->next = &link;
  place.prev = &link;
}

}  // namespace

TimingWheel::TimingWheel(uint64_t now) : geometry_(now) {
  for (WheelLink& head : slots_) make_empty(head);
  make_empty(cascading_);
}

TimingWheel::~TimingWheel() {
  while (!is_empty(cascading_)) unlink(static_cast<WheelNode&>(*cascading_.next));
  while (const auto due = geometry_.next()) unlink(static_cast<WheelNode&>(*slots_[due->slot].next));
}

void TimingWheel::arm(WheelNode& node, uint64_t deadline) {
  cancel(node);
  node.deadline_ = deadline;
  place(node);
  ++size_;
}

void TimingWheel::cancel(WheelNode& node) {
  if (!node.armed()) return;
  unlink(node);
  --size_;
}

std::optional<uint64_t> TimingWheel::next_deadline() const {
  if (!is_empty(cascading_)) return geometry_.now();
  const auto due = geometry_.next();
  if (!due) return std::nullopt;
  return due->tick;
}

bool TimingWheel::prepare_due(uint64_t now, size_t budget, Progress& progress) {
  for (;;) {
    while (!is_empty(cascading_)) {
      if (progress.fired + progress.moved >= budget) {
        progress.more = true;
        return false;
      }
      auto& node = static_cast<WheelNode&>(*cascading_.next);
      unlink(node);
      place(node);
      ++progress.moved;
    }
    const auto due = geometry_.next();
    if (!due || due->tick > now) {
      geometry_.move_to(now);
      return false;
    }
    if (progress.fired + progress.moved >= budget) {
      progress.more = true;
      return false;
    }
    geometry_.move_to(due->tick);
    if (due->level == 0) return true;
    begin_cascade(due->slot);
  }
}

WheelNode& TimingWheel::take_first_due() {
  auto& node = static_cast<WheelNode&>(*slots_[geometry_.next()->slot].next);
  cancel(node);
  return node;
}

void TimingWheel::place(WheelNode& node) {
  const uint32_t slot = geometry_.slot_of(node.deadline_);
  geometry_.set_occupied(slot);
  insert_before(slots_[slot], node);
}

void TimingWheel::unlink(WheelNode& node) {
  WheelLink* const before = node.prev;
  WheelLink* const after = node.next;
  before->next = after;
  after->prev = before;
  node.prev = node.next = nullptr;
  if (before != after) return;
  // One link is left, which is the head: of a slot that is empty now, unless it is the list being cascaded.
  const std::less<const WheelLink*> less;
  if (less(before, slots_.data()) || !less(before, slots_.data() + slots_.size())) return;
  geometry_.clear_occupied(static_cast<uint32_t>(before - slots_.data()));
}

void TimingWheel::begin_cascade(uint32_t slot) {
  WheelLink& head = slots_[slot];
  cascading_.next = head.next;
  cascading_.prev = head.prev;
  cascading_.next->prev = &cascading_;
  cascading_.prev->next = &cascading_;
  make_empty(head);
  geometry_.clear_occupied(slot);
}

}  // namespace aerie

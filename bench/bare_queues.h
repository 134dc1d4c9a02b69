// SPDX-License-Identifier: BSD-3-Clause
//
// The least that handing over needs in memory: for each key whom it keeps waiting, in the order of arrival,
// and the items that nobody waited for. As with the values of bare_loop each key has its own place, by the
// number that it ends with, so that no index is needed. Waiters are a list through an array by descriptor:
// one waits on one key at a time. No time-outs and no other keys: it trusts its input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

class BareQueues {
 public:
  // Every item is taken to have this size.
  static constexpr size_t kItemBytes = 16;

  BareQueues() : queues_(kKeys) {}

  void prefetch(std::string_view key) const { __builtin_prefetch(&queues_[index_of(key)], 1); }

  // Who has waited longest, and waits no more: the item is for that client. -1 when nobody waits, and the
  // item is kept.
  int push(std::string_view key, std::string_view item) {
    Queue& queue = queues_[index_of(key)];
    const int first = queue.first;
    if (first < 0) {
      queue.items.append(item);
      return -1;
    }
    Waiter& waiter = waiters_[static_cast<size_t>(first)];
    queue.first = waiter.next;
    waiter.key = kNone;
    return first;
  }

  // True when an item was there, which is the oldest; otherwise the client waits from now on.
  bool pop_or_wait(int client, std::string_view key, std::string& item) {
    const size_t index = index_of(key);
    Queue& queue = queues_[index];
    if (queue.taken < queue.items.size()) {
      item.assign(queue.items, queue.taken, kItemBytes);
      queue.taken += kItemBytes;
      if (queue.taken == queue.items.size()) {
        queue.items.clear();
        queue.taken = 0;
      }
      return true;
    }
    const auto place = static_cast<size_t>(client);
    if (place >= waiters_.size()) waiters_.resize(place + 1);
    waiters_[place] = {.key = static_cast<int>(index), .next = kNone};
    if (queue.first < 0) {
      queue.first = client;
    } else {
      waiters_[static_cast<size_t>(queue.last)].next = client;
    }
    queue.last = client;
    return false;
  }

  // The client has gone.
  void forget(int client) {
    const auto place = static_cast<size_t>(client);
    if (place >= waiters_.size() || waiters_[place].key < 0) return;
    Queue& queue = queues_[static_cast<size_t>(waiters_[place].key)];
    int before = kNone;
    for (int at = queue.first; at != client; at = waiters_[static_cast<size_t>(at)].next) before = at;
    (before < 0 ? queue.first : waiters_[static_cast<size_t>(before)].next) = waiters_[place].next;
    if (queue.last == client) queue.last = before;
    waiters_[place].key = kNone;
  }

 private:
  static constexpr int kNone = -1;
  static constexpr size_t kKeys = size_t{1} << 14;

  struct alignas(64) Queue {
    int first = kNone;  // of those who wait
    int last = kNone;   // meaningless while nobody waits
    size_t taken = 0;   // bytes of `items` that are gone
    std::string items;
  };
  struct Waiter {
    int key = kNone;
    int next = kNone;
  };

  static size_t index_of(std::string_view key) {
    size_t number = 0;
    for (const char c : key) number = c >= '0' && c <= '9' ? number * 10 + static_cast<size_t>(c - '0') : 0;
    return number % kKeys;
  }

  std::vector<Queue> queues_;
  std::vector<Waiter> waiters_;  // by descriptor
};

// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory-clients: what all clients may take together, and who is closed when they take more: those that
// take most, but for those that said CLIENT NO-EVICT. While the limit is on, every client is counted anew
// whenever what it takes may have changed; nothing is counted otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace aerie {

class Engine;
class Session;
struct Settings;

class ClientEviction {
 public:
  explicit ClientEviction(Engine& engine) : engine_(engine) {}
  ClientEviction(const ClientEviction&) = delete;
  ClientEviction& operator=(const ClientEviction&) = delete;

  bool is_on() const { return limit_ != 0; }
  // What the client takes may have changed: its input, its output, or what its commands left behind.
  void note(const Session& session) {
    if (is_on()) [[unlikely]]
      count(session, client_bytes(session));
  }
  // Must be called before a session dies.
  void forget(const Session& session) {
    if (is_on()) [[unlikely]]
      count(session, 0);
  }

  bool is_over() const { return is_on() && total_ > limit_ && !exhausted_; }
  // Closes the clients that take most, until the others take no more than the limit, or `budget` of them.
  // REQUIRES: is_over().
  void evict_some(size_t budget);
  // Bytes that one command may write into the output of its client before it is looked at: SIZE_MAX for any.
  size_t most_output() const { return is_on() ? limit_ : SIZE_MAX; }

  // Takes over maxmemory-clients, which may be a percentage of maxmemory. O(clients) when that turns it on.
  void apply(const Settings& now);

 private:
  // Less is not looked at one by one: many of them together count, but none of them is much.
  static constexpr size_t kWorthEvicting = size_t{4} * 1024;

  size_t client_bytes(const Session& session) const;
  void count(const Session& session, size_t bytes);
  void drop(Session& session);

  Engine& engine_;
  size_t limit_ = 0;  // 0: none
  size_t total_ = 0;
  bool exhausted_ = false;                       // whoever could be closed was: until something changes
  std::set<std::pair<size_t, uint64_t>> large_;  // bytes and id of those that are worth evicting
};

}  // namespace aerie

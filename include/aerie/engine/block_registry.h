// SPDX-License-Identifier: BSD-3-Clause
//
// Who waits for which key, and until when: the bookkeeping behind BRPOP and its like. Pure: no reply, no
// socket, no clock of its own; the executor parks clients here, tells which keys have become ready, and runs
// the parked commands again. A waiter keeps its place in every queue, and its deadline, until it is
// forgotten: a command that is run again and finds nothing simply stays.
//
//   waiter A (BRPOP k1 k2)     waiter B (BLPOP k1)
//      |        |                 |
//     place    place             place            one per key, linked in the key's queue
//      |        |                 |
//   queue k1: A -> B           queue k2: A        FIFO: the order of arrival
//
// Every step costs by what it touches: parking and forgetting by the number of the command's keys, a ready
// key by the number of its waiters that are looked at. Deadlines are monotonic microseconds on a timing wheel
// of milliseconds; none fires early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "aerie/base/intrusive_list.h"
#include "aerie/base/timing_wheel.h"
#include "aerie/store/types.h"

namespace aerie {

struct Command;

// A client that waits. Made and owned by a BlockRegistry, one allocation with its places and its arguments.
class Waiter : private WheelNode {
 public:
  static constexpr int64_t kNoDeadline = 0;

  uint64_t session_id() const { return session_id_; }
  // The command to run again, and its arguments, which live as long as the waiter.
  const Command& command() const { return *command_; }
  void copy_args(std::vector<std::string_view>* out);
  // The database in which the command was given.
  uint32_t db() const { return db_; }
  // What a key must hold to be of use.
  Type wanted() const { return static_cast<Type>((packed_ >> 2) & 0x3F); }
  // Monotonic, in microseconds; kNoDeadline: waits for ever. Fixed when it was parked.
  int64_t deadline_us() const { return deadline_us_; }
  // It ran again and found nothing, though a key held what it wants: some commands look closer than that.
  bool found_nothing() const { return (packed_ & 2) != 0; }
  void note_found_nothing() { packed_ |= 2; }
  // Bytes allocated for it; less, the longer it is forgotten.
  size_t memory_bytes() const { return packed_ >> 8; }
  // Those of them that are arguments. A long name of a key counts as its queue's.
  size_t args_bytes() const;

 private:
  friend class BlockRegistry;
  struct Place;

  // Behind the object, in the same block: room for a place per key, then each argument with its length.
  Waiter(uint32_t keys, uint32_t args) : key_room_(keys), arg_count_(args) {}
  Place* places();
  char* kept_args();
  bool is_forgotten() const { return (packed_ & 1) != 0; }
  void set_memory_bytes(size_t bytes) { packed_ = (packed_ & 0xFF) | uint64_t{bytes} << 8; }

  uint64_t session_id_ = 0;
  const Command* command_ = nullptr;
  int64_t deadline_us_ = kNoDeadline;
  // The bytes, 6 bits of the type, found_nothing(), being forgotten: there may be a waiter per connection.
  uint64_t packed_ = 0;
  const uint32_t key_room_;
  const uint32_t arg_count_;
  uint32_t place_count_ = 0;  // linked places, the first ones; a key that is named twice has one
  uint32_t db_ = 0;
};

class BlockRegistry {
 public:
  // `now_us`: monotonic, where the wheel begins.
  explicit BlockRegistry(int64_t now_us);
  ~BlockRegistry();
  BlockRegistry(const BlockRegistry&) = delete;
  BlockRegistry& operator=(const BlockRegistry&) = delete;

  // What a command that found nothing asks for.
  struct Wish {
    uint64_t session_id = 0;
    const Command* command = nullptr;
    std::span<const std::string_view> args;  // of the whole command; copied
    uint32_t db = 0;
    // At least one, each an argument, in their order; one that is named twice counts once.
    std::span<const Key> keys;
    Type wanted = Type::kString;
    int64_t deadline_us = Waiter::kNoDeadline;
  };
  // Puts the client at the end of the queue of each key. The waiter lives until forget(). Frees twice as
  // much of waiters that were forgotten: they never outgrow those that wait.
  Waiter* park(const Wish& wish);
  // The waiter waits no more. One with very many keys, or with large arguments, is taken out of their queues
  // and freed in slices, by free_some(); nobody meets it there.
  void forget(Waiter* waiter);
  // Works off about `*budget` places of forgotten waiters, and their worth of large arguments and names of
  // keys, and takes them off the budget. Returns true when more is left.
  bool free_some(size_t* budget);
  bool any_to_free() const { return !forgotten_.empty() || !unused_.empty(); }

  // --- keys that became ready

  // A queue of waiters for one key. It lives as long as it has waiters, or is ready or being served.
  class Queue;

  // `key` now exists or holds more: when somebody waits for it, its queue is to be served, once.
  void key_ready(uint32_t db, const Key& key);
  // The same in each database that look_through() is not done with.
  void key_ready_where_unsettled(const Key& key);
  // The whole database became another one (SWAPDB): every key in it that is waited for may be there. O(1):
  // look_through() makes their queues ready, those first that have waited longest for it.
  void database_ready(uint32_t db);
  // Makes up to `*budget` such queues ready, and takes them off the budget. Returns true when more are left.
  bool look_through(size_t* budget);
  bool any_to_look_through() const { return !unsettled_.empty(); }
  bool any_ready() const { return !ready_.empty(); }
  // Takes the queue that has been ready for longest; nullptr when none is. To be given back with done(), and
  // may become ready again meanwhile.
  Queue* next_ready();
  void done(Queue* queue);
  static uint32_t db_of(const Queue& queue);
  // Valid as long as the queue.
  static Key key_of(const Queue& queue);
  // The waiters of a queue in order of arrival.
  class Walk {
   public:
    explicit Walk(const Queue& queue);
    // nullptr at the end. The waiter that was returned last may be forgotten meanwhile, no other.
    Waiter* next();

   private:
    Waiter::Place* at_;
  };

  // --- while a database is looked through: nobody runs ahead of those who wait for longer

  // The queues in which a waiter stands, in the order of its keys.
  static size_t queue_count(const Waiter& waiter) { return waiter.place_count_; }
  static Queue* queue_at(Waiter& waiter, size_t index);
  // Has a queue served before all that are ready. False, and nothing done, when it is ready, being served, or
  // in a database that is looked through already. resume_behind() is to follow.
  bool put_ahead(Queue* queue);
  // `served` is being served: it is to be served again, right behind those that were put ahead.
  void resume_behind(Queue* served);

  // --- time

  // When expire() may have something to do; never later than the first deadline.
  std::optional<int64_t> next_deadline_us() const;
  // Calls fire(Waiter&) for those whose deadline is at or before `now_us`, in order of milliseconds, at most
  // `budget` of them; fire must forget the waiter and may do the same with others. Returns true when more are
  // due.
  template <typename Fire>
  bool expire(int64_t now_us, size_t budget, Fire fire) {
    return wheel_
        .advance(static_cast<uint64_t>(now_us / 1000), budget,
                 [&fire](WheelNode& node) { fire(static_cast<Waiter&>(node)); })
        .more;
  }

  // --- figures

  size_t waiters() const { return waiters_; }
  // Those of them that do not wait for ever.
  size_t with_deadline() const { return wheel_.size(); }
  // Keys that somebody waits for, or waited for who is forgotten and not freed yet.
  size_t keys() const { return keys_; }
  // Bytes of waiters, queues and the table of queues.
  size_t memory_bytes() const;
  // Those of them that are queues and their table: nobody's own.
  size_t queue_bytes() const;
  // Those of waiters that were forgotten, and of their queues, that are not freed yet.
  size_t forgotten_bytes() const { return forgotten_bytes_ + unused_bytes_; }

 private:
  struct Table;
  // The queues of a database that are neither ready nor being served.
  struct Resting {
    IntrusiveList<Queue> calm;        // their keys hold nothing that is waited for
    IntrusiveList<Queue> to_look_at;  // their keys may, since the database became another one
    bool unsettled = false;           // named in unsettled_
  };

  Queue* find(uint32_t db, const Key& key) const;
  Queue* find_or_make(uint32_t db, const Key& key);
  void make_ready(Queue* queue);
  Resting& resting(uint32_t db);
  // Takes a queue out of the table that nobody needs; a small one is freed, a large one in slices.
  void drop_if_unused(Queue* queue);
  static void free(Queue* queue);
  void link(Waiter* waiter, Queue* queue);
  // `long_names`: the queues of those keys that have a long name, in order.
  static void keep_args(Waiter* waiter, const Wish& wish, std::span<const Queue* const> long_names);
  static void unlink_place(Waiter::Place* place);
  // Takes the last of the waiter's places out of its queue; frees the waiter when it has none left.
  void unlink_one(Waiter* waiter);
  // From now on the waiter counts no more.
  void retire(Waiter* waiter);
  // REQUIRES: any_to_free().
  size_t free_step();
  void free_all();
  // Give memory of a forgotten waiter or an unused queue back to the system. False when that is little.
  bool discard_slice(Waiter* waiter);
  bool discard_slice(Queue* queue);

  std::unique_ptr<Table> table_;  // by (database, name)
  TimingWheel wheel_;
  IntrusiveList<Queue> ready_;
  IntrusiveList<Queue> ahead_;      // between put_ahead() and resume_behind()
  std::deque<Resting> resting_;     // by database, as far as anybody ever waited
  std::deque<uint32_t> unsettled_;  // databases that may have queues to look at
  std::vector<Waiter*> forgotten_;
  IntrusiveList<Queue> unused_;  // queues with a large name, to be freed
  size_t waiters_ = 0;
  size_t keys_ = 0;
  size_t queues_ = 0;
  size_t queue_bytes_ = 0;
  size_t waiter_bytes_ = 0;     // forgotten ones included
  size_t forgotten_bytes_ = 0;  // of waiters
  size_t unused_bytes_ = 0;     // of queues
};

}  // namespace aerie

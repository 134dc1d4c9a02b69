// SPDX-License-Identifier: BSD-3-Clause
//
// The registry: queues in a chained table by (database, name), each a doubly linked list of places; a place
// belongs to one waiter, in whose block it lies. A queue dies with its last place unless it is ready or being
// served. Places of a waiter that is forgotten may stay in their queues for a while: whoever walks a queue
// takes those out that it meets. A long name is kept once, by its queue: arguments that are the name refer to
// it.
//
// Each queue is in one list, or is being served:
//
//   calm --- key_ready ---> ready --- next_ready ---> being served --- done ---> calm
//     \                      ^
//      -- database_ready --> to_look_at -- look_through (or put_ahead)
#include "aerie/engine/block_registry.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/sliced_free.h"
#include "engine/chain_table.h"

namespace aerie {

namespace {

constexpr uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
// A waiter with more keys than this leaves its queues in slices.
constexpr uint32_t kUnlinkedAtOnce = 64;
// How much more of forgotten waiters is freed with a new one than it takes itself.
constexpr size_t kFreedPerParked = 2;
// What giving a slice of a waiter's memory back costs, in places.
constexpr size_t kPlacesPerSlice = 64;

// An argument that is kept begins with its length, one byte, or with one of these and then eight.
constexpr size_t kNameOfQueue = 254;  // a pointer to the queue, whose name it is
constexpr size_t kLongLength = 255;   // the length
constexpr size_t kPointerBytes = sizeof(void*);
static_assert(kPointerBytes == sizeof(size_t));

bool is_long(size_t length) {
  return length >= kNameOfQueue;
}

size_t length_bytes(size_t length) {
  return is_long(length) ? 1 + sizeof length : 1;
}

char* write_length(char* at, size_t length) {
  *at = static_cast<char>(is_long(length) ? kLongLength : length);
  if (is_long(length)) std::memcpy(at + 1, &length, sizeof length);
  return at + length_bytes(length);
}

// Calls fn(argument, whether it is a long name of a key) for each. Keys are views of arguments, in order.
template <typename Fn>
void for_each_arg(const BlockRegistry::Wish& wish, Fn&& fn) {
  size_t next_key = 0;
  for (const std::string_view arg : wish.args) {
    bool is_key = false;
    if (next_key < wish.keys.size()) {
      const std::string_view name = wish.keys[next_key].name;
      is_key = arg.data() == name.data() && arg.size() == name.size();
    }
    if (is_key) ++next_key;
    fn(arg, is_key && is_long(arg.size()));
  }
}

uint32_t hash_in_database(uint64_t key_hash, uint32_t db) {
  return static_cast<uint32_t>((key_hash + db * kGolden) >> 16);
}

}  // namespace

class BlockRegistry::Queue : public ListNode<> {
 public:
  Queue(uint32_t queue_db, const Key& key)
      : key_hash(key.hash),
        packed(uint64_t{key.name.size()} << 2),
        hash(hash_in_database(key.hash, queue_db)),
        db(queue_db) {
    if (length() != 0) std::memcpy(reinterpret_cast<char*>(this + 1), key.name.data(), length());
  }

  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), length()}; }
  size_t length() const { return packed >> 2; }
  size_t bytes() const { return sizeof(Queue) + length(); }
  bool is_ready() const { return (packed & kReady) != 0; }
  bool is_serving() const { return (packed & kServing) != 0; }
  void set(uint64_t state, bool on) { packed = on ? packed | state : packed & ~state; }
  bool is_used() const { return head != nullptr || (packed & (kReady | kServing)) != 0; }
  void shorten(size_t by) { packed -= uint64_t{by} << 2; }

  static constexpr uint64_t kServing = 1;  // between next_ready() and done()
  static constexpr uint64_t kReady = 2;    // in the list of ready ones

  Queue* next = nullptr;  // in its bucket
  Waiter::Place* head = nullptr;
  Waiter::Place* tail = nullptr;
  const uint64_t key_hash;
  uint64_t packed;  // the length of the name, and 2 bits of state
  const uint32_t hash;
  const uint32_t db;
};

struct BlockRegistry::Table {
  ChainTable<Queue> queues;
};

struct Waiter::Place {
  Place* next;
  Place* previous;
  BlockRegistry::Queue* queue;
  Waiter* waiter;
};

Waiter::Place* Waiter::places() {
  return reinterpret_cast<Place*>(this + 1);
}

char* Waiter::kept_args() {
  return reinterpret_cast<char*>(places() + key_room_);
}

size_t Waiter::args_bytes() const {
  return memory_bytes() - sizeof(Waiter) - key_room_ * sizeof(Place);
}

void Waiter::copy_args(std::vector<std::string_view>* out) {
  out->clear();
  const char* at = kept_args();
  for (uint32_t i = 0; i < arg_count_; ++i) {
    size_t length = static_cast<unsigned char>(*at++);
    if (length == kNameOfQueue) {
      const BlockRegistry::Queue* queue = nullptr;
      std::memcpy(&queue, at, kPointerBytes);
      at += kPointerBytes;
      out->push_back(queue->name());
      continue;
    }
    if (length == kLongLength) {
      std::memcpy(&length, at, sizeof length);
      at += sizeof length;
    }
    out->emplace_back(at, length);
    at += length;
  }
}

BlockRegistry::BlockRegistry(int64_t now_us)
    : table_(std::make_unique<Table>()), wheel_(static_cast<uint64_t>(now_us / 1000)) {}

// Forgotten waiters first: some of them are in no queue any more.
BlockRegistry::~BlockRegistry() {
  free_all();
  std::vector<Queue*> queues;
  table_->queues.for_each([&queues](Queue* queue) {
    queue->set(Queue::kServing, true);  // so that none dies before its turn
    queues.push_back(queue);
  });
  for (Queue* queue : queues) {
    while (queue->head != nullptr) unlink_one(queue->head->waiter);
    queue->set(Queue::kReady | Queue::kServing, false);
    drop_if_unused(queue);
  }
  free_all();
}

void BlockRegistry::free_all() {
  size_t budget = SIZE_MAX;
  while (free_some(&budget)) budget = SIZE_MAX;
}

BlockRegistry::Queue* BlockRegistry::find(uint32_t db, const Key& key) const {
  return table_->queues.find(hash_in_database(key.hash, db), [&](const Queue& queue) {
    return queue.db == db && queue.key_hash == key.hash && queue.name() == key.name;
  });
}

BlockRegistry::Queue* BlockRegistry::find_or_make(uint32_t db, const Key& key) {
  if (Queue* queue = find(db, key)) return queue;
  auto* queue = new (::operator new(sizeof(Queue) + key.name.size())) Queue(db, key);
  table_->queues.insert(queue);
  ++queues_;
  queue_bytes_ += queue->bytes();
  resting(db).calm.push_back(*queue);
  return queue;
}

BlockRegistry::Resting& BlockRegistry::resting(uint32_t db) {
  if (db >= resting_.size()) resting_.resize(size_t{db} + 1);
  return resting_[db];
}

void BlockRegistry::drop_if_unused(Queue* queue) {
  if (queue->is_used()) return;
  table_->queues.erase(queue);
  --queues_;
  queue_bytes_ -= queue->bytes();
  if (queue->bytes() <= kFreeSliceBytes) return free(queue);
  unused_bytes_ += queue->bytes();
  queue->unlink();
  unused_.push_back(*queue);
}

void BlockRegistry::free(Queue* queue) {
  queue->~Queue();
  ::operator delete(queue);
}

Waiter* BlockRegistry::park(const Wish& wish) {
  AERIE_ASSERT(!wish.keys.empty() && wish.keys.size() <= wish.args.size());
  AERIE_ASSERT(wish.args.size() <= UINT32_MAX);
  size_t bytes = sizeof(Waiter) + wish.keys.size() * sizeof(Waiter::Place);
  size_t name_bytes = 0;
  for_each_arg(wish, [&](std::string_view arg, bool is_long_name) {
    bytes += length_bytes(arg.size()) + (is_long_name ? 0 : arg.size());
    if (is_long_name) name_bytes += arg.size();
  });
  size_t freed =
      kFreedPerParked * (wish.keys.size() + (bytes + name_bytes) / kFreeSliceBytes * kPlacesPerSlice);
  free_some(&freed);
  auto* waiter = new (::operator new(bytes))
      Waiter(static_cast<uint32_t>(wish.keys.size()), static_cast<uint32_t>(wish.args.size()));
  waiter->session_id_ = wish.session_id;
  waiter->command_ = wish.command;
  waiter->deadline_us_ = wish.deadline_us;
  waiter->packed_ = uint64_t{static_cast<uint8_t>(wish.wanted)} << 2;
  waiter->set_memory_bytes(bytes);
  waiter->db_ = wish.db;
  std::vector<const Queue*> long_names;
  for (const Key& key : wish.keys) {
    Queue* const queue = find_or_make(wish.db, key);
    link(waiter, queue);
    if (is_long(key.name.size())) long_names.push_back(queue);
  }
  keep_args(waiter, wish, long_names);
  if (wish.deadline_us != Waiter::kNoDeadline) {
    wheel_.arm(*waiter, (static_cast<uint64_t>(wish.deadline_us) + 999) / 1000);
  }
  ++waiters_;
  waiter_bytes_ += bytes;
  return waiter;
}

void BlockRegistry::keep_args(Waiter* waiter, const Wish& wish, std::span<const Queue* const> long_names) {
  char* at = waiter->kept_args();
  for_each_arg(wish, [&](std::string_view arg, bool is_long_name) {
    if (is_long_name) {
      *at++ = static_cast<char>(kNameOfQueue);
      std::memcpy(at, &long_names.front(), kPointerBytes);
      at += kPointerBytes;
      long_names = long_names.subspan(1);
      return;
    }
    at = write_length(at, arg.size());
    if (!arg.empty()) std::memcpy(at, arg.data(), arg.size());
    at += arg.size();
  });
}

void BlockRegistry::link(Waiter* waiter, Queue* queue) {
  // Only the last place can be this waiter's own: it is the newest of all.
  if (queue->tail != nullptr && queue->tail->waiter == waiter) return;
  auto* place =
      new (waiter->places() + waiter->place_count_++) Waiter::Place{nullptr, queue->tail, queue, waiter};
  (queue->tail != nullptr ? queue->tail->next : queue->head) = place;
  queue->tail = place;
  if (queue->head == place) ++keys_;
}

void BlockRegistry::unlink_place(Waiter::Place* place) {
  Queue* const queue = std::exchange(place->queue, nullptr);
  (place->previous != nullptr ? place->previous->next : queue->head) = place->next;
  (place->next != nullptr ? place->next->previous : queue->tail) = place->previous;
}

void BlockRegistry::unlink_one(Waiter* waiter) {
  Waiter::Place& place = waiter->places()[--waiter->place_count_];
  if (Queue* const queue = place.queue; queue != nullptr) {
    unlink_place(&place);
    if (queue->head == nullptr) --keys_;
    drop_if_unused(queue);
  }
  if (waiter->place_count_ != 0) return;
  if (!waiter->is_forgotten()) retire(waiter);
  waiter_bytes_ -= waiter->memory_bytes();
  forgotten_bytes_ -= waiter->memory_bytes();
  waiter->~Waiter();
  ::operator delete(waiter);
}

void BlockRegistry::retire(Waiter* waiter) {
  waiter->packed_ |= 1;
  wheel_.cancel(*waiter);
  --waiters_;
  forgotten_bytes_ += waiter->memory_bytes();
}

void BlockRegistry::forget(Waiter* waiter) {
  AERIE_ASSERT(!waiter->is_forgotten());
  retire(waiter);
  if (waiter->place_count_ > kUnlinkedAtOnce || waiter->memory_bytes() > kFreeSliceBytes)
    return forgotten_.push_back(waiter);
  for (uint32_t left = waiter->place_count_; left != 0; --left) unlink_one(waiter);
}

// The arguments, and the places that were unlinked, are the end of a waiter's block.
bool BlockRegistry::discard_slice(Waiter* waiter) {
  const size_t used = sizeof(Waiter) + waiter->place_count_ * sizeof(Waiter::Place);
  const size_t bytes = waiter->memory_bytes();
  if (bytes - used <= kFreeSliceBytes) return false;
  const char* const end = reinterpret_cast<const char*>(waiter) + bytes;
  discard_pages(end - kFreeSliceBytes, end);
  waiter->set_memory_bytes(bytes - kFreeSliceBytes);
  waiter_bytes_ -= kFreeSliceBytes;
  forgotten_bytes_ -= kFreeSliceBytes;
  return true;
}

// The same with the name of a queue.
bool BlockRegistry::discard_slice(Queue* queue) {
  if (queue->length() <= kFreeSliceBytes) return false;
  const char* const end = queue->name().data() + queue->length();
  discard_pages(end - kFreeSliceBytes, end);
  queue->shorten(kFreeSliceBytes);
  unused_bytes_ -= kFreeSliceBytes;
  return true;
}

// A step gives back a slice of memory, or frees a queue, or takes a place out of its queue. Returns its cost.
size_t BlockRegistry::free_step() {
  if (!unused_.empty()) {
    Queue* const queue = &unused_.front();
    if (!discard_slice(queue)) {
      unused_bytes_ -= queue->bytes();
      free(queue);
    }
    return kPlacesPerSlice;
  }
  Waiter* const waiter = forgotten_.back();
  if (discard_slice(waiter)) return kPlacesPerSlice;
  if (waiter->place_count_ == 1) forgotten_.pop_back();
  unlink_one(waiter);
  return 1;
}

bool BlockRegistry::free_some(size_t* budget) {
  while (*budget != 0 && any_to_free()) *budget -= std::min(*budget, free_step());
  return any_to_free();
}

void BlockRegistry::make_ready(Queue* queue) {
  if (queue->is_ready()) return;
  queue->set(Queue::kReady, true);
  queue->unlink();
  ready_.push_back(*queue);
}

void BlockRegistry::key_ready(uint32_t db, const Key& key) {
  if (keys_ == 0) return;
  if (Queue* queue = find(db, key)) make_ready(queue);
}

void BlockRegistry::key_ready_where_unsettled(const Key& key) {
  for (const uint32_t db : unsettled_) key_ready(db, key);
}

void BlockRegistry::database_ready(uint32_t db) {
  if (db >= resting_.size() || resting_[db].calm.empty()) return;
  Resting& those = resting_[db];
  // Behind those that wait for this since an earlier exchange, so that all have their turn.
  if (!std::exchange(those.unsettled, true)) unsettled_.push_back(db);
  those.to_look_at.append(those.calm);
}

bool BlockRegistry::look_through(size_t* budget) {
  while (!unsettled_.empty()) {
    Resting& those = resting_[unsettled_.front()];
    for (; *budget != 0 && !those.to_look_at.empty(); --*budget) make_ready(&those.to_look_at.front());
    if (!those.to_look_at.empty()) return true;
    those.unsettled = false;
    unsettled_.pop_front();
  }
  return false;
}

BlockRegistry::Queue* BlockRegistry::queue_at(Waiter& waiter, size_t index) {
  return waiter.places()[index].queue;
}

bool BlockRegistry::put_ahead(Queue* queue) {
  if (queue->is_ready() || queue->is_serving() || !resting_[queue->db].unsettled) return false;
  queue->set(Queue::kReady, true);
  queue->unlink();
  ahead_.push_back(*queue);
  return true;
}

void BlockRegistry::resume_behind(Queue* served) {
  served->set(Queue::kReady, true);
  served->unlink();
  ahead_.push_back(*served);
  ahead_.append(ready_);
  ready_.append(ahead_);
}

BlockRegistry::Queue* BlockRegistry::next_ready() {
  Queue* const queue = ready_.pop_front();
  if (queue == nullptr) return nullptr;
  queue->set(Queue::kReady, false);
  queue->set(Queue::kServing, true);
  return queue;
}

void BlockRegistry::done(Queue* queue) {
  queue->set(Queue::kServing, false);
  if (queue->is_used() && !queue->is_ready()) resting_[queue->db].calm.push_back(*queue);
  drop_if_unused(queue);
}

uint32_t BlockRegistry::db_of(const Queue& queue) {
  return queue.db;
}

Key BlockRegistry::key_of(const Queue& queue) {
  return Key{queue.name(), queue.key_hash};
}

BlockRegistry::Walk::Walk(const Queue& queue) : at_(queue.head) {}

// The last place of a queue stays, so that the queue lives as long as its waiters' blocks say.
Waiter* BlockRegistry::Walk::next() {
  while (at_ != nullptr && at_->waiter->is_forgotten()) {
    Waiter::Place* const place = std::exchange(at_, at_->next);
    if (place->previous != nullptr || place->next != nullptr) unlink_place(place);
  }
  if (at_ == nullptr) return nullptr;
  Waiter* const waiter = at_->waiter;
  at_ = at_->next;
  return waiter;
}

std::optional<int64_t> BlockRegistry::next_deadline_us() const {
  const std::optional<uint64_t> tick = wheel_.next_deadline();
  if (!tick) return std::nullopt;
  return static_cast<int64_t>(*tick) * 1000;
}

size_t BlockRegistry::memory_bytes() const {
  return waiter_bytes_ + queue_bytes() + unused_bytes_;
}

size_t BlockRegistry::queue_bytes() const {
  return queue_bytes_ + queues_ * ChainTable<Queue>::kBytesPerNode;
}

}  // namespace aerie

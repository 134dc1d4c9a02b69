// SPDX-License-Identifier: BSD-3-Clause
//
// All databases, and what they share: the hash seed, the slab of entries, the frozen time of the running
// command, the key events, the queue of memory that waits to be freed, and statistics. It does nothing by
// itself: the server calls expire_due() and free_some() in slices from the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "aerie/base/blob.h"
#include "aerie/base/hash.h"
#include "aerie/store/database.h"
#include "aerie/store/key_events.h"
#include "aerie/store/types.h"

namespace aerie {

// What the access field of an entry records; follows maxmemory-policy.
enum class AccessPolicy : uint8_t { kLru, kLfu };

// Which keys go first when memory is short, and whether only keys with a deadline may go; follows
// maxmemory-policy.
enum class EvictionOrder : uint8_t { kNone, kLru, kLfu, kRandom, kDeadline };
struct EvictionPolicy {
  EvictionOrder order = EvictionOrder::kNone;
  bool with_deadline_only = false;
};

// Bytes by purpose; the parts sum to total().
struct KeyspaceMemory {
  size_t entries = 0;      // slab blocks in use: headers, keys, deadlines, small values
  size_t slab_free = 0;    // slab memory held but not in use
  size_t blobs = 0;        // values with an allocation of their own
  size_t tables = 0;       // buckets and directories
  size_t expiry = 0;       // timing wheels
  size_t to_be_freed = 0;  // detached, waiting for free_some()
  size_t total() const { return entries + slab_free + blobs + tables + expiry + to_be_freed; }
};

struct KeyspaceStats {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t expired_keys = 0;
  uint64_t evicted_keys = 0;
  uint64_t expired_by_access = 0;  // of the expired, found by a command before the wheel came to them
};

class Keyspace {
 public:
  // REQUIRES: databases >= 1.
  Keyspace(uint32_t databases, const HashSeed& seed);
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  uint32_t database_count() const { return static_cast<uint32_t>(databases_.size()); }
  // REQUIRES: index < database_count().
  Database& db(uint32_t index) { return *databases_[index]; }
  const Database& db(uint32_t index) const { return *databases_[index]; }

  Key key(std::string_view name) const { return Key{name, hash_bytes(name, seed_)}; }
  uint64_t hash(std::string_view name) const { return hash_bytes(name, seed_); }

  // Exchanges the contents of two databases; records a database event for both.
  void swap(uint32_t a, uint32_t b);
  // Removes all keys of all databases. Returns how many.
  size_t flush_all();

  // Wall-clock milliseconds as the running command sees them: set by the executor, frozen meanwhile.
  int64_t now_ms() const { return now_ms_; }
  void set_now_ms(int64_t now_ms) { now_ms_ = now_ms; }

  // Removes keys whose deadline is at or before now_ms(), looking at no more than `budget` of them; records
  // "expired" events. Returns true when due keys may be left. DEBUG SET-ACTIVE-EXPIRE 0 turns it off.
  bool expire_due(size_t budget);
  // The earliest wall-clock millisecond at which expire_due() may have work; kNever when there is none.
  int64_t next_expiry_ms() const;
  void set_active_expire(bool on) { active_expire_ = on; }

  // Works off what must not be done at once: frees detached memory, rebuilds expiry wheels, gives pages back;
  // about `budget` blocks (some 100 ns each). Returns true when more is left.
  bool free_some(size_t budget);
  bool any_to_free() const;
  // Frees memory of others: at once when it is small, otherwise page by page, by free_some().
  void free_later(Blob memory);

  // While on, reads and writes leave the access field of entries as it is (CLIENT NO-TOUCH).
  void set_untouched(bool on) { untouched_ = on; }

  // `samples`: keys to look at for each that goes, at least.
  void set_eviction(EvictionPolicy policy, size_t samples);
  EvictionPolicy eviction() const;
  // Removes the key that should go first, of those that were looked at, and records "evicted". Looks at some
  // dozens of keys. Returns false when there is none that may go.
  bool evict_one();

  void set_access_policy(AccessPolicy policy) { access_policy_ = policy; }
  AccessPolicy access_policy() const { return access_policy_; }
  // LFU parameters: lfu-log-factor, lfu-decay-time (minutes).
  void set_lfu(uint32_t log_factor, uint32_t decay_minutes);
  // How large the parts of a list become, and how long it is called a listpack: list-max-listpack-size.
  void set_list_fill(int64_t option);

  KeyEvents& events() { return events_; }
  KeyspaceStats& stats() { return stats_; }
  KeyspaceMemory memory() const;

 private:
  friend class Database;
  friend class ValueEdit;

  struct Shared;

  // Asks every database anew; what next_expiry_ms() tells is kept up to date otherwise.
  void find_next_expiry();
  bool rebuild_expiry_some(size_t budget);
  bool free_detached_some(size_t* budget);
  std::optional<int64_t> eviction_score(const Entry& entry) const;

  HashSeed seed_;
  int64_t now_ms_ = 0;
  KeyEvents events_;
  KeyspaceStats stats_;
  AccessPolicy access_policy_ = AccessPolicy::kLru;
  bool active_expire_ = true;
  bool untouched_ = false;
  uint32_t next_db_to_expire_ = 0;
  std::unique_ptr<Shared>
      shared_;  // what databases share: pool of entries, arena of buckets, detached contents
  std::vector<std::unique_ptr<Database>> databases_;
};

}  // namespace aerie

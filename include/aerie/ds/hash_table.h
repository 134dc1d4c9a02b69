// SPDX-License-Identifier: BSD-3-Clause
//
// The hash table of the keyspace, and of sets, hashes and indexes: pointers to entries, found by key. It owns
// buckets, never entries: drain it before it dies, or free the entries otherwise. Hashes are the caller's
// (hash_bytes with the seed given here), so that one hash serves several tables and prefetching. Seed and
// arena outlive the table; entries are aligned to 8. It grows by steps of one segment: no insertion moves
// more than a few thousand slots, and large tables are more than 72 % full at every count.
//
//   hash = | d bits: directory index | position in the segment, more bits ...      | fingerprint |
//
//   directory          segment: up to 576 buckets, ordered by leading hash bits at every size
//   (2^d words)        grows page by page
//   +-----+            +----------+----------+----------+-   -+----------+
//   | 000 |----------->| bucket 0 | bucket 1 | bucket 2 | ... | bucket n |
//   | 001 |------+     +----------+----------+----------+-   -+----------+
//   | 01- |---+  |           | full: go right, count it in the buckets passed over
//   | 01- |---+  +-> ...     v
//   | ... |   |        +------------------------+----------+------+------+-   -+------+
//   +-----+   +-> ...  | 7 fingerprints (bytes) | overflow | slot | slot | ... | slot |   64 bytes
//                      +------------------------+----------+------+------+-   -+------+
//                      slot = | 19 hash bits | 45 bits: entry address / 8 |
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aerie/base/prefetch.h"
#include "aerie/ds/hash_table_core.h"

namespace aerie {

// A search reads one directory word, then the bucket that the hash names, then, while its overflow count is
// not 0, the next. Thanks to the hash bits in the slots, growth and splits do not touch the entries (every
// sixth split does). A full segment of 9 pages splits into two; two that together are small merge again. The
// directory has at most one word per 128 entries: where hashes cluster more than that (chosen ones), single
// words branch into directories of 64 words, and when 38 leading bits are equal, blocks are chained to the
// segment. Tables below 1,600 entries are one malloc'ed array of 1, 2, 3, 4, 5, 6, 8 ... 256 buckets.
//
// Traits: `using Entry = ...;`, `static std::string_view key(const Entry*)`, and optionally
// `static uint64_t hash(const Entry*, const HashSeed&)` when the hash of an entry is not hash_bytes of its
// key.
template <typename Traits>
class HashTable : private HashTableCore {
 public:
  using Entry = typename Traits::Entry;
  using Slot = TableSlot;

  HashTable(const HashSeed& seed, SegmentArena& arena) : HashTableCore(seed, arena, &hash_of_entry) {}
  // O(1); the source is empty afterwards.
  HashTable(HashTable&&) noexcept = default;
  HashTable& operator=(HashTable&&) noexcept = default;

  using HashTableCore::consistent;
  using HashTableCore::directory_depth;
  using HashTableCore::memory_bytes;
  using HashTableCore::size;
  using HashTableCore::version_at;
  bool empty() const { return size() == 0; }

  // The entry with this key, or nullptr. REQUIRES here and below: `hash` is the hash of `key`.
  Entry* find(std::string_view key, uint64_t hash) const { return entry_or_null(find_slot(key, hash)); }
  // The same as a place, for replace and erase without a second search. False when absent.
  Slot find_slot(std::string_view key, uint64_t hash) const {
    return find_first_matching(hash, [key](const Entry* entry) { return Traits::key(entry) == key; });
  }
  // The first entry for which `matches(const Entry*)` holds among those that may have this hash: same home
  // bucket, same fingerprint. Entries with other hashes come along now and then: `matches` decides.
  template <typename Matches>
  Slot find_first_matching(uint64_t hash, Matches matches) const;
  static Entry* entry(const Slot& slot) { return static_cast<Entry*>(slot.line().entry(slot.index)); }

  // Adds an entry. Amortised O(1), at most a few hundred microseconds. REQUIRES: no entry with this key is
  // there.
  void insert(uint64_t hash, Entry* entry) { HashTableCore::insert(hash, entry); }
  // Puts another entry with the same key (or the same one, moved) into the place.
  void replace(const Slot& slot, Entry* entry) { HashTableCore::replace(slot, entry); }
  // Says that an entry with this hash was changed where it lies: for the version of its segment.
  void mark_changed(uint64_t hash) { HashTableCore::mark_changed(hash); }
  // Takes the entry out and returns it; the caller frees it. Its key is not read.
  Entry* erase(const Slot& slot);
  // nullptr when absent.
  Entry* erase(std::string_view key, uint64_t hash);

  // Hints for pipelines: first the bucket of every key, then the likely entry of every key, then the
  // searches.
  void prefetch(uint64_t hash) const {
    const Segment segment = segment_at(hash);
    prefetch_line(segment.buckets() + segment.home(hash));
  }
  void prefetch_entry(uint64_t hash) const;

  // Visits the entries of one home bucket (none to a few dozen) and returns the cursor of the next, 0 after
  // the last. Start with 0. Cursors are positions in the space of hashes, below 2^53: an entry that is there
  // from the first call to the last is visited at least once, whatever is inserted or erased between calls
  // and however the table changes shape. Any number is a valid cursor. REQUIRES: `visit` does not change the
  // table.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, Visit visit) const;
  // Visits every entry once. O(n). REQUIRES: as scan.
  template <typename Visit>
  void for_each(Visit visit) const;
  // Every entry with the same probability. nullptr when empty. Expected O(1) (O(segments) in a flooded
  // table).
  Entry* random(Random& random) const { return static_cast<Entry*>(random_entry(random)); }

  // Empties the table step by step: hands about `budget` entries to `visit`, which may free them, and frees
  // what lies behind. True when the table is empty. Until then nothing else may be done with it but moving,
  // destroying and asking for size and memory.
  template <typename Visit>
  bool drain_some(size_t budget, Visit visit);

 private:
  static uint64_t hash_of_entry(const void* entry, const HashSeed& seed) {
    const auto* typed = static_cast<const Entry*>(entry);
    if constexpr (requires { Traits::hash(typed, seed); }) {
      return Traits::hash(typed, seed);
    } else {
      return hash_bytes(Traits::key(typed), seed);
    }
  }
  static Entry* entry_or_null(const Slot& slot) { return slot ? entry(slot) : nullptr; }
  template <typename Visit>
  void visit_positions(Segment segment, uint32_t first, uint32_t end, Visit& visit) const;
};

template <typename Traits>
template <typename Matches>
TableSlot HashTable<Traits>::find_first_matching(uint64_t hash, Matches matches) const {
  const uint64_t repeated = fingerprint_of(hash) * Bucket::kOnes;
  for (Segment segment = segment_at(hash); segment; segment = next_in_chain(segment)) {
    const Bucket* buckets = segment.buckets();
    const uint32_t home = segment.home(hash);
    uint32_t at = home;
    do {
      const Bucket& bucket = buckets[at];
      for (uint64_t mask = bucket.matches(repeated); mask != 0; mask &= mask - 1) {
        const uint32_t index = Bucket::first(mask);
        if (matches(static_cast<const Entry*>(bucket.entry(index)))) return {segment, hash, at, index};
      }
      if (bucket.overflow() == 0) break;
      if (++at == segment.bucket_count()) at = 0;
    } while (at != home);
  }
  return {};
}

template <typename Traits>
typename Traits::Entry* HashTable<Traits>::erase(const Slot& slot) {
  Entry* erased = entry(slot);
  HashTableCore::erase(slot);
  return erased;
}

template <typename Traits>
typename Traits::Entry* HashTable<Traits>::erase(std::string_view key, uint64_t hash) {
  const Slot slot = find_slot(key, hash);
  return slot ? erase(slot) : nullptr;
}

template <typename Traits>
void HashTable<Traits>::prefetch_entry(uint64_t hash) const {
  const Segment segment = segment_at(hash);
  const Bucket& bucket = segment.buckets()[segment.home(hash)];
  const uint64_t mask = bucket.matches(fingerprint_of(hash) * Bucket::kOnes);
  if (mask != 0) prefetch_line(bucket.entry(Bucket::first(mask)));
}

// All entries of one segment (or block of a chain) whose position is in [first, end).
template <typename Traits>
template <typename Visit>
void HashTable<Traits>::visit_positions(Segment segment, uint32_t first, uint32_t end, Visit& visit) const {
  const Bucket* buckets = segment.buckets();
  const unsigned slack = segment.local_depth() - header(segment).tag_depth;
  const uint32_t home = segment.home_of_position(first);
  const uint32_t homes = segment.home_of_position(end - 1) - home + 1;
  uint32_t at = home;
  for (uint32_t step = 0; step < segment.bucket_count(); ++step) {
    const Bucket& bucket = buckets[at];
    for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
      const uint32_t index = Bucket::first(mask);
      const uint32_t position = tag_position(slot_tag(bucket.slots[index]), slack);
      if (position >= first && position < end) visit(static_cast<Entry*>(bucket.entry(index)));
    }
    if (step + 1 >= homes && bucket.overflow() == 0) return;
    if (++at == segment.bucket_count()) at = 0;
  }
}

template <typename Traits>
template <typename Visit>
uint64_t HashTable<Traits>::scan(uint64_t cursor, Visit visit) const {
  const uint64_t hash = cursor << 11;
  const Segment head = segment_at(hash);
  const uint32_t home = head.home(hash);
  const uint32_t first = head.first_position(home);
  const uint32_t end = head.first_position(home + 1);
  for (Segment block = head; block; block = next_in_chain(block)) visit_positions(block, first, end, visit);
  const unsigned depth = head.local_depth();
  const uint64_t prefix = depth == 0 ? 0 : hash >> (64 - depth);
  if (end < kPositions) return (((prefix << kPositionBits) | end) << (64 - kPositionBits - depth)) >> 11;
  return hash_behind(head, hash) >> 11;
}

template <typename Traits>
template <typename Visit>
void HashTable<Traits>::for_each(Visit visit) const {
  uint64_t hash = 0;
  do {
    const Segment segment = segment_at(hash);
    for (Segment block = segment; block; block = next_in_chain(block)) {
      for (uint32_t b = 0; b < block.bucket_count(); ++b) {
        const Bucket& bucket = block.buckets()[b];
        for (uint64_t mask = bucket.occupied(); mask != 0; mask &= mask - 1) {
          visit(static_cast<Entry*>(bucket.entry(Bucket::first(mask))));
        }
      }
    }
    hash = hash_behind(segment, hash);
  } while (hash != 0);
}

template <typename Traits>
template <typename Visit>
bool HashTable<Traits>::drain_some(size_t budget, Visit visit) {
  while (budget > 0) {
    Bucket* bucket = next_to_drain();
    if (bucket == nullptr) return true;
    const uint64_t mask = bucket->occupied();
    const auto count = static_cast<uint32_t>(__builtin_popcountll(mask));
    for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
      visit(static_cast<Entry*>(bucket->entry(Bucket::first(rest))));
    }
    drained(count);
    budget -= count + 1 < budget ? count + 1 : budget;
  }
  return false;
}

}  // namespace aerie

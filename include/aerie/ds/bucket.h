// SPDX-License-Identifier: BSD-3-Clause
//
// The two packed words that the hash table is made of, and its bucket: one cache line with room for seven
// entries. Plain data and bit arithmetic; what keeps them consistent is in hash_table.h and src/ds.
//
//   hash     | leading bits: directory | 14 bits: home bucket in the segment | ... | 8: fingerprint |
//   Bucket   | 7 fingerprints, overflow count (8 bytes) | 7 slots of 8 bytes |
//   slot     | 19 bits: tag (hash bits from the tag depth on) | 45 bits: address of the entry / 8 |
//   Segment  | 10 bits: bucket count | flags | 42 bits: buckets' address / 64 | 6 bits: local depth |
#pragma once

#include <cstddef>
#include <cstdint>

#include "aerie/base/assert.h"

namespace aerie {

inline constexpr uint32_t kBucketSlots = 7;
inline constexpr unsigned kTagBits = 19;
inline constexpr unsigned kPositionBits = 14;
inline constexpr uint32_t kPositions = 1U << kPositionBits;
// A tag stays good for this many splits; the next one takes the hashes of the entries again.
inline constexpr unsigned kTagSlack = kTagBits - kPositionBits;
// With this depth a position ends at hash bit 52, which is what a cursor below 2^53 can name.
inline constexpr unsigned kMaxLocalDepth = 38;
inline constexpr unsigned kBranchBits = 6;

// Never 0, which marks an empty slot.
inline uint8_t fingerprint_of(uint64_t hash) {
  const auto byte = static_cast<uint8_t>(hash);
  return byte != 0 ? byte : uint8_t{0x80};
}

struct alignas(64) Bucket {
  uint64_t meta;  // bytes 0..6: fingerprints, 0 when empty; byte 7: overflow count
  uint64_t slots[kBucketSlots];

  static constexpr uint64_t kOnes = 0x0101010101010101;
  static constexpr uint64_t kSlotBytes = 0x0080808080808080;

  // Bit 8 * i + 7 for each slot i whose fingerprint is the byte that `repeated` (fingerprint * kOnes)
  // repeats.
  uint64_t matches(uint64_t repeated) const {
    constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
    const uint64_t x = meta ^ repeated;
    return ~(((x & kLow) + kLow) | x | kLow) & kSlotBytes;
  }
  uint64_t empties() const { return matches(0); }
  uint64_t occupied() const { return empties() ^ kSlotBytes; }
  static uint32_t first(uint64_t mask) { return static_cast<uint32_t>(__builtin_ctzll(mask)) >> 3; }

  uint8_t fingerprint(uint32_t index) const { return static_cast<uint8_t>(meta >> (8 * index)); }
  void set_fingerprint(uint32_t index, uint8_t value) {
    meta = (meta & ~(uint64_t{0xff} << (8 * index))) | (uint64_t{value} << (8 * index));
  }

  // Entries with their home here or before that had to go beyond this bucket. 255 means "many" and stays
  // until the segment is rebuilt. 0 ends every search.
  uint32_t overflow() const { return static_cast<uint32_t>(meta >> 56); }
  void add_overflow() {
    if (overflow() != 255) meta += uint64_t{1} << 56;
  }
  void drop_overflow() {
    if (overflow() != 255) meta -= uint64_t{1} << 56;
  }

  void* entry(uint32_t index) const {
    return reinterpret_cast<void*>((slots[index] << kTagBits) >> (kTagBits - 3));
  }
};

inline uint64_t slot_tag(uint64_t slot) {
  return slot >> (64 - kTagBits);
}
inline uint64_t tag_of(uint64_t hash, unsigned tag_depth) {
  return (hash << tag_depth) >> (64 - kTagBits);
}
inline uint64_t slot_pointer(uint64_t slot) {
  return (slot << kTagBits) >> kTagBits;
}
// REQUIRES: `entry` is a multiple of 8 below 2^48, as every address of a process is on the supported
// machines.
inline uint64_t pack_pointer(const void* entry) {
  const auto address = reinterpret_cast<uintptr_t>(entry);
  AERIE_ASSERT((address & 7) == 0 && (address >> 48) == 0);
  return address >> 3;
}
inline uint64_t pack_slot(uint64_t tag, uint64_t pointer) {
  return (tag << (64 - kTagBits)) | pointer;
}
// The position in a segment that a tag names. `slack`: local depth - tag depth, at most kTagSlack.
inline uint32_t tag_position(uint64_t tag, unsigned slack) {
  return static_cast<uint32_t>(((tag << slack) & ((uint64_t{1} << kTagBits) - 1)) >> kTagSlack);
}

// A directory word: all that a search needs to know of a segment. Or a branch: the address of a smaller
// directory (64 words) that resolves the six hash bits from local_depth() on.
class Segment {
 public:
  static constexpr uint64_t kBranch = uint64_t{1} << 51;
  static constexpr uint64_t kAddress = 0x0000'ffff'ffff'ffc0;
  static constexpr uint64_t kPaged = uint64_t{1} << 52;  // buckets are from the SegmentArena, not from malloc
  static constexpr uint64_t kChained = uint64_t{1} << 53;  // part of a chain: look at the header's next

  Segment() = default;
  explicit Segment(uint64_t word) : word_(word) {}
  Segment(const void* buckets, uint32_t bucket_count, unsigned local_depth, uint64_t flags)
      : word_(reinterpret_cast<uintptr_t>(buckets) | (uint64_t{bucket_count} << 54) | local_depth | flags) {}

  uint64_t word() const { return word_; }
  explicit operator bool() const { return word_ != 0; }
  Bucket* buckets() const { return reinterpret_cast<Bucket*>(word_ & kAddress); }
  uint32_t bucket_count() const { return static_cast<uint32_t>(word_ >> 54); }
  unsigned local_depth() const { return static_cast<unsigned>(word_ & 63); }
  bool is_branch() const { return (word_ & kBranch) != 0; }
  // REQUIRES: is_branch()
  Segment* branch_words() const { return reinterpret_cast<Segment*>(word_ & kAddress); }
  bool paged() const { return (word_ & kPaged) != 0; }
  bool chained() const { return (word_ & kChained) != 0; }
  Segment with_chained(bool chained) const { return Segment(chained ? word_ | kChained : word_ & ~kChained); }

  // Where in the segment's share of the hash space this hash lies: 0 .. kPositions - 1.
  uint32_t position(uint64_t hash) const {
    return static_cast<uint32_t>((hash << local_depth()) >> (64 - kPositionBits));
  }
  uint32_t home_of_position(uint32_t position) const { return (position * bucket_count()) >> kPositionBits; }
  uint32_t home(uint64_t hash) const { return home_of_position(position(hash)); }
  // The first position whose home is `bucket` or a later one.
  uint32_t first_position(uint32_t bucket) const {
    const uint32_t count = bucket_count();
    return ((bucket << kPositionBits) + count - 1) / count;
  }

 private:
  uint64_t word_ = 0;
};

}  // namespace aerie

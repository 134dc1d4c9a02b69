// SPDX-License-Identifier: BSD-3-Clause
//
// An allocator for the blocks that entries and values live in. Size classes go in steps of 8 bytes (of 16
// above 512, of 32 above 1024); above kMaxSmall a class is the nth part of a slab, so powers of two fit
// without waste. The caller gives the size back when it frees, so a block has no header of its own. Memory of
// emptied slabs returns to the system in slices that the owner asks for (release_some). What is larger than a
// slab, or would waste more than an eighth of a part, goes to malloc, counted by what malloc really reserved.
// One instance belongs to one thread; it does not know who owns a block.
//
// A region is 2 MiB, aligned; a slab is 64 KiB of it, all of one class:
//
//   region  | headers (1 page touched) | slab 1 | slab 2 | ... | slab 31 |
//   slab    | block | block | block | never used yet: pages without memory |
//
// A block finds its region and slab by masking its address. The headers of all slabs of a region lie together
// in slab 0, at an offset that differs from region to region (else all headers would share a few cache sets).
#pragma once

#include <cstddef>
#include <cstdint>

namespace aerie {

struct SlabHeader;
struct SlabRegion;

class SlabAllocator {
 public:
  static constexpr size_t kMaxSmall = 2048;
  static constexpr size_t kSlabBytes = size_t{64} << 10;

  SlabAllocator();
  // Unmaps every block of a slab, freed or not. REQUIRES: every other block was freed (else it leaks).
  ~SlabAllocator();
  SlabAllocator(const SlabAllocator&) = delete;
  SlabAllocator& operator=(const SlabAllocator&) = delete;

  // A block of at least `size` bytes, aligned to 8, uninitialised. O(1). Ends the process when the system has
  // no memory. REQUIRES: size > 0.
  void* allocate(size_t size);
  // O(1). REQUIRES: `block` came from allocate(size) of this instance, or of a size with the same block_size.
  void free(void* block, size_t size);

  // Whether blocks of this size come from slabs, not from malloc.
  static constexpr bool has_class(size_t size);
  // What a block of `size` bytes occupies: `size` rounded up to its class, or `size` itself where it has
  // none. Two sizes with the same block_size can share a block, so a value may change its length in place.
  static constexpr size_t block_size(size_t size);
  // What this block is counted as in bytes_in_use(). REQUIRES: as free().
  static size_t block_bytes(const void* block, size_t size);

  // Bytes of live blocks, each counted by its block_bytes.
  size_t bytes_in_use() const { return bytes_in_use_; }
  // Bytes of memory that this instance keeps from the system: touched pages of slabs, their headers, blocks
  // of malloc.
  size_t bytes_held() const { return bytes_held_; }
  // True when emptied slabs keep so much memory that some should go back: call release_some once per turn
  // then.
  bool wants_release() const { return dirty_bytes_ > kDirtyFloor + bytes_held_ / kDirtyShare; }
  // Returns memory of emptied slabs to the system until at least `budget` bytes are released (512 KiB at a
  // time, some 100 us) or none is left. False when none is left. Freeing does this by itself only when
  // emptied slabs hold more than everything else and kDirtyCeiling.
  bool release_some(size_t budget);

 private:
  static constexpr size_t kFineClasses = 128;  // up to kMaxSmall
  static constexpr size_t kMaxParts = 31;      // of a slab, above kMaxSmall
  static constexpr size_t kClasses = kFineClasses + kMaxParts;
  static constexpr size_t kBins = 4;
  // What emptied slabs may keep, so that a workload that swings does not fault it in again.
  static constexpr size_t kDirtyFloor = size_t{1} << 20;
  static constexpr size_t kDirtyShare = 32;  // of the memory held
  static constexpr size_t kDirtyCeiling = size_t{64} << 20;

  // The slabs of one size class that have free blocks. Full slabs are on no list.
  struct SizeClass {
    SlabHeader* current = nullptr;    // allocated from until it is full
    SlabHeader* partial[kBins] = {};  // by quarter of fullness, fullest last
  };

  static constexpr size_t parts_for(size_t size);
  static constexpr size_t class_index(size_t size);
  static constexpr size_t class_size(size_t index);

  void* allocate_block(size_t index);
  void* allocate_slow(size_t index);
  void* allocate_large(size_t size);
  void free_large(void* block);
  SlabHeader* take_slab(size_t index);
  void settle_after_free(SlabHeader* slab);
  void return_slab(SlabHeader* slab);
  void set_bin(SlabHeader* slab, uint32_t bin);
  void unlink_partial(SlabHeader* slab);
  void touch(SlabHeader* slab, char* memory);
  size_t release_from(SlabRegion* region);
  SlabRegion* map_region();
  void unmap_region(SlabRegion* region);
  void unlink_available(SlabRegion* region);
  void push_available(SlabRegion* region);

  SizeClass classes_[kClasses];
  SlabRegion* regions_ = nullptr;    // all of them
  SlabRegion* available_ = nullptr;  // those with a free slab
  size_t bytes_in_use_ = 0;
  size_t bytes_held_ = 0;
  size_t dirty_bytes_ = 0;   // touched pages of free slabs, part of bytes_held_
  size_t free_regions_ = 0;  // regions without a slab in use or with memory
};

// Into how many parts a slab is cut whose blocks have this size, above kMaxSmall and at most kSlabBytes.
constexpr size_t SlabAllocator::parts_for(size_t size) {
  return kSlabBytes / ((size + 7) & ~size_t{7});
}

// REQUIRES: has_class(size).
constexpr size_t SlabAllocator::class_index(size_t size) {
  if (size > kMaxSmall) return kFineClasses - 1 + parts_for(size);
  if (size <= 512) return (size + 7) / 8 - 1;
  if (size <= 1024) return 64 + (size - 513) / 16;
  return 96 + (size - 1025) / 32;
}

constexpr size_t SlabAllocator::class_size(size_t index) {
  if (index < 64) return (index + 1) * 8;
  if (index < 96) return 512 + (index - 63) * 16;
  if (index < kFineClasses) return 1024 + (index - 95) * 32;
  return kSlabBytes / (index - kFineClasses + 1) & ~size_t{7};
}

constexpr bool SlabAllocator::has_class(size_t size) {
  if (size <= kSlabBytes / 8) return true;  // parts of an eighth and smaller differ by less than an eighth
  if (size > kSlabBytes) return false;
  const size_t part = class_size(class_index(size));
  return part - size <= part / 8;
}

constexpr size_t SlabAllocator::block_size(size_t size) {
  return has_class(size) ? class_size(class_index(size)) : size;
}

}  // namespace aerie

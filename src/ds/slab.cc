// SPDX-License-Identifier: BSD-3-Clause
//
// Invariants. A slab is exactly one of: free (a bit in its region's free_slabs), the current slab of its
// class, partial (on one list of its class, by fullness) or full (on no list). Free blocks of a slab are
// linked through their first word; blocks from `bump` on were never handed out since the slab was taken. A
// region is on the available list exactly while it has a free slab. Blocks that are not handed out are
// poisoned under ASan.
#include "aerie/ds/slab.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "aerie/base/assert.h"
#include "ds/mapping.h"

namespace aerie {
namespace {

constexpr size_t kRegionBytes = size_t{2} << 20;
constexpr size_t kSlabBytes = SlabAllocator::kSlabBytes;
constexpr uint32_t kSlabsPerRegion = kRegionBytes / kSlabBytes;
constexpr size_t kHeaderBytes = 64;
constexpr uint32_t kAllFree = ~uint32_t{1};  // slab 0 holds the headers

constexpr uint32_t kSlabsPerRelease = 8;

constexpr uint32_t kNoBin = 0xff;

}  // namespace

struct SlabHeader {
  void* free_blocks;
  SlabHeader* next;
  SlabHeader* previous;
  uint32_t used;
  uint32_t capacity;
  uint32_t block;      // bytes per block
  uint32_t bump;       // offset of the first block that was never handed out
  uint32_t touched;    // bytes from the start whose pages may be resident; survives while the slab is free
  uint32_t bin_floor;  // partial slabs: below this many used blocks the slab belongs into a lower bin
  uint32_t class_number;
  uint32_t bin;
};
static_assert(sizeof(SlabHeader) <= kHeaderBytes);

// Takes the header place of slab 0.
struct SlabRegion {
  SlabRegion* next;
  SlabRegion* previous;
  SlabRegion* next_available;
  SlabRegion* previous_available;
  uint32_t free_slabs;   // bit n: slab n is free
  uint32_t dirty_slabs;  // bit n: slab n is free and has touched pages
};
static_assert(sizeof(SlabRegion) <= kHeaderBytes);

namespace {

char* region_base(const void* inside) {
  return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(inside) & ~(kRegionBytes - 1));
}

SlabRegion* region_at(char* base) {
  const size_t colour = (reinterpret_cast<uintptr_t>(base) / kRegionBytes) % kSlabsPerRegion;
  return reinterpret_cast<SlabRegion*>(base + colour * (kSlabsPerRegion * kHeaderBytes));
}

SlabHeader* header_of(SlabRegion* region, uint32_t slab_number) {
  return reinterpret_cast<SlabHeader*>(reinterpret_cast<char*>(region) + slab_number * kHeaderBytes);
}

SlabHeader* slab_of(const void* block) {
  char* base = region_base(block);
  const auto number = static_cast<uint32_t>((static_cast<const char*>(block) - base) / kSlabBytes);
  return header_of(region_at(base), number);
}

uint32_t number_of(const SlabHeader* slab, const SlabRegion* region) {
  const auto distance = reinterpret_cast<const char*>(slab) - reinterpret_cast<const char*>(region);
  return static_cast<uint32_t>(static_cast<size_t>(distance) / kHeaderBytes);
}

char* slab_memory(const SlabRegion* region, uint32_t number) {
  return region_base(region) + number * kSlabBytes;
}

SlabRegion* region_of(const SlabHeader* slab) {
  return region_at(region_base(slab));
}

void push_block(SlabHeader* slab, void* block) {
  unpoison(block, sizeof(void*));
  std::memcpy(block, &slab->free_blocks, sizeof(void*));
  slab->free_blocks = block;
  poison(block, slab->block);
}

void* pop_block(SlabHeader* slab) {
  void* block = slab->free_blocks;
  unpoison(block, sizeof(void*));
  std::memcpy(&slab->free_blocks, block, sizeof(void*));
  return block;
}

bool has_unused(const SlabHeader* slab) {
  return slab->bump + slab->block <= kSlabBytes;
}

}  // namespace

SlabAllocator::SlabAllocator() = default;

SlabAllocator::~SlabAllocator() {
  while (regions_ != nullptr) unmap_region(regions_);
}

size_t SlabAllocator::block_bytes(const void* block, size_t size) {
  if (has_class(size)) return block_size(size);
  return usable_bytes(const_cast<void*>(block));
}

inline void* SlabAllocator::allocate_block(size_t index) {
  SlabHeader* slab = classes_[index].current;
  if (slab == nullptr || slab->free_blocks == nullptr) return allocate_slow(index);
  void* block = pop_block(slab);
  slab->used++;
  bytes_in_use_ += slab->block;
  unpoison(block, slab->block);
  return block;
}

void* SlabAllocator::allocate(size_t size) {
  if (size > kMaxSmall) [[unlikely]]
    return has_class(size) ? allocate_block(class_index(size)) : allocate_large(size);
  return allocate_block(class_index(size));
}

// The current slab is full, has only blocks that were never used, or does not exist.
void* SlabAllocator::allocate_slow(size_t index) {
  SizeClass& size_class = classes_[index];
  SlabHeader* slab = size_class.current;
  if (slab == nullptr || (slab->free_blocks == nullptr && !has_unused(slab))) {
    slab = take_slab(index);
    size_class.current = slab;
  }
  slab->used++;
  bytes_in_use_ += slab->block;
  if (slab->free_blocks != nullptr) {
    void* reused = pop_block(slab);
    unpoison(reused, slab->block);
    return reused;
  }
  SlabRegion* region = region_of(slab);
  void* block = slab_memory(region, number_of(slab, region)) + slab->bump;
  slab->bump += slab->block;
  if (slab->bump > slab->touched) touch(slab, slab_memory(region, number_of(slab, region)));
  unpoison(block, slab->block);
  return block;
}

// Gives the slab memory for its next blocks: as much again as it has, at least what the bump needs.
void SlabAllocator::touch(SlabHeader* slab, char* memory) {
  const auto needed = static_cast<uint32_t>((slab->bump + kPageBytes - 1) & ~(kPageBytes - 1));
  const uint32_t touched = std::min<uint32_t>(std::max(needed, 2 * slab->touched), kSlabBytes);
  const uint32_t before = slab->touched;
  if (touched - before > kPageBytes) populate_pages(memory + before, touched - before);
  bytes_held_ += touched - before;
  slab->touched = touched;
}

void* SlabAllocator::allocate_large(size_t size) {
  void* block = std::malloc(size);
  AERIE_ASSERT(block != nullptr && "out of memory");
  const size_t bytes = usable_bytes(block);
  bytes_in_use_ += bytes;
  bytes_held_ += bytes;
  return block;
}

void SlabAllocator::free_large(void* block) {
  const size_t bytes = usable_bytes(block);
  bytes_in_use_ -= bytes;
  bytes_held_ -= bytes;
  std::free(block);
}

void SlabAllocator::free(void* block, size_t size) {
  if (size > kMaxSmall && !has_class(size)) [[unlikely]]
    return free_large(block);
  SlabHeader* slab = slab_of(block);
  AERIE_ASSERT(slab->class_number == class_index(size) && slab->used > 0);
  push_block(slab, block);
  bytes_in_use_ -= slab->block;
  slab->used--;
  // bin_floor of a full slab is its capacity, of the current slab 1: both are settled below their floor.
  if (slab->used < slab->bin_floor) settle_after_free(slab);
}

void SlabAllocator::settle_after_free(SlabHeader* slab) {
  SizeClass& size_class = classes_[slab->class_number];
  if (slab == size_class.current) {
    // Keeping one page per class avoids taking and returning a slab over and over.
    if (slab->touched <= kPageBytes) return;
    size_class.current = nullptr;
    return return_slab(slab);
  }
  unlink_partial(slab);
  if (slab->used == 0) return return_slab(slab);
  set_bin(slab, static_cast<uint32_t>(slab->used * kBins / slab->capacity));
}

void SlabAllocator::set_bin(SlabHeader* slab, uint32_t bin) {
  SlabHeader*& head = classes_[slab->class_number].partial[bin];
  slab->bin = bin;
  // At least 1, so that a slab that becomes empty is noticed in the lowest bin too.
  slab->bin_floor = std::max<uint32_t>(1, static_cast<uint32_t>((bin * slab->capacity + kBins - 1) / kBins));
  slab->previous = nullptr;
  slab->next = head;
  if (head != nullptr) head->previous = slab;
  head = slab;
}

void SlabAllocator::unlink_partial(SlabHeader* slab) {
  if (slab->bin == kNoBin) return;
  if (slab->next != nullptr) slab->next->previous = slab->previous;
  if (slab->previous != nullptr) {
    slab->previous->next = slab->next;
  } else {
    classes_[slab->class_number].partial[slab->bin] = slab->next;
  }
  slab->bin = kNoBin;
}

// The slab to allocate from next: the fullest partial one, so that sparse ones get a chance to empty; else a
// fresh one.
SlabHeader* SlabAllocator::take_slab(size_t index) {
  SizeClass& size_class = classes_[index];
  if (size_class.current != nullptr) size_class.current->bin_floor = size_class.current->capacity;
  for (size_t bin = kBins; bin-- > 0;) {
    SlabHeader* slab = size_class.partial[bin];
    if (slab == nullptr) continue;
    unlink_partial(slab);
    slab->bin_floor = 1;
    return slab;
  }
  SlabRegion* region = available_ != nullptr ? available_ : map_region();
  const uint32_t preferred = region->dirty_slabs != 0 ? region->dirty_slabs : region->free_slabs;
  const auto number = static_cast<uint32_t>(__builtin_ctz(preferred));
  const uint32_t bit = uint32_t{1} << number;
  SlabHeader* slab = header_of(region, number);
  if (region->free_slabs == kAllFree && region->dirty_slabs == 0) free_regions_--;
  if ((region->dirty_slabs & bit) != 0) dirty_bytes_ -= slab->touched;
  region->free_slabs &= ~bit;
  region->dirty_slabs &= ~bit;
  if (region->free_slabs == 0) unlink_available(region);
  slab->free_blocks = nullptr;
  slab->used = 0;
  slab->block = static_cast<uint32_t>(class_size(index));
  slab->capacity = static_cast<uint32_t>(kSlabBytes / slab->block);
  slab->bump = 0;
  slab->bin_floor = 1;
  slab->class_number = static_cast<uint32_t>(index);
  slab->bin = kNoBin;
  return slab;
}

void SlabAllocator::return_slab(SlabHeader* slab) {
  SlabRegion* region = region_of(slab);
  const uint32_t number = number_of(slab, region);
  const uint32_t bit = uint32_t{1} << number;
  if (region->free_slabs != 0) unlink_available(region);
  region->free_slabs |= bit;
  region->dirty_slabs |= bit;
  dirty_bytes_ += slab->touched;
  push_available(region);
  // An owner that never calls release_some must not keep memory for ever either.
  if (dirty_bytes_ > kDirtyCeiling && dirty_bytes_ > bytes_held_ / 2) release_from(region);
}

bool SlabAllocator::release_some(size_t budget) {
  size_t released = 0;
  SlabRegion* region = available_;
  while (region != nullptr && dirty_bytes_ > 0 && released < budget) {
    SlabRegion* next = region->next_available;
    const bool more = std::popcount(region->dirty_slabs) > static_cast<int>(kSlabsPerRelease);
    if (region->dirty_slabs != 0) released += release_from(region);
    if (!more) region = next;
  }
  return dirty_bytes_ > 0;
}

// Returns up to kSlabsPerRelease slabs of the region to the system, and the region when it is of no use any
// more.
size_t SlabAllocator::release_from(SlabRegion* region) {
  PageRange ranges[kSlabsPerRelease];
  size_t count = 0;
  size_t released = 0;
  while (region->dirty_slabs != 0 && count < kSlabsPerRelease) {
    const auto number = static_cast<uint32_t>(__builtin_ctz(region->dirty_slabs));
    SlabHeader* slab = header_of(region, number);
    ranges[count++] = {slab_memory(region, number), slab->touched};
    released += slab->touched;
    slab->touched = 0;
    region->dirty_slabs &= region->dirty_slabs - 1;
  }
  (void)discard_pages(ranges, count);
  dirty_bytes_ -= released;
  bytes_held_ -= released;
  if (region->free_slabs == kAllFree && region->dirty_slabs == 0 && ++free_regions_ > 1) unmap_region(region);
  return released;
}

SlabRegion* SlabAllocator::map_region() {
  char* base = static_cast<char*>(map_aligned(kRegionBytes));
  poison(base + kSlabBytes, kRegionBytes - kSlabBytes);
  SlabRegion* region = region_at(base);
  region->free_slabs = kAllFree;
  region->dirty_slabs = 0;
  region->previous = nullptr;
  region->next = regions_;
  if (regions_ != nullptr) regions_->previous = region;
  regions_ = region;
  bytes_held_ += kPageBytes;
  free_regions_++;
  push_available(region);
  return region;
}

void SlabAllocator::unmap_region(SlabRegion* region) {
  if (region->free_slabs == kAllFree && region->dirty_slabs == 0) free_regions_--;
  if (region->free_slabs != 0) unlink_available(region);
  for (uint32_t number = 1; number < kSlabsPerRegion; ++number) {
    const SlabHeader* slab = header_of(region, number);
    bytes_held_ -= slab->touched;
    if ((region->dirty_slabs >> number & 1) != 0) dirty_bytes_ -= slab->touched;
  }
  bytes_held_ -= kPageBytes;
  if (region->next != nullptr) region->next->previous = region->previous;
  if (region->previous != nullptr) {
    region->previous->next = region->next;
  } else {
    regions_ = region->next;
  }
  char* base = region_base(region);
  unpoison(base, kRegionBytes);
  unmap(base, kRegionBytes);
}

void SlabAllocator::push_available(SlabRegion* region) {
  region->previous_available = nullptr;
  region->next_available = available_;
  if (available_ != nullptr) available_->previous_available = region;
  available_ = region;
}

void SlabAllocator::unlink_available(SlabRegion* region) {
  if (region->next_available != nullptr)
    region->next_available->previous_available = region->previous_available;
  if (region->previous_available != nullptr) {
    region->previous_available->next_available = region->next_available;
  } else {
    available_ = region->next_available;
  }
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Makes, reshapes and frees entries: the one place that knows how bytes become an entry. It allocates from
// the slab and counts what values take outside of it. It knows nothing of tables, deadlines' indexes or
// events: Database puts entries into place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aerie/ds/slab.h"
#include "aerie/store/string_value.h"
#include "store/entry.h"
#include "store/free_queue.h"

namespace aerie {

// The form and length that a string's bytes will be stored with.
struct StringForm {
  ValueForm form;
  size_t inline_length = 0;  // kInline
  int64_t integer = 0;       // kInteger
};

class EntryPool {
 public:
  EntryPool() = default;
  EntryPool(const EntryPool&) = delete;
  EntryPool& operator=(const EntryPool&) = delete;

  // Integer when the bytes are one, inline when short, else a Blob.
  static StringForm form_of(std::string_view bytes);
  // As form_of, but never an integer: for values that were changed in place or computed.
  static StringForm plain_form_of(size_t length);

  // A new entry whose value is `source` in `form`; takes an owned blob over when the form is kBlob.
  Entry* create(std::string_view key, const StringSource& source, const StringForm& form, int64_t deadline_ms,
                uint32_t access);
  // An entry of this shape with key, flags and access copied from `model`; the value is not set: integer 0,
  // inline bytes undefined, Blob or ChunkedList empty.
  Entry* create_like(const Entry& model, std::string_view key, ValueForm form, size_t inline_length,
                     int64_t deadline_ms);
  // Writes the value into an entry that was made for this form.
  void fill(Entry& entry, const StringSource& source, const StringForm& form);
  // True when an entry of this shape fits the block that `entry` has.
  static bool fits(const Entry& entry, ValueForm form, size_t inline_length, bool with_deadline);
  // Frees the block and the value; a large one later.
  void destroy(Entry* entry);
  // Frees a value or a part of one, a large one later, in slices.
  void dispose(Blob blob);
  void dispose(ChunkedList list);
  // A full copy under another name.
  Entry* clone(const Entry& entry, std::string_view key);
  // The same value, moved to a new entry under another name or with another deadline; `entry` is freed.
  Entry* rename(Entry* entry, std::string_view key, int64_t deadline_ms);

  // Bytes that the entry accounts for.
  struct Footprint {
    size_t block;
    size_t blob;
    size_t total() const { return block + blob; }
  };
  static Footprint footprint(const Entry& entry);

  SlabAllocator& slab() { return slab_; }
  const SlabAllocator& slab() const { return slab_; }
  FreeQueue& free_queue() { return free_queue_; }
  const FreeQueue& free_queue() const { return free_queue_; }

 private:
  Entry* allocate(std::string_view key, ValueForm form, size_t inline_length, int64_t deadline_ms,
                  uint32_t access);

  SlabAllocator slab_;
  FreeQueue free_queue_{slab_};
};

}  // namespace aerie

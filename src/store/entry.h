// SPDX-License-Identifier: BSD-3-Clause
//
// A key and its value in one block of the slab. Exactly one pointer (the slot of the hash table) leads to an
// entry, so an entry may move whenever its owner can update that slot. The layout follows from the header
// alone; optional parts are absent, not empty:
//
//   +--------+------------+-----------+---------------+-----------+---------------+
//   | header | deadline   | lengths   | value's head  | key bytes | inline value  |
//   | 8      | 8 optional | 8 if long | 0, 8, 24, 48  |           |               |
//   +--------+------------+-----------+---------------+-----------+---------------+
//
// The three parts in front of the key are multiples of eight bytes and therefore aligned. Lengths up to 255
// stand in the header; a longer key or inline value makes both stand in `lengths`. The head is an integer, a
// Blob or a ChunkedList. An inline value is the bytes of a string, or a small list: its count in two bytes and
// the run of its listpack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "aerie/base/assert.h"
#include "aerie/base/blob.h"
#include "aerie/ds/chunked_list.h"
#include "aerie/store/types.h"

namespace aerie {

// Where a value is kept.
enum class ValueForm : uint8_t {
  kInteger,  // an int64 in the entry
  kInline,   // bytes behind the key
  kBlob,     // a Blob that the entry owns
  kChunks,   // a ChunkedList that the entry owns
};

struct Entry {
  static constexpr uint8_t kHasDeadline = 1;
  static constexpr uint8_t kLongLengths = 2;
  // A string that was changed in place: OBJECT ENCODING says raw whatever the length.
  static constexpr uint8_t kRawString = 4;
  // A list that has outgrown what Redis keeps in one listpack: OBJECT ENCODING says quicklist.
  static constexpr uint8_t kQuicklist = 8;
  // What is said about the value, and goes with it.
  static constexpr uint8_t kValueFlags = kRawString | kQuicklist;
  // Longer values get memory of their own; up to here an entry stays in the slab's small classes.
  static constexpr size_t kMaxInline = 1000;
  static constexpr size_t kMaxShortLength = 255;

  uint8_t type : 4;
  uint8_t form : 4;
  uint8_t flags;
  uint8_t short_key_length;
  uint8_t short_value_length;
  uint32_t access;  // LRU: seconds; LFU: minutes << 8 | counter (access.h)

  struct Lengths {
    uint32_t key;
    uint32_t value;
  };

  Type value_type() const { return static_cast<Type>(type); }
  ValueForm value_form() const { return static_cast<ValueForm>(form); }
  bool has(uint8_t flag) const { return (flags & flag) != 0; }

  size_t key_length() const { return has(kLongLengths) ? lengths().key : short_key_length; }
  // Bytes of an inline value; 0 for other forms.
  size_t inline_length() const { return has(kLongLengths) ? lengths().value : short_value_length; }

  std::string_view key() const { return {at(key_offset()), key_length()}; }
  std::string_view inline_value() const { return {at(key_offset() + key_length()), inline_length()}; }
  char* key_data() { return at(key_offset()); }
  char* inline_data() { return at(key_offset() + key_length()); }

  int64_t deadline() const {
    return has(kHasDeadline) ? *reinterpret_cast<const int64_t*>(at(8)) : kNoDeadline;
  }
  bool is_past_deadline(int64_t now_ms) const { return has(kHasDeadline) && deadline() <= now_ms; }
  // REQUIRES: has(kHasDeadline).
  void set_deadline(int64_t deadline_ms) { *reinterpret_cast<int64_t*>(at(8)) = deadline_ms; }

  int64_t integer() const { return *reinterpret_cast<const int64_t*>(at(fixed_offset())); }
  void set_integer(int64_t value) { *reinterpret_cast<int64_t*>(at(fixed_offset())) = value; }

  Blob& blob() { return *reinterpret_cast<Blob*>(at(fixed_offset())); }
  const Blob& blob() const { return *reinterpret_cast<const Blob*>(at(fixed_offset())); }

  ChunkedList& chunks() { return *reinterpret_cast<ChunkedList*>(at(fixed_offset())); }
  const ChunkedList& chunks() const { return *reinterpret_cast<const ChunkedList*>(at(fixed_offset())); }

  Lengths& lengths() { return *reinterpret_cast<Lengths*>(at(lengths_offset())); }
  const Lengths& lengths() const { return *reinterpret_cast<const Lengths*>(at(lengths_offset())); }

  // Changes the length of an inline value in a block that has room for it. REQUIRES: both lengths are short,
  // or both are kept in lengths().
  void set_inline_length(size_t length) {
    if (has(kLongLengths)) {
      lengths().value = static_cast<uint32_t>(length);
    } else {
      short_value_length = static_cast<uint8_t>(length);
    }
  }

  // Bytes that the entry was allocated with, before the slab rounds up.
  size_t allocated_bytes() const { return key_offset() + key_length() + inline_length(); }

  static size_t bytes_for(size_t key_length, ValueForm form, size_t inline_length, bool with_deadline) {
    const bool long_lengths = key_length > kMaxShortLength || inline_length > kMaxShortLength;
    return 8 + (with_deadline ? 8 : 0) + (long_lengths ? sizeof(Lengths) : 0) + fixed_bytes(form) +
           key_length + inline_length;
  }

 private:
  static constexpr size_t fixed_bytes(ValueForm form) {
    switch (form) {
      case ValueForm::kInteger:
        return sizeof(int64_t);
      case ValueForm::kInline:
        return 0;
      case ValueForm::kBlob:
        return sizeof(Blob);
      case ValueForm::kChunks:
        return sizeof(ChunkedList);
    }
    AERIE_UNREACHABLE();
  }
  size_t lengths_offset() const { return has(kHasDeadline) ? 16 : 8; }
  size_t fixed_offset() const { return lengths_offset() + (has(kLongLengths) ? sizeof(Lengths) : 0); }
  size_t key_offset() const { return fixed_offset() + fixed_bytes(value_form()); }
  char* at(size_t offset) { return reinterpret_cast<char*>(this) + offset; }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }
};
static_assert(sizeof(Entry) == 8);

}  // namespace aerie

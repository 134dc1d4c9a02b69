// SPDX-License-Identifier: BSD-3-Clause
//
// A run of listpack elements in memory of the caller: the elements alone, without the frame that a listpack
// has in a dump or snapshot. The caller keeps the run's bytes and count where it likes, computes a new size
// with bytes_after(), provides the room, and the operations move what has to move. Positions are offsets from
// the start of the run; `bytes()` is the position behind the last element. Not a container: it owns nothing.
//
//   run       | element | element | ... | element | room of the caller
//             0         next(0)                   bytes()
//
//   listpack  | size of all, 4 | count, 2 | run | 0xFF |      both little-endian; count 65535: too many,
//   count
//
// The elements are described in aerie/ds/listpack_element.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "aerie/ds/listpack_element.h"

namespace aerie {

// A run for reading. Valid as long as its bytes.
class ListpackView {
 public:
  ListpackView() = default;
  // REQUIRES: `count` well-formed elements that take exactly `bytes` at `data`.
  ListpackView(const char* data, uint32_t bytes, uint32_t count)
      : data_(data), bytes_(bytes), count_(count) {}

  const char* data() const { return data_; }
  uint32_t bytes() const { return bytes_; }
  uint32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }

  // The element at a position, and its size; next and former position. O(1).
  // REQUIRES: position < bytes(), for previous(): position > 0.
  ListpackElement element(uint32_t position) const { return listpack::decode(data_ + position).element; }
  uint32_t size_at(uint32_t position) const { return listpack::decode(data_ + position).size; }
  uint32_t next(uint32_t position) const { return position + size_at(position); }
  uint32_t previous(uint32_t position) const { return position - listpack::size_before(data_ + position); }
  // The position of the element with this index, walked to from the nearer end; bytes() when index ==
  // count(). O(count). REQUIRES: index <= count().
  uint32_t seek(uint32_t index) const;
  // The first element from `from` on that has the item's text, looking at every `stride`-th element (2: only
  // the fields of a hash); bytes() when there is none. O(count). REQUIRES: stride > 0, from <= bytes().
  uint32_t find(const ListpackItem& item, uint32_t from = 0, uint32_t stride = 1) const;

 private:
  const char* data_ = nullptr;
  uint32_t bytes_ = 0;
  uint32_t count_ = 0;
};

// A run that can be changed in place; bytes() and count() follow. Views of its elements become invalid with
// each change. The caller has to keep the new bytes() and count().
class ListpackRun {
 public:
  // REQUIRES: as ListpackView.
  ListpackRun(char* data, uint32_t bytes, uint32_t count) : data_(data), bytes_(bytes), count_(count) {}

  ListpackView view() const { return {data_, bytes_, count_}; }
  uint32_t bytes() const { return bytes_; }
  uint32_t count() const { return count_; }

  // Puts the item in front of the element at `position`, or behind the last one. O(bytes behind it).
  // REQUIRES: position <= bytes(); room for bytes_after(bytes(), 0, item.size()), which has a value; the text
  // is not in this run.
  void insert(uint32_t position, const ListpackItem& item);
  // Puts the item in the place of the element at `position`. REQUIRES: as insert(), position < bytes(), room
  // for bytes_after(bytes(), view().size_at(position), item.size()).
  void replace(uint32_t position, const ListpackItem& item);
  // Removes `elements` elements from `position` on. REQUIRES: they are there.
  void erase(uint32_t position, uint32_t elements = 1);

 private:
  void move_tail(uint32_t from, uint32_t to);

  char* data_;
  uint32_t bytes_;
  uint32_t count_;
};

namespace listpack {

// Bytes of a run of `bytes` when `removed` of them go and `added` come; nothing when that is more than a
// listpack may have (kMaxRunBytes). Exact for every input. REQUIRES: removed <= bytes.
std::optional<uint32_t> bytes_after(uint32_t bytes, size_t removed, size_t added);

// Bytes that a run takes with its frame.
constexpr size_t framed_bytes(uint32_t run_bytes) {
  return size_t{run_bytes} + 7;
}
// Writes the listpack that Redis would have for these elements: framed_bytes(run.bytes()) bytes at `out`.
void write_framed(ListpackView run, char* out);
// The run inside of `bytes` when they are exactly one well-formed listpack: size and end right, every element
// complete with the length behind it, the count right or unknown. Nothing for all other bytes, whoever sent
// them; never reads outside. Accepts integers in a wider form than needed and digits kept as a string, as
// Redis does. O(bytes).
std::optional<ListpackView> parse(std::string_view bytes);

}  // namespace listpack

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// The list type. ListValue reads a stored list, ListWalk its elements one after the other; ListEdit changes
// one. Encodings are private to the store: a small list lies inside its entry, as a run of listpack elements,
// a larger one is a ChunkedList that the entry owns. Which one it is follows from the bytes alone, whatever
// OBJECT ENCODING says.
#pragma once

#include <cstdint>
#include <string_view>

#include "aerie/ds/chunked_list.h"
#include "aerie/ds/listpack_element.h"
#include "aerie/store/string_value.h"
#include "aerie/store/types.h"
#include "aerie/store/value_edit.h"

namespace aerie {

struct ListLimits;

// The elements of a list from one of them on, towards one end. Valid until the next change of the list; what
// it gives is a view of the stored bytes. O(1) for each element.
class ListWalk {
 public:
  // Gives the next element; false behind the last.
  bool next(ListpackElement* element) {
    if (cursor_.valid()) {
      *element = cursor_.element();
      towards_ == ListEnd::kBack ? cursor_.next() : cursor_.previous();
      return true;
    }
    if (at_ == end_) return false;
    if (towards_ == ListEnd::kFront) at_ -= listpack::size_before(at_);
    const listpack::Decoded decoded = listpack::decode(at_);
    *element = decoded.element;
    if (towards_ == ListEnd::kBack) at_ += decoded.size;
    return true;
  }
  // Hands the next `count` elements, or all that are left, to visit(ListpackElement).
  template <typename Visit>
  void visit(uint64_t count, Visit visit) {
    if (towards_ == ListEnd::kFront) {
      ListpackElement element;
      for (; count > 0 && next(&element); --count) visit(element);
    } else if (cursor_.valid()) {
      cursor_.visit(count, visit);
    } else {
      uint32_t offset = 0;
      listpack::visit(at_, &offset, static_cast<uint32_t>(end_ - at_), count, visit);
      at_ += offset;
    }
  }

 private:
  friend class ListValue;
  explicit ListWalk(ListEnd towards) : towards_(towards) {}

  ListEnd towards_;
  ListCursor cursor_;         // of a large list
  const char* at_ = nullptr;  // of a small one: where the next element begins, or ends when walking backwards
  const char* end_ = nullptr;  // where the walk ends
};

// A stored list, for reading. Valid until the next change of the keyspace.
class ListValue {
 public:
  static constexpr Type kType = Type::kList;
  ListValue() = default;
  explicit ListValue(const Entry* entry) : entry_(entry) {}

  uint64_t size() const;
  Encoding encoding() const;
  // The elements from the one with this index on; none when there is no such index. Found from the nearer
  // end, chunk by chunk.
  ListWalk walk(uint64_t from, ListEnd towards = ListEnd::kBack) const;
  // Bytes of all elements in the encoding of a listpack. O(chunks).
  uint64_t element_bytes() const;
  // What Redis would call its nodes, and their bytes: a listpack each, or one large element. O(chunks).
  struct Nodes {
    uint64_t count;
    uint64_t bytes;
  };
  Nodes nodes() const;

 private:
  const Entry* entry_ = nullptr;
};

// Changes one list. Made by Database::edit_list. Elements that were read before a change are invalid after
// it, and what is given to a change must not lie in this list (another one will do).
class ListEdit : public ValueEdit {
 public:
  // For Database::edit_list alone.
  ListEdit(Database& db, const Key& key, Entry* entry, bool wrong_type, const ListLimits& limits)
      : ValueEdit(db, key, entry, wrong_type), limits_(limits) {}

  // The current value. REQUIRES: exists().
  ListValue value() const { return ListValue(&entry()); }
  // 0 for a missing key.
  uint64_t size() const { return exists() ? value().size() : 0; }

  // Adds an element at one end; creates the key. A large one that is owned is taken over. O(1).
  void push(ListEnd end, const StringSource& element);
  // The element at one end. REQUIRES: size() > 0.
  ListpackElement peek(ListEnd end) const;
  // Takes the bytes of the element at one end that is too large for a chunk, so that they can be pushed
  // elsewhere as they are; an empty blob for any other element. O(1). REQUIRES: size() > 0; the element is
  // dropped next.
  Blob take_large(ListEnd end);
  // Calls visitor(ListpackElement) for the element at one end and removes it. The visitor may change other
  // keys. O(1). REQUIRES: size() > 0.
  template <typename Visitor>
  void pop(ListEnd end, Visitor&& visitor) {
    visitor(peek(end));
    drop(end, 1);
  }
  // Removes `count` elements at one end. Their memory is freed later when it is much. REQUIRES: count <=
  // size().
  void drop(ListEnd end, uint64_t count);
  // Keeps `count` elements from `start` on; none when that is nothing. REQUIRES: start + count <= size().
  void trim(uint64_t start, uint64_t count);
  // REQUIRES: index < size().
  void replace(uint64_t index, const StringSource& element);
  // Puts an element in front of the first one that equals `pivot`, or behind it. False when there is none.
  enum class Side : uint8_t { kBefore, kAfter };
  bool insert(Side side, std::string_view pivot, const StringSource& element);
  // Removes the elements that equal `text`, at most `limit` of them, those nearest to `from` first. Returns
  // how many. REQUIRES: exists().
  uint64_t erase_matching(std::string_view text, ListEnd from, uint64_t limit);

  // Announces the changes, for example as "lpush". When the list is empty by now, the key goes with it, and
  // "del" is recorded behind the event. A command that changes a list twice may announce twice: LMOVE k k.
  // REQUIRES: called after the last change.
  void changed(std::string_view event, KeyEffect effect);

 private:
  bool is_chunked() const;
  ListpackView run() const;
  bool outgrows_listpack(size_t more_bytes) const;
  void mark_quicklist();
  template <typename Change>
  void change_chunks(Change&& change);
  void become_chunked();
  void splice(uint32_t position, uint32_t removed_bytes, uint32_t removed, const ListpackItem* added);
  void erase_all();
  void free_slowly(ChunkedList& list, const ListCursor& at);
  uint64_t erase_matching_inline(const ListpackItem& item, ListEnd from, uint64_t limit);
  void settle();

  const ListLimits& limits_;
};

}  // namespace aerie

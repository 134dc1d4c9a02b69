// SPDX-License-Identifier: BSD-3-Clause
//
// The string type. StringSource is what a new value is made of; StringValue reads a stored one; StringEdit
// changes one in place (APPEND, SETRANGE, INCR). Encodings are private to the store: an integer is eight
// bytes inside the entry, a short string lies inside the entry, a long one in a Blob that the entry owns.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "aerie/base/blob.h"
#include "aerie/base/number.h"
#include "aerie/store/types.h"
#include "aerie/store/value_edit.h"

namespace aerie {

struct StringForm;

// Room for the text of an integer value; StringValue::bytes() may return a view into it.
struct NumberText {
  char text[kMaxInt64Chars];
};

// Bytes that shall become a value. Large arguments that were read into a Blob of their own are handed over
// without a copy (`owned`); everything else is copied from `bytes`.
struct StringSource {
  std::string_view bytes;  // always set; a view of *owned when that is set
  Blob* owned = nullptr;   // moved from when the store keeps it
  // Implicit by design: what converts to a view can be stored.
  template <typename Text>
  // NOLINTNEXTLINE(google-explicit-constructor)
  requires std::convertible_to<const Text&, std::string_view> StringSource(const Text& text) : bytes(text) {}
  explicit StringSource(Blob* blob) : bytes(blob->view()), owned(blob) {}
};

// A stored string, for reading. Valid until the next change of the keyspace.
class StringValue {
 public:
  static constexpr Type kType = Type::kString;
  StringValue() = default;
  explicit StringValue(const Entry* entry) : entry_(entry) {}

  size_t size() const;
  // The value's bytes: a view of the stored ones, or, for an integer, its text written into *scratch.
  std::string_view bytes(NumberText* scratch) const;
  // The value when it is stored as an integer.
  std::optional<int64_t> integer() const;
  // The value as an integer in whichever way it is stored; nothing when it is not a canonical int64.
  std::optional<int64_t> to_integer() const;
  Encoding encoding() const;

 private:
  const Entry* entry_ = nullptr;
};

// Changes one string in place. Made by Database::edit_string. Bytes that were read before a change are
// invalid after it.
class StringEdit : public ValueEdit {
 public:
  // For Database::edit_string alone.
  StringEdit(Database& db, const Key& key, Entry* entry, bool wrong_type)
      : ValueEdit(db, key, entry, wrong_type) {}

  // The current value. REQUIRES: exists().
  StringValue value() const { return StringValue(&entry()); }

  void set_integer(int64_t value);
  // Replaces the whole value (INCRBYFLOAT).
  void assign(std::string_view bytes);
  // Both return the new length. The caller has checked the size limit.
  size_t append(std::string_view bytes);
  // Overwrites from `offset`, filling a gap with zero bytes. REQUIRES: !bytes.empty().
  size_t write_at(size_t offset, std::string_view bytes);
  // Announces the changes, for example as "append". REQUIRES: called after the last of them.
  void changed(std::string_view event);

 private:
  // Gives the value `length` bytes, keeping what is there; new bytes are zero or undefined. Returns the first
  // byte. REQUIRES: exists(); length is not below that of the value.
  char* grow_to(size_t length, bool zeroed);
  void become(ValueForm form, size_t inline_length);
  void become_string(std::string_view bytes, const StringForm& form);
};

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// One element of a listpack: what it says (ListpackElement), how to write one (ListpackItem), and how to step
// over those that are there. The encoding is the documented one of Redis, byte for byte; a text that is a
// canonical int64 is kept as an integer, as Redis does. What holds many elements: aerie/ds/listpack.h.
//
//   element  | encoding and data (the body) | length of the body, 1 to 5 bytes, most significant first |
//
//   0xxxxxxx                   0 to 127           11110000 and 4 bytes of length   a longer string
//   10nnnnnn                   a string below 64  11110001, 11110010, 11110011     int16, int24, int32
//   110xxxxx xxxxxxxx          -4096 to 4095      11110100                         int64
//   1110nnnn nnnnnnnn          a string below 4096
//
// Numbers of several bytes are little-endian. The length behind the body is read backwards, seven bits a
// byte: the high bit says that more bytes stand in front. Nothing here allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "aerie/base/assert.h"
#include "aerie/base/number.h"

namespace aerie {

// What an element says: an int64, or bytes. A view: valid as long as the bytes it was decoded from. Passed by
// value.
class ListpackElement {
 public:
  ListpackElement() = default;  // the integer 0
  explicit ListpackElement(int64_t value) : value_(value) {}
  // REQUIRES: bytes.data() is not null.
  explicit ListpackElement(std::string_view bytes)
      : data_(bytes.data()), value_(static_cast<int64_t>(bytes.size())) {}

  bool is_integer() const { return data_ == nullptr; }
  // REQUIRES: is_integer().
  int64_t integer() const { return value_; }
  // REQUIRES: !is_integer().
  std::string_view string() const { return {data_, static_cast<size_t>(value_)}; }

  // The element as bytes: the string, or the integer's text written to `scratch`. REQUIRES: room for
  // kMaxInt64Chars at `scratch`.
  std::string_view text(char* scratch) const {
    if (!is_integer()) [[likely]]
      return string();
    return {scratch, format_int64(value_, scratch)};
  }
  // The size of text().
  size_t length() const { return is_integer() ? int64_length(value_) : static_cast<size_t>(value_); }
  // Whether text() is `bytes`. To compare with many elements make a ListpackItem, which reads a number once.
  bool equals(std::string_view bytes) const;

 private:
  const char* data_ = nullptr;
  int64_t value_ = 0;  // the integer, or the size of the string
};

namespace listpack {

// The most bytes that the elements of one listpack may take: with its frame it stays within the 1 GiB at
// which Redis stops.
inline constexpr uint32_t kMaxRunBytes = (uint32_t{1} << 30) - 7;

// A string below this size has a head of one byte, and a length behind it of one.
inline constexpr size_t kShortString = 64;

// Whether the text is such a string, told from its first byte and size alone: a text that might be an integer
// is not.
inline bool is_short_string(std::string_view text) {
  if (text.empty()) return true;
  const bool could_be_integer = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
  return text.size() < kShortString && (!could_be_integer || text.size() > kMaxInt64Chars);
}
// Writes a short string: text.size() + 2 bytes at `out`. REQUIRES: text.size() < kShortString; the text does
// not overlap them.
inline void write_short_string(char* out, std::string_view text) {
  const size_t length = text.size();
  out[0] = static_cast<char>(0x80 | length);
  if (length != 0) std::memcpy(out + 1, text.data(), length);
  out[1 + length] = static_cast<char>(1 + length);
}

// Bytes of the length behind a body of this size.
size_t long_backlen_bytes(size_t body);
inline size_t backlen_bytes(size_t body) {
  return body <= 127 ? 1 : long_backlen_bytes(body);
}

}  // namespace listpack

// A text that shall become an element: which encoding it takes, how large that is. Keeps a view of the text.
class ListpackItem {
 public:
  explicit ListpackItem(std::string_view text) : text_(text), size_(text.size() + 2), head_(1) {
    if (!listpack::is_short_string(text)) measure();
  }

  std::string_view text() const { return text_; }
  bool is_integer() const { return is_integer_; }
  // Bytes of the element, length included. Exact for a text of any size, also where no listpack could hold
  // it.
  size_t size() const { return size_; }
  // Writes size() bytes at `out`. REQUIRES: size() <= listpack::kMaxRunBytes; text() does not overlap them.
  void write(char* out) const {
    if (!is_integer_ && text_.size() < listpack::kShortString)
      return listpack::write_short_string(out, text_);
    write_other(out);
  }
  // Whether `element` has this text.
  bool matches(ListpackElement element) const {
    if (element.is_integer()) return is_integer_ && element.integer() == value_;
    return element.string() == text_;
  }

 private:
  void measure();
  void write_other(char* out) const;
  void write_integer(char* out) const;

  std::string_view text_;
  size_t size_;
  int64_t value_ = 0;
  uint8_t head_;  // bytes in front of a string's text; all of an integer's body
  bool is_integer_ = false;
};

namespace listpack {

struct Decoded {
  ListpackElement element;
  uint32_t size;  // bytes to the next element
};

Decoded decode_other(const char* at);

// The element at `at`. REQUIRES: a well-formed element (parse() tells) starts there.
inline Decoded decode(const char* at) {
  const auto first = static_cast<uint8_t>(*at);
  if ((first & 0xC0) == 0x80) [[likely]] {
    const uint32_t length = first & 0x3F;
    return {ListpackElement(std::string_view(at + 1, length)), length + 2};
  }
  if (first < 0x80) return {ListpackElement(int64_t{first}), 2};
  return decode_other(at);
}

// Hands up to `count` elements of `run`, from *offset on, to visit(ListpackElement); *offset is behind the
// last one then. Gives back how many of `count` were not there. REQUIRES: an element starts at *offset, and
// one ends at `end`.
template <typename Visit>
uint64_t visit(const char* run, uint32_t* offset, uint32_t end, uint64_t count, Visit& visit) {
  uint32_t at = *offset;
  for (; count != 0 && at != end; --count) {
    const Decoded decoded = decode(run + at);
    at += decoded.size;
    visit(decoded.element);
  }
  *offset = at;
  return count;
}

// Bytes of the element that ends in front of `end`. REQUIRES: such an element.
inline uint32_t size_before(const char* end) {
  const auto last = static_cast<uint8_t>(end[-1]);
  if (last < 0x80) [[likely]]
    return uint32_t{last} + 1;
  uint32_t body = last & 0x7F;
  uint32_t bytes = 1;
  for (bool more = true; more; ++bytes) {
    const auto byte = static_cast<uint8_t>(end[-1 - static_cast<ptrdiff_t>(bytes)]);
    body |= uint32_t{byte & 0x7Fu} << (7 * bytes);
    more = byte >= 0x80;
  }
  return body + bytes;
}

}  // namespace listpack

}  // namespace aerie

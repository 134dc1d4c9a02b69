// SPDX-License-Identifier: BSD-3-Clause
//
// The less frequent encodings of listpack elements: integers, long strings, lengths of several bytes. Widths
// are chosen as Redis chooses them, its quirk included: a body that just fits the bits of a length (16383,
// 2097151, 268435455) takes a longer one.
#include "aerie/ds/listpack_element.h"

namespace aerie {

namespace {

constexpr uint8_t kInt13 = 0xC0;
constexpr uint8_t kString12 = 0xE0;
constexpr uint8_t kString32 = 0xF0;
constexpr uint8_t kInt16 = 0xF1;
constexpr uint8_t kInt24 = 0xF2;
constexpr uint8_t kInt32 = 0xF3;
constexpr uint8_t kInt64 = 0xF4;

// Strings from here on have a head of five bytes.
constexpr size_t kMediumString = 4096;

constexpr bool fits_bits(int64_t value, int bits) {
  return value >= -(int64_t{1} << (bits - 1)) && value < int64_t{1} << (bits - 1);
}

// Bytes of an integer's body.
uint8_t integer_size(int64_t value) {
  if (value >= 0 && value <= 127) return 1;
  if (fits_bits(value, 13)) return 2;
  if (fits_bits(value, 16)) return 3;
  if (fits_bits(value, 24)) return 4;
  return fits_bits(value, 32) ? 5 : 9;
}

void put_little_endian(char* out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> (8 * i));
}

uint64_t get_little_endian(const char* at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{static_cast<uint8_t>(at[i])} << (8 * i);
  return value;
}

// The low `bits` bits of `value` as a signed number.
int64_t sign_extended(uint64_t value, int bits) {
  const int unused = 64 - bits;
  return static_cast<int64_t>(value << unused) >> unused;
}

void write_backlen(char* out, size_t body) {
  const size_t bytes = listpack::backlen_bytes(body);
  for (size_t i = bytes; i-- > 0; body >>= 7) {
    out[i] = static_cast<char>((body & 0x7F) | (i > 0 ? 0x80 : 0));
  }
}

}  // namespace

bool ListpackElement::equals(std::string_view bytes) const {
  char scratch[kMaxInt64Chars];
  return text(scratch) == bytes;
}

// Sets the size of what is not a short string.
void ListpackItem::measure() {
  if (const auto value = parse_int64(text_)) {
    value_ = *value;
    is_integer_ = true;
    head_ = integer_size(value_);
    size_ = head_ + size_t{1};
    return;
  }
  if (text_.size() >= listpack::kShortString) head_ = text_.size() < kMediumString ? 2 : 5;
  size_ = head_ + text_.size();
  size_ += listpack::backlen_bytes(size_);
}

void ListpackItem::write_other(char* out) const {
  size_t body = head_;
  if (is_integer_) {
    write_integer(out);
  } else {
    AERIE_ASSERT(size_ <= listpack::kMaxRunBytes);
    const size_t length = text_.size();
    if (head_ == 2) {
      out[0] = static_cast<char>(kString12 | (length >> 8));
      out[1] = static_cast<char>(length);
    } else {
      out[0] = static_cast<char>(kString32);
      put_little_endian(out + 1, length, 4);
    }
    std::memcpy(out + head_, text_.data(), length);
    body += length;
  }
  write_backlen(out + body, body);
}

void ListpackItem::write_integer(char* out) const {
  const auto bits = static_cast<uint64_t>(value_);
  switch (head_) {
    case 1:
      out[0] = static_cast<char>(bits);
      return;
    case 2:
      out[0] = static_cast<char>(kInt13 | (bits >> 8 & 0x1F));
      out[1] = static_cast<char>(bits);
      return;
    case 9:
      out[0] = static_cast<char>(kInt64);
      put_little_endian(out + 1, bits, 8);
      return;
    default:  // 3, 4 and 5: int16, int24 and int32
      out[0] = static_cast<char>(kInt16 + head_ - 3);
      put_little_endian(out + 1, bits, head_ - size_t{1});
  }
}

namespace listpack {

size_t long_backlen_bytes(size_t body) {
  if (body < 16383) return 2;
  if (body < 2097151) return 3;
  return body < 268435455 ? 4 : 5;
}

namespace {

Decoded decoded_integer(uint64_t bits, int width, uint32_t body) {
  return {ListpackElement(sign_extended(bits, width)), body + 1};
}

Decoded decoded_string(const char* data, uint32_t length, uint32_t head) {
  const uint32_t body = head + length;
  return {ListpackElement(std::string_view(data, length)), body + static_cast<uint32_t>(backlen_bytes(body))};
}

}  // namespace

Decoded decode_other(const char* at) {
  const auto first = static_cast<uint8_t>(*at);
  if ((first & 0xE0) == kInt13)
    return decoded_integer(uint64_t{first & 0x1Fu} << 8 | static_cast<uint8_t>(at[1]), 13, 2);
  if ((first & 0xF0) == kString12) {
    const uint32_t length = uint32_t{first & 0x0Fu} << 8 | static_cast<uint8_t>(at[1]);
    return decoded_string(at + 2, length, 2);
  }
  switch (first) {
    case kString32:
      return decoded_string(at + 5, static_cast<uint32_t>(get_little_endian(at + 1, 4)), 5);
    case kInt16:
      return decoded_integer(get_little_endian(at + 1, 2), 16, 3);
    case kInt24:
      return decoded_integer(get_little_endian(at + 1, 3), 24, 4);
    case kInt32:
      return decoded_integer(get_little_endian(at + 1, 4), 32, 5);
    case kInt64:
      return decoded_integer(get_little_endian(at + 1, 8), 64, 9);
    default:
      AERIE_UNREACHABLE();
  }
}

}  // namespace listpack

}  // namespace aerie

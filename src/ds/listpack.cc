// SPDX-License-Identifier: BSD-3-Clause
//
// Runs of listpack elements: walking, editing in place, the frame, and the check of bytes that come from
// outside. The check decides about each element before anything is decoded, so decoding may trust what it
// reads.
#include "aerie/ds/listpack.h"

#include "aerie/base/checked.h"

namespace aerie {

uint32_t ListpackView::seek(uint32_t index) const {
  AERIE_ASSERT(index <= count_);
  if (index <= count_ / 2) {
    uint32_t position = 0;
    for (; index > 0; --index) position = next(position);
    return position;
  }
  uint32_t position = bytes_;
  for (uint32_t behind = count_ - index; behind > 0; --behind) position = previous(position);
  return position;
}

uint32_t ListpackView::find(const ListpackItem& item, uint32_t from, uint32_t stride) const {
  uint32_t until_look = 0;
  for (uint32_t position = from; position < bytes_;) {
    const listpack::Decoded decoded = listpack::decode(data_ + position);
    if (until_look == 0) {
      if (item.matches(decoded.element)) return position;
      until_look = stride;
    }
    --until_look;
    position += decoded.size;
  }
  return bytes_;
}

void ListpackRun::move_tail(uint32_t from, uint32_t to) {
  std::memmove(data_ + to, data_ + from, bytes_ - from);
  bytes_ = bytes_ - from + to;
}

void ListpackRun::insert(uint32_t position, const ListpackItem& item) {
  move_tail(position, position + static_cast<uint32_t>(item.size()));
  item.write(data_ + position);
  ++count_;
}

void ListpackRun::replace(uint32_t position, const ListpackItem& item) {
  move_tail(view().next(position), position + static_cast<uint32_t>(item.size()));
  item.write(data_ + position);
}

void ListpackRun::erase(uint32_t position, uint32_t elements) {
  uint32_t behind = position;
  for (uint32_t i = 0; i < elements; ++i) behind = view().next(behind);
  move_tail(behind, position);
  count_ -= elements;
}

namespace listpack {

namespace {

constexpr size_t kHeadBytes = 6;
constexpr uint32_t kUnknownCount = 65535;
constexpr char kEnd = static_cast<char>(0xFF);

uint32_t read_le(std::string_view bytes, size_t at, size_t width) {
  uint32_t value = 0;
  for (size_t i = 0; i < width; ++i) value |= uint32_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  return value;
}

void write_le(char* out, uint32_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out[i] = static_cast<char>(value >> (8 * i));
}

// Bytes of the body that starts with the first of `rest`, whether they are there or not; 0 when no element
// starts so or its length is not complete. Wide enough for any length that 32 bits can announce.
uint64_t body_bytes(std::string_view rest) {
  const auto first = static_cast<uint8_t>(rest[0]);
  if (first < 0x80) return 1;
  if (first < 0xC0) return 1 + uint64_t{first & 0x3Fu};
  if (first < 0xE0) return 2;
  if (first < 0xF0) return rest.size() < 2 ? 0 : 2 + (uint64_t{first & 0x0Fu} << 8 | read_le(rest, 1, 1));
  switch (first) {
    case 0xF0:
      return rest.size() < 5 ? 0 : 5 + uint64_t{read_le(rest, 1, 4)};
    case 0xF1:
      return 3;
    case 0xF2:
      return 4;
    case 0xF3:
      return 5;
    case 0xF4:
      return 9;
    default:
      return 0;
  }
}

// Whether `bytes` are the length of a body of this size.
bool is_backlen(std::string_view bytes, uint64_t body) {
  for (size_t i = bytes.size(); i-- > 0; body >>= 7) {
    const uint64_t more = i > 0 ? 0x80 : 0;
    if (static_cast<uint8_t>(bytes[i]) != ((body & 0x7F) | more)) return false;
  }
  return true;
}

// Bytes of the element that `rest` starts with; 0 when it is not well-formed.
size_t checked_element(std::string_view rest) {
  const uint64_t body = body_bytes(rest);
  if (body == 0 || body > rest.size()) return 0;
  const size_t width = backlen_bytes(body);
  if (rest.size() - body < width || !is_backlen(rest.substr(body, width), body)) return 0;
  return body + width;
}

}  // namespace

std::optional<uint32_t> bytes_after(uint32_t bytes, size_t removed, size_t added) {
  AERIE_ASSERT(removed <= bytes);
  const auto total = checked_add<size_t>(bytes - removed, added);
  if (!total || *total > kMaxRunBytes) return std::nullopt;
  return static_cast<uint32_t>(*total);
}

void write_framed(ListpackView run, char* out) {
  write_le(out, static_cast<uint32_t>(framed_bytes(run.bytes())), 4);
  write_le(out + 4, run.count() < kUnknownCount ? run.count() : kUnknownCount, 2);
  if (run.bytes() > 0) std::memcpy(out + kHeadBytes, run.data(), run.bytes());
  out[kHeadBytes + run.bytes()] = kEnd;
}

std::optional<ListpackView> parse(std::string_view bytes) {
  if (bytes.size() < framed_bytes(0) || bytes.size() > framed_bytes(kMaxRunBytes)) return std::nullopt;
  if (read_le(bytes, 0, 4) != bytes.size() || bytes.back() != kEnd) return std::nullopt;
  const uint32_t announced = read_le(bytes, 4, 2);
  const std::string_view run = bytes.substr(kHeadBytes, bytes.size() - framed_bytes(0));
  uint32_t count = 0;
  for (size_t at = 0; at < run.size(); ++count) {
    const size_t size = checked_element(run.substr(at));
    if (size == 0) return std::nullopt;
    at += size;
  }
  if (announced != kUnknownCount && announced != count) return std::nullopt;
  return ListpackView(run.data(), static_cast<uint32_t>(run.size()), count);
}

}  // namespace listpack

}  // namespace aerie

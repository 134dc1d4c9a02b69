// SPDX-License-Identifier: BSD-3-Clause
//
// Checked integer arithmetic for every count, index and length that a client sends: each function gives the
// exact result, or nothing when the type cannot hold it. Nothing here saturates or wraps.
#pragma once

#include <concepts>
#include <optional>

namespace aerie {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b) {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
constexpr std::optional<T> checked_sub(T a, T b) {
  T difference{};
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace aerie

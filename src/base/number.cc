// SPDX-License-Identifier: BSD-3-Clause
//
// Text to number and back. Integers are converted by hand; floating point goes through the C++ library's
// exact and locale-free conversions, with the C functions for the notations that those do not take. The
// layout of doubles (when an exponent is written) follows what Redis 7.2 sends.
#include "aerie/base/number.h"

#include <strings.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "aerie/base/checked.h"

namespace aerie {

namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Redis reads long doubles through a buffer of this size; longer texts are refused.
constexpr size_t kMaxLongDoubleChars = size_t{5} * 1024;

size_t digit_count(uint64_t value) {
  size_t digits = 1;
  while (value >= 10000) {
    value /= 10000;
    digits += 4;
  }
  if (value >= 1000) return digits + 3;
  if (value >= 100) return digits + 2;
  return value >= 10 ? digits + 1 : digits;
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// A number that the library calls out of range although it only lost precision (a subnormal) is accepted.
template <typename T>
bool out_of_range(int error, T value) {
  return error == ERANGE && (std::isinf(value) || std::fpclassify(value) == FP_ZERO);
}

template <typename T>
std::optional<T> parse_with_c_library(const char* text, size_t size, T (*convert)(const char*, char**)) {
  errno = 0;
  char* end = nullptr;
  const T value = convert(text, &end);
  if (static_cast<size_t>(end - text) != size || out_of_range(errno, value) || std::isnan(value)) return {};
  return value;
}

// Writes the shortest digits of a positive finite double; value = 0.d1d2d3... * 10^(point).
struct Decimal {
  char digits[24];
  int count = 0;
  int exponent10 = 0;  // value = d1.d2d3... * 10^exponent10
};

Decimal shortest_decimal(double value) {
  Decimal out;
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char* p = text;
  for (; p < end && *p != 'e'; ++p) {
    if (*p != '.') out.digits[out.count++] = *p;
  }
  ++p;
  if (p < end && *p == '+') ++p;
  std::from_chars(p, end, out.exponent10);
  while (out.count > 1 && out.digits[out.count - 1] == '0') --out.count;
  return out;
}

void append_scientific(const Decimal& d, std::string& out) {
  out += d.digits[0];
  if (d.count > 1) {
    out += '.';
    out.append(d.digits + 1, static_cast<size_t>(d.count - 1));
  }
  out += 'e';
  out += d.exponent10 < 0 ? '-' : '+';
  char number[kMaxInt64Chars];
  out.append(number, format_int64(std::abs(d.exponent10), number));
}

}  // namespace

std::optional<uint64_t> parse_uint64(std::string_view text) {
  if (text.empty() || text.size() > kMaxInt64Chars) return {};
  if (text[0] == '0') return text.size() == 1 ? std::optional<uint64_t>(0) : std::nullopt;
  uint64_t value = 0;
  // Nineteen digits always fit; only the twentieth needs the overflow check.
  const size_t safe = text.size() < kMaxInt64Chars ? text.size() : kMaxInt64Chars - 1;
  for (size_t i = 0; i < safe; ++i) {
    if (!is_digit(text[i])) return {};
    value = value * 10 + static_cast<uint64_t>(text[i] - '0');
  }
  if (safe == text.size()) return value;
  if (!is_digit(text[safe])) return {};
  const auto scaled = checked_mul<uint64_t>(value, 10);
  if (!scaled) return {};
  return checked_add<uint64_t>(*scaled, static_cast<uint64_t>(text[safe] - '0'));
}

std::optional<int64_t> parse_int64(std::string_view text) {
  if (text.empty()) return {};
  const bool negative = text[0] == '-';
  if (negative) {
    text.remove_prefix(1);
    if (text.empty() || text[0] == '0') return {};
  }
  const auto magnitude = parse_uint64(text);
  if (!magnitude) return {};
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (negative) {
    if (*magnitude > kMax + 1) return {};
    return static_cast<int64_t>(0 - *magnitude);
  }
  if (*magnitude > kMax) return {};
  return static_cast<int64_t>(*magnitude);
}

std::optional<double> parse_double(std::string_view text) {
  if (text.empty() || is_blank(text[0])) return {};
  // The common notations, without the copy that the C function needs.
  if (is_digit(text[0]) || (text.size() > 1 && text[0] == '-' && is_digit(text[1]))) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  char buffer[128];
  if (text.size() < sizeof buffer) {
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    return parse_with_c_library<double>(buffer, text.size(), std::strtod);
  }
  const std::string copy(text);
  return parse_with_c_library<double>(copy.c_str(), copy.size(), std::strtod);
}

std::optional<long double> parse_long_double(std::string_view text) {
  if (text.empty() || is_blank(text[0]) || text.size() >= kMaxLongDoubleChars) return {};
  char buffer[kMaxLongDoubleChars];
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return parse_with_c_library<long double>(buffer, text.size(), std::strtold);
}

std::optional<uint64_t> parse_memory_size(std::string_view text) {
  uint64_t value = 0;
  size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    const uint64_t scaled = checked_mul<uint64_t>(value, 10).value_or(UINT64_MAX);
    value = checked_add<uint64_t>(scaled, static_cast<uint64_t>(text[i] - '0')).value_or(UINT64_MAX);
  }
  if (i == 0) return {};
  struct Unit {
    std::string_view name;
    uint64_t factor;
  };
  static constexpr Unit kUnits[] = {{"", 1},          {"b", 1},        {"k", 1000},          {"kb", 1 << 10},
                                    {"m", 1'000'000}, {"mb", 1 << 20}, {"g", 1'000'000'000}, {"gb", 1 << 30}};
  const std::string_view suffix = text.substr(i);
  for (const Unit& unit : kUnits) {
    if (suffix.size() == unit.name.size() &&
        strncasecmp(suffix.data(), unit.name.data(), suffix.size()) == 0) {
      return checked_mul<uint64_t>(value, unit.factor).value_or(UINT64_MAX);
    }
  }
  return {};
}

size_t format_uint64(uint64_t value, char* out) {
  const size_t length = digit_count(value);
  char* p = out + length;
  while (value >= 10) {
    const uint64_t pair = value % 100;
    value /= 100;
    *--p = static_cast<char>('0' + pair % 10);
    *--p = static_cast<char>('0' + pair / 10);
  }
  if (p != out) *--p = static_cast<char>('0' + value);
  return length;
}

size_t format_int64(int64_t value, char* out) {
  if (value >= 0) return format_uint64(static_cast<uint64_t>(value), out);
  *out = '-';
  return 1 + format_uint64(0 - static_cast<uint64_t>(value), out + 1);
}

size_t int64_length(int64_t value) {
  if (value >= 0) return digit_count(static_cast<uint64_t>(value));
  return 1 + digit_count(0 - static_cast<uint64_t>(value));
}

std::string format_double(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  // Whole numbers that a double holds exactly are written as such, however many digits they have.
  constexpr double kExactLimit = 4503599627370496.0;  // 2^52
  if (value > -kExactLimit && value <= kExactLimit && value == std::floor(value)) {
    char number[kMaxInt64Chars];
    return std::string(number, format_int64(static_cast<int64_t>(value), number));
  }
  std::string out;
  if (value < 0) out += '-';
  const Decimal d = shortest_decimal(std::fabs(value));
  const int zeros_behind = d.exponent10 - (d.count - 1);  // the power of ten of the last digit
  const auto count = static_cast<size_t>(d.count);
  if (zeros_behind >= 0 && d.exponent10 < d.count + 7) {
    out.append(d.digits, count).append(static_cast<size_t>(zeros_behind), '0');
  } else if (zeros_behind < 0 && (zeros_behind > -7 || std::abs(d.exponent10) < 4)) {
    const int before_point = d.exponent10 + 1;
    if (before_point <= 0) {
      out.append("0.").append(static_cast<size_t>(-before_point), '0').append(d.digits, count);
    } else {
      const auto whole = static_cast<size_t>(before_point);
      out.append(d.digits, whole).append(1, '.').append(d.digits + whole, count - whole);
    }
  } else {
    append_scientific(d, out);
  }
  return out;
}

std::string format_long_double(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[kMaxLongDoubleChars];
  const int written = std::snprintf(buffer, sizeof buffer, "%.17Lf", value);
  std::string_view text(buffer, static_cast<size_t>(written));
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  if (text == "-0") text = "0";
  return std::string(text);
}

}  // namespace aerie

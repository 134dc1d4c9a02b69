// SPDX-License-Identifier: BSD-3-Clause
//
// Text to number and back, as strictly as Redis does it: no blanks, no leading '+' or zeros for integers, the
// whole text consumed. Formatting is exact and shortest. Nothing here allocates but the functions that return
// std::string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aerie {

inline constexpr size_t kMaxInt64Chars = 20;

// A canonical decimal int64 ("0", "-1", "42"; not "+1", "01", "-0", " 1"). Such a text and format_int64 are
// inverse of each other, which is why a string value may be stored as an integer.
std::optional<int64_t> parse_int64(std::string_view text);

// A canonical decimal uint64.
std::optional<uint64_t> parse_uint64(std::string_view text);

// A floating-point number as Redis accepts it from clients: decimal, exponent or hexadecimal notation and
// "inf"/"infinity" with a sign; no leading blank, nothing behind it, not NaN, not out of range (1e400 fails).
std::optional<double> parse_double(std::string_view text);
std::optional<long double> parse_long_double(std::string_view text);

// A size with a unit as in redis.conf: "100", "1k" (1000), "1kb" (1024), "1gb", case-insensitive.
// What is larger than any size is the largest one.
std::optional<uint64_t> parse_memory_size(std::string_view text);

// Writes the decimal form and returns its length. REQUIRES: room for kMaxInt64Chars at `out`.
size_t format_int64(int64_t value, char* out);
size_t format_uint64(uint64_t value, char* out);
// The length format_int64 would write.
size_t int64_length(int64_t value);

// The shortest text that reads back as the same double, as Redis 7.2 writes scores: "3", "0.1", "1e+21",
// "inf".
std::string format_double(double value);

// The form INCRBYFLOAT stores: 17 digits behind the point, trailing zeros and point removed, no exponent.
std::string format_long_double(long double value);

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Strictness and exactness of text to number and back: edge values by table, the rest by round trips of
// random values of every magnitude. What is accepted and how doubles are laid out is compatibility with
// Redis; the tables are its answers.
#include "aerie/base/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "aerie/base/random.h"

namespace aerie {
namespace {

std::string formatted(int64_t value) {
  char buffer[kMaxInt64Chars];
  return std::string(buffer, format_int64(value, buffer));
}

TEST(Number, ParsesCanonicalIntegers) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("-1"), -1);
  EXPECT_EQ(parse_int64("42"), 42);
  EXPECT_EQ(parse_int64("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_int64("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parse_uint64("18446744073709551615"), std::numeric_limits<uint64_t>::max());
}

TEST(Number, RefusesEverythingElse) {
  for (const char* text :
       {"", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1a", "a", "--1", "0x10", "1.0", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999", "18446744073709551616", "100000000000000000000"}) {
    EXPECT_FALSE(parse_int64(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_int64(std::string_view("1\0", 2)).has_value());
  for (const char* text :
       {"", "-1", "18446744073709551616", "184467440737095516150", "00", "1844674407370955161:"}) {
    EXPECT_FALSE(parse_uint64(text).has_value()) << text;
  }
}

TEST(Number, IntegersRoundTripAtEveryLength) {
  Random random(1);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = static_cast<int64_t>(random.next() >> random.below(64)) * (i % 2 == 0 ? 1 : -1);
    const std::string text = formatted(value);
    ASSERT_EQ(text, std::to_string(value));
    ASSERT_EQ(int64_length(value), text.size());
    ASSERT_EQ(parse_int64(text), value);
  }
  for (uint64_t power = 1; power <= 1'000'000'000'000'000'000; power *= 10) {
    for (const auto value : {static_cast<int64_t>(power) - 1, static_cast<int64_t>(power)}) {
      EXPECT_EQ(formatted(value), std::to_string(value));
      EXPECT_EQ(formatted(-value), std::to_string(-value));
    }
  }
  EXPECT_EQ(formatted(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(int64_length(std::numeric_limits<int64_t>::min()), 20U);
  char buffer[kMaxInt64Chars];
  EXPECT_EQ(std::string(buffer, format_uint64(std::numeric_limits<uint64_t>::max(), buffer)),
            "18446744073709551615");
}

TEST(Number, ParsesDoublesAsRedisAcceptsThem) {
  EXPECT_EQ(parse_double("3.5"), 3.5);
  EXPECT_EQ(parse_double("-3.5e2"), -350.0);
  EXPECT_EQ(parse_double("+1"), 1.0);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("0x1p4"), 16.0);
  EXPECT_EQ(parse_double("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("+inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("4.9e-324"), 4.9e-324);
  EXPECT_EQ(parse_double(std::string(400, '0') + "7"), 7.0);
  for (const char* text : {"", " 1", "1 ", "nan", "-nan", "1e400", "-1e400", "1e-400", "abc", "1.2.3", "--1",
                           "0x", "\t1", "1e", "infinit"}) {
    EXPECT_FALSE(parse_double(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_double(std::string_view("1\0", 2)).has_value());
}

TEST(Number, ParsesLongDoubles) {
  EXPECT_EQ(parse_long_double("3.5"), 3.5L);
  EXPECT_EQ(parse_long_double("1e400"), strtold("1e400", nullptr));
  for (const char* text : {"", " 1", "nan", "1e5000", "1 ", "x"})
    EXPECT_FALSE(parse_long_double(text)) << text;
  EXPECT_FALSE(parse_long_double(std::string(6000, '1')).has_value());
}

TEST(Number, ParsesMemorySizes) {
  EXPECT_EQ(parse_memory_size("100"), 100U);
  EXPECT_EQ(parse_memory_size("1k"), 1000U);
  EXPECT_EQ(parse_memory_size("1KB"), 1024U);
  EXPECT_EQ(parse_memory_size("2mb"), 2U << 20);
  EXPECT_EQ(parse_memory_size("3G"), 3'000'000'000U);
  EXPECT_EQ(parse_memory_size("4gB"), uint64_t{4} << 30);
  EXPECT_EQ(parse_memory_size("007b"), 7U);
  for (const char* text : {"", "k", "-1", "1 kb", "1kbb", "1t", "1.5gb", "99999999999999999999t"}) {
    EXPECT_FALSE(parse_memory_size(text).has_value()) << text;
  }
  for (const char* text : {"18446744073709551615", "18446744073709551616", "184467440737095516150001",
                           "18446744073709551615gb"}) {
    EXPECT_EQ(parse_memory_size(text), UINT64_MAX) << text;
  }
}

TEST(Number, WritesDoublesShortestWithTheKnownLayout) {
  const struct {
    double value;
    const char* text;
  } kCases[] = {{0, "0"},
                {-0.0, "-0"},
                {3, "3"},
                {-17, "-17"},
                {0.1, "0.1"},
                {1e21, "1e+21"},
                {1e20, "1e+20"},
                {3.14159265358979, "3.14159265358979"},
                {1e15, "1000000000000000"},
                {1e-5, "0.00001"},
                {1.5e-7, "1.5e-7"},
                {1e-7, "1e-7"},
                {123456.789, "123456.789"},
                {5e-324, "5e-324"},
                {1.7976931348623157e308, "1.7976931348623157e+308"},
                {4503599627370497.0, "4503599627370497"},
                {12345678901234567890.0, "12345678901234567000"},
                {1.0 / 3, "0.3333333333333333"},
                {std::numeric_limits<double>::infinity(), "inf"},
                {-std::numeric_limits<double>::infinity(), "-inf"}};
  for (const auto& c : kCases) EXPECT_EQ(format_double(c.value), c.text);
  EXPECT_EQ(format_double(std::nan("")), "nan");
}

TEST(Number, DoublesRoundTrip) {
  Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t bits = random.next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(parse_double(format_double(value)), value) << format_double(value);
  }
}

TEST(Number, WritesLongDoublesForIncrByFloat) {
  EXPECT_EQ(format_long_double(3.0L), "3");
  EXPECT_EQ(format_long_double(0.1L), "0.1");
  EXPECT_EQ(format_long_double(-10.50L), "-10.5");
  EXPECT_EQ(format_long_double(5.0e3L), "5000");
  EXPECT_EQ(format_long_double(-0.0L), "0");
  EXPECT_EQ(format_long_double(1e-18L), "0");
  EXPECT_EQ(format_long_double(0x1p13000L).size(), 3914U);
  EXPECT_EQ(format_long_double(HUGE_VALL), "inf");
}

}  // namespace
}  // namespace aerie

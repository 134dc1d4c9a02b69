// SPDX-License-Identifier: BSD-3-Clause
//
// The text of INFO; see the header. Numbers are formatted without a locale and without exponents, since
// monitoring programs read them line by line.
#include "commands/info_writer.h"

#include <algorithm>
#include <cstdio>

namespace aerie {

void InfoWriter::section(std::string_view title) {
  if (!text_.empty()) text_ += "\r\n";
  text_.append("# ").append(title).append("\r\n");
}

void InfoWriter::field(std::string_view name, std::string_view value) {
  text_.append(name).append(":").append(value).append("\r\n");
}

void InfoWriter::decimal(std::string_view name, double value, int digits) {
  field(name, format_decimal(value, digits));
}

void InfoWriter::percent(std::string_view name, double part, double whole) {
  field(name, format_decimal(whole > 0 ? part * 100 / whole : 0, 2) + "%");
}

void InfoWriter::bytes(std::string_view name, uint64_t value) {
  number(name, value);
  field(std::string(name) + "_human", human_bytes(value));
}

void InfoWriter::zeros(std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) field(name, "0");
}

std::string format_decimal(double value, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return std::string(text, std::min(static_cast<size_t>(length), sizeof text - 1));
}

std::string human_bytes(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + "B";
  static constexpr char kUnits[] = {'K', 'M', 'G', 'T', 'P', 'E'};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < sizeof kUnits) {
    value /= 1024;
    ++unit;
  }
  return format_decimal(value, 2) + kUnits[unit];
}

}  // namespace aerie

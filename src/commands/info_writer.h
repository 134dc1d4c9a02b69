// SPDX-License-Identifier: BSD-3-Clause
//
// Builds the text of INFO: "# Section", then "name:value" lines, sections separated by a blank line. Private
// to the room.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace aerie {

class InfoWriter {
 public:
  void section(std::string_view title);
  void field(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value) { field(name, std::to_string(value)); }
  void signed_number(std::string_view name, int64_t value) { field(name, std::to_string(value)); }
  // With so many digits behind the point.
  void decimal(std::string_view name, double value, int digits = 2);
  void percent(std::string_view name, double part, double whole);
  // Two lines: bytes, and the same for people under name_human.
  void bytes(std::string_view name, uint64_t value);
  // Several fields that are always zero: what they count does not exist here.
  void zeros(std::initializer_list<std::string_view> names);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The number with exactly so many digits behind the point.
std::string format_decimal(double value, int digits);

// "943.02K": the way in which Redis shortens a number of bytes.
std::string human_bytes(uint64_t bytes);

}  // namespace aerie

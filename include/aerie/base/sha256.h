// SPDX-License-Identifier: BSD-3-Clause
//
// SHA-256 as FIPS 180-4 defines it, in the form in which passwords are kept: 64 lower-case hexadecimal
// digits. Plain C++, some 200 MB/s: meant for passwords, not for bulk data. What is compared here is secret,
// so that a comparison takes the same time wherever the first difference is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aerie {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest sha256(std::string_view bytes);
// The digest as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

// Whether two texts are equal, in a time that depends on their lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace aerie

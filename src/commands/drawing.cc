// SPDX-License-Identifier: BSD-3-Clause
//
// A ridge is a random walk over the columns; the nest stands on its highest point. Everything is drawn into a
// fixed picture, so no index leaves it.
#include "commands/drawing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "aerie/base/random.h"

namespace aerie {

namespace {

constexpr size_t kWidth = 64;
constexpr size_t kHeight = 14;
constexpr size_t kSky = 4;  // rows above which no ridge rises
constexpr std::string_view kNest = "\\_oO_/";

using Picture = std::array<std::array<char, kWidth>, kHeight>;

void draw_stars(Random& random, Picture* picture) {
  for (auto& row : *picture) {
    for (char& cell : row) cell = random.below(40) == 0 ? (random.below(3) == 0 ? '*' : '.') : ' ';
  }
}

// Returns the column of the highest point.
size_t draw_ridge(Random& random, Picture* picture) {
  size_t top = kHeight - 3;
  size_t peak_column = kNest.size();
  size_t peak = kHeight;
  for (size_t column = 0; column < kWidth; ++column) {
    const size_t before = top;
    const uint64_t step = random.below(3);
    if (step == 0) top = std::max(top - 1, kSky);
    if (step == 1) top = std::min(top + 1, kHeight - 2);
    (*picture)[top][column] = top < before ? '/' : top > before ? '\\' : '_';
    for (size_t row = top + 1; row < kHeight; ++row)
      (*picture)[row][column] = random.below(9) == 0 ? '^' : ' ';
    const bool has_room = column >= kNest.size() && column + kNest.size() < kWidth;
    if (has_room && top < peak) peak = top, peak_column = column;
  }
  return peak_column;
}

}  // namespace

std::string draw_aerie(Random& random) {
  Picture picture;
  draw_stars(random, &picture);
  const size_t column = draw_ridge(random, &picture);
  size_t row = 0;
  while (row + 1 < kHeight &&
         std::string_view("/\\_").find(picture[row + 1][column]) == std::string_view::npos)
    ++row;
  std::copy(kNest.begin(), kNest.end(),
            picture[row].begin() + static_cast<std::ptrdiff_t>(column - kNest.size() / 2));
  std::string text;
  for (const auto& line : picture) {
    std::string_view shown(line.data(), line.size());
    shown = shown.substr(0, shown.find_last_not_of(' ') + 1);
    text.append(shown).append("\n");
  }
  return text;
}

}  // namespace aerie

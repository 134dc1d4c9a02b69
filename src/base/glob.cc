// SPDX-License-Identifier: BSD-3-Clause
//
// The matcher walks pattern and text side by side. When they differ it goes back to the last star and lets
// that star swallow one more byte: earlier stars need no second try, since the pieces before the last star
// already stand at their first possible place. Every pattern byte that is looked at is paid from one budget.
#include "aerie/base/glob.h"

#include <algorithm>

namespace aerie {

namespace {

int fold(char c, bool ignore_case) {
  return ignore_case && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

struct ElementMatch {
  bool matched;
  size_t length;  // pattern bytes of the element
};

// `pattern` begins behind the '['.
ElementMatch match_class(std::string_view pattern, char c, bool ignore_case) {
  size_t i = 0;
  const bool negated = !pattern.empty() && pattern[0] == '^';
  if (negated) ++i;
  bool found = false;
  for (; i < pattern.size() && (pattern[i] != ']'); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      found |= pattern[i] == c;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      int low = pattern[i];
      int high = pattern[i + 2];
      if (low > high) {
        low = pattern[i + 2];
        high = pattern[i];
      }
      const int byte = fold(c, ignore_case);
      found |= byte >= fold(static_cast<char>(low), ignore_case) &&
               byte <= fold(static_cast<char>(high), ignore_case);
      i += 2;
    } else {
      found |= fold(pattern[i], ignore_case) == fold(c, ignore_case);
    }
  }
  const size_t closing = i < pattern.size() ? 1 : 0;
  return {found != negated, 1 + i + closing};
}

// Matches the element at the start of `pattern`, which is not a star, against one byte.
ElementMatch match_element(std::string_view pattern, char c, bool ignore_case) {
  switch (pattern[0]) {
    case '?':
      return {true, 1};
    case '[':
      return match_class(pattern.substr(1), c, ignore_case);
    case '\\':
      if (pattern.size() >= 2) return {fold(pattern[1], ignore_case) == fold(c, ignore_case), 2};
      [[fallthrough]];
    default:
      return {fold(pattern[0], ignore_case) == fold(c, ignore_case), 1};
  }
}

// Work that is no matter of a budget: for each byte of pattern and text, and at most.
constexpr size_t kFreePerByte = 8;
constexpr size_t kMostFree = size_t{16} * 1024;

bool only_stars(std::string_view pattern) {
  return pattern.find_first_not_of('*') == std::string_view::npos;
}

// Takes what it does off `*left`, and answers false when that is not enough. An element costs one more than
// its length, so that "?" and a mismatch are not free.
bool match(std::string_view pattern, std::string_view text, bool ignore_case, size_t* left) {
  if (text.empty()) return pattern.empty();
  constexpr size_t kNoStar = std::string_view::npos;
  size_t p = 0;
  size_t t = 0;
  size_t behind_star = kNoStar;  // pattern position behind the last star
  size_t star_text = 0;          // where the text of the piece behind it was tried last
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      while (p < pattern.size() && pattern[p] == '*') ++p;
      if (p == pattern.size()) return true;
      behind_star = p;
      star_text = t;
      continue;
    }
    ElementMatch element{false, 0};
    if (p < pattern.size()) element = match_element(pattern.substr(p), text[t], ignore_case);
    if (*left <= element.length) {
      *left = 0;
      return false;
    }
    *left -= element.length + 1;
    if (element.matched) {
      p += element.length;
      ++t;
    } else if (behind_star != kNoStar) {
      p = behind_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return only_stars(pattern.substr(p));
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case) {
  size_t left = 2 * (kGlobMaxWork + pattern.size());
  return match(pattern, text, ignore_case, &left);
}

bool glob_match(std::string_view pattern, std::string_view text, GlobBudget* budget) {
  const size_t free = std::min(kFreePerByte * std::min(kMostFree, pattern.size() + text.size()), kMostFree);
  size_t left = free + 2 * budget->left;
  const bool matched = match(pattern, text, false, &left);
  budget->left = std::min(budget->left, left / 2);
  return matched;
}

}  // namespace aerie

// SPDX-License-Identifier: BSD-3-Clause
//
// Glob patterns as Redis matches keys and channels with them: `*` any run, `?` any byte, `[a-c]` `[^a-c]` one
// byte of a class, `\x` the byte x. Iterative: nothing a pattern contains can recurse. Each piece between two
// stars is matched once, at its first place, so there is no exponential case.
//
// Redis' corner cases are kept: an unclosed class ends with the pattern, a range may be given backwards,
// ranges compare signed bytes, escaped bytes of a class ignore `ignore_case`, and an empty text matches
// nothing but the empty pattern, not even "*".
#pragma once

#include <cstddef>
#include <string_view>

namespace aerie {

// The most pattern bytes that one match looks at. A match whose pattern.size() * text.size() does not exceed
// it is always exact; one that would need more work (a megabyte of pattern against a megabyte of text)
// answers false.
inline constexpr size_t kGlobMaxWork = size_t{1} << 22;

bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case = false);

// What many patterns that are matched with one text may cost together. Each may cost by its length and the
// text's, up to a point; what is beyond comes out of one budget, which would do for a single match.
struct GlobBudget {
  size_t left = kGlobMaxWork;
};

// Answers false when the match needs more than is left.
bool glob_match(std::string_view pattern, std::string_view text, GlobBudget* budget);

}  // namespace aerie

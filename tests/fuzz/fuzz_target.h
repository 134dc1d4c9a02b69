// SPDX-License-Identifier: BSD-3-Clause
//
// What a fuzz program consists of: the entry point that libFuzzer knows, and seeds to mutate. A broken
// property ends the process, as a sanitizer's finding does. The same source serves fuzz_driver.cc (any
// compiler, bounded, repeatable) and clang's -fsanitize=fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// Runs one input. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace aerie::fuzz {

// Well-formed inputs, and texts that are worth inserting anywhere.
std::vector<std::string> seeds();
std::vector<std::string> tokens();

// A property of the code under test; what holds for every input.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}

}  // namespace aerie::fuzz

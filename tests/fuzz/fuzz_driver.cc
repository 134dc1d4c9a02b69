// SPDX-License-Identifier: BSD-3-Clause
//
// main() of a fuzz program without a fuzzing runtime: takes the seeds, mutates them with a seeded generator
// and runs a fixed number of inputs, so that a failure repeats. `--runs N --seed S`; `--input FILE` runs one
// file. The input that runs is kept in memory and written to `crash-<program>` in the working directory when
// the process aborts.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz_target.h"

// Present when the program is built with a sanitizer, which ends the process without a signal.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

std::string current;
std::string crash_file;

void save_current() {
  if (std::FILE* file = std::fopen(crash_file.c_str(), "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input is in %s\n", crash_file.c_str());
  }
}

extern "C" void on_abort(int signal) {
  save_current();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed)
      : random_(seed), seeds_(aerie::fuzz::seeds()), tokens_(aerie::fuzz::tokens()) {}

  std::string next() {
    std::string input = pick(seeds_);
    const size_t changes = below(6);
    for (size_t i = 0; i < changes; ++i) mutate(&input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  static constexpr size_t kMaxInput = 4096;

  size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(random_() % bound); }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }
  size_t place(const std::string& input) { return below(input.size() + 1); }

  void mutate(std::string* input) {
    switch (below(7)) {
      case 0:
        if (!input->empty()) (*input)[below(input->size())] = static_cast<char>(below(256));
        break;
      case 1:
        if (!input->empty()) {
          char& byte = (*input)[below(input->size())];
          byte = static_cast<char>(byte ^ (1 << below(8)));
        }
        break;
      case 2:
        input->insert(place(*input), pick(tokens_));
        break;
      case 3: {
        const size_t at = place(*input);
        input->erase(at, below(1 + below(input->size() - at + 1)));
        break;
      }
      case 4: {
        const size_t at = place(*input);
        const std::string part = input->substr(at, below(64));
        input->insert(place(*input), part);
        break;
      }
      case 5:
        input->append(pick(seeds_));
        break;
      default:
        input->resize(place(*input));
        break;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> seeds_;
  std::vector<std::string> tokens_;
};

void run_one(const std::string& input) {
  // Exactly as large as the input, so that a sanitizer sees the first byte read behind it.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t runs = 20000;
  uint64_t seed = 1;
  const char* slash = std::strrchr(argv[0], '/');
  crash_file.append("crash-").append(slash == nullptr ? argv[0] : slash + 1);
  std::signal(SIGABRT, on_abort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(save_current);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--input") {
      std::ifstream file(argv[i + 1], std::ios::binary);
      run_one(std::string(std::istreambuf_iterator<char>(file), {}));
      return 0;
    }
    if (option == "--runs") runs = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  for (const std::string& input : aerie::fuzz::seeds()) {
    current = input;
    run_one(current);
  }
  Mutator mutator(seed);
  for (uint64_t i = 0; i < runs; ++i) {
    current = mutator.next();
    run_one(current);
  }
  std::printf("%llu inputs, seed %llu\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
  return 0;
}

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The full matrix: every test in every preset, with the long fuzz, model and random runs (AERIE_LONG=1). It takes
# hours; run it before a piece of work is called finished. A preset that fails does not keep the others from running;
# the end names those that failed. `tests/full_matrix.sh asan tsan` runs only these presets.
set -u
cd "$(dirname "$0")/.."

export AERIE_LONG=1
presets=${*:-"release debug clang asan tsan"}
failed=""
for preset in $presets; do
  printf '\n=== %s\n' "$preset"
  if ! { cmake --preset "$preset" -DAERIE_BUILD_TESTS=ON -DAERIE_BUILD_BENCH=ON &&
         cmake --build --preset "$preset" && ctest --preset "$preset"; }; then
    failed="$failed $preset"
  fi
done

if [ -n "$failed" ]; then
  printf '\nfailed:%s\n' "$failed"
  exit 1
fi
printf '\nevery test passed in every preset: %s\n' "$presets"

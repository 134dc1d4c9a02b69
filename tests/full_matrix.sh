#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The full matrix: every test in every preset, a part of them with each general allocator that is installed
# (libmimalloc-dev, libjemalloc-dev), then long runs with new seeds: the random command stream against redis-server in
# the release preset, the model test of blocked clients in both, and every fuzz program in the asan preset. It takes
# hours; run it before a piece of work is called finished. What fails does not keep the rest from running; the end names
# it, seeds included.
# `tests/full_matrix.sh asan tsan` runs the tests of these presets only, without the long runs.
set -u
cd "$(dirname "$0")/.."

failed=""
untested=""

run_preset() {
  printf '\n=== %s\n' "$1"
  cmake --preset "$1" -DAERIE_BUILD_TESTS=ON -DAERIE_BUILD_BENCH=ON &&
    cmake --build --preset "$1" && ctest --preset "$1" || failed="$failed $1"
}

# run_allocator NAME HEADER: what names the allocator, and what uses it most.
run_allocator() {
  if ! printf '#include <%s>\n' "$2" | g++ -E -x c++ - >/dev/null 2>&1; then
    untested="$untested $1"
    return
  fi
  printf '\n=== allocator %s\n' "$1"
  cmake --preset release -B "build-$1" -DAERIE_ALLOCATOR="$1" -DAERIE_BUILD_TESTS=ON &&
    cmake --build "build-$1" --target unit_base unit_server unit_commands &&
    ctest --test-dir "build-$1" --output-on-failure --no-tests=error \
      -R '^unit_(base|server)/|^unit_commands/InfoCommand' || failed="$failed allocator=$1"
}

run_long() {
  seed=$(date +%s)
  printf '\n=== long runs, seed %s\n' "$seed"
  AERIE_STREAM_COMMANDS=5000000 AERIE_STREAM_SEED=$seed build/tests/differential_random ||
    failed="$failed differential_random(seed=$seed)"
  for build in build build-asan; do
    AERIE_MODEL_STEPS=5000000 AERIE_MODEL_SEED=$seed $build/tests/model_blocking ||
      failed="$failed $build/model_blocking(seed=$seed)"
  done
  for program in build-asan/tests/*_fuzz; do
    "$program" --runs 5000000 --seed "$seed" || failed="$failed ${program##*/}(seed=$seed)"
  done
}

if [ $# -gt 0 ]; then
  for preset in "$@"; do run_preset "$preset"; done
else
  for preset in release debug clang asan tsan; do run_preset "$preset"; done
  run_allocator mimalloc mimalloc.h
  run_allocator jemalloc jemalloc/jemalloc.h
  run_long
fi

[ -z "$untested" ] || printf '\nnot installed, so not tested: allocator%s\n' "$untested"
if [ -n "$failed" ]; then
  printf '\nfailed:%s\n' "$failed"
  exit 1
fi
printf '\neverything passed\n'

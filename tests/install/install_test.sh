#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# `cmake --install` into a prefix of the test's own: the server and its sample configuration are there, the link
# redis-server only where it was asked for, and the server runs by both names. AERIE_INSTALL_REDIS_LINK is looked at in a
# build directory that is only configured and borrows the program that was built. Usage: install_test.sh CMAKE SOURCE
# BUILD GENERATOR COMPILER
set -eu
unset DESTDIR
cmake=$1 source=$2 build=$3 generator=$4 compiler=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "install_test: $1" >&2
  exit 1
}

configured="$scratch/build-with"
"$cmake" -S "$source" -B "$configured" -G "$generator" -DCMAKE_CXX_COMPILER="$compiler" -DAERIE_BUILD_TESTS=OFF \
  -DAERIE_BUILD_BENCH=OFF -DAERIE_INSTALL_REDIS_LINK=ON >"$scratch/configure.log" || fail "cannot configure"
cp "$build/aerie-server" "$configured/aerie-server"

"$cmake" -S "$source" -B "$scratch/build-without" -G "$generator" -DCMAKE_CXX_COMPILER="$compiler" \
  -DAERIE_BUILD_TESTS=OFF -DAERIE_BUILD_BENCH=OFF >"$scratch/configure.log" || fail "cannot configure"
cp "$build/aerie-server" "$scratch/build-without/aerie-server"

"$cmake" --install "$scratch/build-without" --prefix "$scratch/without" >"$scratch/install.log"
"$scratch/without/bin/aerie-server" --version | grep -q '^Aerie server v=' || fail "the installed server does not run"
cmp "$source/docs/aerie.conf" "$scratch"/without/share/doc/*/aerie.conf || fail "no sample configuration"
[ ! -e "$scratch/without/bin/redis-server" ] || fail "redis-server is there without being asked for"

"$cmake" --install "$scratch/build-without" --prefix "$scratch/without" --component redis_link >"$scratch/install.log"
[ "$(readlink "$scratch/without/bin/redis-server")" = aerie-server ] || fail "no link as a component"

DESTDIR="$scratch/root" "$cmake" --install "$configured" --prefix /usr >"$scratch/install.log"
[ "$(readlink "$scratch/root/usr/bin/redis-server")" = aerie-server ] || fail "no link where it was asked for"
"$scratch/root/usr/bin/redis-server" --version | grep -q '^Aerie server v=' || fail "the link does not run"

# SPDX-License-Identifier: BSD-3-Clause
#
# Headers: each compiles alone; `#pragma once`; no `using namespace`; no macros but assert and log. The compiler is the
# one that CMake found, handed over in the environment variable CXX, with the search paths that the room has. A
# private header may see src/, a public one only include/.
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .tree import Finding, line_of

# Besides assert and log: AERIE_DS_ASAN, since compilers tell in different ways that AddressSanitizer is on.
ALLOWED_MACROS = re.compile(r"AERIE_(ASSERT|UNREACHABLE|LOG)\w*$|AERIE_DS_ASAN$")


def _compile(tree, path):
    command = shlex.split(os.environ.get("CXX", "c++")) + ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra"]
    command += ["-Iinclude"]
    if path.startswith("src/"):
        command += ["-Isrc"]
    if path.startswith("tests/"):
        command += ["-Itests"]
    command += ["-x", "c++", "-"]
    result = subprocess.run(command, input=f'#include "{path}"\n', cwd=tree.root, capture_output=True, text=True,
                            check=False)
    if result.returncode == 0:
        return None
    reason = next((line for line in result.stderr.split("\n") if "error" in line), result.stderr[:200])
    return Finding(path, 1, f"does not compile alone: {reason}")


def check_self_contained(tree):
    paths = [file.path for file in tree.files(".h", under=("include/", "src/", "tests/support/", "bench/"))]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for finding in pool.map(lambda path: _compile(tree, path), paths):
            if finding is not None:
                yield finding


def check_hygiene(tree):
    for file in tree.files(".h", under=("include/", "src/", "tests/", "bench/", "docs/")):
        if not re.search(r"^#pragma once$", file.text, re.M):
            yield Finding(file.path, 1, "no #pragma once")
        for match in re.finditer(r"\busing\s+namespace\b", file.code):
            yield Finding(file.path, line_of(file.code, match.start()), "using namespace in a header")
        if not file.is_product:
            continue
        for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", file.code, re.M):
            if not ALLOWED_MACROS.match(match[1]):
                yield Finding(file.path, line_of(file.code, match.start()), f"macro {match[1]} in a header")

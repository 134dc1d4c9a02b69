# SPDX-License-Identifier: BSD-3-Clause
#
# The top level of the repository, and the one test command: README.md states it, .ci/run executes it. The command is
# the only line of the code block behind the marker TEST_MARKER; .ci/run reads it from there and shows it with
# `--show`, so that a copy that drifted apart is found.
import os
import re
import subprocess

from .tree import Finding

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "src", "include", "tests", "bench", "docs", "README.md", "LICENSE"}
RUN_MARKER = "<!-- quick start: run -->"
TEST_MARKER = "<!-- quick start: test -->"


def check_top_level(tree):
    for name in sorted(os.listdir(tree.root)):
        if name in TOP_LEVEL or name.startswith(".") or re.match(r"build(-\w+)?$", name):
            continue
        yield Finding(name, 1, "not on the list of what the top level holds")
    for name in sorted(TOP_LEVEL):
        if not os.path.exists(os.path.join(tree.root, name)):
            yield Finding(name, 1, "missing at the top level")


def quick_start(text, marker):
    """The lines of the code block behind the marker."""
    match = re.search(re.escape(marker) + r"\s*```sh\n(.*?)\n```", text, re.S)
    return match[1].split("\n") if match else []


def check_test_command(tree):
    readme = tree.file("README.md").text
    for marker in (RUN_MARKER, TEST_MARKER):
        if len(quick_start(readme, marker)) != 1 or readme.count(marker) != 1:
            yield Finding("README.md", 1, f"no code block of exactly one line behind {marker}")
            return
    command = quick_start(readme, TEST_MARKER)[0]
    if "ctest" not in command:
        yield Finding("README.md", 1, "the test command runs no ctest")
    shown = subprocess.run(["sh", ".ci/run", "--show"], cwd=tree.root, capture_output=True, text=True, check=False)
    if shown.stdout != command + "\n":
        yield Finding(".ci/run", 1, f"runs {shown.stdout.strip()!r}, README.md says {command!r}")
    script = open(os.path.join(tree.root, ".ci/run"), encoding="utf-8").read()
    if not re.search(r'^sh -c "\$\(test_command\)"$', script, re.M):
        yield Finding(".ci/run", 1, 'does not execute what it shows: no line `sh -c "$(test_command)"`')

# SPDX-License-Identifier: BSD-3-Clause
#
# Proves that each rule can fail: a small tree that keeps all rules is written to a temporary directory and must be
# clean; then each sample of samples.py breaks one rule and must be found by exactly that rule, with the words that
# the sample names. `self_test.py RULE` runs the samples of one rule; a rule without a sample is a failure.
import os
import sys
import tempfile

from rules import RULES
from rules.tree import Tree
from samples import BROKEN, GOOD


def write_tree(root, files):
    for path, text in files.items():
        if text is None:
            continue
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as stream:
            stream.write(text)


def findings(rule, files):
    with tempfile.TemporaryDirectory(prefix="aerie_tidy_") as root:
        write_tree(root, files)
        return list(RULES[rule](Tree(root)))


def run(rule):
    clean = findings(rule, GOOD)
    if clean:
        print(f"{rule}: the good tree has findings: {clean}")
        return False
    samples = [(changes, words) for name, changes, words in BROKEN if name == rule]
    if not samples:
        print(f"{rule}: no sample breaks it")
        return False
    passed = True
    for changes, words in samples:
        found = findings(rule, {**GOOD, **changes})
        if not any(words in f"{finding.path}: {finding.message}" for finding in found):
            print(f"{rule}: nothing found with {words!r} in {changes}; found {found}")
            passed = False
    print(f"{rule}: {len(samples)} samples")
    return passed


if __name__ == "__main__":
    names = sys.argv[1:] or list(RULES)
    results = [run(name) for name in names]
    sys.exit(0 if all(results) else 1)

# SPDX-License-Identifier: BSD-3-Clause
#
# Checks the rules of the house (docs/architecture.md) on a source tree:
#     tidy.py [--root DIR] [RULE ...]      all rules without names; exit 1 when one finds something
#     tidy.py --list                       the names of the rules
#     tidy.py --same-as RULE ...           fails unless these are all rules
# Notes about soft limits are printed and change nothing. ctest runs each rule as a test of its own.
import argparse
import os
import sys

from rules import RULES
from rules.tree import Tree


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Checks the rules of the house.")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--same-as", nargs="+", metavar="RULE")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    options = parser.parse_args()
    if options.list:
        print("\n".join(RULES))
        return 0
    if options.same_as:
        difference = set(options.same_as) ^ set(RULES)
        print(f"rules that only one side knows: {sorted(difference)}")
        return 1 if difference else 0
    unknown = [name for name in options.rules if name not in RULES]
    if unknown:
        parser.error(f"no such rule: {', '.join(unknown)}")
    tree = Tree(options.root)
    count = 0
    for name in options.rules or RULES:
        for finding in RULES[name](tree):
            count += 1
            print(f"{finding.path}:{finding.line}: [{name}] {finding.message}")
    print(f"{count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-3-Clause
#
# Size limits. A function is measured by its braces: a block at namespace or class scope that follows a parameter list
# counts from the line of its opening brace to the line of its closing brace, both included; lambdas and local classes
# count within the function around them; blocks after '=' (tables) do not count. Soft limits are printed, not enforced.
import re

from .tree import Finding, line_of

FILE_LIMITS = {"source": (400, 800), "header": (150, 300), "template header": (150, 500), "test": (1000, 1000)}
FUNCTION_LIMITS = (40, 70)

_SCOPE = re.compile(r"(?:\b(?:namespace|class|struct|union|enum)\b|\bextern\s*\" *\")[^()]*$")
_NOT_IN_HEADS = re.compile(r"\balignas\s*\([^()]*\)|\[\[.*?\]\]", re.S)
_INITIALIZER = re.compile(r"\)[^;]*[:,]\s*[\w:]+(?:<[^;]*>)?\s*$")  # Foo(int a) : a_ {a}


def _kind(file):
    if file.path.startswith(("tests/", "docs/")):
        return "test"
    if file.is_header:
        return "template header" if re.search(r"^\s*template\s*<", file.code, re.M) else "header"
    return "source"


def check_file_sizes(tree):
    for file in tree.cpp():
        kind = _kind(file)
        soft, hard = FILE_LIMITS[kind]
        lines = len(file.lines)
        if lines > hard:
            yield Finding(file.path, 1, f"{lines} lines; the limit of a {kind} file is {hard}")
        elif lines > soft:
            print(f"note: {file.path}: {lines} lines, past the soft limit of {soft}")


def _classify(head):
    """What the block behind `head` is: a scope, a function, a part of a head that goes on behind it, or a table."""
    head = _NOT_IN_HEADS.sub("", head).strip()
    if _SCOPE.search(head):
        return "scope"
    if head.count("(") != head.count(")") or _INITIALIZER.search(head):
        return "part"
    return "function" if "(" in head and not head.endswith("=") else "table"


def functions(file):
    """(first line, last line, head) of each function body at namespace or class scope."""
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m[0]), file.code, flags=re.M)
    start = 0  # of the text in front of the next block: behind the last ; { or }
    block, opened, depth = "", 0, 0  # the block that is being skipped
    for match in re.finditer(r"[{};]", code):
        position, sign = match.start(), match[0]
        if depth > 0:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if depth > 0:
                continue
            if block == "function":
                yield line_of(code, opened), line_of(code, position), " ".join(code[start:opened].split())
            if block == "part":
                continue
        elif sign == "{":
            block, opened = _classify(code[start:position]), position
            if block != "scope":
                depth = 1
                continue
        start = position + 1


def check_function_sizes(tree):
    soft, hard = FUNCTION_LIMITS
    for file in tree.cpp():
        for first, last, head in functions(file):
            lines = last - first + 1
            name = head.split("(")[0].split(" ")[-1]
            if lines > hard:
                yield Finding(file.path, first, f"{name}: {lines} lines; the limit of a function is {hard}")
            elif lines > soft:
                print(f"note: {file.path}:{first}: {name}: {lines} lines, past the soft limit of {soft}")

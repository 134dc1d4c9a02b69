# SPDX-License-Identifier: BSD-3-Clause
#
# Documentation names things that exist: each `name()` or `Class::name()` in back quotes is a function of the tree
# (C++ or CMake), each path in back quotes and each relative link is a file or directory of it. Fenced code, and so
# README's quick start, is not looked at.
import os
import re

from .tree import Finding, line_of

_PATH = re.compile(r"(?:src|include|tests|bench|docs|\.ci)/[\w./*{},<>-]*$")


def _pages(tree):
    for file in tree.files(".md"):
        text = re.sub(r"```.*?```", lambda m: re.sub(r"[^\n]", " ", m[0]), file.text, flags=re.S)
        yield file, text


def _function_exists(corpus, name):
    parts = name.split("::")
    method = re.escape(parts[-1])
    if len(parts) == 1:
        return any(re.search(rf"\b{method}\s*(?:<[^;{{}}]*>)?\(", code) for code in corpus.values())
    owner = re.escape(parts[-2])
    for code in corpus.values():
        if re.search(rf"\b{owner}(?:<[^;{{}}]*>)?::{method}\s*\(", code):
            return True
        declared = re.search(rf"\b(?:class|struct|namespace)\s+(?:[\w:]+::)?{owner}\b[^;]*?\{{", code)
        if declared and re.search(rf"\b{method}\s*(?:<[^;{{}}]*>)?\(", code[declared.end():]):
            return True
    return False


def check_names(tree):
    corpus = {file.path: file.code for file in tree.cpp()}
    corpus |= {file.path: file.text for file in tree.files("CMakeLists.txt", ".cmake")}
    known = {}
    for file, text in _pages(tree):
        for match in re.finditer(r"`((?:[A-Za-z_]\w*::)*~?[A-Za-z_]\w*)\([^`]*\)`", text):
            name = match[1]
            if name not in known:
                known[name] = _function_exists(corpus, name)
            if not known[name]:
                yield Finding(file.path, line_of(text, match.start()), f"no function `{name}()` in the tree")


def _expand(path):
    """a/{b,c}.d -> a/b.d, a/c.d"""
    match = re.search(r"\{([^{}]*)\}", path)
    if match is None:
        return [path]
    return [one for piece in match[1].split(",") for one in _expand(path[:match.start()] + piece + path[match.end():])]


def check_links(tree):
    for file, text in _pages(tree):
        folder = os.path.dirname(file.path)
        for match in re.finditer(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            target = match[1]
            if "://" not in target and not os.path.exists(os.path.join(tree.root, folder, target)):
                yield Finding(file.path, line_of(text, match.start()), f"link to {target}, which does not exist")
        for match in re.finditer(r"`([^`\s]+)`", text):
            if not _PATH.match(match[1]) or re.search(r"[*<>]", match[1]):
                continue
            for path in _expand(match[1]):
                if not os.path.exists(os.path.join(tree.root, path)):
                    yield Finding(file.path, line_of(text, match.start()), f"{path} does not exist")

# SPDX-License-Identifier: BSD-3-Clause
#
# A source tree as the rules see it: the files below a root, their text, the same text with comments and literals
# blanked out (same length and line breaks, so that positions agree), and the includes with quotes. Build directories
# and dot directories are not part of it. Nothing here judges; nothing is written.
import os
import re
from collections import namedtuple

Finding = namedtuple("Finding", "path line message")

ROOMS = {  # room -> rooms below that it may include: law 1
    "base": (),
    "event": ("base",),
    "resp": ("base",),
    "ds": ("base",),
    "store": ("ds", "base"),
    "engine": ("store", "resp", "base"),
    "commands": ("engine", "store", "resp", "base"),
    "server": ("commands", "engine", "store", "resp", "event", "base"),
}

CPP_SUFFIXES = (".cc", ".h", ".c")
_SKIPPED = re.compile(r"^(build.*|\..*|__pycache__)$")
_TOKEN = re.compile(
    r'//(?:\\\n|[^\n])*|/\*.*?\*/|R"([^()\\\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.S)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">\n]+)[">]', re.M)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def strip_comments(text):
    """Comments become blanks; literals stay."""
    return _TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith("/") else m[0], text)


def strip_literals(text):
    """Comments and the insides of literals become blanks."""
    def replace(match):
        token = match[0]
        if token.startswith("/"):
            return _blank(token)
        return token[0] + _blank(token[1:-1]) + token[-1]
    return _TOKEN.sub(replace, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class SourceFile:
    def __init__(self, root, path):
        self.path = path  # relative, with slashes
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as stream:
            self.text = stream.read()
        self._code = None

    @property
    def lines(self):
        return self.text.split("\n")[:-1] if self.text.endswith("\n") else self.text.split("\n")

    @property
    def code(self):
        """Text without comments and without the insides of literals."""
        if self._code is None:
            self._code = strip_literals(self.text)
        return self._code

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def is_product(self):
        return self.path.startswith(("src/", "include/"))

    @property
    def room(self):
        """The room that the file belongs to; None outside src and include/aerie."""
        match = re.match(r"(?:src|include/aerie)/([^/]+)/", self.path)
        return match[1] if match else None

    def includes(self):
        """(line, name, is_quoted) for each include."""
        text = strip_comments(self.text)
        return [(line_of(text, m.start()), m[2], m[1] == '"') for m in _INCLUDE.finditer(text)]


class Tree:
    def __init__(self, root):
        self.root = root
        self.paths = []
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not _SKIPPED.match(name))
            for name in sorted(names):
                self.paths.append(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
        self._files = {}

    def has(self, path):
        return os.path.isfile(os.path.join(self.root, path))

    def file(self, path):
        if path not in self._files:
            self._files[path] = SourceFile(self.root, path)
        return self._files[path]

    def files(self, *suffixes, under=("",)):
        """Files whose name ends in one of the suffixes below one of the folders."""
        for path in self.paths:
            if path.endswith(suffixes) and path.startswith(tuple(under)):
                yield self.file(path)

    def cpp(self, under=("src/", "include/", "tests/", "bench/", "docs/")):
        return self.files(*CPP_SUFFIXES, under=under)

    def resolve(self, path, name):
        """The path in this tree that `#include "name"` in `path` means; None when it is not of this tree."""
        folder = os.path.dirname(path)
        for candidate in (f"include/{name}", f"src/{name}", f"tests/{name}", f"{folder}/{name}", name):
            if self.has(candidate):
                return os.path.normpath(candidate)
        return None

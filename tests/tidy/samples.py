# SPDX-License-Identifier: BSD-3-Clause
#
# GOOD is a tree that keeps every rule. BROKEN lists what breaks it: (rule, files that replace or join those of GOOD,
# words of the finding); None as a file's text removes it. Forbidden words are built from pieces, so that this file
# itself keeps the rules.
HEAD = "// SPDX-License-Identifier: BSD-3-Clause\n//\n// What it is.\n// What it is not.\n"
H = HEAD + "#pragma once\n"
CMAKE = """# SPDX-License-Identifier: BSD-3-Clause
aerie_room(base)
aerie_room(event ROOMS base SOURCES a.cc)
aerie_room(resp ROOMS base)
aerie_room(ds ROOMS base)
aerie_room(store ROOMS ds base)
aerie_room(engine ROOMS store resp base)
aerie_room(commands ROOMS engine store resp base)
aerie_room(server ROOMS commands engine store resp event base)
"""
README = """# Sample
<!-- quick start: run -->
```sh
make run
```
<!-- quick start: test -->
```sh
make && ctest
```
"""
CI = """test_command() { sed -n '/start: test/,/^```$/p' README.md | sed -n 3p; }
if [ "$1" = --show ]; then test_command; exit; fi
sh -c "$(test_command)"
"""
NUMBER_H = H + """namespace aerie {
class Number {
 public:
  explicit Number(int value) : value_{value}, twice_(value * 2) {}
  int value() const { return value_ + twice_; }

 private:
  int value_;
  int twice_;
};
int half(int number);
}  // namespace aerie
"""
HALF = '#include "aerie/base/number.h"\nnamespace aerie {\nint half(int number) { return number / 2; }\n}\n'
LONG_BODY = "".join(f"  int a{i} = {i};\n  (void)a{i};\n" for i in range(36))
TABLE = "".join(f"  {{{i}}},\n" for i in range(90))

GOOD = {
    "CMakeLists.txt": "# SPDX-License-Identifier: BSD-3-Clause\n",
    "CMakePresets.json": "{}\n",
    "LICENSE": "BSD\n",
    "README.md": README,
    ".ci/run": CI,
    "src/CMakeLists.txt": CMAKE,
    "src/base/number.cc": HEAD + HALF,
    "include/aerie/base/number.h": NUMBER_H,
    "src/resp/reply_errors.cc": HEAD + '#include "resp/reply_errors.h"\n',
    "src/resp/reply_errors.h": H + 'inline constexpr const char* kSyntaxError = "ERR syntax error";\n',
    "src/store/value.cc": HEAD + '#include "aerie/base/number.h"\nstruct Row { int a; };\n'
                          "constexpr Row kRows[] = {\n" + TABLE + "};\nint main_value = kRows[0].a;\n"
                          "auto made() { return std::unique_ptr<Row>(new Row(1)); }\n",
    "tests/unit/base/number_test.cc": HEAD + '#include "aerie/base/number.h"\n',
    "bench/README.md": "# Bench\n",
    "docs/architecture.md": "See `half()`, `Number::value()`, `src/base/number.cc` and [README](../README.md).\n",
}


def product(text, path="src/base/number.cc"):
    return {path: HEAD + HALF + text}


BROKEN = [
    ("floors", product('#include "aerie/store/value.h"\n'), "room base may not include room store"),
    ("floors", product('#include "aerie/ds/x.h"\n', "src/event/loop.cc"), "room event may not include room ds"),
    ("floors", product('#include "aerie/event/x.h"\n', "src/commands/x.cc"), "room commands may not include"),
    ("floors", product('#include "resp/reply_errors.h"\n', "src/engine/x.cc"), "private to room resp"),
    ("floors", product('#include "number.h"\n'), 'write "aerie/<room>/x.h"'),
    ("floors", product("#include <aerie/base/number.h>\n"), "with quotes"),
    ("floors", product("", "src/attic/x.cc"), "not on any floor"),
    ("floors", {"tests/unit/resp/x_test.cc": HEAD + '#include "resp/reply_errors.h"\n'}, "private to room resp"),
    ("floors", {"include/aerie/base/number.h": NUMBER_H + '#include "base/x.h"\n'}, "public header includes"),
    ("room_list", {"src/CMakeLists.txt": CMAKE.replace("store resp event", "store event")}, "room server sees"),
    ("room_list", {"src/CMakeLists.txt": CMAKE.replace("(ds ROOMS base", "(ds ROOMS base resp")}, "room ds sees"),
    ("room_list", {"src/CMakeLists.txt": CMAKE + "aerie_room(attic)\n"}, "room attic is not on any floor"),
    ("room_list", {"src/CMakeLists.txt": CMAKE.replace("aerie_room(base)", "")}, "room base is missing"),
    ("room_list", {"src/CMakeLists.txt": CMAKE + "target_link_libraries(aerie_ds PUBLIC aerie_store)\n"}, "behind"),
    ("cycles", {"src/base/a.h": H + '#include "base/b.h"\n', "src/base/b.h": H + '#include "base/a.h"\n'},
     "files include each other"),
    ("cycles", {"src/base/a.h": H + '#include "aerie/ds/b.h"\n', "include/aerie/ds/b.h": H,
                "src/ds/c.cc": HEAD + '#include "aerie/base/number.h"\n'}, "rooms include each other"),
    ("include_map", {"include/aerie/ds/lonely.h": H}, "nobody outside the room includes"),
    ("include_map", {"include/aerie/ds/own.h": H, "src/ds/own.cc": HEAD + '#include "aerie/ds/own.h"\n'},
     "nobody outside the room includes"),
    ("include_map", {"include/aerie/ds/a.cc": HEAD}, "and nothing else"),
    ("self_contained", {"include/aerie/base/number.h": NUMBER_H + "std::string name();\n"}, "does not compile"),
    ("self_contained", {"src/base/a.h": H + "inline size_t size_of_it() { return 1; }\n"}, "does not compile"),
    ("file_sizes", product("\n" * 800), "the limit of a source file is 800"),
    ("file_sizes", {"include/aerie/base/number.h": NUMBER_H + "\n" * 300}, "the limit of a header file is 300"),
    ("file_sizes", {"include/aerie/base/number.h": NUMBER_H + "template <typename T> void f(T);\n" + "\n" * 500},
     "the limit of a template header file is 500"),
    ("file_sizes", {"tests/unit/base/number_test.cc": HEAD + "\n" * 1000}, "the limit of a test file is 1000"),
    ("function_sizes", product("void long_one() {\n" + LONG_BODY + "}\n"), "long_one: 74 lines"),
    ("function_sizes", product("struct alignas(64) S {\n  S() : a{1}, b(2) {\n" + LONG_BODY + "  }\n  int a, b;\n};\n"),
     "S: 74 lines"),
    ("function_sizes", product("namespace n {\nint odd(S s = {}) noexcept {\n" + LONG_BODY + "}\n}\n"), "odd: 74"),
    ("file_heads", {"src/base/number.cc": HALF}, "the first line is not"),
    ("file_heads", {"src/base/number.cc": HEAD.split("\n")[0] + "\n//\n// One.\n" + HALF}, "2 lines behind the SPDX"),
    ("file_heads", {"src/base/number.cc": HEAD + "// More.\n" * 9 + HALF}, "11 lines of prose"),
    ("file_heads", {"tests/tidy/x.py": "import os\n"}, "the first line is not"),
    ("banned_calls", product("int f() { return epoll_create1(0); }\n", "src/server/x.cc"), "system call"),
    ("banned_calls", product("long f() { return ::read(0, p, 1); }\n"), "system call"),
    ("banned_calls", product("#include <unistd.h>\nlong f() { return read(0, p, 1); }\n"), "system call"),
    ("banned_calls", product("int f() { return rand(); }\n"), "random"),
    ("banned_calls", product("void f() { strcpy(a, b); }\n"), "string call"),
    ("banned_calls", product("void f() { sprintf(a, b); }\n"), "string call"),
    ("banned_calls", product("void f() { std::cout << 1; }\n"), "stream"),
    ("banned_calls", product("void f() { std::printf(a); }\n"), "print"),
    ("banned_calls", product("auto* f() { return new Number(1); }\n"), "new"),
    ("banned_calls", product("void f() { std::unique_ptr<T> p = take(new T); }\n"), "new"),
    ("banned_calls", product("#include <sys/socket.h>\nlong f() { return send(0, p, 1, 0); }\n"), "system call"),
    ("banned_calls", product("void f() { delete p; }\n"), "delete"),
    ("banned_calls", product("void f() { delete[] p; }\n"), "delete"),
    ("banned_calls", product("std::shared_ptr<int> p;\n"), "shared_ptr"),
    ("banned_calls", product("auto f() { return time(nullptr); }\n"), "clock"),
    ("banned_calls", product("auto f() { return std::chrono::steady_clock::now(); }\n"), "clock"),
    ("banned_calls", product("void f() { clock_gettime(a, b); }\n"), "clock"),
    ("banned_calls", product("void f() { exit(1); }\n"), "exit"),
    ("banned_calls", product("auto f() { return getenv(a); }\n"), "environment"),
    ("banned_calls", product("void f() { goto a; }\n"), "jump"),
    ("banned_calls", product("", "src/base/clock.cc"), "exception that nothing needs"),
    ("header_hygiene", {"src/base/a.h": H + "using namespace std;\n"}, "using namespace"),
    ("header_hygiene", {"src/base/a.h": H + "#define TWICE(x) ((x) * 2)\n"}, "macro TWICE"),
    ("header_hygiene", {"src/base/a.h": HEAD}, "no #pragma once"),
    ("type_switches", product("int f(Type t) { switch (t) { case Type::kString: return 1; default: return 0; } }\n"),
     "has a default"),
    ("words", product("// TO" "DO: finish\n"), "unfinished work"),
    ("words", product("class KeyMana" "ger;\n"), "says nothing"),
    ("words", product("int string_ut" "il(int a);\n"), "says nothing"),
    ("words", {"src/base/string_ut" "il.cc": HEAD}, "file name"),
    ("words", product('auto* path = "/ho' 'me/me/aerie";\n'), "path of somebody's machine"),
    ("words", {"docs/x.md": "That comes with a later iss" "ue.\n"}, "speaks of the project alone"),
    ("error_texts", product('auto* e = "ERR no such thing";\n'), "error texts stand in reply_errors"),
    ("error_texts", product('auto* e = "-WRONGTYPE Operation";\n'), "error texts stand in reply_errors"),
    ("top_level", {"scripts/x.sh": "ls\n"}, "scripts: not on the list"),
    ("top_level", {"LICENSE": None}, "LICENSE: missing"),
    ("test_command", {".ci/run": CI.replace("test_command; exit", "echo make; exit")}, "README.md says"),
    ("test_command", {".ci/run": CI.replace('sh -c "$(test_command)"', "make")}, "does not execute"),
    ("test_command", {"README.md": README.replace("make && ctest", "make\nctest")}, "exactly one line"),
    ("test_command", {"README.md": README.replace("ctest", "true")}, "runs no ctest"),
    ("doc_names", {"docs/x.md": "See `third()`.\n"}, "no function `third()`"),
    ("doc_names", {"docs/x.md": "See `Number::third()`.\n"}, "no function `Number::third()`"),
    ("doc_links", {"docs/x.md": "See [that](missing.md).\n"}, "link to missing.md"),
    ("doc_links", {"docs/x.md": "See `src/base/{number,missing}.cc`.\n"}, "src/base/missing.cc does not exist"),
]

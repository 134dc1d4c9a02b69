# SPDX-License-Identifier: BSD-3-Clause
#
# What the text of a file must and must not say: its head, calls that belong to one place only, words, and the texts of
# errors. EXCEPTIONS names each file that may do what others must not, with the reason; an exception that nothing
# needs any more is itself a finding.
import itertools
import re

from .tree import Finding, line_of, strip_comments

SPDX = "SPDX-License-Identifier: BSD-3-Clause"
HEAD_LINES = (3, 10)  # of comment behind the SPDX line


def _head(file, mark):
    """(all lines, lines of prose) of the comment behind the SPDX line, or None without that line. A drawing, that is
    lines indented by three blanks or more, is no prose."""
    lines = file.lines
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    if not lines or lines[0] != f"{mark} {SPDX}":
        return None
    block = list(itertools.takewhile(lambda line: line.startswith(mark), lines[1:]))
    prose = [line for line in block if line != mark and not line.startswith(mark + "   ")]
    return len(block), len(prose)


def check_file_heads(tree):
    least, most = HEAD_LINES
    for file in tree.files(".cc", ".h", ".c", ".py", ".sh", "CMakeLists.txt", ".cmake"):
        mark = "//" if file.path.endswith((".cc", ".h", ".c")) else "#"
        if not file.text.strip():
            continue
        head = _head(file, mark)
        if head is None:
            yield Finding(file.path, 1, f'the first line is not "{mark} {SPDX}"')
        elif file.path.endswith(("CMakeLists.txt", ".cmake")):
            continue
        elif head[0] < least:
            yield Finding(file.path, 1, f"the head has {head[0]} lines behind the SPDX line, not at least {least}")
        elif head[1] > most:
            yield Finding(file.path, 1, f"the head has {head[1]} lines of prose, not at most {most}")


# (name, what must not stand in product code, why)
BANNED = (
    ("system call", r"(?<![\w:.>&])(?:::)?(?:epoll_\w+|kevent|kqueue|eventfd|accept4?|getsockopt|setsockopt|recvmsg|"
     r"sendmsg|recvfrom|sendto|getsockname|getpeername|mmap|munmap|madvise|mprotect|fork|setsid|sigaction|signalfd|"
     r"timerfd_\w+|getrandom|getrlimit|setrlimit|getrusage|writev|readv|ftruncate|fdatasync|fsync|umask|dup2|"
     r"execvp?|waitpid|prctl|syscall)\s*\(", "goes through aerie/base/sys.h"),
    ("system call", r"(?<![\w>])::(?:read|write|open|close|socket|bind|listen|connect|send|recv|shutdown|fcntl|poll|"
     r"select|pipe2?|unlink|chmod|fchmod|rename|stat|fstat|kill|getpid)\s*\(", "goes through aerie/base/sys.h"),
    ("random", r"(?<![\w.>])(?:::|std::)?s?rand\s*\(|(?<![\w>])::random\s*\(|std::(?:mt19937\w*|random_device)", "use base/random.h"),
    ("string call", r"\b(?:strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|alloca)"
     r"\s*\(", "unbounded or unchecked"),
    ("stream", r"\bstd::(?:cout|cerr|clog|cin|endl)\b", "use the logger"),
    ("print", r"(?<![\w.>])(?:std::)?(?:printf|fprintf|vfprintf|vprintf|puts|fputs|putchar|perror)\s*\(",
     "use the logger"),
    ("new", r"\bnew\s+[A-Za-z_:]|(?<!operator)(?<!operator )\bnew\s*\[", "use make_unique or a container"),
    ("delete", r"(?<!operator )\bdelete\s+[A-Za-z_*(]|\bdelete\s*\[", "values and unique_ptr own"),
    ("shared_ptr", r"\bstd::(?:make_)?shared(?:_ptr)?\b", "one owner"),
    ("clock", r"std::chrono::\w+_clock\b|(?<![\w.>])(?:::|std::)?(?:gettimeofday|clock_gettime|ftime|nanosleep|"
     r"usleep|sleep)\s*\(|(?<!\w)(?:::|std::)(?:time|clock)\s*\(|(?<![\w.>:])time\s*\(\s*(?:NULL|nullptr|0|&)", "time comes only from Clock"),
    ("exit", r"(?<![\w.>])(?:::|std::)?(?:_exit|exit|abort|quick_exit|terminate)\s*\(",
     "a client must not be able to end the process"),
    ("environment", r"(?<![\w.>])(?:::|std::)?(?:getenv|setenv|putenv|system|popen)\s*\(", "options are rows"),
    ("jump", r"\b(?:setjmp|longjmp|goto)\b", "no jumps"),
)

# (path pattern, name of the ban, reason)
EXCEPTIONS = (
    (r"src/base/sys\w*\.cc", "system call", "the system-call layer"),
    (r"src/event/poller_kqueue\.cc", "system call", "kqueue and kevent exist on BSD only, where nothing else is called"),
    (r"include/aerie/base/sys\.h", "system call", "declares them"),
    (r"src/base/(?:clock|sys\w*)\.cc", "clock", "the only sources of time"),
    (r"src/base/(?:log|assert)\.cc", "print", "the logger itself, and the last words of a bug"),
    (r"src/base/assert\.cc", "exit", "a bug ends the process"),
    (r"src/base/sys\.cc", "exit", "the system-call layer"),
    (r"src/base/sys\.cc", "environment", "the system-call layer"),
    (r"src/base/log\.cc", "new", "the one global, the logger, lives for ever"),
    (r"src/base/tick_clock\.cc", "clock", "ticks where the processor has no counter"),
    (r"include/aerie/resp/output_queue\.h", "new", "the pool hands its queues out as plain pointers"),
    (r"src/server/startup\.cc", "print", "--version, --help and errors before the log is open"),
)


# Calls that are too common as names of our own to be banned everywhere: banned where the header that declares them
# is included.
_BY_HEADER = {
    "unistd.h": "read|write|close|unlink|pipe2?|getpid|lseek|chdir",
    "fcntl.h": "open|fcntl",
    "poll.h": "poll",
    "signal.h": "kill|raise|signal",
    "sys/select.h": "select",
    "sys/socket.h": "socket|bind|listen|connect|send|recv|shutdown",
    "sys/stat.h": "chmod|fchmod|stat|fstat|mkdir",
}


def _bans(file):
    names = [_BY_HEADER[name] for _, name, _ in file.includes() if name in _BY_HEADER]
    if not names:
        return BANNED
    pattern = rf"(?<![\w:.>&~])(?:{'|'.join(names)})\s*\("
    return BANNED + (("system call", pattern, "goes through aerie/base/sys.h"),)


def _is_factory(code, position):
    """std::unique_ptr<T> p(new T(...)) is how a class with a private constructor makes itself."""
    statement = re.split(r"[;{}]", code[max(0, position - 200):position])[-1]
    return re.search(r"\bunique_ptr<[\w:]+>(?:\s*\w+)?\s*\(\s*$", statement) is not None


def check_banned_calls(tree):
    used = set()
    for file in tree.cpp(under=("src/", "include/")):
        for name, pattern, why in _bans(file):
            allowed = [row for row in EXCEPTIONS if row[1] == name and re.fullmatch(row[0], file.path)]
            for match in re.finditer(pattern, file.code):
                if name == "new" and _is_factory(file.code, match.start()):
                    continue
                used.update(allowed)
                if not allowed:
                    line = line_of(file.code, match.start() + len(match[0]) - len(match[0].lstrip()))
                    yield Finding(file.path, line, f"{name}: {' '.join(match[0].split())!r}: {why}")
    for row in EXCEPTIONS:
        named = any(re.fullmatch(row[0], path) for path in tree.paths)
        if named and row not in used:
            yield Finding("tests/tidy/rules/text.py", 1, f"exception that nothing needs: {row}")


def check_type_switches(tree):
    """A switch over Type lists the types and has no default, so that the compiler names what a new type lacks."""
    for file in tree.cpp(under=("src/", "include/")):
        for match in re.finditer(r"\bswitch\s*\(", file.code):
            body = _block(file.code, match.end())
            if re.search(r"\bcase\s+(?:aerie::)?Type::", body) and re.search(r"\bdefault\s*:", body):
                yield Finding(file.path, line_of(file.code, match.start()), "a switch over Type has a default")


def _block(code, position):
    opened = code.find("{", position)
    depth = 0
    for match in re.finditer(r"[{}]", code[opened:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return code[opened:opened + match.end()]
    return ""


# (pattern, message); built from pieces so that this file keeps its own rules
WORDS = (
    (r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", "unfinished work belongs to the list of work, not to the code"),
    (r"\b[A-Za-z]\w*(?:Mana" r"ger|Ut" r"ils?|Hel" r"per)s?\b|\b\w*_(?:mana" r"ger|ut" r"ils?|hel" r"per)s?\b",
     "a name that says nothing"),
    (r"(?<![\w.~$])/(?:ho" r"me|ro" r"ot|wo" r"rk|Us" r"ers|m" r"nt)/\w", "a path of somebody's machine"),
    (r"(?i)\b(?:this|that|a|an|the|later|next|another|other) iss" r"ue\b|\biss" r"ue (?:#|no\. ?)?\d",
     "the repository speaks of the project alone"),
)


def check_words(tree):
    for file in tree.files(".cc", ".h", ".c", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".yml", ".conf"):
        stem = file.path.rsplit("/", 1)[-1]
        for pattern, message in WORDS:
            for match in re.finditer(pattern, file.text):
                yield Finding(file.path, line_of(file.text, match.start()), f"{match[0]!r}: {message}")
        if re.search(r"(?i)mana" r"ger|ut" r"il|hel" r"per", stem):
            yield Finding(file.path, 1, "a file name that says nothing")


ERROR_HOME = re.compile(r"(?:include/aerie|src)/resp/reply_errors\w*\.(?:h|cc)")
_ERROR = re.compile(r'"-?(?:ERR|WRONGTYPE|NOAUTH|WRONGPASS|NOPERM|NOPROTO|EXECABORT|BUSYKEY|BUSY|NOSCRIPT|OOM|MISCONF|'
                    r"LOADING|READONLY|UNBLOCKED|MASTERDOWN|NOREPLICAS|INVALIDOBJ|DENIED|NOTBUSY|UNKILLABLE) ")


def check_error_texts(tree):
    """Every text of an error reply stands in resp/reply_errors."""
    for file in tree.cpp(under=("src/", "include/")):
        if ERROR_HOME.fullmatch(file.path):
            continue
        text = strip_comments(file.text)
        for match in _ERROR.finditer(text):
            yield Finding(file.path, line_of(text, match.start()), f"{match[0]}…: error texts stand in reply_errors")

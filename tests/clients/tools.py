# SPDX-License-Identifier: BSD-3-Clause
#
# Debian's redis-cli and redis-benchmark used as people use them: tools.py PORT TEST. Each test runs a tool as
# it is and checks its exit code, that it says nothing of an error, and what it reports. Interactive use goes
# through a pseudo-terminal.
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PORT = sys.argv[1]
TROUBLE = re.compile(r"error|could not|warning|refused|disconnected", re.IGNORECASE)


def need(program):
    if shutil.which(program) is None:
        sys.exit(f"{program} is missing: install the Debian package redis-tools")


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def run(words, stdin=None, timeout=120):
    result = subprocess.run(words, stdin=stdin, capture_output=True, text=True, errors="replace", timeout=timeout,
                            check=False)
    check(result.returncode == 0, f"{words} ended with {result.returncode}: {result.stdout} {result.stderr}")
    check(result.stderr.strip() == "", f"{words} wrote to stderr: {result.stderr}")
    return result.stdout


def cli(*words, **options):
    return run(["redis-cli", "-p", PORT, *words], **options)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", HOME=tempfile.gettempdir(), REDISCLI_HISTFILE="/dev/null")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
            os.execvp(words[0], words)
        self.seen = ""

    def read_until(self, expected, seconds=20):
        end = time.monotonic() + seconds
        while expected not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return expected in self.seen

    def type_and_expect(self, text, expected):
        self.seen = ""
        os.write(self.fd, text.encode())
        check(self.read_until(expected), f"typed {text!r}, expected {expected!r}, got {self.seen!r}")

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def benchmark(pipeline):
    tests = ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP",
             "LPUSH (needed to benchmark LRANGE)", "LRANGE_100 (first 100 elements)",
             "LRANGE_300 (first 300 elements)", "LRANGE_500 (first 500 elements)",
             "LRANGE_600 (first 600 elements)", "MSET (10 keys)"]
    out = run(["redis-benchmark", "-p", PORT, "-t",
               "ping_inline,ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,lrange,mset", "-n", "20000",
               "-r", "10000", "-c", "50", "-P", pipeline, "-q"])
    check(not TROUBLE.search(out), out)
    for test in tests:
        check(re.search(re.escape(test) + r": [\d.]+ requests per second", out), f"no result of {test}: {out}")


def benchmark_p1():
    benchmark("1")


def benchmark_p64():
    benchmark("64")


def cli_commands():
    check(cli("set", "k", "a b") == "OK\n", "set")
    check(cli("get", "k") == "a b\n", "get")
    check(cli("-3", "get", "missing") == "\n", "get in RESP3")
    check(cli("-n", "3", "dbsize") == "0\n", "-n")
    check(cli("-r", "5", "incr", "n").split() == ["1", "2", "3", "4", "5"], "-r")
    check("redis_version:" in cli("info", "server"), "info")
    check(cli("--no-raw", "incr", "n") == "(integer) 6\n", "--no-raw")
    check("wrong number" in cli("get"), "an error is shown")


def cli_scan():
    cli("debug", "populate", "5000", "key", "16")
    cli("mset", "other:1", "a", "other:2", "b")
    check(len(set(cli("--scan").split())) == 5002, "--scan")
    check(sorted(cli("--scan", "--pattern", "other:*").split()) == ["other:1", "other:2"], "--scan --pattern")


def cli_bigkeys():
    cli("debug", "populate", "1000", "key", "16")
    cli("set", "big", "x" * 12345)
    out = cli("--bigkeys", "-i", "0.001")
    check("Sampled 1001 keys" in out, out)
    check(re.search(r"Biggest string found .*big.* has 12345 bytes", out), out)
    check(not TROUBLE.search(out), out)
    out = cli("--memkeys", "-i", "0.001")
    check("Sampled 1001 keys" in out and not TROUBLE.search(out), out)


def cli_stat():
    cli("debug", "populate", "777", "key", "16")
    terminal = Terminal(["redis-cli", "-p", PORT, "--stat", "-i", "0.1"])
    terminal.read_until("no such text", seconds=1.5)
    out = terminal.seen
    terminal.close()
    lines = [line for line in out.splitlines() if re.match(r"^777 ", line)]
    check(len(lines) >= 3, out)
    check(not TROUBLE.search(out), out)


def cli_latency():
    out = cli("--latency", "-i", "1")
    numbers = out.split()
    check(len(numbers) == 4 and int(numbers[3]) > 10, out)
    check(float(numbers[0]) <= float(numbers[2]) <= float(numbers[1]), out)


def cli_latency_history():
    terminal = Terminal(["redis-cli", "-p", PORT, "--latency-history", "-i", "1"])
    check(terminal.read_until("-- 1.0", seconds=20), terminal.seen)
    terminal.close()
    check(re.search(r"min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\) -- 1\.\d+ seconds range", terminal.seen),
          terminal.seen)


def cli_monitor():
    terminal = Terminal(["redis-cli", "-p", PORT, "monitor"])
    check(terminal.read_until("OK"), terminal.seen)
    cli("set", "seen", "a b")
    check(terminal.read_until('"set" "seen" "a b"'), terminal.seen)
    terminal.close()
    check(re.search(r'\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "set" "seen" "a b"', terminal.seen), terminal.seen)


def cli_subscribe():
    terminal = Terminal(["redis-cli", "-p", PORT, "subscribe", "news"])
    check(terminal.read_until('1) "subscribe"'), terminal.seen)
    check(cli("publish", "news", "hello") == "1\n", "publish")
    check(terminal.read_until('"hello"'), terminal.seen)
    terminal.close()
    check(re.search(r'1\) "message"\r\n2\) "news"\r\n3\) "hello"', terminal.seen), terminal.seen)


def cli_watching():
    cli("config", "set", "slowlog-log-slower-than", "0")
    cli("get", "k")
    check("get\nk" in cli("slowlog", "get", "1"), "slowlog get")
    for words in (("latency", "doctor"), ("memory", "doctor"), ("memory", "stats"), ("latency", "latest"),
                  ("acl", "whoami"), ("cluster", "info"), ("config", "get", "*"), ("info", "everything")):
        cli(*words)


def cli_pipe():
    count = 1000000
    with tempfile.TemporaryFile() as requests:
        for base in range(0, count, 10000):
            piece = []
            for i in range(base, base + 10000):
                key, value = f"key:{i}", f"value:{i}"
                piece.append(f"*3\r\n$3\r\nSET\r\n${len(key)}\r\n{key}\r\n${len(value)}\r\n{value}\r\n")
            requests.write("".join(piece).encode())
        requests.seek(0)
        out = cli("--pipe", stdin=requests, timeout=200)
    check(f"errors: 0, replies: {count}" in out, out)
    check(cli("dbsize") == f"{count}\n", "dbsize after --pipe")
    check(cli("get", "key:777777") == "value:777777\n", "a value after --pipe")


def cli_hints():
    prompt = f"127.0.0.1:{PORT}"
    terminal = Terminal(["redis-cli", "-p", PORT])
    terminal.type_and_expect("", prompt + "> ")
    # What is typed, the hint that appears behind it, the rest of the line, what is printed then, the next prompt.
    for typed, hint, rest, printed, mark in [
            ("GET ", "key", "no\r", "(nil)", "> "),
            ("SET ", "key value", "k v\r", "OK", "> "),
            ("EXPIRE ", "key seconds", "k 100\r", "(integer) 1", "> "),
            ("CLIENT SETNAME ", "connection-name", "me\r", "OK", "> "),
            ("SELECT ", "index", "5\r", "OK\r\n", "[5]> "),
            ("SELECT ", "index", "0\r", "OK", "> "),
            ("MULTI", "", "\r", "OK", "(TX)> "),
            ("SET ", "key value", "a 1\r", "QUEUED", "(TX)> "),
            ("EXEC", "", "\r", "1) OK", "> "),
            ("HELP ", "", "GET\r", "summary:", "> ")]:
        terminal.type_and_expect(typed, hint)
        terminal.type_and_expect(rest, printed)
        # The prompt is drawn again at each key; input typed before the one behind the reply would be thrown away.
        terminal.seen = terminal.seen[terminal.seen.index(printed):]
        check(terminal.read_until(prompt + mark), f"no prompt {mark!r} behind {typed + rest!r}: {terminal.seen!r}")
    terminal.close()


need("redis-cli")
need("redis-benchmark")
globals()[sys.argv[2]]()

# SPDX-License-Identifier: BSD-3-Clause
#
# Load on one server, pinned to a CPU of its own: redis-benchmark for request rates and the program `load`
# (bench/load.cc) for the rest. A phase of `load` that waits is a context manager; leaving it ends the program by
# closing its input.
import contextlib
import shutil
import subprocess

from .server import Failed


class Load:
    def __init__(self, program, cpu):
        self._program = program
        self._pin = ["taskset", "-c", str(cpu)]
        if shutil.which("redis-benchmark") is None:
            raise Failed("no redis-benchmark (Debian's package redis-tools)")

    def benchmark(self, server, requests, depth, keys, words):
        """Runs redis-benchmark with 50 clients on `keys` keys; `words` is ["-t", "set"] or a command of its own."""
        command = self._pin + ["redis-benchmark", "-h", "127.0.0.1", "-p", str(server.port), "-c", "50", "-d",
                               "16", "-r", str(keys), "-n", str(requests), "-P", str(depth), "-q"] + words
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        # `-t` with an unknown test and errors of the server end with 0 on some versions: the rate must be there.
        if result.returncode != 0 or "requests per second" not in result.stdout:
            raise Failed(f"redis-benchmark: {(result.stderr or result.stdout).strip()[:200]}")

    def _command(self, server, mode, words):
        return self._pin + [self._program, mode, str(server.port)] + [str(word) for word in words]

    def run(self, server, mode, *words):
        """Runs a mode of `load` to its end; the words of its last line."""
        return self.run_lines(server, mode, *words)[-1].split()

    def run_lines(self, server, mode, *words):
        """Runs a mode of `load` to its end; its lines."""
        result = subprocess.run(self._command(server, mode, words), capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Failed(result.stderr.strip() or f"load {mode} failed")
        return result.stdout.strip().splitlines()

    def fill(self, server, first, end, *command, depth=1000):
        """Runs the command for each index in [first, end); {} in a word is the index in 12 digits."""
        self.run(server, "fill", first, end, depth, *command)

    @contextlib.contextmanager
    def phase(self, server, mode, *words):
        process = subprocess.Popen(self._command(server, mode, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        phase = Phase(process, mode)
        try:
            phase.expect("ready")
            yield phase
        finally:
            phase.end()


class Phase:
    def __init__(self, process, mode):
        self._process, self._mode = process, mode
        self.rest = []  # lines that came after the input was closed

    def expect(self, word):
        """The words of the next line, which begins with `word`."""
        line = self._process.stdout.readline()
        if not line.startswith(word):
            raise Failed(f"load {self._mode}: {line}{self._process.stderr.read()}".strip())
        return line.split()

    def go_on(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self):
        if self._process.stdin.closed:
            return
        self._process.stdin.close()
        self.rest = self._process.stdout.read().splitlines()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()

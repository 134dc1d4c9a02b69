# SPDX-License-Identifier: BSD-3-Clause
#
# One server process under measurement: started on a free port of 127.0.0.1, pinned to its CPU, ended by its own id, in
# a directory of its own that goes with it. Its figures come from /proc: CPU time of all threads from schedstat (in
# nanoseconds; from stat where the kernel has no schedstat), resident memory and its peak from status, wake-ups from
# the voluntary context switches.
import contextlib
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

CLOCK_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measurement that could not be made; the text says why."""


def descriptor_limit():
    """How many descriptors a process may have; raises the limit of this one and of what it starts as far as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_server(name, directory):
    """The path of a server binary. Debian's redis-tools has redis-server under another name."""
    if os.path.isfile(name) and os.access(name, os.X_OK):
        return os.path.abspath(name)
    found = shutil.which(name)
    if found is None and os.path.basename(name) == "redis-server":
        hidden = shutil.which("redis-check-rdb")
        if hidden is not None:
            found = os.path.join(directory, "redis-server")
            if not os.path.lexists(found):
                os.symlink(hidden, found)
    if found is None:
        raise Failed(f"no program {name} (redis-server comes with Debian's package redis-tools)")
    return found


def hit_rate(before, after):
    """In percent, between two results of Server.hits_and_misses(); None when nothing was read."""
    hits, misses = (now - then for then, now in zip(before, after))
    return 100 * hits / (hits + misses) if hits + misses else None


class Connection:
    """Calls one command after the other; replies become str, int, None, list or an error as Failed."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self._stream = self._socket.makefile("rb")

    def close(self):
        self._stream.close()
        self._socket.close()

    def call(self, *words):
        parts = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._socket.sendall(request)
        return self._reply()

    def _reply(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise Failed("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise Failed(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._stream.read(size + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return None if int(rest) < 0 else [self._reply() for _ in range(int(rest))]
        raise Failed(f"unexpected reply {line!r}")


class Server:
    def __init__(self, path, label, cpu):
        self.path, self.label, self.cpu = path, label, cpu
        self.port = 0
        self._process = None
        self._directory = None

    def start(self, *options):
        """Starts it with further options, each one that is not among those below."""
        self.port = free_port()
        self._directory = tempfile.mkdtemp(prefix="aerie_bench_")
        # Without protected mode redis-server turns all of 127.0.0.0/8 but 127.0.0.1 away.
        command = ["taskset", "-c", str(self.cpu), self.path, "--port", str(self.port), "--bind", "127.0.0.1",
                   "--protected-mode", "no", "--save", "", "--loglevel", "warning", *options]
        if "--maxclients" not in options:
            command += ["--maxclients", "10000"]
        self._process = subprocess.Popen(command, cwd=self._directory, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                connection = Connection(self.port)
                connection.call("PING")
                connection.close()
                return self
            except (OSError, Failed) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{self.label} does not start: {error}") from error
                time.sleep(0.02)

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            shutil.rmtree(self._directory, ignore_errors=True)

    @contextlib.contextmanager
    def running(self, *options):
        """Like `with server`, with further options."""
        try:
            yield self.start(*options)
        finally:
            self.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def call(self, *words):
        connection = Connection(self.port)
        try:
            return connection.call(*words)
        finally:
            connection.close()

    def info(self, section="everything"):
        """The fields of INFO; empty for a server that has none."""
        try:
            text = self.call("INFO", section)
        except Failed:
            return {}
        lines = text.splitlines() if isinstance(text, str) else []
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def knows(self, command):
        """Whether the server has the command. One that does not answer COMMAND INFO (bare_loop) takes anything."""
        try:
            reply = self.call("COMMAND", "INFO", command)
        except Failed:
            return False
        return not isinstance(reply, list) or (len(reply) == 1 and bool(reply[0]))

    def stores_keys(self):
        """False for bare_loop."""
        try:
            return isinstance(self.call("DBSIZE"), int)
        except Failed:
            return False

    def hands_over(self):
        """Whether LPUSH keeps an item and BRPOP gets it; bare_loop can, and has no keys otherwise."""
        try:
            self.call("LPUSH", "probe", "item of 16 bytes")
            return self.call("BRPOP", "probe", "0") == ["probe", "item of 16 bytes"]
        except Failed:
            return False

    def hits_and_misses(self):
        """How many reads found their key, and how many did not."""
        info = self.info("stats")
        return int(info.get("keyspace_hits", 0)), int(info.get("keyspace_misses", 0))

    def accounted_bytes(self):
        """The memory in use by the server's own account; 0 when it has none."""
        return int(self.info("memory").get("used_memory", 0))

    def starts_and(self, question):
        """Starts the server just to ask it something."""
        with self:
            return question(self)

    def describe(self):
        info = self.info()
        name = info.get("server_name") or os.path.basename(self.path)
        version = info.get("aerie_version") or info.get("redis_version") or "-"
        return {"program": name, "version": version, "allocator": info.get("mem_allocator", "-")}

    # --- figures

    def _proc(self, name):
        with open(f"/proc/{self._process.pid}/{name}", encoding="ascii", errors="replace") as stream:
            return stream.read()

    def _tasks(self):
        return os.listdir(f"/proc/{self._process.pid}/task")

    def cpu_ns(self):
        total = 0
        for task in self._tasks():
            try:
                total += int(self._proc(f"task/{task}/schedstat").split()[0])
            except (OSError, ValueError):
                fields = self._proc(f"task/{task}/stat").rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) * CLOCK_TICK_NS
        return total

    def _status_kb(self, name):
        for line in self._proc("status").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise Failed(f"no {name} in /proc/PID/status")

    def resident_bytes(self):
        return self._status_kb("VmRSS") * 1024

    def peak_bytes(self):
        return self._status_kb("VmHWM") * 1024

    def forget_peak(self):
        """From now on peak_bytes() is of what comes."""
        with open(f"/proc/{self._process.pid}/clear_refs", "w", encoding="ascii") as stream:
            stream.write("5")

    def wakeups(self):
        total = 0
        for task in self._tasks():
            for line in self._proc(f"task/{task}/status").splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
        return total

# SPDX-License-Identifier: BSD-3-Clause
#
# The command line of bench/compare and what the rows share: the two servers, the load, the number of runs, the scale.
# --quick runs everything at a tenth and once; --smoke runs a few rows at a hundredth, to prove that the program
# works: its figures mean nothing. Progress goes to stderr, tables to stdout.
import argparse
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict

from . import blocking_rows, connection_rows, cost_rows, cpu_rows, memory_rows, pubsub_rows, stall_rows
from .load import Load
from .server import Failed, Server, find_server
from .table import print_table

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLES = (
    ("cpu", "CPU per request", cpu_rows.run_all),
    ("memory", "Memory", memory_rows.run_all),
    ("connections", "Connections", connection_rows.run_all),
    ("blocking", "Blocking", blocking_rows.run_all),
    ("pubsub", "Publish/subscribe", pubsub_rows.run_all),
    ("stalls", "Stalls", stall_rows.run_all),
    ("costs", "What stalls", cost_rows.run_all),
)
SMOKE_ROWS = ("SET -P 16,GET -P 1,8-byte value,peak,resident bytes,wake-ups,CPU per request,CPU per item,CPU per message,lateness,"
              "FLUSHALL,50 clients,beside 100,does not read,half requests,before any,per million")


class Bench:
    def __init__(self, options, ours, other):
        self.ours = Server(ours, "aerie", options.cpus[0])
        label = os.path.basename(other)
        self.other = Server(other, "other" if label == "aerie-server" else label, options.cpus[0])
        self.servers = [self.ours, self.other]
        self.load = Load(options.load, options.cpus[1])
        self.small = options.smoke or options.quick
        self.runs = options.runs or (1 if self.small else 3)
        self._divisor = 100 if options.smoke else 10 if options.quick else 1
        self.clients = 90 if options.smoke else options.clients
        self.loaded = set()  # servers that hold the keys of cpu_rows.load_strings

    def scaled(self, count):
        return max(1, count // self._divisor)

    def scaled_clients(self, count):
        """Only --smoke takes fewer connections than a row names."""
        return max(1, count // 100) if self._divisor == 100 else count

    def in_turn(self, servers, turn):
        """Alternating, and each goes first in turn."""
        return servers if turn % 2 == 0 else servers[::-1]

    def settle(self):
        """What is given back late has been given back."""
        time.sleep(0.1 if self._divisor == 100 else 1)

    def say(self, text):
        print(f"... {text}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def started(self):
        """Both servers run at the same time; the one that is not measured has nothing to do."""
        with self.ours, self.other:
            self.loaded.clear()
            yield


def build_type(path):
    cache = os.path.join(os.path.dirname(path), "CMakeCache.txt")
    if os.path.exists(cache):
        with open(cache, encoding="utf-8") as stream:
            for line in stream:
                if line.startswith("CMAKE_BUILD_TYPE:"):
                    return line.strip().split("=", 1)[1]
    return "-"


def parse_options():
    parser = argparse.ArgumentParser(prog="bench/compare", description="Measures two servers side by side.")
    parser.add_argument("other", metavar="OTHER_SERVER", help="a server binary, for example redis-server")
    parser.add_argument("--server", default=os.path.join(ROOT, "build", "aerie-server"), help="our binary")
    parser.add_argument("--load", help="the program `load`; default: beside our binary")
    parser.add_argument("--rows", default="", help="tables (cpu, memory, connections, blocking, pubsub, stalls, costs) or "
                        "parts of row names, separated by commas; default: all")
    parser.add_argument("--runs", type=int, help="runs of each row, of which the median counts; default 3")
    parser.add_argument("--clients", type=int, default=9000, help="connections of the connection rows")
    parser.add_argument("--cpus", default="0,1", help="CPU of the server, CPU of the load")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, one run")
    parser.add_argument("--smoke", action="store_true", help="a few rows at a hundredth of the load")
    parser.add_argument("--json", metavar="FILE", help="also write the figures of all runs there")
    options = parser.parse_args()
    options.cpus = [int(cpu) for cpu in options.cpus.split(",")]
    if len(options.cpus) != 2 or not set(options.cpus) <= os.sched_getaffinity(0):
        options.cpus = sorted(os.sched_getaffinity(0))[:1] * 2
        print("note: not two CPUs to pin to; server and load share one", file=sys.stderr)
    options.load = options.load or os.path.join(os.path.dirname(os.path.abspath(options.server)), "load")
    return options


def describe(bench):
    rows = []
    with bench.started():
        for server in bench.servers:
            facts = server.describe()
            rows.append(f"| {server.label} | {facts['program']} | {facts['version']} | {facts['allocator']} | "
                        f"{build_type(server.path)} |")
    print("| side | program | version | allocator | build type |\n|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"\n{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs; "
          f"{bench.runs} run(s) of each row, median first.")


def compare(options, directory):
    bench = Bench(options, find_server(options.server, directory), find_server(options.other, directory))
    parts = [part for part in (options.rows or (SMOKE_ROWS if options.smoke else "")).split(",") if part]
    tables = {key for key, _, _ in TABLES}
    wanted_rows = set()

    def wanted(table, name):
        hit = not parts or any(part == table if part in tables else part in name for part in parts)
        wanted_rows.update(name for _ in range(hit))
        return hit

    describe(bench)
    results = {}
    for key, title, run_all in TABLES:
        results[key] = run_all(bench, wanted)
        if results[key]:
            print_table(title, results[key], [server.label for server in bench.servers])
            sys.stdout.flush()
    if not wanted_rows:
        raise Failed(f"no row of that name: {options.rows}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({key: [asdict(result) for result in rows] for key, rows in results.items()}, stream, indent=1)
    return 0


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="aerie_compare_") as directory:
        try:
            return compare(options, directory)
        except Failed as error:
            print(f"bench/compare: {error}", file=sys.stderr)
            return 1

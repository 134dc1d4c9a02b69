# SPDX-License-Identifier: BSD-3-Clause
#
# What the commands that are as long as their work cost: CPU of the server for one call, in milliseconds per million
# elements (cells of the table for LCS). Meanwhile the server does nothing else. There is no bar: docs/performance.md
# states the figures, so that nobody is surprised. Each row and run starts fresh servers.
from .table import Result, side

MILLION = 1_000_000
LCS_BYTES = 4000  # of each of the two strings: 16 million cells
ITEM = "x" * 16


class Row:
    """`call` is measured; it works on as many elements as prepare() returns."""

    def __init__(self, what, call, prepare):
        self.name = f"CPU per million {what}"
        self.call, self.prepare = call, prepare


def _million_keys(bench, server):
    bench.load.fill(server, 0, bench.scaled(MILLION), "SET", "key:{}", ITEM)
    return bench.scaled(MILLION)


def _names(bench):
    return [f"key:{number}" for number in range(bench.scaled(MILLION))]


def _million_items(bench, server):
    bench.load.fill(server, 0, bench.scaled(MILLION), "RPUSH", "list", ITEM)
    return bench.scaled(MILLION)


def _two_strings(bench, server):
    length = bench.scaled(LCS_BYTES)
    server.call("MSET", "one", ("abcd" * length)[:length], "two", ("acdbb" * length)[:length])
    return length * length


def _nothing(bench, _server):
    return bench.scaled(MILLION)


ROWS = (
    Row("keys: KEYS *", lambda bench: ("KEYS", "*"), _million_keys),
    Row("keys: KEYS with a pattern that fits none", lambda bench: ("KEYS", "none:*:none"), _million_keys),
    Row("keys: SCAN, COUNT as many", lambda bench: ("SCAN", 0, "COUNT", bench.scaled(MILLION)), _million_keys),
    Row("keys: EXISTS that names them", lambda bench: ("EXISTS", *_names(bench)), _million_keys),
    Row("keys: DEL that names them", lambda bench: ("DEL", *_names(bench)), _million_keys),
    Row("cells: LCS", lambda bench: ("LCS", "one", "two", "LEN"), _two_strings),
    Row("elements: COPY of a list", lambda bench: ("COPY", "list", "copy"), _million_items),
    Row("keys: DEBUG POPULATE", lambda bench: ("DEBUG", "POPULATE", bench.scaled(MILLION)), _nothing),
)


def _measure(bench, server, row):
    command = row.call(bench)
    with server.running(*(("--enable-debug-command", "local") if command[0] == "DEBUG" else ())):
        elements = row.prepare(bench, server)
        bench.settle()
        before = server.cpu_ns()
        server.call(*command)
        used = server.cpu_ns() - before
    return used / elements  # nanoseconds of one are milliseconds of a million


def run_all(bench, wanted):
    results = []
    for row in (row for row in ROWS if wanted("costs", row.name)):
        result = Result(row.name, unit="ms")
        command = row.call(bench)[0]
        able = [server for server in bench.servers
                if server.starts_and(lambda it, name=command: it.stores_keys() and it.knows(name))]
        for turn in range(bench.runs):
            bench.say(f"{row.name}, run {turn + 1}")
            for server in bench.in_turn(able, turn):
                side(bench, result, server).append(_measure(bench, server, row))
        results.append(result)
    return results

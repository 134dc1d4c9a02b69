# SPDX-License-Identifier: BSD-3-Clause
#
# What clients that do not behave do to the others and to the memory: one that asks for a gigabyte and does not read,
# many that stop in the middle of a request, one that sends a gigabyte of requests, or requests for a gigabyte of
# replies, before it reads. Each row has four figures: the two views of a stall (turns.py), the highest growth of
# resident memory while it lasts, and what is left of it when the client has gone; beside that stands what the server
# itself accounts for (used_memory), since an allocator keeps some of what it was given back. The base of the growth is
# the server with the connections open and nothing sent, and for what is left the server without them. Each row and run
# starts fresh servers.
from .server import Server
from .table import Result, side
from .turns import results_of, watched

MEGABYTE = 1_000_000
GIGABYTE = 1000 * MEGABYTE
# When the requests are the gigabyte: their replies are nearly as large, so that at any scale the kernel takes neither.
REQUEST = ("SET", "key:{}", "v" * 100, "GET")
REQUEST_BYTES = 153
LEFT_BAR = 10  # MB
BIG = "big"


class Row:
    def __init__(self, name, memory_bar, act, prepare=None):
        self.name, self.memory_bar, self.act = name, memory_bar, act
        self.prepare = prepare or (lambda bench, server: None)


def _big_value(_bench, server):
    server.call("SET", BIG, "v" * MEGABYTE)


def _flood(count, command, reads):
    """A client that sends `count` requests; then it reads all replies, or goes without."""
    def act(bench, server, note_base):
        with bench.load.phase(server, "flood", bench.scaled(count), *command) as phase:
            note_base()
            phase.go_on()
            phase.expect("sent")
            bench.settle()
            if reads:
                phase.go_on()
                phase.expect("read")
    return act


def _half_requests(bench, server, note_base):
    with bench.load.phase(server, "half", bench.clients) as phase:
        bench.settle()
        note_base()
        phase.go_on()
        phase.expect("sent")
        bench.settle()
        phase.go_on()
        phase.expect("done")


def rows(bench):
    ask = ("GET", BIG)
    return (
        Row("a client asks for 1 GB and does not read", 40, _flood(GIGABYTE // MEGABYTE, ask, False), _big_value),
        Row(f"{bench.clients:,} half requests", 10, _half_requests),
        Row("1 GB of replies asked for before any is read", 40, _flood(GIGABYTE // MEGABYTE, ask, True), _big_value),
        # What is not executed waits as input, up to client-query-buffer-limit.
        Row("1 GB of requests sent before any reply is read", 1074,
            _flood(GIGABYTE // REQUEST_BYTES, REQUEST, True)),
    )


def _measure(bench, server, row):
    """(longest turn in µs or None, longest wait of a PING in ms, growth at its highest, growth left, growth left by the
    server's account; the last three in MB)"""
    base = 0

    def note_base():
        nonlocal base
        base = server.resident_bytes()
        server.forget_peak()

    def act():
        row.act(bench, server, note_base)
        bench.settle()  # giving memory back is part of it

    with server:
        row.prepare(bench, server)
        bench.settle()
        empty, accounted = server.resident_bytes(), server.accounted_bytes()
        turn, wait, _ = watched(bench, server, act)
        highest = server.peak_bytes() - base
        left, accounted = server.resident_bytes() - empty, server.accounted_bytes() - accounted
    return turn, wait, highest / 1e6, left / 1e6, accounted / 1e6


def _run(bench, row, able):
    results = results_of(row.name) + [
        Result(f"{row.name}: highest growth of resident memory", unit="MB", bar=row.memory_bar, judged="ours", digits=1),
        Result(f"{row.name}: growth left when it has gone", unit="MB", bar=LEFT_BAR, judged="ours", digits=1),
    ]
    accounts = {}
    for turn in range(bench.runs):
        bench.say(f"{row.name}, run {turn + 1}")
        for server in bench.in_turn(able, turn):
            *figures, account = _measure(bench, server, row)
            accounts[server.label] = max(account, accounts.get(server.label, account))
            for result, figure in zip(results, figures):
                if figure is not None:
                    side(bench, result, server).append(figure)
    results[-1].note = "by its own account: " + ", ".join(f"{label} {size:.1f} MB" for label, size in accounts.items())
    return results


def run_all(bench, wanted):
    chosen = [row for row in rows(bench) if wanted("stalls", row.name)]
    able = [server for server in bench.servers if server.starts_and(Server.stores_keys)] if chosen else []
    return [result for row in chosen for result in _run(bench, row, able)]

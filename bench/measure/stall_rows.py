# SPDX-License-Identifier: BSD-3-Clause
#
# How long one thing holds up everything else, in the two views of turns.py; hostile_rows.py has those rows of the table
# in which clients do not behave. The lag of expiry is the time from a key's deadline until DBSIZE no longer counts it.
# Each row and run starts fresh servers.
import time

from . import hostile_rows
from .server import Failed, Server, hit_rate
from .table import Result, hits_note, side
from .turns import results_of, watched


class Row:
    def __init__(self, name, prepare, act, keyless=False):
        self.name, self.prepare = name, prepare
        self.act = act  # returns the hit rate if it reads
        self.keyless = keyless  # any server can do it


def _keys(count):
    def prepare(bench, server):
        bench.load.fill(server, 0, bench.scaled(count), "SET", "key:{}", "v" * 8)
    return prepare


def _nothing(_bench, _server):
    pass


def _flush(_bench, server):
    server.call("FLUSHALL")
    time.sleep(1)


def _delete(count):
    def act(bench, server):
        bench.load.fill(server, 0, bench.scaled(count), "DEL", "key:{}")
        time.sleep(0.5)
    return act


def _grow(count):
    def act(bench, server):
        bench.load.fill(server, 0, bench.scaled(count), "SET", "key:{}", "v" * 8)
    return act


def _expire_at_once(count):
    def act(bench, server):
        keys = bench.scaled(count)
        deadline = int(time.time() * 1000) + 2000 + keys // 100
        bench.load.fill(server, 0, keys, "SET", "key:{}", "v" * 8, "PXAT", deadline)
        limit = time.monotonic() + 120
        while server.call("DBSIZE") > 0:
            if time.monotonic() > limit:
                raise Failed("keys are left two minutes after their deadline")
            time.sleep(0.05)
    return act


def _benchmark(bench, server):
    """The hit rate of its reads."""
    before = server.hits_and_misses()
    bench.load.benchmark(server, bench.scaled(2_000_000), 64, bench.scaled(1_000_000), ["-t", "set,get"])
    return hit_rate(before, server.hits_and_misses())


def _many_clients(bench, server):
    with bench.load.phase(server, "active", bench.clients, bench.scaled(500_000),
                          bench.scaled(1_000_000), "SET", "key:{}", "v" * 8) as phase:
        phase.go_on()
        phase.expect("done")


ROWS = (
    Row("FLUSHALL of 2M keys", _keys(2_000_000), _flush),
    Row("DEL of 2M keys, one by one", _keys(2_000_000), _delete(2_000_000)),
    Row("growing from 0 to 10M keys", _nothing, _grow(10_000_000)),
    Row("1M keys expire at once", _nothing, _expire_at_once(1_000_000)),
    Row("2M keys expire at once", _nothing, _expire_at_once(2_000_000)),
    Row("50 clients at -P 64", _keys(1_000_000), _benchmark, keyless=True),
    Row("all clients active", _nothing, _many_clients, keyless=True),
)
LAG_OTHERS = (100_000, 1_000_000)


def _lag_name(others):
    return f"lag of expiry, p99, beside {others:,} keys with a TTL"


def _measure(bench, server, row):
    with server:
        row.prepare(bench, server)
        bench.settle()
        return watched(bench, server, lambda: row.act(bench, server))


def _run(bench, row):
    results = results_of(row.name)
    able = [server for server in bench.servers if row.keyless or server.starts_and(Server.stores_keys)]
    rates = {}
    for turn in range(bench.runs):
        bench.say(f"{row.name}, run {turn + 1}")
        for server in bench.in_turn(able, turn):
            *figures, rates[server.label] = _measure(bench, server, row)
            for result, figure in zip(results, figures):
                if figure is not None:
                    side(bench, result, server).append(figure)
    for result in results:
        result.note = hits_note(rates)
    return results


def run_all(bench, wanted):
    results = []
    for row in ROWS:
        if wanted("stalls", row.name):
            results += _run(bench, row)
    return (results + hostile_rows.run_all(bench, wanted)
            + [_lag(bench, others) for others in LAG_OTHERS if wanted("stalls", _lag_name(others))])


def _lag(bench, others):
    result = Result(_lag_name(others), unit="ms", bar=20, judged="ours", digits=0)
    events = 1000
    gone = {}
    able = [server for server in bench.servers if server.starts_and(Server.stores_keys)]
    for turn in range(bench.runs):
        bench.say(f"{result.name}, run {turn + 1}")
        for server in bench.in_turn(able, turn):
            with server:
                lines = bench.load.run_lines(server, "lag", bench.scaled(others), events, bench.scaled(10_000),
                                             bench.scaled(30_000))
            words, delivered = lines[-2].split(), int(lines[-1].split()[1])
            side(bench, result, server).append(int(words[3]))
            gone[server.label] = min(delivered, gone.get(server.label, events))
    result.note = f"within 30 s gone of {events}: " + ", ".join(f"{name} {count}" for name, count in gone.items())
    return result

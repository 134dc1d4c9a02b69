# SPDX-License-Identifier: BSD-3-Clause
#
# How long one thing holds up everything else. Two views of each: the longest turn that the server's own loop saw (INFO,
# thread CPU time; only aerie-server has it), and the longest wait of a client that sends one PING after the other,
# which the load on the other CPU blurs. The lag of expiry is the time from a key's deadline until DBSIZE no longer
# counts it. Each row and run starts fresh servers.
import time

from .server import Failed, Server
from .table import Result

LONGEST_TURN = "eventloop_turn_cpu_max_usec"


class Row:
    def __init__(self, name, prepare, act, keyless=False):
        self.name, self.prepare, self.act = name, prepare, act
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
    bench.load.benchmark(server, bench.scaled(2_000_000), 64, bench.scaled(1_000_000), ["-t", "set,get"])


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
    Row("50 clients at -P 64", _nothing, _benchmark, keyless=True),
    Row("all clients active", _nothing, _many_clients, keyless=True),
)
LAG_OTHERS = (100_000, 1_000_000)


def _lag_name(others):
    return f"lag of expiry, p99, beside {others:,} keys with a TTL"


def _measure(bench, server, row):
    """(longest turn in µs or None, longest wait of a PING in ms)"""
    with server:
        row.prepare(bench, server)
        time.sleep(0.5)
        if server is bench.ours:
            server.call("CONFIG", "RESETSTAT")
        with bench.load.phase(server, "ping") as phase:
            row.act(bench, server)
        turn = server.info().get(LONGEST_TURN)
        waits = phase.rest[-1].split()
    return None if turn is None else float(turn), int(waits[4]) / 1000


def run_all(bench, wanted):
    results = []
    for row in ROWS:
        if not wanted("stalls", row.name):
            continue
        turns = Result(f"{row.name}: longest turn", unit="µs", bar=1000, judged="ours", digits=0)
        waits = Result(f"{row.name}: longest wait of a PING", unit="ms", digits=1)
        able = [server for server in bench.servers if row.keyless or server.starts_and(Server.stores_keys)]
        for number in range(bench.runs):
            bench.say(f"{row.name}, run {number + 1}")
            for server in able:
                turn, wait = _measure(bench, server, row)
                side = "ours" if server is bench.ours else "other"
                getattr(waits, side).append(wait)
                if turn is not None:
                    getattr(turns, side).append(turn)
        results += [turns, waits]
    return results + [_lag(bench, others) for others in LAG_OTHERS if wanted("stalls", _lag_name(others))]


def _lag(bench, others):
    result = Result(_lag_name(others), unit="ms", bar=20, judged="ours", digits=0)
    events = 1000
    gone = {}
    able = [server for server in bench.servers if server.starts_and(Server.stores_keys)]
    for number in range(bench.runs):
        bench.say(f"{result.name}, run {number + 1}")
        for server in able:
            with server:
                lines = bench.load.run_lines(server, "lag", bench.scaled(others), events, bench.scaled(10_000),
                                             bench.scaled(30_000))
            words, delivered = lines[-2].split(), int(lines[-1].split()[1])
            (result.ours if server is bench.ours else result.other).append(int(words[3]))
            gone[server.label] = min(delivered, gone.get(server.label, events))
    result.note = f"within 30 s gone of {events}: " + ", ".join(f"{name} {count}" for name, count in gone.items())
    return result

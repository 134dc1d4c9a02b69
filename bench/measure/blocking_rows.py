# SPDX-License-Identifier: BSD-3-Clause
#
# Clients that wait in BRPOP: CPU of the server per item handed over, how late they learn that their time is up, and
# what a waiter costs beyond its connection. Lateness has two views: that of the server's own histogram (told minus
# deadline; only aerie-server has it), by which it is judged, and the client's, which contains the way there and back
# and the load's own delays. Each row and run starts fresh servers.
import functools
import time

from .server import Failed, Server
from .table import Result, side

OUTSTANDING = 64
ITEMS = 200_000
SPREAD_MS = 5000   # of the deadlines of WAITERS clients
WAITERS = 9000
CHURN_PER_S = 5000
HANDOVER = (  # consumers, whether each has a key of its own, bar
    (1000, False, 0.82),
    (1000, True, 0.82),
    (9000, True, 0.45),
)


def _handover_name(consumers, own_keys):
    keys = f"{consumers:,} keys" if own_keys else "one key"
    return f"CPU per item handed over, {consumers:,} consumers on {keys}"


def _late_name(churn):
    return f"lateness of a time-out, {WAITERS:,} blocked" + (f", {CHURN_PER_S:,} connections/s" if churn else "")


def _memory_name(own_keys):
    return "resident bytes per BRPOP waiter beyond its connection, " + ("each on its own key" if own_keys else "one key")


def _wait_until_blocked(bench, server, count):
    if "blocked_clients" not in server.info("clients"):
        bench.settle()  # bare_loop cannot tell, and all have asked
        return
    limit = time.monotonic() + 30
    while int(server.info("clients").get("blocked_clients", 0)) < count:
        if time.monotonic() > limit:
            raise Failed(f"{server.label}: fewer than {count} clients are blocked after 30 s")
        time.sleep(0.05)


def _handover(bench, server, consumers, own_keys):
    """Microseconds of CPU per item."""
    items = bench.scaled(ITEMS)
    with server, bench.load.phase(server, "handover", consumers, consumers if own_keys else 1, items,
                                  OUTSTANDING) as phase:
        phase.go_on()
        phase.expect("parked")
        _wait_until_blocked(bench, server, consumers)
        before = server.cpu_ns()
        phase.go_on()
        phase.expect("done")
        used = server.cpu_ns() - before
    return used / 1000 / items


def _memory(bench, server, own_keys):
    """Bytes per waiter."""
    count = bench.clients
    with server, bench.load.phase(server, "handover", count, count if own_keys else 1, 0, 0) as phase:
        time.sleep(1)
        base = server.resident_bytes()
        phase.go_on()
        phase.expect("parked")
        _wait_until_blocked(bench, server, count)
        time.sleep(0.5)
        growth = server.resident_bytes() - base
    return growth / count


def _late(bench, server, churn):
    """(the server's p99, maximum, the client's p50, p99, maximum, all in microseconds; early ones; connections/s)"""
    waiters = min(WAITERS, bench.clients)
    # The same number of time-outs a second, however many there are.
    spread_ms = max(200, SPREAD_MS * waiters // WAITERS)
    with server, bench.load.phase(server, "late", waiters, spread_ms, CHURN_PER_S if churn else 0) as phase:
        phase.go_on()
        client = [int(word) for word in phase.expect("late_us")[2:]]
        early = int(phase.expect("early")[1])
        closed, elapsed_us = (int(word) for word in phase.expect("churned")[1:])
        info = server.info("stats")
        if "blocked_timeouts" in info and int(info["blocked_timeouts"]) != waiters:
            raise Failed(f"{server.label}: {info['blocked_timeouts']} time-outs instead of {waiters}")
    own = [info.get(f"blocked_timeout_lateness_{name}_usec") for name in ("p99", "max")]
    return own, client, early, closed * 1e6 / elapsed_us


def _alternating(bench, able, result, measure):
    for turn in range(bench.runs):
        bench.say(f"{result.name}, run {turn + 1}")
        for server in bench.in_turn(able, turn):
            side(bench, result, server).append(measure(server))
    return result


def _late_rows(bench, able, churn):
    name = _late_name(churn)
    rows = {
        "own99": Result(f"{name}: p99, the server's view", unit="ms", bar=2, judged="ours"),
        "own100": Result(f"{name}: maximum, the server's view", unit="ms"),
        "client50": Result(f"{name}: p50, a client's view", unit="ms"),
        "client99": Result(f"{name}: p99, a client's view", unit="ms"),
        "client100": Result(f"{name}: maximum, a client's view", unit="ms"),
        "early": Result(f"{name}: told before the deadline", bar=0, judged="ours", digits=0),
    }
    rates = {}
    for turn in range(bench.runs):
        bench.say(f"{name}, run {turn + 1}")
        for server in bench.in_turn(able, turn):
            own, client, early, rates[server.label] = _late(bench, server, churn)
            figures = dict(zip(("own99", "own100", "client50", "client99", "client100"), own + client))
            for key, value in figures.items():
                if value is not None:
                    side(bench, rows[key], server).append(int(value) / 1000)
            side(bench, rows["early"], server).append(early)
    if churn:
        rows["own99"].note = "connections/s: " + ", ".join(f"{label} {rate:.0f}" for label, rate in rates.items())
    return list(rows.values())


def run_all(bench, wanted):
    results = []

    @functools.lru_cache(maxsize=None)
    def able(question):
        return [server for server in bench.servers if server.starts_and(question)]

    def blocks(server):
        return server.knows("BRPOP") and server.stores_keys()

    for consumers, own_keys, bar in HANDOVER:
        name = _handover_name(consumers, own_keys)
        if wanted("blocking", name):
            count = min(consumers, bench.clients)
            results.append(_alternating(bench, able(Server.hands_over), Result(name, unit="µs", bar=bar),
                                        lambda server, n=count, own=own_keys: _handover(bench, server, n, own)))
    for churn in (False, True):
        if wanted("blocking", _late_name(churn)):
            results += _late_rows(bench, able(blocks), churn)
    for own_keys in (False, True):
        name = _memory_name(own_keys)
        if wanted("blocking", name):
            result = Result(name, unit="B", bar=250, judged="ours", digits=0, note=f"{bench.clients} waiters")
            results.append(_alternating(bench, able(blocks), result,
                                        lambda server, own=own_keys: _memory(bench, server, own)))
    return results

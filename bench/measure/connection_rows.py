# SPDX-License-Identifier: BSD-3-Clause
#
# What many connections cost: resident bytes per idle connection that sent one PING, at several counts up to the limit
# on descriptors, and whether they are the same at each; resident memory and CPU per request with a request of each
# client in flight; and wake-ups per second while all are idle. Each row and run starts fresh servers. Kernel memory of
# sockets is not part of resident memory.
import time

from .server import descriptor_limit, hit_rate
from .table import Result, hits_note, side

COUNTS = (1000, 5000)  # besides those of the other rows, and as many as the limit on descriptors allows
RESERVED = 100  # descriptors that a server or the load has besides, generously
MOST = 100_000  # even if the limit allows more
FLAT = "resident bytes per idle connection, the largest count / the smallest"
QUIET = "wake-ups per second, all connections idle"
QUIET_CPU = "CPU while all connections idle"
ACTIVE_CPU = "CPU per request, all clients active"
ACTIVE_MEMORY = "resident memory with a request of each client in flight (peak)"


def _idle_name(count):
    return f"resident bytes per idle connection, {count:,} connections"


def _counts(bench):
    most = min(descriptor_limit() - RESERVED, MOST)
    return sorted({bench.clients, *(bench.scaled_clients(count) for count in (*COUNTS, most))})


def _idle(bench, server, count):
    """Bytes per connection; for the count of the other rows also wake-ups per second and CPU in percent."""
    quiet = {}
    with server.running("--maxclients", str(count + RESERVED // 2)):
        base = server.resident_bytes()
        with bench.load.phase(server, "idle", count):
            bench.settle()
            growth = server.resident_bytes() - base
            if count == bench.clients:
                seconds = 2 if bench.small else 10
                wakeups, cpu = server.wakeups(), server.cpu_ns()
                time.sleep(seconds)
                quiet = {QUIET: (server.wakeups() - wakeups) / seconds,
                         QUIET_CPU: (server.cpu_ns() - cpu) / 1e7 / seconds}
    return {_idle_name(count): growth / count, **quiet}


def _active(bench, server, rates):
    """Microseconds per request and megabytes; puts the hit rate into `rates`."""
    requests = bench.scaled(500_000)
    with server:
        empty = server.resident_bytes()
        keys = bench.scaled(1_000_000)
        bench.load.fill(server, 0, keys, "SET", "key:{}", "x" * 16)
        base = server.resident_bytes()
        with bench.load.phase(server, "active", bench.clients, requests, keys, "GET", "key:{}") as phase:
            reads, before = server.hits_and_misses(), server.cpu_ns()
            phase.go_on()
            sent = int(phase.expect("done")[1])
            used = server.cpu_ns() - before
            # The keys are not what the clients cost.
            peak = server.peak_bytes() - base + empty
            rates[server.label] = hit_rate(reads, server.hits_and_misses())
    return {ACTIVE_CPU: used / 1000 / sent, ACTIVE_MEMORY: peak / 1e6}


def _empty_results(bench, counts):
    results = [Result(_idle_name(count), unit="B", bar=400, judged="ours", digits=0) for count in counts]
    results += [
        Result(FLAT, bar=1.1, judged="ours", note=f"{counts[-1]:,} / {counts[0]:,} connections"),
        Result(QUIET, unit="per s", bar=1, judged="ours", digits=1, note=f"{bench.clients:,} connections"),
        Result(QUIET_CPU, unit="%", note=f"{bench.clients:,} connections"),
        Result(ACTIVE_MEMORY, unit="MB", bar=10, judged="ours", digits=1, note=f"{bench.clients:,} clients"),
        Result(ACTIVE_CPU, unit="µs", bar=0.67, digits=3, note=f"{bench.clients:,} clients"),
    ]
    return {result.name: result for result in results}


def _run(bench, results, what, measure):
    """Adds what `measure` gives for each run and server to the results."""
    for turn in range(bench.runs):
        bench.say(f"{what}, run {turn + 1}")
        for server in bench.in_turn(bench.servers, turn):
            for name, figure in measure(server).items():
                side(bench, results[name], server).append(figure)


def run_all(bench, wanted):
    counts = _counts(bench)
    results = _empty_results(bench, counts)
    chosen = {name for name in results if wanted("connections", name)}
    for count in counts:
        name = _idle_name(count)
        quiet = count == bench.clients and chosen & {QUIET, QUIET_CPU}
        flat = count in (counts[0], counts[-1]) and FLAT in chosen
        if name in chosen or quiet or flat:
            _run(bench, results, name, lambda server, count=count: _idle(bench, server, count))
    if FLAT in chosen:
        smallest, largest = results[_idle_name(counts[0])], results[_idle_name(counts[-1])]
        for server in bench.servers:
            pairs = zip(side(bench, largest, server), side(bench, smallest, server))
            side(bench, results[FLAT], server).extend(most / least for most, least in pairs if least > 0)
    if chosen & {ACTIVE_MEMORY, ACTIVE_CPU}:
        rates = {}
        _run(bench, results, ACTIVE_CPU, lambda server: _active(bench, server, rates))
        results[ACTIVE_CPU].note += hits_note(rates, ", ")
    return [result for name, result in results.items() if name in chosen]

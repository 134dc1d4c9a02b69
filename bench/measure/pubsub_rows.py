# SPDX-License-Identifier: BSD-3-Clause
#
# Publish/subscribe: CPU of the server per message told, all clients subscribed to one channel. One by one a message
# costs a write for each; of several that are published together each subscriber gets many with one write. Each row
# and run starts fresh servers.
from .table import Result, side

ROWS = (  # messages published together, messages of a run, bar
    (1, 100, 1.0),
    (30, 600, 1.0),
)


def _name(bench, depth):
    together = "one by one" if depth == 1 else f"{depth} together"
    return f"CPU per message told, {bench.clients:,} subscribers, {together}"


def _measure(bench, server, depth, messages):
    """Microseconds of CPU per message told."""
    rounds = bench.scaled(messages // depth)
    with server, bench.load.phase(server, "publish", bench.clients, rounds, depth) as phase:
        bench.settle()
        before = server.cpu_ns()
        phase.go_on()
        told = int(phase.expect("done")[1])
        used = server.cpu_ns() - before
    return used / 1000 / told


def run_all(bench, wanted):
    results = []
    for depth, messages, bar in ROWS:
        name = _name(bench, depth)
        if not wanted("pubsub", name):
            continue
        result = Result(name, unit="µs", bar=bar)
        able = [server for server in bench.servers if server.starts_and(lambda one: one.knows("SUBSCRIBE"))]
        for turn in range(bench.runs):
            bench.say(f"{name}, run {turn + 1}")
            for server in bench.in_turn(able, turn):
                side(bench, result, server).append(_measure(bench, server, depth, messages))
        results.append(result)
    return results

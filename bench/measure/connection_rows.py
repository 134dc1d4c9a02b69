# SPDX-License-Identifier: BSD-3-Clause
#
# What many connections cost: resident bytes per idle connection that sent one PING, resident memory and CPU per
# request with a request of each client in flight, and wake-ups per second while all are idle. Each row and run starts
# fresh servers. Kernel memory of sockets is not part of resident memory.
import time

from .table import Result

IDLE = "resident bytes per idle connection"
QUIET = "wake-ups per second, all connections idle"
QUIET_CPU = "CPU while all connections idle"
ACTIVE_CPU = "CPU per request, all clients active"
ACTIVE_MEMORY = "resident memory with a request of each client in flight (peak)"


def _idle(bench, server):
    with server:
        base = server.resident_bytes()
        with bench.load.phase(server, "idle", bench.clients):
            time.sleep(1)
            growth = server.resident_bytes() - base
            seconds = 2 if bench.small else 10
            wakeups, cpu = server.wakeups(), server.cpu_ns()
            time.sleep(seconds)
            wakeups, cpu = server.wakeups() - wakeups, server.cpu_ns() - cpu
    return {IDLE: growth / bench.clients, QUIET: wakeups / seconds, QUIET_CPU: cpu / 1e7 / seconds}


def _active(bench, server):
    requests = bench.scaled(500_000)
    with server:
        empty = server.resident_bytes()
        keys = bench.scaled(1_000_000)
        bench.load.fill(server, 0, keys, "SET", "key:{}", "x" * 16)
        base = server.resident_bytes()
        with bench.load.phase(server, "active", bench.clients, requests, keys, "GET", "key:{}") as phase:
            before = server.cpu_ns()
            phase.go_on()
            sent = int(phase.expect("done")[1])
            used = server.cpu_ns() - before
            # The keys are not what the clients cost.
            peak = server.peak_bytes() - base + empty
    return {ACTIVE_CPU: used / 1000 / sent, ACTIVE_MEMORY: peak / 1e6}


def run_all(bench, wanted):
    results = {
        IDLE: Result(IDLE, unit="B", bar=400, judged="ours", digits=0, note=f"{bench.clients} connections"),
        QUIET: Result(QUIET, unit="1/s", bar=1, judged="ours", digits=1),
        QUIET_CPU: Result(QUIET_CPU, unit="%", digits=2),
        ACTIVE_MEMORY: Result(ACTIVE_MEMORY, unit="MB", bar=10, judged="ours", digits=1,
                              note=f"{bench.clients} clients"),
        ACTIVE_CPU: Result(ACTIVE_CPU, unit="µs", bar=0.67, digits=3, note=f"{bench.clients} clients"),
    }
    for measure, names in ((_idle, (IDLE, QUIET, QUIET_CPU)), (_active, (ACTIVE_MEMORY, ACTIVE_CPU))):
        if not any(wanted("connections", name) for name in names):
            continue
        for turn in range(bench.runs):
            bench.say(f"{names[0]}, run {turn + 1}")
            for server in bench.servers:
                for name, figure in measure(bench, server).items():
                    (results[name].ours if server is bench.ours else results[name].other).append(figure)
    return [result for name, result in results.items() if wanted("connections", name) and result.ours]

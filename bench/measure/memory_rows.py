# SPDX-License-Identifier: BSD-3-Clause
#
# Memory per item: growth of resident memory divided by the items, the worst of 0.7, 0.8 ... 1.4 million items, so that
# no lucky count is reported. Each row and run starts fresh servers. The peak row compares the highest growth seen so
# far with the growth that is left, at each of these counts, and reports the worst.
import time

from .table import Result, side

COUNTS = [count * 100_000 for count in range(7, 15)]


class Row:
    def __init__(self, name, bar, *command):
        self.name, self.bar, self.command = name, bar, command


KEY = "key:{}"  # 16 bytes
PLAIN = Row("string, 8-byte value", 50, "SET", KEY, "v" * 8)
WITH_DEADLINE = Row("string, 8-byte value, with a TTL: added bytes", 18, "SET", KEY, "v" * 8, "PX", "864000000")
ROWS = (
    PLAIN,
    Row("string, 64-byte value", 108, "SET", KEY, "v" * 64),
    Row("string, 200-byte value", 245, "SET", KEY, "v" * 200),
    WITH_DEADLINE,
    Row("hash of 5 short fields, per key", 125, "HSET", KEY, "f1", "v1", "f2", "v2", "f3", "v3", "f4", "v4", "f5", "v5"),
    Row("list of 5 x 12-byte items, per key", 125, "RPUSH", KEY, *(["abcdefghijkl"] * 5)),
    Row("one large set of 16-byte members, per member", 38, "SADD", "big", KEY),
    Row("one large sorted set of 16-byte members, per member", 60, "ZADD", "big", "{}", KEY),
    Row("one large list of 16-byte items, per item", 19, "RPUSH", "big", KEY),
)
PEAK_NAME = "peak during growth / final"
PEAK_BAR = 1.05


def _measure(bench, server, row):
    """{count: (bytes per item, peak growth / growth)} for a server that is started for it."""
    figures = {}
    with server:
        base = server.resident_bytes()
        filled = 0
        for count in (bench.scaled(count) for count in COUNTS):
            bench.load.fill(server, filled, count, *row.command)
            filled = count
            time.sleep(bench.scaled(500) / 1000)  # what is given back late counts as given back
            growth = server.resident_bytes() - base
            figures[count] = (growth / count, (server.peak_bytes() - base) / max(growth, 1))
    return figures


def run_all(bench, wanted):
    rows = [row for row in ROWS if wanted("memory", row.name)]
    if WITH_DEADLINE in rows or wanted("memory", PEAK_NAME):
        rows = [PLAIN] + [row for row in rows if row is not PLAIN]
    results, peak = [], Result(PEAK_NAME, unit="", bar=PEAK_BAR, judged="ours", note="rows of strings, worst count")
    plain = {}
    for row in rows:
        result = Result(row.name, unit="B", bar=row.bar, judged="ours", digits=1)
        able = [server for server in bench.servers
                if server.starts_and(lambda it, name=row.command[0]: it.stores_keys() and it.knows(name))]
        for turn in range(bench.runs):
            bench.say(f"{row.name}, run {turn + 1}")
            for server in able:
                figures = _measure(bench, server, row)
                if row is PLAIN:
                    plain[server, turn] = figures
                    side(bench, peak, server).append(max(ratio for _, ratio in figures.values()))
                added = plain[server, turn] if row is WITH_DEADLINE else {}
                worst = max(size - added.get(count, (0, 0))[0] for count, (size, _) in figures.items())
                side(bench, result, server).append(worst)
        if wanted("memory", row.name):
            results.append(result)
    if wanted("memory", PEAK_NAME):
        results.append(peak)
    return results

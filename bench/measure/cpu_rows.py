# SPDX-License-Identifier: BSD-3-Clause
#
# CPU of the server per request, in microseconds: CPU time of all its threads over a run of redis-benchmark, divided by
# the requests. 50 clients, 16 bytes of data, a million different keys, 100,000 requests without pipelining and 800,000
# with it. Keys that are read are loaded first; the hit rate stands in the note. What a row needs is prepared before
# each run, outside the measured time, in the same way for both servers.
import time

from .server import Failed, hit_rate
from .table import Result, hits_note, side

DATA = "x" * 16
KEYS = 1_000_000


class Row:
    def __init__(self, name, depth, words, bar, command, prepare=None, reads=False):
        self.name = f"{name} -P {depth}"
        self.depth, self.words, self.bar, self.command = depth, words, bar, command
        self.prepare = prepare or (lambda bench, server, requests: None)
        self.reads = reads


def load_strings(bench, server, _requests):
    """The million keys that SET and GET touch, once per server."""
    if server not in bench.loaded:
        bench.load.fill(server, 0, bench.scaled(KEYS), "SET", "key:{}", DATA)
        bench.loaded.add(server)


def fresh(key):
    def prepare(_bench, server, _requests):
        server.call("DEL", key)
        time.sleep(0.3)  # what is freed later is not part of the measured time
    return prepare


def filled(key, *command):
    """`key` holds an element per request."""
    def prepare(bench, server, requests):
        fresh(key)(bench, server, requests)
        bench.load.fill(server, 0, requests, *command)
    return prepare


def hundred_items(bench, server, requests):
    fresh("mylist")(bench, server, requests)
    bench.load.fill(server, 0, 1000, "LPUSH", "mylist", DATA)


def test(name):
    return ["-t", name]


ROWS = (
    [Row("SET", depth, test("set"), bar, "SET", load_strings) for depth, bar in ((1, 0.80), (16, 0.58), (64, 0.40))]
    + [Row("GET", depth, test("get"), bar, "GET", load_strings, reads=True)
       for depth, bar in ((1, 0.81), (16, 0.62), (64, 0.48))]
    + [Row("INCR", 16, test("incr"), 0.60, "INCR"),
       Row("MSET (10 keys)", 16, test("mset"), 0.50, "MSET", load_strings),
       Row("LPUSH", 16, test("lpush"), 0.80, "LPUSH", fresh("mylist")),
       Row("RPUSH", 16, test("rpush"), 0.80, "RPUSH", fresh("mylist")),
       Row("LPOP", 16, test("lpop"), 0.80, "LPOP", filled("mylist", "RPUSH", "mylist", DATA)),
       Row("RPOP", 16, test("rpop"), 0.80, "RPOP", filled("mylist", "RPUSH", "mylist", DATA)),
       Row("LRANGE_100", 1, ["LRANGE", "mylist", "0", "99"], 0.70, "LRANGE", hundred_items),
       Row("LRANGE_100", 16, ["LRANGE", "mylist", "0", "99"], 0.60, "LRANGE", hundred_items),
       Row("SADD", 16, test("sadd"), 0.65, "SADD", fresh("myset")),
       Row("HSET", 16, test("hset"), 0.65, "HSET", fresh("myhash")),
       Row("ZADD", 16, test("zadd"), 0.45, "ZADD", fresh("myzset")),
       Row("SPOP", 16, test("spop"), 0.80, "SPOP", filled("myset", "SADD", "myset", "element:{}")),
       Row("ZPOPMIN", 16, test("zpopmin"), 0.80, "ZPOPMIN", filled("myzset", "ZADD", "myzset", "{}", "element:{}"))])


def _measure(bench, server, row):
    """(microseconds per request, hit rate in percent or None)"""
    requests = bench.scaled(100_000 if row.depth == 1 else 800_000)
    row.prepare(bench, server, requests)
    reads = server.hits_and_misses()
    before = server.cpu_ns()
    bench.load.benchmark(server, requests, row.depth, bench.scaled(KEYS), row.words)
    used = server.cpu_ns() - before
    rate = hit_rate(reads, server.hits_and_misses()) if row.reads else None
    return used / 1000 / requests, rate


def run(bench, row):
    result = Result(row.name, unit="µs", bar=row.bar, digits=3)
    rates = {}
    able = [server for server in bench.servers if server.knows(row.command)]
    for turn in range(bench.runs):
        for server in bench.in_turn(able, turn):
            figure, rate = _measure(bench, server, row)
            side(bench, result, server).append(figure)
            if rate is not None:
                rates[server.label] = rate
    if rates:
        result.note = hits_note(rates)
        if min(rates.values()) < 99:
            raise Failed(f"{row.name}: {result.note}; at least 99 % are needed")
    return result


def run_all(bench, wanted):
    results = []
    rows = [row for row in ROWS if wanted("cpu", row.name)]
    if not rows:
        return results
    with bench.started():
        for row in rows:
            bench.say(row.name)
            results.append(run(bench, row))
    return results

# SPDX-License-Identifier: BSD-3-Clause
#
# What a program with python3-redis does: commands, pipelines with and without MULTI, WATCH loops in which
# several threads count together, publish/subscribe, MONITOR and what else watches a server. Usage: python_redis.py PORT. Exits with an assertion's text when a reply is
# not what the library promises; a missing package is an error that names it.
import sys
import threading
import time

try:
    import redis
except ImportError:
    sys.exit("python3-redis is missing: install the Debian package python3-redis")

PORT = int(sys.argv[1])


def client(**options):
    return redis.Redis(host="127.0.0.1", port=PORT, socket_timeout=60, **options)


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def plain_commands(r):
    check(r.set("k", b"\x00\xffv") is True, "set")
    check(r.get("k") == b"\x00\xffv", "get")
    check(r.set("k", "w", nx=True) is None, "set nx on a key that exists")
    check(r.set("k", "w", xx=True, get=True) == b"\x00\xffv", "set xx get")
    check(r.set("t", "1", ex=1000) and 990 < r.ttl("t") <= 1000, "ttl")
    check(r.getex("t", persist=True) == b"1" and r.ttl("t") == -1, "getex")
    check(r.incr("n", 5) == 5 and r.decr("n") == 4 and r.incrbyfloat("n", 0.5) == 4.5, "counters")
    check(r.mset({f"m{i}": i for i in range(100)}) and r.mget("m1", "none", "m99") == [b"1", None, b"99"], "mset")
    check(len(list(r.scan_iter("m*", count=7))) == 100, "scan_iter")
    check(r.append("k", "xy") == 3 and r.getrange("k", 0, -1) == b"wxy" and r.setrange("k", 1, "A") == 3, "ranges")
    check(r.type("k") == b"string" and r.exists("k", "none") == 1, "type, exists")
    check(r.expire("k", 100, nx=True) and not r.expire("k", 50, gt=True) and r.persist("k"), "expire")
    check(r.rename("k", "k2") and r.copy("k2", "k3") and r.delete("k2", "k3") == 2, "rename, copy, delete")
    check(r.object("encoding", "m1") == b"int" and r.getdel("m1") == b"1", "object, getdel")
    check(r.execute_command("LCS", "m2", "m2") == b"2", "lcs")
    check(r.ping() and r.echo("hello") == b"hello" and r.time()[0] > 1600000000, "ping, echo, time")
    check(r.client_setname("me") and r.client_getname() in (b"me", "me"), "client names")
    check(r.client_id() > 0 and any(c["name"] == "me" for c in r.client_list()), "client list")
    info = r.info()
    check(info["redis_version"].startswith("7.") and info["db0"]["keys"] == r.dbsize(), "info")
    check(r.config_get("save").get("save") is not None and r.config_set("timeout", 0), "config")
    check(r.command_count() > 50 and "get" in r.command(), "command")
    check(r.config_get("appendonly") == {"appendonly": "no"}, "config get appendonly")


def errors(r):
    r.set("text", "abc")
    for call in (lambda: r.incr("text"), lambda: r.execute_command("NOSUCH"), lambda: r.execute_command("GET")):
        try:
            call()
        except redis.ResponseError:
            continue
        check(False, "an error reply did not raise")
    try:
        client(password="wrong").ping()
        check(False, "a password that nobody asked for was accepted silently")
    except redis.RedisError:
        pass


def pipelines(r):
    for transaction in (False, True):
        pipe = r.pipeline(transaction=transaction)
        for i in range(10000):
            pipe.set(f"p{i}", i)
            pipe.get(f"p{i}")
        replies = pipe.execute()
        check(len(replies) == 20000 and replies[-1] == b"9999", f"pipeline, transaction={transaction}")
        pipe = r.pipeline(transaction=transaction)
        pipe.set("e", "abc").incr("e").get("e")
        replies = pipe.execute(raise_on_error=False)
        check(isinstance(replies[1], redis.ResponseError) and replies[2] == b"abc", "an error inside a pipeline")
    r.set("large", b"x" * 1000000)
    pipe = r.pipeline(transaction=False)
    for _ in range(200):
        pipe.get("large")
    check(all(len(reply) == 1000000 for reply in pipe.execute()), "a pipeline with large replies")


def add_one(times):
    r = client()
    for _ in range(times):
        with r.pipeline() as pipe:
            while True:
                try:
                    pipe.watch("counter")
                    value = int(pipe.get("counter") or 0)
                    pipe.multi()
                    pipe.set("counter", value + 1)
                    pipe.execute()
                    break
                except redis.WatchError:
                    continue


def watch_loops(r):
    r.delete("counter")
    threads = [threading.Thread(target=add_one, args=(200,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(r.get("counter") == b"1600", f"1,600 optimistic increments: {r.get('counter')}")
    total = r.transaction(lambda pipe: pipe.multi() or pipe.incr("counter"), "counter")
    check(total == [1601], "transaction()")


def databases_and_pools():
    r3 = client(db=3)
    r3.set("only", "here")
    check(client(db=0).get("only") is None and r3.get("only") == b"here", "databases")
    check(r3.move("only", 4) and client(db=4).get("only") == b"here", "move")
    check(client(decode_responses=True, db=4).get("only") == "here", "decode_responses")
    check(client(health_check_interval=1, client_name="named").client_getname() == "named", "client_name")
    r3.flushall()
    check(client(db=4).dbsize() == 0, "flushall")


def publish_and_subscribe(r):
    listener = client().pubsub()
    listener.subscribe("c")
    listener.psubscribe("n*")
    check([listener.get_message(timeout=10)["type"] for _ in range(2)] == ["subscribe", "psubscribe"], "subscribe")
    check(r.publish("c", "x") == 1 and r.publish("news", "y") == 1, "publish")
    first, second = listener.get_message(timeout=10), listener.get_message(timeout=10)
    check(first["data"] == b"x" and second["type"] == "pmessage" and second["channel"] == b"news", "messages")
    check(r.pubsub_channels() == [b"c"] and r.pubsub_numsub("c") == [(b"c", 1)] and r.pubsub_numpat() == 1, "pubsub")
    listener.close()
    handled = []
    listener = client().pubsub()
    listener.subscribe(h=lambda message: handled.append(message["data"]))
    thread = listener.run_in_thread(sleep_time=0.01)
    r.publish("h", "z")
    for _ in range(1000):
        if handled:
            break
        time.sleep(0.01)
    thread.stop()
    thread.join()
    check(handled == [b"z"], "a handler in a thread")
    listener.close()


def watching(r):
    with client().monitor() as monitor:
        r.set("seen", "x y")
        for event in monitor.listen():
            if event["command"] == "SET seen x y":
                break
        check(event["client_type"] == "tcp" and event["db"] == 0, "monitor")
    r.config_set("slowlog-log-slower-than", 0)
    r.get("seen")
    entry = r.slowlog_get(1)[0]
    check(entry["command"] == b"GET seen" and entry["duration"] >= 0, "slowlog get")
    check(r.slowlog_len() > 0 and r.slowlog_reset(), "slowlog len, reset")
    r.config_set("slowlog-log-slower-than", 10000)
    check(r.execute_command("LATENCY LATEST") == [] and r.execute_command("LATENCY RESET") == 0, "latency")
    check(r.memory_stats()["keys.count"] == r.dbsize() and r.memory_purge(), "memory")
    check(r.memory_usage("seen") > 0 and len(r.info("latencystats")) > 0, "memory usage, latencystats")


def facts_about_the_server(r):
    check(r.role() == [b"master", 0, []] and r.wait(0, 1) == 0 and r.module_list() == [], "role, wait, modules")
    check(r.client_tracking_on() and r.client_tracking_off() and r.client_getredir() == -1, "tracking")
    check(r.client_no_evict("ON") and r.reset() == "RESET", "no-evict, reset")
    try:
        r.execute_command("CLUSTER INFO")
        check(False, "there is no cluster")
    except redis.ResponseError as error:
        check("cluster support disabled" in str(error), str(error))


R = client()
plain_commands(R)
errors(R)
pipelines(R)
watch_loops(R)
databases_and_pools()
publish_and_subscribe(R)
watching(R)
facts_about_the_server(R)

# SPDX-License-Identifier: BSD-3-Clause
#
# Debian's prometheus-redis-exporter, as a monitoring system uses it: it connects, asks for INFO, CONFIG,
# SLOWLOG, LATENCY and CLIENT LIST, and is scraped over HTTP. Usage: exporter.py PORT. Exits with a text when a
# figure is missing or wrong.
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

PORT = int(sys.argv[1])
PROGRAM = "prometheus-redis-exporter"


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send(*commands):
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        for command in commands:
            client.sendall(command.encode() + b"\r\n")
            client.recv(65536)


def scrape(port):
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
                return page.read().decode()
        except OSError:
            check(time.monotonic() < end, "the exporter does not answer")
            time.sleep(0.1)


def figure(text, name):
    found = re.search(rf"^{re.escape(name)}(?:{{[^}}]*}})? ([0-9.e+-]+)$", text, re.MULTILINE)
    check(found, f"no {name} in {text[:3000]}")
    return float(found.group(1))


if shutil.which(PROGRAM) is None:
    sys.exit(f"{PROGRAM} is missing: install the Debian package {PROGRAM}")
send("FLUSHALL", "CONFIG SET slowlog-log-slower-than 0", "SET a 1", "SET b 1 EX 1000", "GET a", "GET missing")
LISTEN = free_port()
EXPORTER = subprocess.Popen([PROGRAM, "-redis.addr", f"redis://127.0.0.1:{PORT}", "-web.listen-address",
                             f"127.0.0.1:{LISTEN}", "-export-client-list", "-check-keys", "db0=a"],
                            stderr=subprocess.DEVNULL)
try:
    METRICS = scrape(LISTEN)
finally:
    EXPORTER.terminate()
    EXPORTER.wait()
check(figure(METRICS, "redis_up") == 1, "redis_up")
check(figure(METRICS, "redis_exporter_last_scrape_error") == 0, "redis_exporter_last_scrape_error")
check(figure(METRICS, "redis_connected_clients") >= 1, "redis_connected_clients")
check(figure(METRICS, "redis_uptime_in_seconds") >= 0, "redis_uptime_in_seconds")
check(figure(METRICS, "redis_memory_used_bytes") > 0, "redis_memory_used_bytes")
check(figure(METRICS, "redis_memory_max_bytes") == 0, "redis_memory_max_bytes")
check(figure(METRICS, "redis_commands_processed_total") >= 5, "redis_commands_processed_total")
check(figure(METRICS, "redis_keyspace_hits_total") >= 1, "redis_keyspace_hits_total")
check(figure(METRICS, "redis_config_maxclients") > 0, "redis_config_maxclients")
check(figure(METRICS, "redis_slowlog_length") >= 3, "redis_slowlog_length")
check('redis_db_keys{db="db0"} 2' in METRICS, "redis_db_keys")
check('redis_db_keys_expiring{db="db0"} 1' in METRICS, "redis_db_keys_expiring")
check(re.search(r'redis_commands_total\{cmd="get"\} [1-9]', METRICS), "redis_commands_total of GET")
check(re.search(r'redis_instance_info\{[^}]*redis_version="7\.2\.4"', METRICS), "redis_instance_info")
check(re.search(r'redis_key_value\{db="db0",key="a"\} 1', METRICS), "redis_key_value")

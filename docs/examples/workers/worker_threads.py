# SPDX-License-Identifier: BSD-3-Clause
#
# A job queue with python3-redis: one producer and 20 worker threads. A worker sleeps in BRPOP until there is a job; the
# time-out gives it a chance to see that no more will come. An idle worker costs the server nothing, and the one that has
# waited for longest gets the next job. Usage: worker_threads.py [PORT]
import sys
import threading

import redis

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 6379
WORKERS, JOBS = 20, 10_000
QUEUE = "jobs:threads"

done = []  # list.append is atomic
all_are_queued = threading.Event()


def work():
    # A socket time-out, if there is one, must be longer than that of BRPOP.
    r = redis.Redis(host="127.0.0.1", port=PORT)
    while True:
        item = r.brpop(QUEUE, timeout=1)
        if item is not None:
            _queue, job = item
            done.append(int(job))  # here the work would be done
        elif all_are_queued.is_set():
            return


def produce():
    r = redis.Redis(host="127.0.0.1", port=PORT)
    for job in range(JOBS):
        r.lpush(QUEUE, job)
    all_are_queued.set()


workers = [threading.Thread(target=work) for _ in range(WORKERS)]
for worker in workers:
    worker.start()
produce()
for worker in workers:
    worker.join()

if sorted(done) != list(range(JOBS)):
    sys.exit(f"{len(done)} jobs were done, {len(set(done))} different ones, instead of {JOBS}")
print(f"{JOBS} jobs, each done exactly once by one of {WORKERS} threads")

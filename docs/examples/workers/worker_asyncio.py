# SPDX-License-Identifier: BSD-3-Clause
#
# A job queue with asyncio and python3-redis: one producer and 20 worker tasks. A task that waits in BRPOP has a
# connection of its own meanwhile, which the client takes from its pool: the pool must not be smaller than the number of
# workers. The time-out gives a worker a chance to see that no more jobs will come. Usage: worker_asyncio.py [PORT]
import asyncio
import sys

import redis.asyncio as redis

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 6379
WORKERS, JOBS = 20, 10_000
QUEUE = "jobs:asyncio"


async def work(r, all_are_queued, done):
    while True:
        item = await r.brpop(QUEUE, timeout=1)
        if item is not None:
            _queue, job = item
            done.append(int(job))  # here the work would be done
        elif all_are_queued.is_set():
            return


async def produce(r, all_are_queued):
    for job in range(JOBS):
        await r.lpush(QUEUE, job)
    all_are_queued.set()


async def main():
    done = []
    all_are_queued = asyncio.Event()
    async with redis.Redis(host="127.0.0.1", port=PORT) as r:
        workers = [work(r, all_are_queued, done) for _ in range(WORKERS)]
        await asyncio.gather(produce(r, all_are_queued), *workers)
        await r.connection_pool.disconnect()
    if sorted(done) != list(range(JOBS)):
        sys.exit(f"{len(done)} jobs were done, {len(set(done))} different ones, instead of {JOBS}")
    print(f"{JOBS} jobs, each done exactly once by one of {WORKERS} tasks")


asyncio.run(main())

// SPDX-License-Identifier: BSD-3-Clause
//
// A job queue that survives the death of a worker, with hiredis: one producer and 20 worker threads. BLMOVE
// puts the job into a list of the worker's own in the same step in which it takes it from the queue; LREM
// takes it from there once the work is done. What BRPOP has handed out is gone when its worker dies; what
// BLMOVE has handed out is in the worker's list, and the worker that starts next under the same name puts it
// back. A job may so be begun twice, never lost; here the first worker finds one of its predecessor. Usage:
// reliable_worker PORT
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kWorkers = 20, kJobs = 10000 };

static int port;
static atomic_int times_done[kJobs];
static atomic_bool all_are_queued;

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static redisContext* connect_to_server(void) {
  redisContext* c = redisConnect("127.0.0.1", port);
  if (c == NULL || c->err != 0) fail(c == NULL ? "out of memory" : c->errstr);
  return c;
}

// What redisCommand() answered, where neither a broken connection nor an error reply is expected.
static redisReply* checked(redisContext* c, void* answer) {
  redisReply* reply = answer;
  if (reply == NULL) fail(c->errstr);
  if (reply->type == REDIS_REPLY_ERROR) fail(reply->str);
  return reply;
}

static long long integer(redisContext* c, void* answer) {
  redisReply* reply = checked(c, answer);
  const long long value = reply->integer;
  freeReplyObject(reply);
  return value;
}

// What a predecessor of this name left undone goes back to the front of the queue, the oldest to be taken first.
static void put_back(redisContext* c, const char* mine) {
  bool more = true;
  while (more) {
    redisReply* moved = checked(c, redisCommand(c, "LMOVE %s jobs:c LEFT RIGHT", mine));
    more = moved->type != REDIS_REPLY_NIL;
    freeReplyObject(moved);
  }
}

static void* work(void* name) {
  const char* mine = name;
  redisContext* c = connect_to_server();
  put_back(c, mine);
  for (;;) {
    // The time-out gives the worker a chance to see that no more jobs will come.
    redisReply* job = checked(c, redisCommand(c, "BLMOVE jobs:c %s RIGHT LEFT 1", mine));
    if (job->type == REDIS_REPLY_STRING) {
      const long number = strtol(job->str, NULL, 10);
      if (number < 0 || number >= kJobs) fail("a job that nobody queued");
      atomic_fetch_add(&times_done[number], 1);  // here the work would be done
      if (integer(c, redisCommand(c, "LREM %s 1 %b", mine, job->str, job->len)) != 1) fail("not in my list");
    } else if (atomic_load(&all_are_queued)) {
      freeReplyObject(job);
      break;
    }
    freeReplyObject(job);
  }
  redisFree(c);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: reliable_worker PORT");
  port = (int)strtol(argv[1], NULL, 10);
  redisContext* c = connect_to_server();
  // As if the first worker had died with job 0 in its hands.
  integer(c, redisCommand(c, "LPUSH processing:0 0"));

  static char lists[kWorkers][32];
  pthread_t workers[kWorkers];
  for (int i = 0; i < kWorkers; ++i) {
    snprintf(lists[i], sizeof lists[i], "processing:%d", i);
    if (pthread_create(&workers[i], NULL, work, lists[i]) != 0) fail("pthread_create");
  }
  for (int job = 1; job < kJobs; ++job) integer(c, redisCommand(c, "LPUSH jobs:c %d", job));
  atomic_store(&all_are_queued, true);
  for (int i = 0; i < kWorkers; ++i) pthread_join(workers[i], NULL);

  for (int job = 0; job < kJobs; ++job) {
    if (atomic_load(&times_done[job]) != 1) fail("a job was not done exactly once");
  }
  for (int i = 0; i < kWorkers; ++i) {
    if (integer(c, redisCommand(c, "LLEN %s", lists[i])) != 0) fail("a job is left in a worker's list");
  }
  redisFree(c);
  printf("%d jobs, each done exactly once by one of %d threads, one of them after a crash\n", kJobs,
         kWorkers);
  return 0;
}

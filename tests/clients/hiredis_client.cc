// SPDX-License-Identifier: BSD-3-Clause
//
// A program with hiredis, the C client library: single commands, binary arguments, a pipeline, MULTI, errors
// and the end of the connection. hiredis_client PORT; exit code 0 when all replies are right.
#include <hiredis/hiredis.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

using Owned = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

void check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

Owned own(void* reply, const char* what) {
  check(reply != nullptr, what);
  return {static_cast<redisReply*>(reply), freeReplyObject};
}

bool is_text(const Owned& reply, int type, const char* text) {
  return reply->type == type && reply->len == std::strlen(text) &&
         std::memcmp(reply->str, text, reply->len) == 0;
}

void single_commands(redisContext* c) {
  check(is_text(own(redisCommand(c, "PING"), "PING"), REDIS_REPLY_STATUS, "PONG"), "PING");
  check(is_text(own(redisCommand(c, "SET %s %b", "k", "a\0b", size_t{3}), "SET"), REDIS_REPLY_STATUS, "OK"),
        "SET");
  Owned got = own(redisCommand(c, "GET k"), "GET");
  check(got->type == REDIS_REPLY_STRING && got->len == 3 && std::memcmp(got->str, "a\0b", 3) == 0,
        "binary GET");
  check(own(redisCommand(c, "GET missing"), "GET")->type == REDIS_REPLY_NIL, "nil");
  check(own(redisCommand(c, "INCRBY n 41"), "INCRBY")->integer == 41, "INCRBY");
  check(own(redisCommand(c, "INCR k"), "INCR")->type == REDIS_REPLY_ERROR, "an error reply");
  Owned many = own(redisCommand(c, "MGET n missing k"), "MGET");
  check(many->type == REDIS_REPLY_ARRAY && many->elements == 3, "MGET");
  check(many->element[1]->type == REDIS_REPLY_NIL && many->element[2]->len == 3, "MGET's elements");
}

void pipeline(redisContext* c) {
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) check(redisAppendCommand(c, "ECHO %d", i) == REDIS_OK, "append");
  for (int i = 0; i < kCount; ++i) {
    void* reply = nullptr;
    check(redisGetReply(c, &reply) == REDIS_OK, "reply of the pipeline");
    Owned owned = own(reply, "reply of the pipeline");
    check(owned->type == REDIS_REPLY_STRING && std::atoi(owned->str) == i, "order of the pipeline");
  }
}

void transaction(redisContext* c) {
  for (const char* command : {"MULTI", "SET t 1", "INCR t"}) redisAppendCommand(c, command);
  redisAppendCommand(c, "EXEC");
  for (const char* expected : {"OK", "QUEUED", "QUEUED"}) {
    void* reply = nullptr;
    check(redisGetReply(c, &reply) == REDIS_OK, "MULTI");
    check(is_text(own(reply, "MULTI"), REDIS_REPLY_STATUS, expected), expected);
  }
  void* reply = nullptr;
  check(redisGetReply(c, &reply) == REDIS_OK, "EXEC");
  Owned exec = own(reply, "EXEC");
  check(exec->type == REDIS_REPLY_ARRAY && exec->elements == 2 && exec->element[1]->integer == 2, "EXEC");
}

void large_value(redisContext* c) {
  std::size_t size = 20 << 20;
  std::unique_ptr<char[]> value(new char[size]);
  std::memset(value.get(), 'L', size);
  own(redisCommand(c, "SET large %b", value.get(), size), "SET of 20 MB");
  Owned got = own(redisCommand(c, "GET large"), "GET of 20 MB");
  check(got->len == size && std::memcmp(got->str, value.get(), size) == 0, "20 MB come back");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  timeval timeout{20, 0};
  std::unique_ptr<redisContext, decltype(&redisFree)> c(
      redisConnectWithTimeout("127.0.0.1", std::atoi(argv[1]), timeout), redisFree);
  check(c != nullptr && c->err == 0, "connect");
  redisSetTimeout(c.get(), timeout);
  single_commands(c.get());
  pipeline(c.get());
  transaction(c.get());
  large_value(c.get());
  check(is_text(own(redisCommand(c.get(), "QUIT"), "QUIT"), REDIS_REPLY_STATUS, "OK"), "QUIT");
  check(redisCommand(c.get(), "PING") == nullptr && c->err != 0, "the end of the connection");
  return 0;
}

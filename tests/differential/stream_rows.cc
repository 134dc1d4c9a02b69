// SPDX-License-Identifier: BSD-3-Clause
//
// What random streams are made of: every command with every option, and the outcomes that a run must show. A
// family that becomes part of the server adds its forms here; kWrongType is demanded from the day that two
// types exist.
#include "differential/script.h"
#include "differential/stream.h"

namespace aerie {
namespace {

constexpr unsigned kKeyed = kHit | kMiss;

constexpr StreamForm kForms[] = {
    // strings
    {"SET %k %v", kKeyed, 80},
    {"SET %k %i", kKeyed, 60},
    {"SET %k %f", kKeyed, 20},
    {"SET %k %v {,NX,XX} {,GET} {,EX %s,PX %m,EXAT %S,PXAT %M,KEEPTTL}", kKeyed},
    {"SET %k %v {EXAT,PXAT} %z", kKeyed},
    {"SET %k %v {EX,PX,EXAT,PXAT} {0,-1,%b}", kError, 2},
    {"SET %k %v {EX,PX,EXAT} 9223372036854775807", kError, 2},
    {"SET %k %v PXAT 9223372036854775807", kKeyed, 4},
    {"SET %k %v {NX XX,XX NX,EX,FOO,EX 10 PX 10,KEEPTTL EX 5,EX 5 KEEPTTL}", kError, 2},
    {"{SET,GET,GETSET,SETNX,SETEX,MSET,MSETNX,MGET,APPEND,STRLEN,INCR,INCRBY,GETRANGE,SETRANGE,LCS} ", kError,
     2},
    {"GET %k", kKeyed, 60},
    {"GETSET %k %v", kKeyed, 20},
    {"GETDEL %k", kKeyed},
    {"GETEX %k {,EX %s,PX %m,EXAT %S,PXAT %M,PERSIST}", kKeyed},
    {"GETEX %k {EXAT,PXAT} %z", kKeyed, 5},
    {"GETEX %k {EX,PX,EXAT,PXAT} {0,%b}", kError, 2},
    {"GETEX %k {EX 1 PERSIST,FOO,EX}", kError, 2},
    {"SETNX %k %v", kKeyed},
    {"SETEX %k %s %v", kKeyed},
    {"PSETEX %k %m %v", kKeyed},
    {"{SETEX,PSETEX} %k {0,-5,%b} %v", kError, 2},
    {"MSET %k %v %k %i %k %v", kKeyed, 20},
    {"MSET %k %v %k", kError, 2},
    {"MSETNX %k %v %k %v", kKeyed},
    {"MGET %k %k %k", kKeyed},
    {"APPEND %k %v", kKeyed, 20},
    {"APPEND %k \"\"", kKeyed, 5},
    {"STRLEN %k", kKeyed},
    {"{INCR,DECR} %k", kKeyed | kError, 30},
    {"{INCRBY,DECRBY} %k %i", kKeyed | kError, 20},
    {"{INCRBY,DECRBY} %k {%b,9223372036854775808}", kError, 2},
    {"{INCRBY,DECRBY} %k {9223372036854775807,-9223372036854775808}", kError, 4},
    {"INCRBYFLOAT %k %f", kKeyed | kError, 30},
    {"INCRBYFLOAT %k {%B,inf,nan}", kError, 2},
    {"{GETRANGE,SUBSTR} %k %o %o", kKeyed},
    {"GETRANGE %k {%b 1,1 %b}", kError, 2},
    {"SETRANGE %k %o %v", kKeyed | kError},
    {"SETRANGE %k 0 %v", kKeyed},
    {"SETRANGE %k {-1,%b,9223372036854775807} x", kError, 2},
    {"LCS %k %k {,LEN,IDX,IDX WITHMATCHLEN,IDX MINMATCHLEN 2,IDX MINMATCHLEN 2 WITHMATCHLEN}", kKeyed, 4},
    {"LCS %k %k {LEN IDX,FOO,IDX MINMATCHLEN %b}", kError, 2},
    // keys
    {"{DEL,UNLINK} %k", kKeyed, 15},
    {"{DEL,UNLINK,EXISTS,TOUCH} %k %k %k", kKeyed, 5},
    {"{EXISTS,TOUCH,TYPE} %k", kKeyed},
    {"KEYS {*,%g}", kDone, 3},
    {"SCAN 0 COUNT 1000 {,MATCH %g,TYPE string,TYPE hash,MATCH %g TYPE string}", kDone, 3},
    {"SCAN {abc,0 COUNT 0,0 COUNT %b,0 MATCH,0 FOO}", kError, 2},
    {"RANDOMKEY", kDone},
    {"RENAME %k %k", kHit | kError},
    {"RENAMENX %k %k", kHit | kError},
    {"COPY %k %k {,REPLACE,DB %d REPLACE}", kKeyed},
    {"COPY %k target DB %d", kMiss, 4},
    {"COPY %k %k {DB 99,DB %b,FOO}", kError, 2},
    {"MOVE %k 3", kKeyed, 5},
    {"MOVE %k {99,-1,%b}", kError, 2},
    {"SWAPDB %d %d", kDone, 4},
    {"SWAPDB 0 {99,%b}", kError, 2},
    {"EXPIRE %k %s {,NX,XX,GT,LT,XX GT,XX LT}", kKeyed},
    {"PEXPIRE %k %m {,NX,XX,GT,LT,XX GT,XX LT}", kKeyed},
    {"EXPIREAT %k %S {,NX,XX,GT,LT,XX GT,XX LT}", kKeyed},
    {"PEXPIREAT %k %M {,NX,XX,GT,LT,XX GT,XX LT}", kKeyed},
    {"{EXPIREAT,PEXPIREAT} %k %z {,NX,XX,GT,LT}", kKeyed, 4},
    {"{EXPIRE,PEXPIRE} %k {0,-1}", kKeyed, 4},
    {"{EXPIRE,PEXPIRE,EXPIREAT,PEXPIREAT} %k {%b,1 NX XX,1 GT LT,1 FOO}", kError, 2},
    {"{EXPIRE,EXPIREAT,PEXPIRE} %k 9223372036854775807", kError, 2},
    {"{EXPIRETIME,PEXPIRETIME,TTL,PTTL} %k", kKeyed, 8},
    {"PERSIST %k", kKeyed},
    {"OBJECT {ENCODING,REFCOUNT,IDLETIME} %k", kKeyed, 8},
    {"OBJECT FREQ %k", kMiss | kError, 4},
    {"OBJECT {FOO %k,ENCODING}", kError, 2},
    {"DBSIZE", kDone},
    {"{FLUSHDB,FLUSHALL} {,SYNC,ASYNC}", kDone, 1},
    {"FLUSHALL FOO", kError, 2},
    {"MEMORY USAGE %k", kKeyed, 5},
    // connection
    {"PING {,%v}", kDone, 5},
    {"ECHO %v", kDone, 5},
    {"SELECT %d", kDone, 5},
    {"SELECT {99,-1,%b}", kError, 2},
    {"HELLO", kDone, 2},
    {"HELLO {9,%b}", kError, 2},
    {"AUTH default x", kDone, 2},
    {"AUTH {nobody x,x}", kError, 2},
    {"RESET", kDone, 2},
    {"CLIENT ID", kDone, 3},
    {"CLIENT SETNAME name%i", kDone, 3},
    {"CLIENT SETNAME \"a b\"", kError, 2},
    {"CLIENT GETNAME", kDone, 3},
    {"CLIENT FOO", kError, 2},
    {"UNWATCH", kDone, 3},
    {"WATCH %k", kKeyed, 3},
    {"{EXEC,DISCARD}", kError, 2},
    // the server
    {"COMMAND COUNT", kDone, 2},
    {"COMMAND GETKEYS {GET %k,MSET %k 1 %k 2,OBJECT ENCODING %k,SET %k v EX 10}", kDone, 2},
    {"COMMAND {GETKEYS,GETKEYS PING,GETKEYS FOO x,FOO}", kError, 2},
    {"COMMAND GETKEYSANDFLAGS {GET %k,SET %k v GET,DEL %k %k}", kDone, 2},
    {"CONFIG GET {save,appendonly,databases}", kDone, 2},
    {"CONFIG {GET,FOO,SET timeout}", kError, 2},
    {"DEBUG {JMAP,FOO}", kError, 2},
    {"TIME", kDone, 2},
    {"{FOO,FOO %v,get %k %k}", kError, 2},
};

}  // namespace

std::span<const StreamForm> stream_forms() {
  return kForms;
}

std::vector<StreamRow> stream_rows() {
  std::vector<StreamRow> rows;
  for (const StreamForm& form : kForms) {
    for (Words& words : expand_line(std::string(form.form)))
      rows.push_back({std::move(words), form.outcomes, form.weight});
  }
  return rows;
}

const char* outcome_name(unsigned outcome) {
  switch (outcome) {
    case kHit:
      return "hit";
    case kMiss:
      return "miss";
    case kWrongType:
      return "wrong type";
    case kError:
      return "error";
    default:
      return "done";
  }
}

}  // namespace aerie

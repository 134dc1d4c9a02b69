// SPDX-License-Identifier: BSD-3-Clause
//
// What random streams are made of: every command with every option, and the outcomes that a run must show. A
// family that becomes part of the server adds its forms here.
#include <algorithm>

#include "differential/script.h"
#include "differential/stream.h"

namespace aerie {
namespace {

// As many commands of lists as of all else.
constexpr int kListShare = 2;
constexpr unsigned kKeyed = kHit | kMiss;
constexpr unsigned kTyped = kKeyed | kWrongType;

constexpr StreamForm kStringForms[] = {
    {"SET %k %v", kKeyed, 80},
    {"SET %k %i", kKeyed, 60},
    {"SET %k %f", kKeyed, 20},
    {"SET %k %v {,NX,XX} {,EX %s,PX %m,EXAT %S,PXAT %M,KEEPTTL}", kKeyed},
    {"SET %k %v {,NX,XX} GET {,EX %s,PXAT %M,KEEPTTL}", kTyped, 16},
    {"SET %k %v {EXAT,PXAT} %z", kKeyed},
    {"SET %k %v {EX,PX,EXAT,PXAT} {0,-1,%b}", kError, 2},
    {"SET %k %v {EX,PX,EXAT} 9223372036854775807", kError, 2},
    {"SET %k %v PXAT 9223372036854775807", kKeyed, 4},
    {"SET %k %v {NX XX,XX NX,EX,FOO,EX 10 PX 10,KEEPTTL EX 5,EX 5 KEEPTTL}", kError, 2},
    {"{SET,GET,GETSET,SETNX,SETEX,MSET,MSETNX,MGET,APPEND,STRLEN,INCR,INCRBY,GETRANGE,SETRANGE,LCS} ", kError,
     2},
    {"GET %k", kTyped, 60},
    {"GETSET %k %v", kTyped, 20},
    {"GETDEL %k", kTyped},
    {"GETEX %k {,EX %s,PX %m,EXAT %S,PXAT %M,PERSIST}", kTyped, 14},
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
    {"APPEND %k %v", kTyped, 20},
    {"APPEND %k \"\"", kKeyed, 5},
    {"STRLEN %k", kTyped},
    {"{INCR,DECR} %k", kTyped | kError, 30},
    {"{INCRBY,DECRBY} %k %i", kTyped | kError, 20},
    {"{INCRBY,DECRBY} %k {%b,9223372036854775808}", kError, 2},
    {"{INCRBY,DECRBY} %k {9223372036854775807,-9223372036854775808}", kError, 4},
    {"INCRBYFLOAT %k %f", kTyped | kError, 30},
    {"INCRBYFLOAT %k {%B,inf,nan}", kError, 2},
    {"{GETRANGE,SUBSTR} %k %o %o", kTyped},
    {"GETRANGE %k {%b 1,1 %b}", kError, 2},
    {"SETRANGE %k %o %v", kTyped | kError, 16},
    {"SETRANGE %k 0 %v", kTyped, 16},
    {"SETRANGE %k {-1,%b,9223372036854775807} x", kError, 2},
    {"LCS %k %k {,LEN,IDX,IDX WITHMATCHLEN,IDX MINMATCHLEN 2,IDX MINMATCHLEN 2 WITHMATCHLEN}", kKeyed, 6},
    {"LCS %k %k {LEN IDX,FOO,IDX MINMATCHLEN %b}", kError, 2},
};

constexpr StreamForm kListForms[] = {
    {"{LPUSH,RPUSH} %l %e", kTyped, 90},
    {"{LPUSH,RPUSH} %l %e %e %v", kTyped, 30},
    {"{LPUSHX,RPUSHX} %l {%e,%e %e}", kTyped},
    {"{LPOP,RPOP} %l", kTyped, 20},
    {"{LPOP,RPOP} %l {0,1,2,100,9223372036854775807}", kTyped, 7},
    {"{LPOP,RPOP} %l {-1,%b,1 2}", kError, 2},
    {"LLEN %l", kTyped},
    {"LINDEX %l %n", kTyped, 20},
    {"LINDEX %l %b", kMiss | kError, 4},
    {"LSET %l %n %e", kHit | kWrongType | kError, 20},
    {"LSET %l %b x", kError, 2},
    {"LINSERT %l {BEFORE,AFTER} %e %e", kTyped, 20},
    {"LINSERT %l FOO a b", kError, 2},
    {"LRANGE %l {0 -1,%n %n,-9223372036854775808 9223372036854775807}", kTyped, 15},
    {"LRANGE %l {%b 1,1 %b}", kError, 2},
    {"LTRIM %l {%n %n,1 -1,0 -2}", kTyped, 6},
    {"LTRIM %l {%b 1,1 %b}", kError, 2},
    {"LREM %l {0,1,2,-1,-2,9223372036854775807,-9223372036854775808} %e", kTyped, 8},
    {"LREM %l %b x", kError, 2},
    {"LPOS %l %e {,RANK 1,RANK 2,RANK -1,RANK -2} {,COUNT 0,COUNT 2} {,MAXLEN 3}", kKeyed, 9},
    {"LPOS %l %e", kTyped},
    {"LPOS %l x {RANK 0,RANK %b,RANK,COUNT -1,COUNT %b,COUNT,MAXLEN -1,MAXLEN %b,MAXLEN,FOO}", kError, 2},
    {"LMOVE %l %l {LEFT,RIGHT} {LEFT,RIGHT}", kTyped, 15},
    {"LMOVE %l %l {FOO LEFT,LEFT FOO}", kError, 2},
    {"RPOPLPUSH %l %l", kTyped, 20},
    {"LMPOP {1 %l,2 %l %l} {LEFT,RIGHT} {,COUNT 1,COUNT 3}", kTyped, 9},
    {"LMPOP {0 %l LEFT,%b %l LEFT,2 %l LEFT,1 %l,1 %l FOO,9223372036854775807 %l LEFT}", kError, 2},
    {"LMPOP 1 %l LEFT {COUNT,COUNT 0,COUNT %b,FOO,COUNT 1 COUNT 2}", kError, 2},
    {"{LPUSH,RPUSH,LPUSHX,RPUSHX,LPOP,RPOP,LLEN,LINDEX,LSET,LINSERT,LRANGE,LTRIM,LREM,LPOS,LMOVE,LMPOP}",
     kError, 2},
};

// Timeouts are for ever or as good as.
constexpr StreamForm kBlockingForms[] = {
    {"{BLPOP,BRPOP} %l {0,1000}", kTyped, 20},
    {"{BLPOP,BRPOP} %l %l 0", kKeyed, 10},
    {"{BLPOP,BRPOP} %l {-1,abc,nan,\"\"}", kError, 2},
    {"BLMOVE %l %l {LEFT,RIGHT} {LEFT,RIGHT} {0,1000.5}", kTyped},
    {"BLMOVE %l %l {FOO LEFT 0,LEFT FOO 0,LEFT LEFT abc}", kError, 2},
    {"BRPOPLPUSH %l %l 0", kTyped, 20},
    {"BRPOPLPUSH %l %l {-1,abc}", kError, 2},
    {"BLMPOP {0 1 %l,1000 2 %l %l} {LEFT,RIGHT} {,COUNT 2}", kTyped, 9},
    {"BLMPOP {0 0 %l LEFT,0 1 %l FOO,-1 1 %l LEFT,0 1 %l LEFT COUNT 0}", kError, 2},
    {"{BLPOP,BRPOP,BLMOVE,BRPOPLPUSH,BLMPOP}", kError, 2},
};

constexpr StreamForm kKeyForms[] = {
    {"{DEL,UNLINK} %k", kKeyed, 15},
    {"{DEL,UNLINK,EXISTS,TOUCH} %k %k %k", kKeyed, 5},
    {"{EXISTS,TOUCH,TYPE} %k", kKeyed},
    {"KEYS {*,%g}", kDone, 3},
    {"SCAN 0 COUNT 1000 {,MATCH %g,TYPE string,TYPE list,MATCH %g TYPE string}", kDone, 3},
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
};

constexpr StreamForm kServerForms[] = {
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
    {"CLIENT LIST {TYPE pubsub,ID 999999999}", kDone, 2},
    {"CLIENT LIST {TYPE foo,ID x}", kError, 2},
    {"CLIENT NO-EVICT {ON,OFF}", kDone, 2},
    {"CLIENT REPLY ON", kDone, 2},
    {"CLIENT {TRACKINGINFO,GETREDIR,TRACKING OFF}", kDone, 2},
    {"CLIENT TRACKING ON {PREFIX %k,OPTIN OPTOUT,BCAST OPTIN,REDIRECT 999999999,FOO}", kError, 2},
    {"CLIENT CACHING {YES,NO,x}", kError, 2},
    {"CLIENT UNPAUSE", kDone, 2},
    {"CLIENT PAUSE {x,-1,10 FOO}", kError, 2},
    {"CLIENT {KILL ID,UNBLOCK} 999999999", kDone, 2},
    {"CLIENT KILL {1.2.3.4:5,ID 0,TYPE foo,FOO x}", kError, 2},
    {"CLIENT UNBLOCK {x,1 FOO}", kError, 2},
    {"CLIENT FOO", kError, 2},
    {"UNWATCH", kDone, 3},
    {"WATCH %k", kKeyed, 6},
    {"{EXEC,DISCARD}", kError, 2},
    {"COMMAND COUNT", kDone, 2},
    {"COMMAND GETKEYS {GET %k,MSET %k 1 %k 2,OBJECT ENCODING %k,SET %k v EX 10}", kDone, 2},
    {"COMMAND {GETKEYS,GETKEYS PING,GETKEYS FOO x,FOO}", kError, 2},
    {"COMMAND GETKEYSANDFLAGS {GET %k,SET %k v GET,DEL %k %k}", kDone, 2},
    {"COMMAND LIST FILTERBY PATTERN {getset,setn*}", kDone, 2},
    {"COMMAND {INFO,DOCS} {get set,missing,copy}", kDone, 2},
    {"CONFIG GET {save,appendonly,databases}", kDone, 2},
    {"CONFIG {RESETSTAT,SET tcp-keepalive 300,SET lfu-decay-time 1 hz 10}", kDone, 2},
    {"CONFIG {GET,FOO,SET timeout,SET port x,SET databases 3,SET foo 1}", kError, 2},
    {"DEBUG {JMAP,FOO}", kError, 2},
    {"DEBUG SET-ACTIVE-EXPIRE 1", kDone, 2},
    {"INFO {server,clients cpu,replication}", kDone, 2},
    {"LOLWUT {,VERSION 5 1 1 1}", kDone, 2},
    {"LOLWUT VERSION x", kError, 2},
    {"ROLE", kDone, 2},
    {"SHUTDOWN {ABORT,FOO,SAVE NOSAVE}", kError, 2},
    {"TIME", kDone, 2},
    {"{FOO,FOO %v,get %k %k}", kError, 2},
};

}  // namespace

bool StreamRow::waits_for_several() const {
  const bool one_source = words[0] == "BLMOVE" || words[0] == "BRPOPLPUSH";
  return may_block && !one_source && std::count(words.begin(), words.end(), "%l") > 1;
}

std::vector<StreamRow> stream_rows() {
  struct Family {
    std::span<const StreamForm> forms;
    bool of_lists;
    bool may_block;
  };
  const Family kFamilies[] = {
      {kStringForms, false, false}, {kListForms, true, false},    {kBlockingForms, true, true},
      {kKeyForms, false, false},    {kServerForms, false, false},
  };
  std::vector<StreamRow> rows;
  for (const Family& family : kFamilies) {
    for (const StreamForm& form : family.forms) {
      const int weight = form.weight * (family.of_lists ? kListShare : 1);
      for (Words& words : expand_line(std::string(form.form)))
        rows.push_back({std::move(words), form.outcomes, weight, family.of_lists, family.may_block});
    }
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

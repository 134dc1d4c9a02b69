// SPDX-License-Identifier: BSD-3-Clause
//
// Deadlines of keys: EXPIRE and its three siblings with their conditions, TTL and its kin, PERSIST. A
// deadline in the past deletes the key at once. Times are judged before keys are looked at, as in Redis;
// their arithmetic is in expiry_argument.cc.
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/expiry_argument.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// When the EXPIRE family may move a deadline.
struct Condition {
  bool if_none = false;     // NX
  bool if_some = false;     // XX
  bool if_later = false;    // GT
  bool if_earlier = false;  // LT

  bool any() const { return if_none || if_some || if_later || if_earlier; }

  // A key without a deadline lives for ever: nothing is later than that, everything is earlier.
  bool allows(int64_t current_ms, int64_t wanted_ms) const {
    const bool has_deadline = current_ms != kNoDeadline;
    if (if_none && has_deadline) return false;
    if (if_some && !has_deadline) return false;
    if (if_later && (!has_deadline || wanted_ms <= current_ms)) return false;
    return !if_earlier || !has_deadline || wanted_ms < current_ms;
  }
};

std::optional<Condition> parse_condition(CommandContext& ctx) {
  Condition condition;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (ctx.is(i, "NX")) {
      condition.if_none = true;
    } else if (ctx.is(i, "XX")) {
      condition.if_some = true;
    } else if (ctx.is(i, "GT")) {
      condition.if_later = true;
    } else if (ctx.is(i, "LT")) {
      condition.if_earlier = true;
    } else {
      ctx.reply().error(unsupported_option(ctx.arg(i)));
      return std::nullopt;
    }
  }
  if (condition.if_none && (condition.if_some || condition.if_later || condition.if_earlier)) {
    ctx.reply().error(kExpireNxAndOthers);
    return std::nullopt;
  }
  if (condition.if_later && condition.if_earlier) {
    ctx.reply().error(kExpireGtAndLt);
    return std::nullopt;
  }
  return condition;
}

void set_deadline(CommandContext& ctx, ExpiryForm form) {
  const std::optional<Condition> condition = parse_condition(ctx);
  if (!condition) return;
  const std::optional<int64_t> deadline_ms = deadline_argument(ctx, 2, form);
  if (!deadline_ms) return;
  const Key key = ctx.key(1);
  if (condition->any()) {
    const std::optional<KeyFacts> facts = ctx.db().facts(key, Access::kPeek);
    if (!facts || !condition->allows(facts->deadline_ms, *deadline_ms)) return ctx.reply().integer(0);
  }
  ctx.reply().integer(ctx.db().set_deadline(key, *deadline_ms) ? 1 : 0);
}

void expire_command(CommandContext& ctx) {
  set_deadline(ctx, {ExpiryUnit::kSeconds, ExpiryBase::kNow});
}
void pexpire_command(CommandContext& ctx) {
  set_deadline(ctx, {ExpiryUnit::kMilliseconds, ExpiryBase::kNow});
}
void expireat_command(CommandContext& ctx) {
  set_deadline(ctx, {ExpiryUnit::kSeconds, ExpiryBase::kEpoch});
}
void pexpireat_command(CommandContext& ctx) {
  set_deadline(ctx, {ExpiryUnit::kMilliseconds, ExpiryBase::kEpoch});
}

// Answers -2 for a missing key and -1 for one without a deadline.
void reply_deadline(CommandContext& ctx, ExpiryForm form) {
  const std::optional<KeyFacts> facts = ctx.db().facts(ctx.key(1), Access::kInspect);
  if (!facts) return ctx.reply().integer(-2);
  if (facts->deadline_ms == kNoDeadline) return ctx.reply().integer(-1);
  const int64_t ms = form.base == ExpiryBase::kNow ? facts->deadline_ms - ctx.now_ms() : facts->deadline_ms;
  if (form.unit == ExpiryUnit::kMilliseconds) return ctx.reply().integer(ms);
  // Rounded to the nearest second; adding 500 first could leave the type.
  ctx.reply().integer(ms / 1000 + (ms % 1000 >= 500 ? 1 : 0));
}

void ttl_command(CommandContext& ctx) {
  reply_deadline(ctx, {ExpiryUnit::kSeconds, ExpiryBase::kNow});
}
void pttl_command(CommandContext& ctx) {
  reply_deadline(ctx, {ExpiryUnit::kMilliseconds, ExpiryBase::kNow});
}
void expiretime_command(CommandContext& ctx) {
  reply_deadline(ctx, {ExpiryUnit::kSeconds, ExpiryBase::kEpoch});
}
void pexpiretime_command(CommandContext& ctx) {
  reply_deadline(ctx, {ExpiryUnit::kMilliseconds, ExpiryBase::kEpoch});
}

void persist_command(CommandContext& ctx) {
  ctx.reply().integer(ctx.db().clear_deadline(ctx.key(1)) ? 1 : 0);
}

constexpr std::string_view kConditionHistory = "7.0.0: Added options: `NX`, `XX`, `GT` and `LT`.";
constexpr std::string_view kTtlHistory = "2.8.0: Added the -2 reply.";

constexpr CommandSpec kRows[] = {
    {.name = "expire",
     .run = expire_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .key_specs = kRwUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key seconds [condition: NX | XX | GT | LT]",
     .summary = "Lets a key expire after so many seconds.",
     .history = kConditionHistory},
    {.name = "pexpire",
     .run = pexpire_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .key_specs = kRwUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key milliseconds [condition: NX | XX | GT | LT]",
     .summary = "Lets a key expire after so many milliseconds.",
     .history = kConditionHistory},
    {.name = "expireat",
     .run = expireat_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .key_specs = kRwUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "key unix-time-seconds [condition: NX | XX | GT | LT]",
     .summary = "Lets a key expire at a time given in seconds since 1970.",
     .history = kConditionHistory},
    {.name = "pexpireat",
     .run = pexpireat_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .key_specs = kRwUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key unix-time-milliseconds [condition: NX | XX | GT | LT]",
     .summary = "Lets a key expire at a time given in milliseconds since 1970.",
     .history = kConditionHistory},
    {.name = "expiretime",
     .run = expiretime_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessFirst,
     .categories = kKeyspaceCategory,
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers when a key expires, in seconds since 1970."},
    {.name = "pexpiretime",
     .run = pexpiretime_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessFirst,
     .categories = kKeyspaceCategory,
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers when a key expires, in milliseconds since 1970."},
    {.name = "ttl",
     .run = ttl_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessFirst,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers how many seconds a key has left to live.",
     .history = kTtlHistory,
     .tips = "nondeterministic_output"},
    {.name = "pttl",
     .run = pttl_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessFirst,
     .categories = kKeyspaceCategory,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers how many milliseconds a key has left to live.",
     .history = kTtlHistory,
     .tips = "nondeterministic_output"},
    {.name = "persist",
     .run = persist_command,
     .arity = 2,
     .flags = kWrite | kFast,
     .key_specs = kRwUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Takes a key's deadline away."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> key_expiry_rows() {
  return kRows;
}

}  // namespace aerie

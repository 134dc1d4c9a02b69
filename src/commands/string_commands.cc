// SPDX-License-Identifier: BSD-3-Clause
//
// Whole strings: SET and GET in all their forms, and MSET, MSETNX, MGET over many keys. Counters are in
// string_counter_commands.cc, parts of strings in string_range_commands.cc. The plain forms of SET, GET, MSET
// and MGET are the hottest functions of the server: one hash and one probe per key, nothing allocated here.
#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/key_window.h"
#include "commands/rows.h"
#include "commands/string_options.h"

namespace aerie {

namespace {

// Answers the value, null when there is none, or WRONGTYPE. False after WRONGTYPE.
bool reply_value(CommandContext& ctx, const Key& key) {
  const Lookup<StringValue> found = ctx.db().find<StringValue>(key);
  if (found) {
    NumberText scratch;
    ctx.reply().bulk(found->bytes(&scratch));
  } else if (found.is_missing()) {
    ctx.reply().null();
  } else {
    ctx.reply().error(kWrongType);
    return false;
  }
  return true;
}

void get_command(CommandContext& ctx) {
  reply_value(ctx, ctx.key(1));
}

// Everything that SET does once its options are known; SETEX and PSETEX are the same with their options
// fixed.
void store(CommandContext& ctx, size_t value_at, const StringOptions& options) {
  Deadline deadline = options.expiry == StringOptions::Expiry::kKeepTtl ? Deadline::kKeep : Deadline::kClear;
  int64_t deadline_ms = kNoDeadline;
  if (options.has_time()) {
    const std::optional<int64_t> time = positive_deadline_argument(ctx, options.time_at, options.form());
    if (!time) return;
    deadline = Deadline::kSet;
    deadline_ms = *time;
  }
  const Key key = ctx.key(1);
  if (options.get && !reply_value(ctx, key)) return;
  if (options.if_missing || options.if_exists) {
    const bool exists = ctx.db().exists(key, Access::kTouch);
    if (exists ? options.if_missing : options.if_exists) {
      if (!options.get) ctx.reply().null();
      return;
    }
  }
  ctx.db().set_string(key, ctx.value(value_at), deadline, deadline_ms);
  if (!options.get) ctx.reply().ok();
}

void set_command(CommandContext& ctx) {
  if (ctx.argc() == 3) [[likely]] {
    ctx.db().set_string(ctx.key(1), ctx.value(2));
    ctx.reply().ok();
    return;
  }
  const std::optional<StringOptions> options = parse_set_options(ctx, 3);
  if (options) store(ctx, 2, *options);
}

void setex_command(CommandContext& ctx) {
  store(ctx, 3, StringOptions{.expiry = StringOptions::Expiry::kEx, .time_at = 2});
}

void psetex_command(CommandContext& ctx) {
  store(ctx, 3, StringOptions{.expiry = StringOptions::Expiry::kPx, .time_at = 2});
}

void setnx_command(CommandContext& ctx) {
  const Key key = ctx.key(1);
  const bool exists = ctx.db().exists(key, Access::kTouch);
  if (!exists) ctx.db().set_string(key, ctx.value(2));
  ctx.reply().integer(exists ? 0 : 1);
}

void getset_command(CommandContext& ctx) {
  const Key key = ctx.key(1);
  if (reply_value(ctx, key)) ctx.db().set_string(key, ctx.value(2));
}

void getdel_command(CommandContext& ctx) {
  const Key key = ctx.key(1);
  if (reply_value(ctx, key)) ctx.db().erase(key);
}

void getex_command(CommandContext& ctx) {
  const std::optional<StringOptions> options = parse_getex_options(ctx, 2);
  if (!options) return;
  const Key key = ctx.key(1);
  // A missing key, or one of another type, is answered before the time is looked at.
  std::optional<int64_t> deadline_ms;
  if (options->has_time() && ctx.db().find<StringValue>(key, Access::kPeek)) {
    deadline_ms = positive_deadline_argument(ctx, options->time_at, options->form());
    if (!deadline_ms) return;
  }
  if (!reply_value(ctx, key)) return;
  if (deadline_ms) {
    ctx.db().set_deadline(key, *deadline_ms);
  } else if (options->expiry == StringOptions::Expiry::kPersist) {
    ctx.db().clear_deadline(key);
  }
}

// MSET and MSETNX name keys and values in turn. Answers the error when a value is missing.
bool has_whole_pairs(CommandContext& ctx) {
  if (ctx.argc() % 2 == 1) return true;
  ctx.reply().error(wrong_number_of_arguments(ctx.command().full_name));
  return false;
}

void store_pairs(CommandContext& ctx) {
  for_each_key(ctx, 1, 2,
               [&](const Key& key, size_t index) { ctx.db().set_string(key, ctx.value(index + 1)); });
}

void mset_command(CommandContext& ctx) {
  if (!has_whole_pairs(ctx)) return;
  store_pairs(ctx);
  ctx.reply().ok();
}

void msetnx_command(CommandContext& ctx) {
  if (!has_whole_pairs(ctx)) return;
  // All keys are judged before the first is written: a key named twice does not stand in its own way.
  bool any = false;
  for_each_key(ctx, 1, 2, [&](const Key& key, size_t) { any = any || ctx.db().exists(key, Access::kTouch); });
  if (!any) store_pairs(ctx);
  ctx.reply().integer(any ? 0 : 1);
}

void mget_command(CommandContext& ctx) {
  ctx.reply().array(ctx.argc() - 1);
  for_each_key(ctx, 1, 1, [&](const Key& key, size_t) {
    const Lookup<StringValue> found = ctx.db().find<StringValue>(key);
    NumberText scratch;
    if (found) {
      ctx.reply().bulk(found->bytes(&scratch));
    } else {
      ctx.reply().null();
    }
  });
}

constexpr KeySpec kSetKey[] = {{.flags = kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariableFlags,
                                .begin = 1,
                                .notes = "RW and ACCESS due to the optional `GET` argument"}};
constexpr KeySpec kGetexKey[] = {{.flags = kKeyRw | kKeyAccess | kKeyUpdate,
                                  .begin = 1,
                                  .notes = "RW and UPDATE because it changes the TTL"}};

constexpr CommandSpec kRows[] = {
    {.name = "set",
     .run = set_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .key_specs = kSetKey,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value [condition: NX | XX] [GET] [expiration: EX seconds | PX milliseconds | EXAT "
               "unix-time-seconds | "
               "PXAT unix-time-milliseconds | KEEPTTL]",
     .summary =
         "Stores a string under a key, whatever was there, with conditions and a time to live if asked for.",
     .history = "2.6.12: Added the `EX`, `PX`, `NX` and `XX` options.\n"
                "6.0.0: Added the `KEEPTTL` option.\n"
                "6.2.0: Added the `GET`, `EXAT` and `PXAT` option.\n"
                "7.0.0: Allowed the `NX` and `GET` options to be used together."},
    {.name = "get",
     .run = get_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the string stored under a key."},
    {.name = "getset",
     .run = getset_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwAccessUpdateFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value",
     .summary = "Stores a string and answers the one that it replaces.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `!GET` argument"},
    {.name = "getdel",
     .run = getdel_command,
     .arity = 2,
     .flags = kWrite | kFast,
     .key_specs = kRwAccessDeleteFirst,
     .group = CommandGroup::kString,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the string stored under a key and deletes the key."},
    {.name = "getex",
     .run = getex_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .key_specs = kGetexKey,
     .group = CommandGroup::kString,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
               "unix-time-milliseconds | "
               "PERSIST]",
     .summary = "Answers the string stored under a key and changes the key's time to live."},
    {.name = "setnx",
     .run = setnx_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kOwInsertFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value",
     .summary = "Stores a string unless the key exists.",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `NX` argument"},
    {.name = "setex",
     .run = setex_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .key_specs = kOwUpdateFirst,
     .group = CommandGroup::kString,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key seconds value",
     .summary = "Stores a string with a time to live in seconds.",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `EX` argument"},
    {.name = "psetex",
     .run = psetex_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .key_specs = kOwUpdateFirst,
     .group = CommandGroup::kString,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key milliseconds value",
     .summary = "Stores a string with a time to live in milliseconds.",
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `PX` argument"},
    {.name = "mset",
     .run = mset_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .key_specs = kOwUpdatePairs,
     .group = CommandGroup::kString,
     .since = "1.0.1",
     .complexity = "O(N) where N is the number of keys to set.",
     .syntax = "<data: key value>...",
     .summary = "Stores several strings at once.",
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
    {.name = "msetnx",
     .run = msetnx_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .key_specs = kOwInsertPairs,
     .group = CommandGroup::kString,
     .since = "1.0.1",
     .complexity = "O(N) where N is the number of keys to set.",
     .syntax = "<data: key value>...",
     .summary = "Stores several strings at once, or none when any of the keys exists.",
     .tips = "request_policy:multi_shard response_policy:agg_min"},
    {.name = "mget",
     .run = mget_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAccessAll,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys to retrieve.",
     .syntax = "key [key ...]",
     .summary = "Answers the strings stored under several keys, null for keys without one.",
     .tips = "request_policy:multi_shard"},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> string_rows() {
  return kRows;
}

}  // namespace aerie
